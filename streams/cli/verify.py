"""``precede verify``: audit the decisions against the log of record."""

import asyncio
from typing import Annotated

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from streams.cli.output import console, print_json
from streams.engine.verify import Report
from streams.engine.verify import verify as recompute
from streams.kafka.client import client_options
from streams.kafka.reading import require_topics
from streams.kafka.topics import Topics
from streams.settings import Settings


def verify(
    from_snapshot: Annotated[
        bool,
        typer.Option(
            "--from-snapshot",
            help="Begin at the oldest snapshot from which on the log is whole, not at its start.",
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable result.")] = False,
) -> None:
    """Recompute every decision and action from the interactions log and compare byte by byte.

    Exit status 0 when all is equal, 4 when anything differs.

    Example:  PRECEDE_TOPIC_PREFIX=precede. PRECEDE_CLOCK=live precede verify --from-snapshot
    """
    report = asyncio.run(_verify(Settings(), quiet=as_json, from_snapshot=from_snapshot))
    if as_json:
        print_json({
            "equal": report.equal, "sha256": report.sha256, "interactions": report.interactions,
            "decisions": report.decisions, "actions": report.actions, "states": report.states,
            "differences": report.differences, "since": list(report.since.values()),
        })  # fmt: skip
    else:
        verdict = "[green]equal, byte by byte[/]" if report.equal else "[bold red]different[/]"
        console.print(
            f"{verdict}: {report.decisions:,} decisions, {report.actions:,} actions and "
            f"{report.states:,} state records, recomputed from {report.interactions:,} interactions"
        )
        if any(report.since.values()):
            places = ", ".join(f"{offset:,}" for offset in report.since.values())
            console.print(f"each partition from its snapshot on, at offset {places}")
        console.print(f"sha256 {report.sha256}", highlight=False)
        for difference in report.differences:
            console.print(f"  {difference}", highlight=False, markup=False)
    if not report.equal:
        raise typer.Exit(4)


async def _verify(settings: Settings, *, quiet: bool, from_snapshot: bool) -> Report:
    options = client_options(settings)
    await require_topics(Topics(settings.topic_prefix), options)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=quiet, transient=True) as bar:
        task = bar.add_task("reading")

        def show(partition: int, done: int) -> None:
            bar.update(task, description=f"partition {partition}: {done:,} interactions")

        return await recompute(settings, options, show, from_snapshot=from_snapshot)
