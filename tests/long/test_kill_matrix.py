"""kill -9 at twenty random moments: as if nothing had happened."""

import asyncio
import random
import secrets
from dataclasses import replace
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from streams.sources.bank_calls.reader import CallLog
from streams.sources.bank_calls.stages import SOURCE
from streams.sources.raw_record import RawRecord
from streams.sources.replay import replay
from tests.integration.conftest import MakeSettings
from tests.integration.frozen_log import (
    frozen_log,
    make,
    order_of_actions,
    publish,
    read_made,
    share,
    write_log,
)
from tests.integration.test_pipeline import poison
from tests.integration.workers import Site, month, site
from tests.long.conftest import Tell
from tests.long.kills import check_normalised, check_sent, finish, kill_at_random

DAYS = 10
KILLS = 20
PER_KILL_S = 8.0
"""A worker that takes over waits for the dead one's session, 6 s; so long do events flow."""


@pytest.fixture
def moments(tell: Tell) -> random.Random:
    seed = secrets.randbits(32)
    tell(f"seed {seed}")
    return random.Random(seed)


@pytest.mark.parametrize("workers", [1, 2])
def test_invariant_3_kills_change_no_byte(
    settings: MakeSettings, tmp_path: Path, moments: random.Random, tell: Tell, workers: int
) -> None:
    async def scenario() -> None:
        log = frozen_log(DAYS)
        alone = make(log)
        (tmp_path / "undisturbed").mkdir()
        prefix = f"{settings().topic_prefix}calm."
        async with site(settings(topic_prefix=prefix), tmp_path / "undisturbed") as calm:
            await publish(calm)
            await write_log(calm, log)
            await finish(calm, "engine")
            undisturbed = await read_made(calm)
        undisturbed.assert_equals(alone)

        async with site(settings(), tmp_path) as place:
            await publish(place)

            async def flow(kill: int) -> None:
                await write_log(place, share(log, kill, KILLS), PER_KILL_S)

            ready = await kill_at_random(
                place, moments, workers=workers, times=KILLS, role="engine", flow=flow
            )
            await finish(place, "engine")
            report = await place.verify()
            disturbed = await read_made(place)
            offsets = (await order_of_actions(place)).values()

        assert report.equal, "\n".join(report.differences)
        disturbed.assert_equals(undisturbed)
        assert all(each == sorted(each) for each in offsets)
        tell(f"{KILLS} kills, {ready} of them after the restore at the earliest")
        tell(f"{report.decisions} decisions, {report.actions} actions, sha256 {alone.sha256()}")
        assert report.actions > 500

    asyncio.run(scenario())


def test_invariant_3_every_role_is_killed(
    settings: MakeSettings, tmp_path: Path, moments: random.Random, tell: Tell
) -> None:
    async def scenario() -> None:
        async with site(settings(), tmp_path) as place:
            await publish(place)
            await _write_five_megabytes(place)
            records = _records(place)

            async def flow(kill: int) -> None:
                start, end = (len(records) * at // KILLS for at in (kill, kill + 1))
                some = records[start:end]
                speed = (some[-1].at - some[0].at) / PER_KILL_S
                await replay(some, source=SOURCE, settings=place.settings, speed=speed)

            ready = await kill_at_random(
                place, moments, workers=1, times=KILLS, role="all", flow=flow
            )
            await finish(place, "all")

            report = await place.verify()
            assert report.equal, "\n".join(report.differences)
            written, letters = await check_normalised(place)
            assert letters == len(poison()) + place.settings.partitions
            actions = await check_sent(place)
            assert actions == report.actions > 100
            tell(f"{KILLS} kills, {ready} of them after the restore at the earliest")
            tell(f"{written} raw records, {letters} dead letters, {actions} actions")

    asyncio.run(scenario())


def _records(place: Site) -> list[RawRecord]:
    """Return three days, with poison among them."""
    file = place.folder / "rows.txt"
    file.write_bytes(month(3))
    records = list(CallLog(file).records())
    for number, (_, record) in enumerate(poison(), 1):
        there = number * 500
        records.insert(there, replace(record, at=records[there].at))
    return records


async def _write_five_megabytes(place: Site) -> None:
    producer = AIOKafkaProducer(**place.options, max_request_size=6 * 2**20)
    await producer.start()
    try:
        for partition in range(place.settings.partitions):
            value = b"x" * (5 * 2**20)
            await producer.send_and_wait(place.topics.raw_events, value, b"p", partition)
    finally:
        await producer.stop()
