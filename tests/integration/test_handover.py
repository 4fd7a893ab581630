"""A partition goes from one owner to the next on a real Kafka, and nothing is lost or doubled."""

import asyncio

import pytest
from aiokafka import AIOKafkaProducer

from streams.engine.contract import Outgoing
from streams.engine.restore import StateError, position_of
from streams.kafka.client import client_options
from streams.kafka.reading import newest_values
from tests.integration.conftest import MakeSettings
from tests.integration.owners import batch, go_on, owner_of, prepared, refused, values_of
from tests.integration.workers import until


def test_invariant_3_what_is_written_beside_the_log_is_always_read_again(
    settings: MakeSettings,
) -> None:
    async def scenario() -> None:
        own = settings()
        await prepared(own)
        first, second = owner_of(own, follows_log=False), owner_of(own, follows_log=False)
        await go_on(first)
        await first.suspend()
        await go_on(second)
        # As a dispatcher does: no record was read, the applied offset stays where it was.
        await second.write([Outgoing("state", b"beside", b"sent", partition=0)])
        await second.suspend()

        await go_on(first)
        assert first.processor.beside == b"sent"  # type: ignore[attr-defined]
        await first.suspend()

    asyncio.run(scenario())


def test_state_is_trusted_where_kafka_has_dropped_the_offsets(settings: MakeSettings) -> None:
    async def scenario() -> None:
        own = settings()
        topics = await prepared(own)
        owner = owner_of(own)
        await go_on(owner)
        await owner.accept(batch(b"0", b"1"))
        await owner.suspend()

        again = owner_of(own, name="again")  # a group of which Kafka knows no offset
        await go_on(again)
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
        await go_on(owner)
        await owner.accept(batch(b"0", b"1"))  # one more than there is to read now
        await owner.suspend()

        again = owner_of(own)
        error = await refused(again)
        assert isinstance(error, StateError)
        assert f"{topics.interactions}/0 must reach the offset 2 that was applied" in str(error)

    asyncio.run(scenario())


def test_another_owner_meanwhile_makes_the_kept_state_worthless(settings: MakeSettings) -> None:
    async def scenario() -> None:
        own = settings()
        topics = await prepared(own)
        first, second = owner_of(own), owner_of(own)
        await go_on(first)
        await first.accept(batch(b"0"))
        await first.suspend()
        await go_on(second)
        await second.accept(batch(b"0", b"1"))
        await second.suspend()

        await go_on(first)
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
        await go_on(frozen)
        await frozen.accept(batch(b"0"))  # waits in memory
        await go_on(second)
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

        await go_on(first)
        await first.accept(batch(b"0"))
        await first.suspend()
        assert await committed() == 1

        second = owner_of(own)
        await go_on(second)
        await second.accept(batch(b"1", start=1))
        await second.write([])
        assert await committed() == 2  # the first transaction of an owner: others see it moved
        await second.accept(batch(b"2", start=2))
        await second.write([])
        assert await committed() == 2

        await go_on(first)  # the second one is fenced, as if it had died
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
        await go_on(owner)
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
        await go_on(earlier)
        await earlier.accept(batch(b"0"))
        await earlier.suspend()
        producer = AIOKafkaProducer(**client_options(own))
        await producer.start()
        await producer.send_and_wait(topics.state, b"0", b"applied", partition=0)
        await producer.stop()

        owner = owner_of(own)
        error = await refused(owner)
        assert isinstance(error, StateError)
        assert "must have reached the committed offset 1; got 0" in str(error)
        assert not owner.ready

    asyncio.run(scenario())
