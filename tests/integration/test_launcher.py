import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import orjson
import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from typer.testing import CliRunner

from streams.cli.kafka import app
from streams.clock import monotonic
from streams.kafka.error import KafkaSetupError
from streams.kafka.launcher import KafkaServer
from streams.kafka.ports import is_free
from streams.kafka.state import is_alive, running

pytestmark = pytest.mark.kafka

TOPIC = "kept"


async def _write(bootstrap: str, values: list[bytes]) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        transactional_id="writer",
        compression_type="lz4",
    )
    await producer.start()
    try:
        async with producer.transaction():
            for value in values:
                await producer.send(TOPIC, value)
    finally:
        await producer.stop()


async def _create(bootstrap: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(TOPIC, 1, 1)])
    finally:
        await admin.close()


async def _read(bootstrap: str, count: int) -> list[bytes]:
    consumer = AIOKafkaConsumer(
        TOPIC,
        bootstrap_servers=bootstrap,
        group_id="reader",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        isolation_level="read_committed",
    )
    await consumer.start()
    try:
        values: list[bytes] = []
        async with asyncio.timeout(30):
            while len(values) < count:
                batches = await consumer.getmany(timeout_ms=100)
                values += [record.value for records in batches.values() for record in records]
        return values
    finally:
        await consumer.stop()


def _listening(pid: int) -> list[int]:
    process = psutil.Process(pid)
    connections = process.net_connections(kind="inet")
    return [each.laddr.port for each in connections if each.status == psutil.CONN_LISTEN]


def _free(port: int) -> bool:
    return is_free("127.0.0.1", port)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose name is no plain ASCII word, for all tests of the module."""
    return tmp_path_factory.mktemp("büro mit raum") / "home"


@pytest.fixture
def server(home: Path) -> Iterator[KafkaServer]:
    launched = KafkaServer(home)
    yield launched
    launched.stop()


def test_data_and_address_survive_stop_and_kill(server: KafkaServer) -> None:
    first = server.start()
    asyncio.run(_create(first))
    asyncio.run(_write(first, [b"1", b"2"]))
    server.stop()
    second = server.start()
    asyncio.run(_write(second, [b"3"]))
    server.kill()
    third = server.start()

    assert first == second == third == server.bootstrap
    assert asyncio.run(_read(third, 3)) == [b"1", b"2", b"3"]


def test_it_listens_on_loopback_alone_and_leaves_nothing(home: Path) -> None:
    before = psutil.Process().children(recursive=True)
    with KafkaServer(home) as server:
        assert server.pid is not None
        kafka = psutil.Process(server.pid)
        connections = kafka.net_connections(kind="inet")
        listening = [each.laddr for each in connections if each.status == psutil.CONN_LISTEN]
        state = running(home)
        with pytest.raises(KafkaSetupError, match="must run yet; got process"):
            KafkaServer(home).start()
    after = psutil.Process().children(recursive=True)

    assert len(listening) == 2  # clients and controller
    assert {address.ip.removeprefix("::ffff:") for address in listening} == {"127.0.0.1"}
    assert state is not None
    assert (state.pid, state.bootstrap) == (kafka.pid, server.bootstrap)
    assert not is_alive(kafka)
    assert all(_free(address.port) for address in listening)
    assert set(after) <= set(before)
    assert running(home) is None


OWNER = """
import sys
from pathlib import Path
from streams.kafka.launcher import KafkaServer
with KafkaServer(Path(sys.argv[1])) as server:
    print(server.pid, flush=True)
    sys.stdin.read()
"""


def test_it_ends_with_an_owner_that_is_killed(home: Path) -> None:
    command = [sys.executable, "-c", OWNER, str(home)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        kafka = psutil.Process(int(owner.stdout.readline()))
        ports = _listening(kafka.pid)
        owner.kill()

    deadline = monotonic() + 30
    while is_alive(kafka) and monotonic() < deadline:
        time.sleep(0.05)
    assert not is_alive(kafka)
    assert all(_free(port) for port in ports)
    assert running(home) is None


def test_commands_start_show_and_stop_it_without_java_on_the_path(home: Path) -> None:
    # Of the PATH nothing remains: Java comes with a package, the jars through Python.
    environment = {**os.environ, "PATH": "/nonexistent", "PRECEDE_HOME": str(home)}
    environment.pop("PRECEDE_JAVA", None)

    def call(*arguments: str) -> "subprocess.CompletedProcess[bytes]":
        code = "import sys; from streams.cli.kafka import app; app(sys.argv[1:])"
        return subprocess.run(
            [sys.executable, "-c", code, *arguments],
            env=environment,
            capture_output=True,
            check=False,
        )

    try:
        up = call("up", "--json")
        assert up.returncode == 0, up.stderr
        started = orjson.loads(up.stdout)
        assert started["serving"] is True
        status = call("status", "--json")
        again = call("up", "--json")
        kafka = psutil.Process(started["pid"])
        ports = _listening(kafka.pid)
    finally:
        down = call("down")

    assert status.returncode == again.returncode == down.returncode == 0
    assert orjson.loads(status.stdout) == orjson.loads(again.stdout) == started
    assert not is_alive(kafka)
    assert all(_free(port) for port in ports)
    assert call("status").returncode == 3


def test_a_java_that_cannot_run_kafka_is_told_with_its_words(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    java = tmp_path / "java"
    java.write_text("#!/bin/sh\necho no virtual machine here >&2\nexit 1\n")
    java.chmod(0o755)
    monkeypatch.setenv("PRECEDE_HOME", str(home))
    monkeypatch.setenv("PRECEDE_JAVA", str(java))

    result = CliRunner().invoke(app, ["up"])

    assert result.exit_code == 1
    assert "no virtual machine here" in result.output
    assert running(home) is None
