"""One checkpoint, one Kafka transaction."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import aiokafka.producer.sender
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.partitioner import murmur2

from streams.engine.contract import Outgoing
from streams.kafka.topics import SINGLE, Topics

# A new transaction waits for the markers of the one before; aiokafka retries after these times. Its
# own 20 ms and 100 ms cost 130 ms at p99, these values 20 ms (measured).
aiokafka.producer.sender.BACKOFF_OVERRIDE = 0.003
RETRY_S = 0.005
# A commit that takes longer than this waits for a broker that is away: no hurry any more.
PATIENT_AFTER_S = 0.5
PATIENT_RETRY_S = 0.25
MAX_BATCH_BYTES = 256 * 1024
MAX_REQUEST_BYTES = 16 * 1024 * 1024  # a dead letter carries its original of up to 8 MiB, in base64
LITERAL = "="


def partition_of(key: bytes, partitions: int) -> int:
    """Return the partition of a key, as every Kafka client computes it.

    >>> partition_of(b"9664491", 4)
    1
    """
    return int(murmur2(key) & 0x7FFFFFFF) % partitions


class Transactions:
    """The transactional producer of one partition; a newer one with the same id fences it.

    Parameters
    ----------
    client_options
        Connection of aiokafka clients.
    transactional_id
        Belongs to the partition, not to the process: that is what makes fencing work.
    topics
        Names on the broker.
    partitions
        Number of partitions of the keyed topics.
    timeout_s
        How long a dead owner may block readers of its last transaction, seconds.
    """

    def __init__(
        self,
        client_options: Mapping[str, Any],
        transactional_id: str,
        topics: Topics,
        partitions: int,
        timeout_s: float,
    ) -> None:
        self._topics = topics
        self._partitions = partitions
        self._producer = AIOKafkaProducer(
            **client_options,
            transactional_id=transactional_id,
            acks="all",
            compression_type="lz4",
            linger_ms=0,
            max_batch_size=MAX_BATCH_BYTES,
            max_request_size=MAX_REQUEST_BYTES,
            transaction_timeout_ms=int(timeout_s * 1000),
            request_timeout_ms=30_000,
        )

    async def open(self) -> None:
        """Connect and fence every older producer of this partition."""
        await self._producer.start()
        self._retry_after(RETRY_S)

    async def close(self) -> None:
        """Leave; a transaction under way is aborted by the next owner."""
        await self._producer.stop()

    async def commit(
        self, outgoing: Sequence[Outgoing], offsets: Mapping[TopicPartition, int], group: str
    ) -> int:
        """Write everything and the group's offsets, all or nothing; return the bytes written.

        Parameters
        ----------
        offsets
            May be empty, which saves two of the five calls of a transaction, one after the other.

        Raises
        ------
        KafkaError
            When the broker refused any of it: nothing is committed.
        """
        loop = asyncio.get_running_loop()
        patience = loop.call_later(PATIENT_AFTER_S, self._retry_after, PATIENT_RETRY_S)
        try:
            return await self._commit(outgoing, offsets, group)
        finally:
            patience.cancel()
            self._retry_after(RETRY_S)

    async def _commit(
        self, outgoing: Sequence[Outgoing], offsets: Mapping[TopicPartition, int], group: str
    ) -> int:
        producer = self._producer
        await producer.begin_transaction()
        written = 0
        sent = []
        for (topic, partition), records in (await self._by_partition(outgoing)).items():
            builder = producer.create_batch()
            for record in records:
                headers = list(record.headers)
                # A record keeps the time of the one that caused it, so that latency can be read
                # off any record, as in Kafka Streams.
                timestamp = record.since_ms or None
                meta = builder.append(
                    key=record.key, value=record.value, timestamp=timestamp, headers=headers
                )
                if meta is None:
                    sent.append(await self._send(builder, topic, partition))
                    builder = producer.create_batch()
                    meta = builder.append(
                        key=record.key, value=record.value, timestamp=timestamp, headers=headers
                    )
                    if meta is None:
                        msg = (
                            f"a record must fit into {MAX_BATCH_BYTES} bytes; got "
                            f"{len(record.value or b'')} for topic {topic}"
                        )
                        raise ValueError(msg)
                written += len(record.value or b"")
            sent.append(await self._send(builder, topic, partition))
        if offsets:
            await producer.send_offsets_to_transaction(dict(offsets), group)
        # Before the commit: aiokafka commits also when the broker has refused a batch, and what
        # was in it would be lost.
        await asyncio.gather(*sent)
        await producer.commit_transaction()
        return written

    def _retry_after(self, seconds: float) -> None:
        self._producer._sender._retry_backoff = seconds

    async def _send(self, builder: Any, topic: str, partition: int) -> asyncio.Future[Any]:
        sent: asyncio.Future[Any] = await self._producer.send_batch(
            builder, topic, partition=partition
        )
        # A fenced owner never awaits what it sent before: its end is told once, not per batch.
        sent.add_done_callback(lambda done: done.cancelled() or done.exception())
        return sent

    async def _by_partition(
        self, outgoing: Sequence[Outgoing]
    ) -> dict[tuple[str, int], list[Outgoing]]:
        grouped: dict[tuple[str, int], list[Outgoing]] = {}
        for record in outgoing:
            partition, partitions = record.partition, self._partitions
            if record.topic.startswith(LITERAL):
                topic = record.topic[len(LITERAL) :]
                partitions = len(await self._producer.partitions_for(topic))
            else:
                topic = str(getattr(self._topics, record.topic))
                partitions = 1 if record.topic in SINGLE else partitions
            if partition is None:
                partition = partition_of(record.key or b"", partitions)
            grouped.setdefault((topic, partition), []).append(record)
        return grouped
