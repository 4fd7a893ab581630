"""Snapshots: the state of every partition as it stood at an offset, in a topic of their own.

With one of them decisions can be recomputed without what came before it in the log::

    partition n of snapshots:  begin, state..., end | begin, state..., end | ...

Each is one transaction, so there is no half of one. Its last record says all about it, the number
of its records too: so they are found from the end backwards, without reading the states between.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any, Final

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition

from detectors.event import format_time
from streams.clock import monotonic, now
from streams.engine.contract import Outgoing
from streams.engine.restore import APPLIED
from streams.engine.transaction import Transactions
from streams.kafka.reading import newest_values, read_to_end, reader
from streams.kafka.topics import Topics, delete_records, partition_count
from streams.settings import Settings

BEGIN: Final = b"\0begin"
END: Final = b"\0end"
LAYOUT: Final = 1
TIMEOUT_S: Final = 600.0
"""A snapshot is one transaction; a million customers take about a minute."""
VISIBLE_S: Final = 30.0
BESIDE: Final = ("decisions", "labels", "actions", "dead_letters", "raw_events")
"""Topics of which a snapshot says how far they had been written."""
_FIRST_LOOK: Final = 8  # offsets back from an end; a marker of its transaction follows it

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Where a snapshot stands and what it is of.

    Parameters
    ----------
    round
        Common to the snapshots of all partitions that one command took: when it began, RFC 3339.
    taken_at
        When this one was, wall clock, Unix seconds.
    partition, offset
        Of interactions: all records before the offset were applied, none after it.
    at
        The watermark, event time; ``None`` before there is one.
    playbook
        Hash of the playbook in force.
    version
        Of the program that wrote the state.
    ends
        Topic -> offset per partition up to which it holds nothing but what came of the state's
        offset or before it; of raw events, what was normalised by then.
    first, last
        Offsets of its first and its last record in the topic of snapshots.
    """

    round: str
    taken_at: float
    partition: int
    offset: int
    at: float | None
    playbook: str
    version: str
    ends: Mapping[str, list[int]]
    first: int = 0
    last: int = 0


async def take(
    settings: Settings, client_options: Mapping[str, Any], progress: Progress
) -> list[Snapshot]:
    """Write a snapshot of every partition, also while workers run.

    Parameters
    ----------
    progress
        Called with (what is done, partitions done, partitions).
    """
    topics = Topics(settings.topic_prefix)
    name, written = format_time(now()), []
    for partition in range(settings.partitions):
        progress("snapshots", partition, settings.partitions)
        # Before the state: what stands there by now was applied, or written, before the state was.
        ends = await _ends(settings, client_options, topics)
        state = await newest_values(client_options, topics.state, partition)
        offset = int(state.pop(APPLIED, b"0"))
        watermark = orjson.loads(state.get(b"watermark", b'{"at":null}'))["at"]
        playbook = state.get(b"playbook", b"").decode()
        snapshot = Snapshot(
            name, now(), partition, offset, watermark, playbook, version("precede"), ends
        )
        await _write(settings, client_options, topics, snapshot, state)
        written.append(await _visible(settings, client_options, snapshot))
    progress("snapshots", settings.partitions, settings.partitions)
    return written


async def _visible(
    settings: Settings, client_options: Mapping[str, Any], snapshot: Snapshot
) -> Snapshot:
    """Return the snapshot as readers find it: the marker of its transaction follows a commit."""
    until = monotonic() + VISIBLE_S
    while True:
        found = await taken(settings, client_options, snapshot.partition)
        if found and found[0].round >= snapshot.round:
            return found[0]
        if monotonic() > until:
            msg = f"Kafka must show a snapshot within {VISIBLE_S:.0f} s of its commit; it did not"
            raise TimeoutError(msg)
        await asyncio.sleep(0.05)


async def taken(
    settings: Settings, client_options: Mapping[str, Any], partition: int
) -> list[Snapshot]:
    """Return the snapshots of a partition, the newest first."""
    tp = TopicPartition(Topics(settings.topic_prefix).snapshots, partition)
    found = []
    async with reader(client_options) as consumer:
        consumer.assign([tp])
        begin = (await consumer.beginning_offsets([tp]))[tp]
        before = (await consumer.end_offsets([tp]))[tp]
        while before > begin and (record := await _last_end(consumer, tp, begin, before)):
            content = orjson.loads(record.value)
            first = record.offset - content.pop("records")
            content.pop("layout")
            if first < begin:
                break  # its beginning was deleted
            found.append(Snapshot(**(content | {"first": first, "last": record.offset})))
            before = first
    return found


