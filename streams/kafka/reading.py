"""Read a topic's partition from its start to its end, committed records only."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.kafka.error import KafkaSetupError
from streams.kafka.topics import Topics

FETCH_BYTES = 8 * 1024 * 1024
SHOWN = 5  # prefixes in an error: of those with a time in them, the newest


@asynccontextmanager
async def reader(client_options: Mapping[str, Any]) -> AsyncIterator[AIOKafkaConsumer]:
    """Yield a consumer of committed records that belongs to no group."""
    consumer = AIOKafkaConsumer(
        **client_options,
        isolation_level="read_committed",
        enable_auto_commit=False,
        max_partition_fetch_bytes=FETCH_BYTES,
        fetch_max_wait_ms=50,
    )
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


async def read_to_end(
    client_options: Mapping[str, Any],
    topic: str,
    partition: int,
    *,
    since: int = 0,
    until: int | None = None,
    progress: Callable[[int, int], None] = lambda _reached, _end: None,
) -> AsyncIterator[list[Any]]:
    """Yield batches of records from the offset `since` up to `until`, or to the end as it is now.

    Parameters
    ----------
    progress
        Called with (offset reached, end offset) after each fetch.
    """
    tp = TopicPartition(topic, partition)
    async with reader(client_options) as consumer:
        consumer.assign([tp])
        consumer.seek(tp, max(since, (await consumer.beginning_offsets([tp]))[tp]))
        end = (await consumer.end_offsets([tp]))[tp]
        end = end if until is None else min(end, until)
        while await consumer.position(tp) < end:
            for batch in (await consumer.getmany(tp, timeout_ms=200)).values():
                if batch[-1].offset >= end:
                    yield [record for record in batch if record.offset < end]
                    return
                yield batch
            progress(await consumer.position(tp), end)


async def newest_values(
    client_options: Mapping[str, Any],
    topic: str,
    partition: int,
    progress: Callable[[int, int], None] = lambda _reached, _end: None,
) -> dict[bytes, bytes]:
    """Return the newest value of every key of a compacted partition, tombstones left out."""
    newest: dict[bytes, bytes] = {}
    async for batch in read_to_end(client_options, topic, partition, progress=progress):
        for record in batch:
            if record.value is None:
                newest.pop(record.key, None)
            else:
                newest[record.key] = record.value
    return newest


async def require_topics(topics: Topics, client_options: Mapping[str, Any]) -> None:
    """Return if the topics exist: asked for one that does not, a client would wait for it.

    Raises
    ------
    KafkaSetupError
        When they do not; it names prefixes that have some.
    """
    async with reader(client_options) as consumer:
        found: set[str] = await consumer.topics()
    if topics.decisions in found:
        return
    end = Topics("").decisions
    prefixes = sorted(name.removesuffix(end) for name in found if name.endswith(end))
    have = f"; there are {', '.join(map(repr, prefixes[-SHOWN:]))}" if prefixes else ""
    msg = (
        f"PRECEDE_TOPIC_PREFIX must name topics with decisions; got {topics.prefix!r}; "
        f"correct it, or run the demo or a replay first{have}"
    )
    raise KafkaSetupError(msg)
