"""Write the input of a run, read its output."""

import asyncio
import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from aiokafka import AIOKafkaProducer

from streams.engine.transaction import partition_of
from streams.kafka.client import client_options
from streams.kafka.reading import read_to_end
from streams.settings import Settings

BATCH_BYTES = 64 * 1024
IN_FLIGHT = 64  # batches that wait for the broker while more are made

Written = tuple[bytes, bytes, int | None]
"""Key, value, and partition; without one the key's hash decides."""


async def write(topic: str, records: Iterable[Written], settings: Settings) -> int:
    """Append records to a topic, without compression; return how many."""
    producer = AIOKafkaProducer(
        **client_options(settings), acks="all", linger_ms=0, max_batch_size=BATCH_BYTES
    )
    await producer.start()
    count = 0
    known: dict[bytes, int] = {}
    open_batches: dict[int, Any] = {}
    sent: list[Any] = []
    try:
        for key, value, wanted in records:
            partition = known.get(key) if wanted is None else wanted
            if partition is None:
                partition = known[key] = partition_of(key, settings.partitions)
            batch = open_batches.get(partition)
            if batch is None or batch.append(key=key, value=value, timestamp=None) is None:
                if batch is not None:
                    sent.append(await producer.send_batch(batch, topic, partition=partition))
                batch = open_batches[partition] = producer.create_batch()
                batch.append(key=key, value=value, timestamp=None)
                if len(sent) >= IN_FLIGHT:
                    await asyncio.gather(*sent)
                    sent.clear()
            count += 1
        for partition, batch in open_batches.items():
            sent.append(await producer.send_batch(batch, topic, partition=partition))
        await asyncio.gather(*sent)
    finally:
        await producer.stop()
    return count


async def read(topics: Iterable[tuple[str, int]], settings: Settings) -> list[bytes]:
    """Return the committed values of topics, each with its number of partitions."""
    found: list[bytes] = []
    for topic, partitions in topics:
        for partition in range(partitions):
            async for batch in read_to_end(client_options(settings), topic, partition):
                found.extend(record.value or b"" for record in batch)
    return found


def digest(values: Sequence[bytes]) -> str:
    """Return what is equal for the same results in any order.

    >>> digest([b"1", b"2"]) == digest([b"2", b"1"]) != digest([b"1", b"2", b"2"])
    True
    """
    found = hashlib.sha256()
    for value in sorted(values):
        found.update(len(value).to_bytes(4, "big") + value)
    return found.hexdigest()
