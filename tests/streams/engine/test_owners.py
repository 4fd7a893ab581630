"""The partitions of one role through rebalances; what happens on Kafka is in the integration."""

import asyncio

from aiokafka import TopicPartition
from faust.types import TP
from prometheus_client import CollectorRegistry

from streams.engine.observer import Observer
from streams.engine.owners import Owners
from streams.engine.partition import Role
from streams.health import Health
from streams.metrics import Metrics
from streams.settings import Settings
from tests.streams.engine.build import processor

NOWHERE = {"bootstrap_servers": "127.0.0.1:1", "security_protocol": "PLAINTEXT"}
TOPIC = "bank.interactions"


def owners_and_health() -> tuple[Owners, Health]:
    health = Health(["engine"])
    observer = Observer("engine", Metrics(CollectorRegistry()), health)
    role = Role("engine", "interactions", "state", processor)
    settings = Settings(topic_prefix="bank.")
    return Owners(role, settings, NOWHERE, observer, lambda _: None), health


def test_it_owns_what_it_was_assigned_and_nothing_else() -> None:
    async def scenario() -> None:
        owners, health = owners_and_health()
        await owners.assigned({TP(TOPIC, 0), TP(TOPIC, 2)})
        kept = owners.get(TopicPartition(TOPIC, 2))

        await owners.revoked(set())
        await owners.assigned({TP(TOPIC, 2), TP(TOPIC, 3)})

        assert sorted(owner.partition for owner in owners) == [2, 3]
        assert owners.get(TopicPartition(TOPIC, 2)) is kept  # its state may still be good
        assert owners.get(TopicPartition(TOPIC, 0)) is None
        assert owners.get(TopicPartition("bank.raw-events", 2)) is None
        assert not owners.ready()  # there is no Kafka
        assert health.partitions() == {"engine": {"2": "restoring", "3": "restoring"}}
        await owners.close()
        assert not list(owners)

    asyncio.run(scenario())


def test_a_rebalance_does_not_disturb_who_looks_at_the_owners() -> None:
    async def scenario() -> None:
        owners, _ = owners_and_health()
        await owners.assigned({TP(TOPIC, 0), TP(TOPIC, 1)})

        seen = []
        for owner in owners:
            seen.append(owner.partition)
            if len(seen) == 1:
                await owners.revoked(set())
                await owners.assigned({TP(TOPIC, 3)})

        assert seen == [0, 1]
        await owners.close()

    asyncio.run(scenario())


def test_who_waits_is_woken_or_goes_on_by_itself() -> None:
    async def scenario() -> None:
        owners, _ = owners_and_health()

        await owners.wait_for_change(0.01)
        waiting = asyncio.create_task(owners.wait_for_change(60.0))
        await asyncio.sleep(0)
        owners.notify()
        await asyncio.wait_for(waiting, 1.0)

    asyncio.run(scenario())
