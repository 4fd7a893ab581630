"""What the launched Kafka is told: one node, loopback only, quick to start."""

import json
from collections.abc import Mapping
from pathlib import Path

HOST = "127.0.0.1"
NODE_ID = 1


def server_properties(data: Path, port: int, controller_port: int) -> dict[str, str]:
    """Return the broker's settings; what is not named has Kafka's own default.

    Parameters
    ----------
    data
        Folder of the log.
    port, controller_port
        Where clients and the controller are reached.
    """
    return {
        "process.roles": "broker,controller",
        "node.id": str(NODE_ID),
        "controller.quorum.voters": f"{NODE_ID}@{HOST}:{controller_port}",
        "listeners": f"PLAINTEXT://{HOST}:{port},CONTROLLER://{HOST}:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://{HOST}:{port}",
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "PLAINTEXT",
        "log.dirs": str(data),
        # A misspelt topic is an error, not a topic.
        "auto.create.topics.enable": "false",
        "default.replication.factor": "1",
        "min.insync.replicas": "1",
        "offsets.topic.replication.factor": "1",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "share.coordinator.state.topic.replication.factor": "1",
        "share.coordinator.state.topic.min.isr": "1",
        # 50 partitions each by default; they are made at the first use, which waits for them.
        "offsets.topic.num.partitions": "4",
        "transaction.state.log.num.partitions": "4",
        "share.coordinator.state.topic.num.partitions": "4",
        # The first member of a group waits 3 s for others by default.
        "group.initial.rebalance.delay.ms": "0",
        # After a kill the controller lets the broker in again when its old session ends: 9 s by
        # default.
        "broker.heartbeat.interval.ms": "500",
        "broker.session.timeout.ms": "3000",
        # Two cores and one client machine: the defaults are for a server of its own.
        "num.network.threads": "2",
        "num.io.threads": "4",
        "background.threads": "2",
        # 128 MB of heap by default; 16 MB hold 600,000 keys a pass.
        "log.cleaner.dedupe.buffer.size": str(16 * 2**20),
        "log.cleaner.backoff.ms": "5000",
    }


def logging_properties(log: Path) -> dict[str, str]:
    """Return settings of Log4j 2: warnings and worse, into the file `log`, kept small."""
    return {
        "appender.file.type": "RollingFile",
        "appender.file.name": "file",
        "appender.file.fileName": str(log),
        "appender.file.filePattern": f"{log}.%i",
        "appender.file.policies.type": "SizeBasedTriggeringPolicy",
        "appender.file.policies.size": "5MB",
        "appender.file.strategy.type": "DefaultRolloverStrategy",
        "appender.file.strategy.max": "2",
        "appender.file.layout.type": "PatternLayout",
        "appender.file.layout.pattern": "%d %p %m (%c)%n",
        "rootLogger.level": "WARN",
        "rootLogger.appenderRef.file.ref": "file",
    }


def format_properties(properties: Mapping[str, str]) -> str:
    r"""Return the text of a Java properties file, in ASCII.

    >>> format_properties({"log.dirs": "C:\\Büro"})
    'log.dirs=C:\\\\B\\u00fcro\n'
    """
    # Java reads such files as Latin-1; the escapes of a JSON string mean the same to it.
    return "".join(f"{key}={json.dumps(value)[1:-1]}\n" for key, value in properties.items())
