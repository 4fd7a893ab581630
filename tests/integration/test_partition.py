"""One partition's owner on a real Kafka: all or nothing, one owner at a time, no half batch."""

import asyncio
import itertools
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError, ProducerFenced
from prometheus_client import CollectorRegistry

from streams.engine.contract import Outgoing, PlaybookMissingError, Record
from streams.engine.observer import Observer
from streams.engine.partition import Companion, PartitionOwner, Role
from streams.engine.restore import StateError, position_of
from streams.engine.transaction import Transactions
from streams.health import Health
from streams.kafka.client import client_options
from streams.kafka.reading import newest_values, read_to_end
from streams.kafka.topics import Topics, create_topics
from streams.metrics import Metrics
from streams.settings import Settings
from tests.integration.conftest import MakeSettings
from tests.integration.workers import until
from tests.streams.engine.build import Read


def incompressible(size: int) -> bytes:
    return random.Random(1).randbytes(size)


async def values_of(settings: Settings, topic: str, partition: int = 0) -> list[bytes]:
    batches = read_to_end(client_options(settings), topic, partition)
    return [record.value async for batch in batches for record in batch]


@asynccontextmanager
async def transactions(settings: Settings, topics: Topics) -> AsyncIterator[Transactions]:
    opened = Transactions(client_options(settings), f"{topics.prefix}t-0", topics, 4, 15.0)
    await opened.open()
    try:
        yield opened
    finally:
        await opened.close()


def test_invariant_3_nothing_is_committed_when_the_broker_refuses_a_record(
    settings: MakeSettings,
) -> None:
    async def scenario() -> None:
        own = settings()
        topics = await prepared(own)
        source, group = TopicPartition(topics.raw_events, 0), f"{topics.prefix}g"
        small = Outgoing("labels", b"k", b"small", partition=0)
        # Larger than the topic takes: the broker refuses this batch alone.
        large = Outgoing("interactions", b"k", incompressible(2 * 2**20), partition=0)
        async with transactions(own, topics) as writer:
            with pytest.raises(KafkaError):
                await writer.commit([small, large], {source: 7}, group)

        assert (await position_of(client_options(own), group, source)).committed is None
        async with transactions(own, topics) as writer:  # the next owner goes on
            await writer.commit([small], {source: 3}, group)
        assert await values_of(own, topics.labels) == [b"small"]
        assert (await position_of(client_options(own), group, source)).committed == 3

    asyncio.run(scenario())


def test_invariant_3_an_older_owner_is_fenced(settings: MakeSettings) -> None:
    async def scenario() -> None:
        own = settings()
        topics = await prepared(own)
        source, group = TopicPartition(topics.raw_events, 0), f"{topics.prefix}g"
        async with transactions(own, topics) as old, transactions(own, topics) as new:
            with pytest.raises(ProducerFenced):
                await old.commit(
                    [Outgoing("labels", b"k", b"old", partition=0)], {source: 7}, group
                )
            await new.commit([Outgoing("labels", b"k", b"new", partition=0)], {source: 3}, group)

        assert await values_of(own, topics.labels) == [b"new"]
        assert (await position_of(client_options(own), group, source)).committed == 3

    asyncio.run(scenario())


def test_records_larger_than_a_batch_travel_in_batches_of_their_own(
    settings: MakeSettings,
) -> None:
    async def scenario() -> None:
        own = settings()
        topics = await prepared(own)
        sizes = [10, 300_000, 20, 30, 5 * 2**20, 40]
        outgoing = [Outgoing("dead_letters", None, bytes(size)) for size in sizes]
        async with transactions(own, topics) as writer:
            written = await writer.commit(
                outgoing, {TopicPartition(topics.raw_events, 0): 1}, f"{topics.prefix}g"
            )

        assert written == sum(sizes)
        assert list(map(len, await values_of(own, topics.dead_letters))) == sizes

    asyncio.run(scenario())


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


async def is_open(owner: PartitionOwner) -> None:
    async def ready() -> bool:
        return owner.ready

    await until(ready, "the owner is open", 30.0)
    owner.seek_to = None  # the consumer stands there


