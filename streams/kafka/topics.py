"""The topics: names, partitions, settings; created and checked before anything runs."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, fields
from typing import Any

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic, RecordsToDelete
from aiokafka.errors import (
    KafkaError,
    TopicAlreadyExistsError,
    UnknownTopicOrPartitionError,
    for_code,
)

from streams.clock import monotonic
from streams.kafka.client import client_options
from streams.kafka.error import KafkaSetupError
from streams.settings import Settings

# Topics of one partition, whatever their number elsewhere: read as a whole, or rarely written.
SINGLE = frozenset({"dead_letters", "playbooks", "control", "erasures"})
# Topics that keep the newest record of each key.
COMPACTED = frozenset({"state", "normalise_state", "ledger", "playbooks", "control", "erasures"})

# A restore reads what compaction has not yet thrown away. Kafka compacts closed segments only,
# closes them after 7 days or 1 GB, and waits until half is dirty: far too late for state that is
# written again every few seconds.
COMPACTION: Mapping[str, str] = {
    "cleanup.policy": "compact",
    "segment.ms": str(5 * 60_000),
    "segment.bytes": str(64 * 2**20),
    "min.cleanable.dirty.ratio": "0.1",
    "max.compaction.lag.ms": str(10 * 60_000),
    # A tombstone names whom it removes: it goes after an hour, not after a day.
    "delete.retention.ms": str(60 * 60_000),
}
# What is deleted leaves the disk with its segment, which Kafka closes after 7 days or 1 GB.
DAY_MS = str(86_400_000)
# An unreadable record has to come in, to be told apart from a lost one; Kafka's own limit is 1 MB.
# Its dead letter carries it whole, in base64.
LARGEST_RECORD: Mapping[str, int] = {"raw_events": 8 * 2**20, "dead_letters": 12 * 2**20}

# The log of record and what was decided on it are never thrown away by age alone: `verify` and
# `why` read them from the start. Shorten it by the topics' own settings.
KEPT = frozenset({"interactions", "decisions", "snapshots"})

# These are thrown away by age, and their records carry the time of what caused them, which may be
# long ago: the broker's own time counts.
TIMED_BY_BROKER = frozenset({"raw_events", "actions", "labels", "dead_letters"})

MAX_NAME = 249  # Kafka: a name becomes a folder, with the partition behind it
_ALLOWED = re.compile(r"[a-zA-Z0-9._-]*")
_TIMEOUT_S = 30.0
_POLL_S = 0.05


@dataclass(frozen=True)
class Topics:
    """Names on the broker.

    Parameters
    ----------
    prefix
        Put before every name; letters, digits, ``.``, ``_`` and ``-``.

    Examples
    --------
    >>> Topics("precede.").raw_events
    'precede.raw-events'
    """

    prefix: str
    raw_events: str = field(init=False)
    interactions: str = field(init=False)
    decisions: str = field(init=False)
    actions: str = field(init=False)
    dead_letters: str = field(init=False)
    labels: str = field(init=False)
    state: str = field(init=False)
    normalise_state: str = field(init=False)
    ledger: str = field(init=False)
    playbooks: str = field(init=False)
    control: str = field(init=False)
    snapshots: str = field(init=False)
    erasures: str = field(init=False)

    def __post_init__(self) -> None:
        for logical in LOGICAL:
            object.__setattr__(self, logical, self.prefix + logical.replace("_", "-"))
        longest = max(map(len, self.names().values()))
        if not _ALLOWED.fullmatch(self.prefix) or longest > MAX_NAME:
            msg = (
                "PRECEDE_TOPIC_PREFIX must consist of letters, digits, '.', '_' and '-', and no "
                f"name may exceed {MAX_NAME} characters; got {self.prefix!r}; correct it"
            )
            raise KafkaSetupError(msg)

    def names(self) -> dict[str, str]:
        """Return logical name -> name on the broker."""
        return {logical: str(getattr(self, logical)) for logical in LOGICAL}


LOGICAL = tuple(each.name for each in fields(Topics) if each.name != "prefix")


def partition_count(logical: str, settings: Settings) -> int:
    """Return the number of partitions of a topic."""
    return 1 if logical in SINGLE else settings.partitions


def topic_config(logical: str, settings: Settings) -> dict[str, str]:
    """Return a topic's settings on the broker; what is not named has the broker's default."""
    # One copy may be away without stopping writers, as long as another remains.
    config = {"min.insync.replicas": str(max(1, settings.replication - 1))}
    if logical in COMPACTED:
        config |= COMPACTION
    else:
        config["segment.ms"] = DAY_MS
    if logical in KEPT:
        config["retention.ms"] = "-1"
    if logical in TIMED_BY_BROKER:
        config["message.timestamp.type"] = "LogAppendTime"
    if logical in LARGEST_RECORD:
        config["max.message.bytes"] = str(LARGEST_RECORD[logical])
    return config


async def create_topics(settings: Settings) -> Topics:
    """Create what is missing, and return when every partition has a leader.

    Raises
    ------
    KafkaSetupError
        When Kafka does not answer or refuses, or a topic has another number of partitions.
    """
    topics = Topics(settings.topic_prefix)
    wanted = {name: partition_count(logical, settings) for logical, name in topics.names().items()}
    async with _admin(settings) as admin:
        found = await _leaders(admin)
        _check_counts(found, wanted)
        missing = [
            NewTopic(
                name,
                wanted[name],
                settings.replication,
                topic_configs=topic_config(logical, settings),
            )
            for logical, name in topics.names().items()
            if name not in found
        ]
        if missing:
            response = await admin.create_topics(missing)
            # Another process may have been faster.
            _check_errors(response, "create", TopicAlreadyExistsError.errno)
        await _wait_for_leaders(admin, wanted)
    return topics


async def create_topic(settings: Settings, name: str) -> None:
    """Create one more topic, for a channel, with the partitions of all others, unless it exists."""
    async with _admin(settings) as admin:
        topic = NewTopic(name, settings.partitions, settings.replication)
        response = await admin.create_topics([topic])
        _check_errors(response, "create", TopicAlreadyExistsError.errno)
        await _wait_for_leaders(admin, {name: settings.partitions})


async def delete_topics(settings: Settings) -> None:
    """Delete the topics of the prefix with all they hold, and return when they are gone.

    Those that are missing are no error.
    """
    names = set(Topics(settings.topic_prefix).names().values())
    async with _admin(settings) as admin:
        response = await admin.delete_topics(sorted(names))
        _check_errors(response, "delete", UnknownTopicOrPartitionError.errno)
        deadline = monotonic() + _TIMEOUT_S
        while monotonic() < deadline:
            if names.isdisjoint(await _leaders(admin)):
                return
            await asyncio.sleep(_POLL_S)


async def delete_records(settings: Settings, before: Mapping[TopicPartition, int]) -> None:
    """Delete the records before an offset of each partition; no reader sees them any more."""
    async with _admin(settings) as admin:
        await admin.delete_records({tp: RecordsToDelete(offset) for tp, offset in before.items()})


@asynccontextmanager
async def _admin(settings: Settings) -> AsyncIterator[AIOKafkaAdminClient]:
    options = client_options(settings)
    admin = AIOKafkaAdminClient(**options)
    try:
        await admin.start()
        yield admin
    except (KafkaError, TimeoutError) as error:
        msg = (
            f"Kafka must answer at {options['bootstrap_servers']}; got {error!r}; start it, or "
            "correct PRECEDE_BOOTSTRAP_SERVERS and the security settings"
        )
        raise KafkaSetupError(msg) from error
    finally:
        await admin.close()


async def _leaders(admin: AIOKafkaAdminClient) -> dict[str, list[int]]:
    """Return the leader of each partition of each topic; below 0 where none was elected yet."""
    # Asked for all: asking for one by name creates it on clusters that create topics themselves.
    return {
        topic["topic"]: [partition["leader"] for partition in topic["partitions"]]
        for topic in await admin.describe_topics()
    }


def _check_counts(found: Mapping[str, list[int]], wanted: Mapping[str, int]) -> None:
    wrong = [
        f"{name} has {len(found[name])} instead of {count}"
        for name, count in wanted.items()
        if name in found and len(found[name]) != count
    ]
    if wrong:
        msg = (
            "topics must have the partitions they were installed with, models belong to them; "
            f"got {', '.join(wrong)}; correct PRECEDE_PARTITIONS or use another "
            "PRECEDE_TOPIC_PREFIX"
        )
        raise KafkaSetupError(msg)


def _check_errors(response: Any, what: str, allowed: int) -> None:
    rows = response.to_object()
    refused: dict[str, list[str]] = {}
    for row in rows.get("topic_errors") or rows["topic_error_codes"]:
        code = row["error_code"]
        if code not in {0, allowed}:
            reason = row.get("error_message") or for_code(code).__name__
            refused.setdefault(reason, []).append(row["topic"])
    if refused:
        got = "; ".join(f"{reason} for {', '.join(names)}" for reason, names in refused.items())
        msg = f"Kafka must let us {what} topics; got {got}; allow it, or {what} them by hand"
        raise KafkaSetupError(msg)


async def _wait_for_leaders(admin: AIOKafkaAdminClient, wanted: Mapping[str, int]) -> None:
    deadline = monotonic() + _TIMEOUT_S
    while True:
        found = await _leaders(admin)
        late = [name for name in wanted if name not in found or min(found[name], default=-1) < 0]
        if not late:
            _check_counts(found, wanted)
            return
        if monotonic() > deadline:
            msg = (
                f"every partition must have a leader within {_TIMEOUT_S:.0f} s; "
                f"got none for {', '.join(late)}; look at the brokers' logs"
            )
            raise KafkaSetupError(msg)
        await asyncio.sleep(_POLL_S)
