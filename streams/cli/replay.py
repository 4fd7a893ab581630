"""`precede replay`: a recorded source, written to Kafka as if it happened now."""

import asyncio
import math
import zlib
from pathlib import Path
from typing import Annotated, Any

import typer
from aiokafka.errors import KafkaError
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from detectors.event import format_time
from streams.cli.output import console, errors, fail, print_json
from streams.kafka.error import KafkaSetupError
from streams.settings import Settings
from streams.sources.bank_calls.reader import CallLog
from streams.sources.registry import READERS
from streams.sources.replay import Replayed, ReplayError, Report
from streams.sources.replay import replay as write

_INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells have it."""


def speed_of(text: str) -> float:
    """Return the speed as a factor of real time; ``max`` is infinity."""
    try:
        speed = math.inf if text == "max" else float(text)
    except ValueError:
        speed = math.nan
    if not speed > 0 or (math.isinf(speed) and text != "max"):
        msg = f"must be 'max' or a positive number, 1 for real time; got {text!r}"
        raise typer.BadParameter(msg, param_hint="--speed")
    return speed


def replay(
    file: Annotated[
        Path, typer.Argument(help="The recording, plain or gzipped.", exists=True, dir_okay=False)
    ],
    source: Annotated[str, typer.Option(help="What the recording is of.")] = "bank-calls",
    speed: Annotated[
        str, typer.Option(metavar="max|N", help="Times real time; 1 is real time.")
    ] = "max",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only read the file and count; needs no Kafka.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the summary as one JSON object.")
    ] = False,
) -> None:
    """Write a recording to raw-events, in the order in which it happened.

    A replay brings its own time, so it needs topics of its own and PRECEDE_CLOCK=log.

    For example:

      precede replay --dry-run january.txt.gz

      PRECEDE_CLOCK=log precede replay --speed 600 january.txt.gz

      PRECEDE_CLOCK=log precede replay --source bank-calls --json october.txt
    """
    times_real_time = speed_of(speed)
    if source not in READERS:
        fail(f"--source must be one of {', '.join(READERS)}; got {source!r}")
    try:
        log = READERS[source](file)
    except (OSError, EOFError, zlib.error) as error:
        fail(f"{file} must be a readable file, plain or gzipped; got {error}")
    summary = _summary(log, source, file)
    if not dry_run:
        summary |= _written(_write(log, source, times_real_time))
    if as_json:
        print_json(summary)
    else:
        _print(summary)


def _write(log: CallLog, source: str, speed: float) -> Replayed:
    bar = Progress(
        TextColumn("{task.fields[at]}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=errors,
        transient=True,
        disable=not errors.is_terminal,
    )
    task = bar.add_task("", total=len(log) + 2, at="")

    def report(written: int, at: float) -> None:
        bar.update(task, completed=written, at=format_time(at)[:16])

    try:
        with bar:
            return asyncio.run(_replay(log, source, speed, report))
    except (ReplayError, KafkaSetupError) as error:
        fail(str(error))
    except (KafkaError, TimeoutError) as error:
        fail(f"Kafka must take the records; got {error!r}", hint="start it again and replay anew")
    except KeyboardInterrupt:
        errors.print("interrupted: what was written stays, and the source is closed")
        raise typer.Exit(_INTERRUPTED) from None


async def _replay(log: CallLog, source: str, speed: float, report: Report) -> Replayed:
    return await write(
        log.records(), source=source, settings=Settings(), speed=speed, report=report
    )


def _summary(log: CallLog, source: str, file: Path) -> dict[str, Any]:
    counts = log.summary
    summary: dict[str, Any] = {
        "source": source,
        "file": str(file),
        "rows": counts.rows,
        "calls": {
            "replayed": counts.replayed,
            "excluded": counts.excluded,
            "unreadable": counts.unreadable,
        },
        "rounded_ids": counts.rounded_ids,
        "events": dict(sorted(counts.events.items())),
    }
    if log.events:
        summary["from"] = format_time(log.events[0].at)
        summary["to"] = format_time(log.events[-1].at)
    return summary


def _written(replayed: Replayed) -> dict[str, Any]:
    return {
        "records": replayed.records,
        "partition": replayed.partition,
        "seconds": round(replayed.seconds, 3),
    }


def _print(summary: dict[str, Any]) -> None:
    table = Table.grid(padding=(0, 2))
    for name, value in summary.items():
        inner = value.items() if isinstance(value, dict) else [("", value)]
        for number, (key, one) in enumerate(inner):
            shown = f"{one:,}" if isinstance(one, int | float) else str(one)
            table.add_row(name if number == 0 else "", key, shown)
    console.print(table)
