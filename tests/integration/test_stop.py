"""Operators stop what leaves, and let it go on; at full load: tests/long/test_stop.py."""

import asyncio
from pathlib import Path

from rules.playbook.loader import load
from streams.sources.publish import read_content
from tests.integration.commands import answer, run
from tests.integration.conftest import MakeSettings
from tests.integration.stopping import PLAYBOOK, notes, stop_under_load
from tests.integration.workers import site, until


def test_nothing_leaves_two_seconds_after_a_stop(settings: MakeSettings, tmp_path: Path) -> None:
    stop_under_load(settings, tmp_path, rate=1_000, marked=0.05)


def test_stops_are_listed_lifted_one_by_one_and_kept(
    settings: MakeSettings, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with site(settings(partitions=1), tmp_path, clock="live") as place:
            await place.publish(load(PLAYBOOK), read_content(PLAYBOOK))
            why = ("--reason", "wrong [bold] amounts", "--by", "Ruth Levi")
            assert (await run(place, "stop", "--rule", "marked", *why))[0] == 0
            assert (await run(place, "stop", "--channel", "task-desk", *why))[0] == 0
            # A name that no playbook knows stops nothing: said, and the status tells a script.
            status, said, told = await run(place, "stop", "--rule", "markd", *why)
            assert status == 1
            assert "stopped rule markd" in said
            assert "did you mean 'marked'?" in " ".join(told.split())

            # What is not stopped cannot be lifted, and lifting everything lifts no single stop.
            status, _, told = await run(place, "resume", *why)
            assert status == 1
            assert "everything is not" in told
            assert (await run(place, "resume", "--channel", "task-desk", *why))[0] == 0

            status, listed = await answer(place, "stop", "--list")
            assert status == 0
            states = {(order["scope"], order["name"]): order for order in listed["orders"]}
            assert {key: order["stopped"] for key, order in states.items()} == {
                ("rule", "marked"): True,
                ("rule", "markd"): True,
                ("channel", "task-desk"): False,
            }
            assert states["rule", "marked"]["by"] == "Ruth Levi"
            status, said, _ = await run(place, "stop", "--list")
            assert "wrong [bold] amounts" in said

            with place.worker() as worker:
                await worker.ready()

                async def is_shown() -> bool:
                    return any("rule marked by Ruth Levi" in note for note in await notes(worker))

                await until(is_shown, "a worker that starts later knows the stops")
                await worker.stop()
            log = await place.read_all("raw_events")
            kinds = [event["type"] for event in log if event["source"] == "precede/stop"]
            assert kinds == ["control.stop"] * 3 + ["control.resume"]

    asyncio.run(scenario())
