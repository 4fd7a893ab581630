"""Write a recorded source to raw-events as if it happened now."""

import asyncio
import math
import zlib
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

from aiokafka import AIOKafkaProducer

from streams.clock import monotonic, now
from streams.kafka.client import client_options
from streams.kafka.topics import create_topics
from streams.settings import Settings
from streams.sources.raw_record import RawRecord, source_closed, source_opened

BATCH_BYTES = 256 * 1024
"""About 600 events: large enough that the broker's round trip does not count."""

MAX_IN_FLIGHT = 4
"""Batches sent and not acknowledged. A failure shows after that many at the latest."""

CLOSE_TIMEOUT_S = 10.0

Report = Callable[[int, float], None]
"""Called with the records written so far and the event time reached."""


class ReplayError(Exception):
    """History cannot be replayed here."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay has written.

    Parameters
    ----------
    records
        Records, the opening and the closing one of the source included.
    partition
        Partition of raw-events that all of them are in.
    seconds
        How long it took.
    """

    records: int
    partition: int
    seconds: float


async def replay(
    records: Iterable[RawRecord],
    *,
    source: str,
    settings: Settings,
    speed: float = math.inf,
    report: Report = lambda written, at: None,
) -> Replayed:
    """Write the records to one partition of raw-events, in the order given.

    Missing topics are created. ``source.opened`` comes first and ``source.closed`` last, also when
    the replay is cancelled: what waits for this source must not wait for ever. The partition
    follows from the source's name, so a second replay continues in the same one. Records carry
    the time at which they were handed to the producer.

    Parameters
    ----------
    records
        In time order.
    source
        Name of the source.
    speed
        Seconds of event time per second; 1 is real time, infinity as fast as the broker takes.
    report
        Hears of every batch.

    Raises
    ------
    ReplayError
        When the installation runs on the live clock, or the speed is not positive.
    KafkaSetupError
        When Kafka does not answer, or its topics do not fit the settings.
    """
    if settings.clock != "log":
        msg = (
            f"clock must be 'log' to replay history; got {settings.clock!r}; "
            "set PRECEDE_CLOCK=log for this command and for every worker, on topics of their own"
        )
        raise ReplayError(msg)
    if not speed > 0:
        msg = f"speed must be positive; got {speed!r}"
        raise ReplayError(msg)
    topic = (await create_topics(settings)).raw_events
    partition = zlib.crc32(source.encode()) % settings.partitions
    producer = AIOKafkaProducer(
        **client_options(settings),
        acks="all",
        enable_idempotence=True,
        compression_type="lz4",
        max_batch_size=BATCH_BYTES,
    )
    await producer.start()
    try:
        writer = _Writer(producer, topic, partition, report)
        return await _write(records, source, speed, writer)
    finally:
        await producer.stop()


async def _write(
    records: Iterable[RawRecord], source: str, speed: float, writer: "_Writer"
) -> Replayed:
    start = monotonic()
    first: float | None = None
    try:
        for record in records:
            if first is None:
                first = record.at
                await writer.write(source_opened(source, first))
            due = start + (record.at - first) / speed
            if due > monotonic():
                await writer.flush()
                await asyncio.sleep(due - monotonic())
            await writer.write(record)
    except asyncio.CancelledError:
        if first is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_TIMEOUT_S):
                    await writer.close(source_closed(source, writer.at))
        raise
    if first is not None:
        await writer.close(source_closed(source, writer.at))
    return Replayed(writer.written, writer.partition, monotonic() - start)


class _Writer:
    """Fills batches and sends them, a few at a time."""

    def __init__(
        self, producer: AIOKafkaProducer, topic: str, partition: int, report: Report
    ) -> None:
        self.partition = partition
        self.written = 0
        self.at = -math.inf
        self._producer = producer
        self._topic = topic
        self._report = report
        self._batch = producer.create_batch()
        self._in_flight: deque[asyncio.Future[object]] = deque()

    async def write(self, record: RawRecord) -> None:
        """Put the record into the batch; a full batch goes out first."""
        if not self._append(record):
            await self.flush()
            if not self._append(record):
                msg = f"a record must fit into {BATCH_BYTES} bytes; got {len(record.value)}"
                raise ReplayError(msg)
        self.written += 1
        self.at = max(self.at, record.at)

    async def flush(self) -> None:
        """Send what has gathered; wait only for the oldest if too many are on their way."""
        if self._batch.record_count() == 0:
            return
        # A batch counts as gone once the producer has taken it: a cancellation before that leaves
        # it here, and closing sends it.
        self._in_flight.append(
            await self._producer.send_batch(self._batch, self._topic, partition=self.partition)
        )
        self._batch = self._producer.create_batch()
        while len(self._in_flight) > MAX_IN_FLIGHT:
            await self._in_flight.popleft()
        self._report(self.written, self.at)

    async def close(self, last: RawRecord) -> None:
        """Write the last record and wait until the broker has everything."""
        await self.write(last)
        await self.flush()
        while self._in_flight:
            await self._in_flight.popleft()

    def _append(self, record: RawRecord) -> bool:
        return (
            self._batch.append(
                timestamp=int(now() * 1000),
                key=record.key,
                value=record.value,
                headers=list(record.headers),
            )
            is not None
        )