def batch(*values: bytes, start: int = 0) -> list[Read]:
    return [Read(value, start + number) for number, value in enumerate(values)]


def test_invariant_3_half_a_batch_is_never_committed(settings: MakeSettings) -> None:
    async def scenario() -> None:
        own = settings(checkpoint_interval_s=600.0)
        topics = await prepared(own)
        owner = owner_of(own)
        owner.start(lambda _: None)
        await is_open(owner)
        await owner.accept(batch(b"0", b"1"))
        await owner.write([])
        assert owner.settled
        await owner.accept(batch(b"2", start=2))  # applied, not yet committed

        with pytest.raises(RuntimeError, match="half a batch"):
            await owner.accept(batch(b"3", b"poison", start=3))
        await owner.suspend()

        options = client_options(own)
        assert (await position_of(options, owner.group, owner.tp)).committed == 2
        state = await newest_values(options, topics.state, 0)
        assert state == {b"count": b"2", b"applied": b"2"}
        assert await values_of(own, topics.labels) == [b"0", b"1"]

        # The same owner goes on where it had committed, not with what it holds.
        owner.start(lambda _: None)
        await is_open(owner)
        assert owner.applied == 2
        await owner.accept(batch(b"2", b"3", start=2))
        await owner.suspend()
        assert await values_of(own, topics.labels) == [b"0", b"1", b"2", b"3"]

    asyncio.run(scenario())


