"""The demo from start to end."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from rich.console import Console

from rules.playbook.loader import load
from rules.playbook.models import Playbook
from streams.clock import monotonic
from streams.demo.scrape import Scrape
from streams.demo.screen import Progress, Screen
from streams.demo.stage import Stage, stage
from streams.demo.summary import count_records, summarise
from streams.demo.watch import Watch
from streams.ghosts import ghost_table, judge_topics
from streams.kafka.client import client_options
from streams.settings import Settings
from streams.sources.bank_calls.reader import CallLog
from streams.sources.publish import publish, read_content
from streams.sources.replay import replay

SOURCE = "bank-calls"
REFRESH_S = 0.5
ARRIVALS = 3  # calls at the webhook that are shown in words
CALM_READINGS = 4  # readings in a row that find nothing to do, half a second apart


async def run_demo(
    file: Path,
    playbook_folder: Path,
    speed: float,
    base: Settings,
    console: Console,
    *,
    once: bool,
    finished: Callable[[dict[str, Any]], None],
) -> None:
    """Start everything, replay the log, show it live, print the summary, stop everything.

    Parameters
    ----------
    once
        End after the summary; otherwise keep serving until it is cancelled.
    finished
        Called with the summary.
    """
    console.print(f"reading {file.name} ...")
    log = await asyncio.to_thread(CallLog, file)
    playbook = load(playbook_folder)
    console.print("starting Apache Kafka and the worker ...")
    async with stage(base) as running:
        console.print(f"metrics and health: {running.url}/metrics  {running.url}/health/ready")
        options = client_options(running.settings)
        watch = Watch(running.settings, options)
        watching = asyncio.create_task(watch.run())
        try:
            await publish(playbook, read_content(playbook_folder), running.settings)
            console.print("approval is switched off for the demo: live rules act without one")
            await _until_idle(running)
            started = monotonic()
            await _replay(running, log, file.name, speed, watch, console)
            seconds = monotonic() - started
            summary = await _summarise(running, log, playbook, watch, seconds, console)
            finished(summary)
            if not once:
                console.print(f"still serving {running.url}/metrics; Ctrl-C ends it")
                console.print("look closer in another terminal:")
                for name, value in running.environment.items():
                    console.print(f"  export {name}={value}", highlight=False)
                busiest = max(summary["rules"], key=lambda rule: summary["rules"][rule]["fired"])
                console.print(f"  precede cases {busiest}", highlight=False)
                console.print("  precede verify", highlight=False)
                await asyncio.Event().wait()
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching


async def _until_idle(running: Stage) -> Scrape:
    calm = 0
    while True:
        scraped = await running.scrape()
        calm = calm + 1 if scraped.idle else 0
        if calm >= CALM_READINGS:
            return scraped
        await asyncio.sleep(REFRESH_S)


async def _replay(
    running: Stage, log: CallLog, name: str, speed: float, watch: Watch, console: Console
) -> None:
    progress = Progress()
    total = len(log)
    writing = asyncio.create_task(
        replay(
            log.records(), source=SOURCE, settings=running.settings,
            speed=speed, report=progress.report,
        )
    )  # fmt: skip
    screen = Screen(name, total, running.url, console)
    try:
        with screen:
            calm = 0
            while calm < CALM_READINGS:
                await asyncio.sleep(REFRESH_S)
                if writing.done():
                    writing.result()
                scraped = await running.scrape()
                calm = calm + 1 if writing.done() and scraped.idle else 0
                await screen.show(progress, scraped, watch)
    finally:
        if not writing.done():
            writing.cancel()
            with suppress(asyncio.CancelledError):
                await writing


async def _summarise(
    running: Stage, log: CallLog, playbook: Playbook, watch: Watch, seconds: float, console: Console
) -> dict[str, Any]:
    options = client_options(running.settings)
    counts = await count_records(running.settings, options)
    results = await judge_topics(running.settings, options, playbook)
    console.print(ghost_table(results))
    received = running.receiver.summary()
    console.print(
        f"the webhook's receiver got {received['received']:,} calls, "
        f"{received['duplicates']:,} repeats of the same key, "
        f"{received['bad_signature']:,} with a bad signature; the newest:"
    )
    for action in received["newest"][-ARRIVALS:]:
        console.print(f"  {action['to']}: {action['text']}", highlight=False, markup=False)
    states = (await running.scrape()).states
    rules = {rule: result.as_json() for rule, result in results.items()}
    restarts = running.supervisor.restarts
    return summarise(log.summary, counts, watch, states, rules, seconds, restarts)
