"""kill -9 of the dispatcher while calls of every kind are out; tests/long has the long version."""

import asyncio
import random
from pathlib import Path

from streams.dispatch.parked import read_parked
from tests.integration.conftest import MakeSettings
from tests.integration.dispatch_kills import check, kill_dispatchers, outside

COUNTS = {"hook": 80, "mail": 20, "sms": 20, "task": 20}
KILLS = 5


def test_kills_lose_nothing_and_repeat_only_under_a_key(
    settings: MakeSettings, tmp_path: Path
) -> None:
    async def scenario() -> None:
        moments = random.Random(11)  # moments differ from run to run by the machine alone
        async with outside(settings(), tmp_path, moments) as out:
            at_work = await kill_dispatchers(out, moments, COUNTS, KILLS)
            unknown = await check(out, COUNTS)
            parked = await read_parked(out.place.settings)

        assert at_work > 0
        # What nobody knows of waits for a person.
        assert [one.entry.state for one in parked] == ["unknown"] * unknown.total()

    asyncio.run(scenario())