def test_who_waits_for_an_answer_does_not_wait_for_the_rest_between_transactions(
    settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Every transaction seems to take an hour, and so does the rest after it.
    hours = itertools.count()
    monkeypatch.setattr("streams.engine.partition.monotonic", lambda: 3600.0 * next(hours))
    monkeypatch.setattr("streams.engine.partition.MAX_REST_S", 3600.0)

    async def scenario() -> None:
        own = settings(checkpoint_interval_s=600.0)
        await prepared(own)
        owner = owner_of(own, urgency=2)
        owner.start(lambda _: None)
        await is_open(owner)
        for number in range(3):
            await owner.accept(batch(str(number).encode(), start=number))

            async def is_settled() -> bool:
                return owner.settled

            await until(is_settled, "it is committed", 30.0)
        await owner.suspend()

    asyncio.run(scenario())


def test_a_suspended_owner_goes_on_without_reading_its_state_again(settings: MakeSettings) -> None:
    async def scenario() -> None:
        own = settings()
        await prepared(own)
        owner = owner_of(own)
        owner.start(lambda _: None)
        await is_open(owner)
        await owner.accept(batch(b"0", b"1"))
        await owner.suspend()
        kept = owner.processor

        owner.start(lambda _: None)
        await is_open(owner)
        assert owner.processor is kept
        assert owner.applied == 2
        # What was delivered already is not applied again.
        await owner.accept(batch(b"0", b"1", b"2"))
        await owner.suspend()
        assert kept.count == 3  # type: ignore[attr-defined]

    asyncio.run(scenario())


def test_invariant_3_what_is_written_beside_the_log_is_always_read_again(
    settings: MakeSettings,
) -> None:
    async def scenario() -> None:
        own = settings()
        await prepared(own)
        first, second = owner_of(own, follows_log=False), owner_of(own, follows_log=False)
        first.start(lambda _: None)
        await is_open(first)
        await first.suspend()
        second.start(lambda _: None)
        await is_open(second)
        # As a dispatcher does: no record was read, the applied offset stays where it was.
        await second.write([Outgoing("state", b"beside", b"sent", partition=0)])
        await second.suspend()

        first.start(lambda _: None)
        await is_open(first)
        assert first.processor.beside == b"sent"  # type: ignore[attr-defined]
        await first.suspend()

    asyncio.run(scenario())


def test_state_is_trusted_where_kafka_has_dropped_the_offsets(settings: MakeSettings) -> None:
    async def scenario() -> None:
        own = settings()
        topics = await prepared(own)
        owner = owner_of(own)
        owner.start(lambda _: None)
        await is_open(owner)
        await owner.accept(batch(b"0", b"1"))
        await owner.suspend()

        again = owner_of(own, name="again")  # a group of which Kafka knows no offset
        again.start(lambda _: None)
        await is_open(again)
        assert again.applied == 2
        await again.accept(batch(b"0", b"1", b"2"))
        await again.suspend()

        assert await values_of(own, topics.labels) == [b"0", b"1", b"2"]

    asyncio.run(scenario())


def test_a_topic_that_was_made_anew_is_not_passed_over(settings: MakeSettings) -> None:
    async def scenario() -> None:
        own = settings()
        topics = await prepared(own, records=1)
        owner = owner_of(own)
        owner.start(lambda _: None)
        await is_open(owner)
        await owner.accept(batch(b"0", b"1"))  # one more than there is to read now
        await owner.suspend()

        failures: list[BaseException] = []
        again = owner_of(own)
        again.start(failures.append)

        async def failed() -> bool:
            return bool(failures)

        await until(failed, "the owner refuses", 30.0)
        assert isinstance(failures[0], StateError)
        assert f"{topics.interactions}/0 must reach the offset 2 that was applied" in str(
            failures[0]
        )

    asyncio.run(scenario())


def test_another_owner_meanwhile_makes_the_kept_state_worthless(settings: MakeSettings) -> None:
    async def scenario() -> None:
        own = settings()
        topics = await prepared(own)
        first, second = owner_of(own), owner_of(own)
        first.start(lambda _: None)
        await is_open(first)
        await first.accept(batch(b"0"))
        await first.suspend()
        second.start(lambda _: None)
        await is_open(second)
        await second.accept(batch(b"0", b"1"))
        await second.suspend()

        first.start(lambda _: None)
        await is_open(first)
        await first.accept(batch(b"1", b"2", start=1))
        await first.suspend()

        assert await values_of(own, topics.labels) == [b"0", b"1", b"2"]
        state = await newest_values(client_options(own), topics.state, 0)
        assert state[b"count"] == b"3"

    asyncio.run(scenario())


def test_invariant_3_an_owner_that_was_frozen_commits_nothing(settings: MakeSettings) -> None:
    async def scenario() -> None:
        own = settings(checkpoint_interval_s=600.0)
        topics = await prepared(own)
        frozen, second = owner_of(own), owner_of(own)
        frozen.start(lambda _: None)
        await is_open(frozen)
        await frozen.accept(batch(b"0"))  # waits in memory
        second.start(lambda _: None)
        await is_open(second)
        await second.accept(batch(b"0", b"1"))
        await second.suspend()

        with pytest.raises(ConnectionError):
            await frozen.write([Outgoing("labels", b"k", b"late", partition=0)])
        await frozen.suspend()

        assert await values_of(own, topics.labels) == [b"0", b"1"]

    asyncio.run(scenario())


def test_between_checkpoints_the_state_alone_tells_how_far_it_has_come(
    settings: MakeSettings,
) -> None:
    async def scenario() -> None:
        own = settings(checkpoint_interval_s=600.0)
        topics, options = await prepared(own), client_options(own)
        first = owner_of(own)

        async def committed() -> int | None:
            return (await position_of(options, first.group, first.tp)).committed

        first.start(lambda _: None)
        await is_open(first)
        await first.accept(batch(b"0"))
        await first.suspend()
        assert await committed() == 1

        second = owner_of(own)
        second.start(lambda _: None)
        await is_open(second)
        await second.accept(batch(b"1", start=1))
        await second.write([])
        assert await committed() == 2  # the first transaction of an owner: others see it moved
        await second.accept(batch(b"2", start=2))
        await second.write([])
        assert await committed() == 2

        first.start(lambda _: None)  # the second one is fenced, as if it had died
        await is_open(first)
        assert first.applied == 3
        await first.accept(batch(b"2", b"3", start=2))
        await first.suspend()
        await second.suspend()

        assert await committed() == 4
        assert await values_of(own, topics.labels) == [b"0", b"1", b"2", b"3"]

    asyncio.run(scenario())


def test_the_group_follows_with_the_next_checkpoint(settings: MakeSettings) -> None:
    async def scenario() -> None:
        own = settings(checkpoint_interval_s=0.5)
        await prepared(own)
        owner = owner_of(own)
        owner.start(lambda _: None)
        await is_open(owner)
        for number in range(3):
            await owner.accept(batch(str(number).encode(), start=number))
            await owner.write([])

        async def told() -> bool:
            position = await position_of(client_options(own), owner.group, owner.tp)
            return position.committed == 3

        await until(told, "the group's offset follows though nothing happens any more", 30.0)
        await owner.suspend()

    asyncio.run(scenario())


def test_state_behind_the_group_is_an_error(settings: MakeSettings) -> None:
    async def scenario() -> None:
        own = settings()
        topics = await prepared(own)
        earlier = owner_of(own)
        earlier.start(lambda _: None)
        await is_open(earlier)
        await earlier.accept(batch(b"0"))
        await earlier.suspend()
        producer = AIOKafkaProducer(**client_options(own))
        await producer.start()
        await producer.send_and_wait(topics.state, b"0", b"applied", partition=0)
        await producer.stop()
        failures: list[BaseException] = []

        owner = owner_of(own)
        owner.start(failures.append)

        async def failed() -> bool:
            return bool(failures)

        await until(failed, "the owner refuses", 30.0)
        assert isinstance(failures[0], StateError)
        assert "must have reached the committed offset 1; got 0" in str(failures[0])
        assert not owner.ready

    asyncio.run(scenario())


def test_who_is_suspended_while_it_opens_starts_no_companion(settings: MakeSettings) -> None:
    class Watched:
        def start(self) -> None:
            running.append(self)

        async def stop(self, grace_s: float) -> None:
            running.remove(self)

    running: list[Watched] = []

    async def scenario() -> None:
        own = settings()
        await prepared(own)
        opening, may_go_on = asyncio.Event(), asyncio.Event()

        async def prepare() -> None:
            opening.set()
            await may_go_on.wait()

        owner = owner_of(own, prepare=prepare, companion=lambda _: Watched())
        owner.start(lambda _: None)
        await opening.wait()
        suspended = asyncio.create_task(owner.suspend())
        await asyncio.sleep(0.05)
        may_go_on.set()
        await suspended

        assert not running
        assert not owner.ready

        owner.start(lambda _: None)
        await is_open(owner)
        assert len(running) == 1
        await owner.suspend()
        assert not running

    asyncio.run(scenario())


def test_who_writes_to_a_partition_that_is_gone_is_told(settings: MakeSettings) -> None:
    async def scenario() -> None:
        own = settings()
        await prepared(own)
        owner = owner_of(own)

        with pytest.raises(ConnectionError, match="it was lost"):
            await owner.write([])

    asyncio.run(scenario())


def test_writing_nothing_returns(settings: MakeSettings) -> None:
    async def scenario() -> None:
        own = settings(checkpoint_interval_s=600.0)
        await prepared(own)
        owner = owner_of(own)
        owner.start(lambda _: None)
        await is_open(owner)

        async with asyncio.timeout(30.0):
            await owner.write([])
        await owner.suspend()

    asyncio.run(scenario())


def test_a_record_that_names_no_playbook_of_this_role_is_a_fault(settings: MakeSettings) -> None:
    async def scenario() -> None:
        own = settings()
        topics = await prepared(own)
        owner = owner_of(own)
        owner.start(lambda _: None)
        await is_open(owner)

        with pytest.raises(RuntimeError, match="must not read playbooks"):
            await owner.accept(batch(b"0", b"unknown", b"2"))
        await owner.suspend()

        assert await values_of(own, topics.labels) == [b"0"]  # what came before is kept

    asyncio.run(scenario())


def test_invariant_3_an_aborted_batch_is_never_read(settings: MakeSettings) -> None:
    async def scenario() -> None:
        own = settings()
        topics = await create_topics(own)
        producer: Any = AIOKafkaProducer(**client_options(own), transactional_id=topics.prefix)
        await producer.start()
        for value, commits in ((b"first", True), (b"aborted", False), (b"last", True)):
            await producer.begin_transaction()
            await producer.send(topics.interactions, value, partition=0)
            await (producer.commit_transaction() if commits else producer.abort_transaction())
        await producer.stop()

        assert await values_of(own, topics.interactions) == [b"first", b"last"]

    asyncio.run(scenario())
