"""kill -9 of the dispatcher at 200 random moments during 2,000 calls of a webhook, and others."""

import asyncio
import random
import secrets
from pathlib import Path

from streams.dispatch.parked import read_parked
from tests.integration.conftest import MakeSettings
from tests.integration.dispatch_kills import BLIND, check, kill_dispatchers, outside
from tests.long.conftest import Tell

COUNTS = {"hook": 2_000, "mail": 500, "sms": 500, "task": 500}
KILLS = 200


def test_invariant_2_kills_lose_nothing_and_repeat_only_under_a_key(
    settings: MakeSettings, tmp_path: Path, tell: Tell
) -> None:
    seed = secrets.randbits(32)
    tell(f"seed {seed}")

    async def scenario() -> None:
        moments = random.Random(seed)
        async with outside(settings(), tmp_path, moments) as out:
            at_work = await kill_dispatchers(out, moments, COUNTS, KILLS)
            unknown = await check(out, COUNTS)
            parked = await read_parked(out.place.settings)
            taken = {kind: out.taken(kind).total() for kind in BLIND}
            repeats = out.repeats()

        assert [one.entry.state for one in parked] == ["unknown"] * unknown.total()
        tell(f"{KILLS} kills, {at_work} of them while calls were out or just answered")
        tell(f"{COUNTS['hook']} webhook actions taken once, 0 lost")
        tell(f"{repeats} repeats, all recognised by their key")
        for kind in BLIND:
            tell(f"{kind}: {taken[kind]} of {COUNTS[kind]} taken, 0 twice, {unknown[kind]} unknown")
        # Kills that never met a call would show nothing.
        assert at_work > KILLS / 2
        assert repeats > KILLS / 10
        assert unknown.total() > KILLS / 10

    asyncio.run(scenario())
