"""The engine's answers, as they are committed."""

import asyncio
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from streams.engine.output import ASKED
from streams.kafka.reading import reader

log = logging.getLogger(__name__)

POLL_MS = 500
RETRY_S = 0.5


class Answers:
    """Reads decisions from their end on and gives each answer to who waits for it.

    Parameters
    ----------
    topic
        Name of the decisions topic on the broker.
    partitions
        How many it has.

    Attributes
    ----------
    ready
        Whether answers are read: only then may a question be asked.
    """

    def __init__(self, client_options: Mapping[str, Any], topic: str, partitions: int) -> None:
        self.ready = asyncio.Event()
        self._client_options = client_options
        self._partitions = [TopicPartition(topic, number) for number in range(partitions)]
        self._waiting: dict[bytes, asyncio.Future[dict[str, Any]]] = {}

    @property
    def waiting(self) -> int:
        """How many answers are waited for."""
        return len(self._waiting)

    @contextmanager
    def expect(self, ask: str) -> Iterator[asyncio.Future[dict[str, Any]]]:
        """Yield what will be the answer to the event of this id."""
        key = ask.encode()
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[key] = answer
        try:
            yield answer
        finally:
            del self._waiting[key]
            answer.cancel()

    async def follow(self) -> None:
        """Read for as long as the task lives; what was asked while Kafka was away is not found."""
        while True:
            try:
                async with reader(self._client_options) as consumer:
                    await self._follow(consumer)
            except (KafkaError, ConnectionError, TimeoutError) as error:
                log.warning("answers: cannot be read (%s); trying again", type(error).__name__)
            finally:
                self.ready.clear()
            await asyncio.sleep(RETRY_S)

    async def _follow(self, consumer: AIOKafkaConsumer) -> None:
        consumer.assign(self._partitions)
        await consumer.seek_to_end(*self._partitions)
        for partition in self._partitions:
            await consumer.position(partition)  # from here on; a question comes after it
        self.ready.set()
        while True:
            batches = await consumer.getmany(timeout_ms=POLL_MS)
            for batch in batches.values():
                for record in batch:
                    self._take(record)

    def _take(self, record: Any) -> None:
        # Most decisions are none of ours: one look at the headers tells.
        for name, ask in record.headers:
            if name == ASKED:
                answer = self._waiting.get(ask)
                if answer is not None and not answer.done() and record.value is not None:
                    answer.set_result(orjson.loads(record.value)["data"])