async def usable(
    settings: Settings, client_options: Mapping[str, Any], partition: int
) -> list[Snapshot]:
    """Return those after which the log of record is whole, the newest first."""
    begin = await first_offset(settings, client_options, partition)
    found = await taken(settings, client_options, partition)
    return [snapshot for snapshot in found if snapshot.offset >= begin]


async def first_offset(
    settings: Settings, client_options: Mapping[str, Any], partition: int
) -> int:
    """Return where a partition of interactions begins: 0, or where a purge has left it."""
    tp = TopicPartition(Topics(settings.topic_prefix).interactions, partition)
    async with reader(client_options) as consumer:
        return int((await consumer.beginning_offsets([tp]))[tp])


async def records(
    settings: Settings, client_options: Mapping[str, Any], snapshot: Snapshot
) -> AsyncIterator[tuple[bytes, bytes]]:
    """Yield key and value of the state as the snapshot holds it."""
    topic = Topics(settings.topic_prefix).snapshots
    async for batch in read_to_end(
        client_options, topic, snapshot.partition, since=snapshot.first, until=snapshot.last
    ):
        for record in batch:
            if record.key != BEGIN:
                yield record.key, record.value


async def drop_before(settings: Settings, kept: Mapping[int, Snapshot]) -> None:
    """Delete the snapshots before those that are kept, by partition."""
    topic = Topics(settings.topic_prefix).snapshots
    await delete_records(
        settings, {TopicPartition(topic, number): each.first for number, each in kept.items()}
    )


async def drop_older(settings: Settings, client_options: Mapping[str, Any], days: float) -> None:
    """Delete the snapshots that are older than so many days; the newest always stays."""
    since = now() - days * 86_400.0
    kept = {}
    for partition in range(settings.partitions):
        for snapshot in await taken(settings, client_options, partition):
            if partition not in kept or snapshot.taken_at >= since:
                kept[partition] = snapshot
    await drop_before(settings, kept)


async def _write(
    settings: Settings,
    client_options: Mapping[str, Any],
    topics: Topics,
    snapshot: Snapshot,
    state: Mapping[bytes, bytes],
) -> None:
    about = {"layout": LAYOUT, **asdict(snapshot)}
    del about["first"], about["last"]
    end = orjson.dumps({**about, "records": len(state) + 1})
    contents = ((BEGIN, orjson.dumps(about)), *state.items(), (END, end))
    outgoing = [Outgoing("snapshots", key, value, snapshot.partition) for key, value in contents]
    group = f"{topics.prefix}snapshot"
    transactions = Transactions(
        client_options, f"{group}-{snapshot.partition}", topics, settings.partitions, TIMEOUT_S
    )
    await transactions.open()
    try:
        source = TopicPartition(topics.interactions, snapshot.partition)
        await transactions.commit(outgoing, {source: snapshot.offset}, group)
    finally:
        await transactions.close()


async def _ends(
    settings: Settings, client_options: Mapping[str, Any], topics: Topics
) -> dict[str, list[int]]:
    found = {}
    async with reader(client_options) as consumer:
        for logical in BESIDE:
            name = str(getattr(topics, logical))
            partitions = [
                TopicPartition(name, number) for number in range(partition_count(logical, settings))
            ]
            ends = await consumer.end_offsets(partitions)
            found[logical] = [ends[tp] for tp in partitions]
    # What of the raw events has not been normalised yet did not lead to any state.
    for number in range(settings.partitions):
        state = await newest_values(client_options, topics.normalise_state, number)
        applied = int(state.get(APPLIED, b"0"))
        found["raw_events"][number] = min(applied, found["raw_events"][number])
    return found


async def _last_end(
    consumer: AIOKafkaConsumer, tp: TopicPartition, begin: int, before: int
) -> Any | None:
    """Return the last record before an offset that ends a snapshot."""
    back = _FIRST_LOOK
    while True:
        start = max(begin, before - back)
        consumer.seek(tp, start)
        found = None
        while await consumer.position(tp) < before:
            for batch in (await consumer.getmany(tp, timeout_ms=200)).values():
                ends = [each for each in batch if each.key == END and each.offset < before]
                found = ends[-1] if ends else found
                if batch[-1].offset >= before:
                    consumer.seek(tp, before)
        if found is not None or start == begin:
            return found
        back *= _FIRST_LOOK


def newest_before(found: Sequence[Snapshot], at: float) -> Snapshot | None:
    """Return the newest snapshot whose time had not come farther than `at`, event time.

    Parameters
    ----------
    found
        Snapshots of one partition, the newest first.
    """
    return next((each for each in found if each.at is not None and each.at <= at), None)
