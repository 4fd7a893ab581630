"""Kafka goes away and comes back: the worker goes on by itself, nothing is lost, none doubled."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import psutil
import pytest
from prometheus_client import CollectorRegistry

from streams.engine.contract import Outgoing, Record
from streams.engine.observer import Observer
from streams.engine.partition import MAX_PENDING, PartitionOwner, Role
from streams.engine.restore import position_of
from streams.health import Health
from streams.kafka.client import client_options
from streams.kafka.launcher import KafkaServer
from streams.kafka.reading import read_to_end
from streams.kafka.topics import create_topics
from streams.metrics import Metrics
from streams.settings import Settings
from tests.integration.frozen_log import frozen_log, make, publish, read_made, write_log
from tests.integration.owners import is_open
from tests.integration.test_kill import reaches
from tests.integration.workers import site, until
from tests.streams.engine.build import Read

FLOW_S = 12.0
AWAY_S = 3.0  # beside the 5 s that a start takes
MB = 2**20


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[KafkaServer]:
    """One that the test may kill."""
    with KafkaServer(tmp_path / "broker") as server:
        yield server


def settings_of(broker: KafkaServer, home: Path) -> Settings:
    return Settings(
        bootstrap_servers=broker.bootstrap, topic_prefix="down.", home=home, http_port=0
    )


def test_invariant_3_through_an_outage_of_kafka(broker: KafkaServer, tmp_path: Path) -> None:
    async def scenario() -> None:
        settings = settings_of(broker, tmp_path)
        async with site(settings, tmp_path) as place:
            await publish(place)
            log = frozen_log()
            with place.worker("engine", "engine") as worker:
                await worker.ready()
                flowing = asyncio.create_task(write_log(place, log, FLOW_S))
                async with place.watch(place.topics.labels) as reached:
                    await until(reaches(reached, 100), "events flow")
                before = worker.resident_bytes
                broker.kill()
                await asyncio.sleep(AWAY_S)
                assert worker.alive, worker.said()[-2000:]
                assert not flowing.done(), "nothing flowed while the broker was away"
                await asyncio.to_thread(broker.start)
                await flowing
                await place.idle(worker)
                # Clients that were opened anew, and batches: what comes meanwhile is not read.
                assert worker.resident_bytes - before < 150 * MB
                await worker.stop()

            written = [[one.value for one in part] for part in await place.read("interactions")]
            assert written == [[record.value for record in records] for records in log]
            report = await place.verify()
            assert report.equal, "\n".join(report.differences)
            (await read_made(place)).assert_equals(make(log))

    asyncio.run(scenario())


def test_a_worker_that_is_told_to_stop_ends_without_kafka(
    broker: KafkaServer, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with site(settings_of(broker, tmp_path), tmp_path) as place:
            await publish(place)
            with place.worker() as worker:
                await worker.ready()
                broker.kill()
                await asyncio.sleep(AWAY_S)
                worker.terminate()

                async def has_ended() -> bool:
                    return not worker.alive

                await until(has_ended, "the worker ends")
                assert "no orderly end" in worker.said()

    asyncio.run(scenario())


def test_what_waits_for_a_transaction_is_bounded(broker: KafkaServer, tmp_path: Path) -> None:
    class Talkative:
        """Says much about every record."""

        def process(self, records: Sequence[Record]) -> list[Outgoing]:
            return [Outgoing("labels", b"k", b"v", partition=0) for _ in records for _ in range(10)]

        def checkpoint(self) -> list[Outgoing]:
            return []

        def restore(self, key: bytes, value: bytes) -> None:
            pass

        def restored(self, applied: int) -> list[Outgoing]:
            return []

        def urgent(self, output: Iterable[Outgoing]) -> int:
            return 1

    async def scenario() -> None:
        settings = settings_of(broker, tmp_path)
        topics = await create_topics(settings)
        health = Health(["engine"])
        health.assigned("engine", [0])
        observer = Observer("engine", Metrics(CollectorRegistry()), health)
        role = Role("engine", "interactions", "state", lambda _: Talkative())
        options = client_options(settings)
        owner = PartitionOwner(role, 0, settings, options, observer, lambda: None)
        owner.start(lambda error: pytest.fail(f"{error!r}"))
        await is_open(owner)
        assert broker.pid is not None
        process = psutil.Process(broker.pid)
        taken = 0

        async def feed() -> None:
            nonlocal taken
            for start in range(0, 20_000, 500):
                await owner.accept([Read(b"r", offset) for offset in range(start, start + 500)])
                taken = start + 500
                await asyncio.sleep(0)

        process.suspend()
        try:
            feeding = asyncio.create_task(feed())

            async def is_full() -> bool:
                return not owner.has_room

            await until(is_full, "the owner is full", 30.0)
            full_at = taken
            await asyncio.sleep(1.0)
            assert taken == full_at  # no record is taken while too much waits
            # One transaction under way, one full of what waits, and the batch that filled it.
            assert 10 * taken <= 2 * (MAX_PENDING + 5_000)
        finally:
            process.resume()
        await feeding
        await owner.suspend()

        assert (await position_of(options, owner.group, owner.tp)).committed == 20_000
        batches = read_to_end(options, topics.labels, 0)
        assert sum([len(batch) async for batch in batches]) == 200_000

    asyncio.run(scenario())
