"""Owners of a partition with a processor that counts, on a real Kafka."""

from collections.abc import Awaitable, Callable, Iterable, Sequence

from aiokafka import AIOKafkaProducer
from prometheus_client import CollectorRegistry

from streams.engine.contract import Outgoing, PlaybookMissingError, Record
from streams.engine.observer import Observer
from streams.engine.partition import Companion, PartitionOwner, Role
from streams.health import Health
from streams.kafka.client import client_options
from streams.kafka.reading import read_to_end
from streams.kafka.topics import Topics, create_topics
from streams.metrics import Metrics
from streams.settings import Settings
from tests.integration.workers import until
from tests.streams.engine.build import Read


class Counter:
    """A processor that counts, and fails at a record that says so."""

    def __init__(self, urgency: int = 0) -> None:
        self.count = 0
        self._urgency = urgency
        self.beside = b""

    def process(self, records: Sequence[Record]) -> list[Outgoing]:
        output: list[Outgoing] = []
        for done, record in enumerate(records):
            if record.value == b"poison":
                msg = "half a batch is applied"
                raise RuntimeError(msg)
            if record.value == b"unknown":
                name = "0123"
                raise PlaybookMissingError(name, output, record.offset, done)
            self.count += 1
            output.append(Outgoing("labels", b"k", record.value, partition=0))
        return output

    def checkpoint(self) -> list[Outgoing]:
        return [Outgoing("state", b"count", str(self.count).encode(), partition=0)]

    def restore(self, key: bytes, value: bytes) -> None:
        if key == b"beside":
            self.beside = value
        else:
            assert key == b"count"
            self.count = int(value)

    def restored(self, applied: int) -> list[Outgoing]:
        assert self.count == applied
        return []

    def urgent(self, output: Iterable[Outgoing]) -> int:
        return self._urgency


def owner_of(
    settings: Settings,
    *,
    prepare: Callable[[], Awaitable[None]] | None = None,
    companion: Callable[[PartitionOwner], Companion] | None = None,
    follows_log: bool = True,
    name: str = "engine",
    urgency: int = 0,
) -> PartitionOwner:
    health = Health(["engine"])
    health.assigned("engine", [0])
    observer = Observer("engine", Metrics(CollectorRegistry()), health)
    role = Role(
        name, "interactions", "state", lambda _: Counter(urgency),
        prepare=prepare, companion=companion, follows_log=follows_log,
    )  # fmt: skip
    return PartitionOwner(role, 0, settings, client_options(settings), observer, lambda: None)


async def prepared(settings: Settings, records: int = 1_000) -> Topics:
    """Create the topics; so many records are there to be read in the first partition."""
    topics = await create_topics(settings)
    producer = AIOKafkaProducer(**client_options(settings))
    await producer.start()
    try:
        batch = producer.create_batch()
        for number in range(records):
            batch.append(key=None, value=str(number).encode(), timestamp=None)
        await (await producer.send_batch(batch, topics.interactions, partition=0))
    finally:
        await producer.stop()
    return topics


async def go_on(owner: PartitionOwner) -> None:
    """Begin to own the partition, or go on; return when it takes records."""
    owner.start(lambda _: None)
    await is_open(owner)


async def is_open(owner: PartitionOwner) -> None:
    """Return when the owner takes records."""

    async def ready() -> bool:
        return owner.ready

    await until(ready, "the owner is open", 30.0)
    owner.seek_to = None  # the consumer stands there


async def refused(owner: PartitionOwner) -> BaseException:
    """Return why the owner does not take the partition."""
    failures: list[BaseException] = []
    owner.start(failures.append)

    async def failed() -> bool:
        return bool(failures)

    await until(failed, "the owner refuses", 30.0)
    return failures[0]


def batch(*values: bytes, start: int = 0) -> list[Read]:
    return [Read(value, start + number) for number, value in enumerate(values)]


async def values_of(settings: Settings, topic: str, partition: int = 0) -> list[bytes]:
    batches = read_to_end(client_options(settings), topic, partition)
    return [record.value async for batch in batches for record in batch]
