"""A worker that cannot work says why, and what broke first is what it tells."""

import asyncio

import pytest

from streams.engine.partition import PartitionOwner
from streams.kafka.error import KafkaSetupError
from streams.settings import Channel, Settings
from streams.worker import ROLES, Worker, _waiting

NOWHERE = Settings(bootstrap_servers="127.0.0.1:1", http_port=0)


def test_without_kafka_it_ends_with_what_to_do() -> None:
    async def scenario() -> None:
        with pytest.raises(KafkaSetupError, match=r"Kafka must answer at 127\.0\.0\.1:1"):
            await Worker(NOWHERE, ROLES).run()

    asyncio.run(scenario())


def test_a_channel_that_cannot_work_is_told_before_anything_starts() -> None:
    async def scenario() -> None:
        hook = Channel(kind="webhook", url="ftp://crm.example", secret="whsec_x")
        settings = NOWHERE.model_copy(update={"channels": {"crm": hook}})

        with pytest.raises(ValueError, match=r"channels\.crm"):
            Worker(settings, ["dispatch"])

    asyncio.run(scenario())


@pytest.mark.parametrize("role", ROLES)
def test_it_plays_the_role_it_was_given(role: str) -> None:
    async def scenario() -> None:
        worker = Worker(NOWHERE, [role])

        assert list(worker._apps) == [role]
        assert worker._apps[role].conf.id == f"precede.{role}"

    asyncio.run(scenario())


def test_the_first_failure_is_the_one_that_is_told() -> None:
    async def scenario() -> None:
        worker = Worker(NOWHERE, ["engine"])

        worker._failed(RuntimeError("first"))
        worker._failed(RuntimeError("what followed from it"))

        assert str(worker._failure) == "first"
        assert worker._stop.is_set()

    asyncio.run(scenario())


def test_a_task_that_breaks_ends_the_work_and_one_that_is_cancelled_does_not() -> None:
    async def scenario() -> None:
        worker = Worker(NOWHERE, ["engine"])

        async def breaks() -> None:
            msg = "broken"
            raise OSError(msg)

        cancelled = asyncio.create_task(asyncio.sleep(60))
        cancelled.cancel()
        broken = asyncio.create_task(breaks())
        await asyncio.wait([cancelled, broken])

        worker._ended(cancelled)
        assert worker._failure is None
        worker._ended(broken)
        assert isinstance(worker._failure, OSError)

    asyncio.run(scenario())


def test_of_a_partition_that_is_not_open_nothing_is_known() -> None:
    async def scenario() -> None:
        worker = Worker(NOWHERE, ["engine"])
        app, owners = worker._apps["engine"], worker._apps["engine"].owners
        owner = PartitionOwner(
            owners._role, 0, NOWHERE, owners.client_options, owners._observer, owners.notify
        )

        assert await _waiting(app, owner) is None

    asyncio.run(scenario())
