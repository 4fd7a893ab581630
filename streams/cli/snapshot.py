"""``precede snapshot``: the state of every partition, kept so that less of the log is needed."""

import asyncio
from dataclasses import asdict
from typing import Annotated

import typer

from streams.backtest.source import Show
from streams.cli.log import progress_bar, told_in_a_sentence
from streams.cli.output import console, print_json
from streams.engine.snapshots import Snapshot, drop_older, take
from streams.kafka.client import client_options
from streams.kafka.reading import require_topics
from streams.kafka.topics import Topics
from streams.settings import Settings


def snapshot(
    keep_days: Annotated[
        int, typer.Option("--keep-days", min=1, help="Older snapshots are deleted.")
    ] = 35,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable result.")] = False,
) -> None:
    """Keep the state of every partition as it is now, for `verify`, `why` and `customer purge`.

    Run it daily; workers may run meanwhile.

    For example:

      precede snapshot

      precede snapshot --keep-days 90 --json
    """
    with told_in_a_sentence(), progress_bar(quiet=as_json) as show:
        taken = asyncio.run(_snapshot(keep_days, show))
    if as_json:
        print_json([asdict(each) for each in taken])
    else:
        places = ", ".join(f"{each.offset:,}" for each in taken)
        console.print(f"snapshots of {len(taken)} partitions, at offset {places}", soft_wrap=True)


async def _snapshot(keep_days: int, show: Show) -> list[Snapshot]:
    settings = Settings()
    options = client_options(settings)
    await require_topics(Topics(settings.topic_prefix), options)
    taken = await take(settings, options, show)
    await drop_older(settings, options, keep_days)
    return taken
