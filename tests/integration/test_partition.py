"""One partition's owner on a real Kafka: what it takes, writes and keeps."""

import asyncio
import itertools

import pytest

from streams.engine.restore import position_of
from streams.kafka.client import client_options
from streams.kafka.reading import newest_values
from tests.integration.conftest import MakeSettings
from tests.integration.owners import batch, go_on, owner_of, prepared, values_of
from tests.integration.workers import until


def test_invariant_3_half_a_batch_is_never_committed(settings: MakeSettings) -> None:
    async def scenario() -> None:
        own = settings(checkpoint_interval_s=600.0)
        topics = await prepared(own)
        owner = owner_of(own)
        await go_on(owner)
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
        await go_on(owner)
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
        await go_on(owner)
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
        await go_on(owner)
        await owner.accept(batch(b"0", b"1"))
        await owner.suspend()
        kept = owner.processor

        await go_on(owner)
        assert owner.processor is kept
        assert owner.applied == 2
        # What was delivered already is not applied again.
        await owner.accept(batch(b"0", b"1", b"2"))
        await owner.suspend()
        assert kept.count == 3  # type: ignore[attr-defined]

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

        await go_on(owner)
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
        await go_on(owner)

        async with asyncio.timeout(30.0):
            await owner.write([])
        await owner.suspend()

    asyncio.run(scenario())


def test_a_record_that_names_no_playbook_of_this_role_is_a_fault(settings: MakeSettings) -> None:
    async def scenario() -> None:
        own = settings()
        topics = await prepared(own)
        owner = owner_of(own)
        await go_on(owner)

        with pytest.raises(RuntimeError, match="must not read playbooks"):
            await owner.accept(batch(b"0", b"unknown", b"2"))
        await owner.suspend()

        assert await values_of(own, topics.labels) == [b"0"]  # what came before is kept

    asyncio.run(scenario())
