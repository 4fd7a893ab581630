"""Transactions on a real Kafka: all or nothing, one producer at a time."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError, ProducerFenced

from streams.engine.contract import Outgoing
from streams.engine.restore import position_of
from streams.engine.transaction import Transactions
from streams.kafka.client import client_options
from streams.kafka.topics import Topics, create_topics
from streams.settings import Settings
from tests.integration.conftest import MakeSettings
from tests.integration.owners import prepared, values_of


def incompressible(size: int) -> bytes:
    return random.Random(1).randbytes(size)


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
