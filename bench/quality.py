"""Quality of the models, each figure beside what it must reach.

    python -m bench.quality [--data FILE] [--sets DIR] [--churn FILE] [--feedback FILE]
                            [--topics FILE] [--partitions 4] [--json]

The month of calls ships with the project; other sets are read from where they lie: `--sets` names a
folder with ``telco_churn/``, ``cdnow/`` and ``banking77/``, `--churn`, `--feedback` and `--topics`
a table of your own. Exit
status 1 when a figure misses its bar by more than its noise.
"""

import argparse
import json
import math
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from bench import (
    quality_calls,
    quality_churn,
    quality_costs,
    quality_purchases,
    quality_topics,
    quality_words,
)
from bench.figure import Figure, table
from streams.sources.bank_calls.reader import JANUARY, CallLog

Measure = Callable[[], list[Figure]]


def measures(options: argparse.Namespace) -> tuple[dict[str, Measure], list[str]]:
    """Return what can be measured, and what cannot because its data are not here."""

    def calls() -> list[Figure]:
        outcomes = quality_calls.run(CallLog(options.data).events, options.partitions)
        return quality_calls.figures(quality_calls.reports(outcomes), options.partitions)

    found: dict[str, Measure] = {"the month of calls": calls}
    missing = []
    for name, folder, make in (
        ("churn table", "telco_churn", quality_churn.figures),
        ("concept swap", "telco_churn", quality_churn.swap_figures),
        ("purchases", "cdnow", quality_purchases.figures),
        ("topics", "banking77", quality_topics.figures),
    ):
        path = _data_file(options.sets, folder)
        if path is None:
            missing.append(f"{name}: no {folder} in --sets {options.sets or 'DIR'}")
        else:
            found[name] = partial(make, path)
    if options.churn:
        found["your churn table"] = lambda: quality_churn.figures(
            options.churn, options.target, bars=False
        )
    for path in options.feedback:
        found[f"texts {path.name}"] = partial(quality_words.figures, path)
    for path in options.topics:
        found[f"topics {path.name}"] = partial(quality_topics.figures, path)
    found["costs"] = quality_costs.figures
    return found, missing


def _data_file(sets: Path | None, folder: str) -> Path | None:
    if sets is None or not (sets / folder).is_dir():
        return None
    tables = [path for path in (sets / folder).iterdir() if _is_table(path)]
    return max(tables, key=lambda path: path.stat().st_size, default=None)


def _without_nan(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        name: None if isinstance(value, float) and math.isnan(value) else value
        for name, value in fields.items()
    }


def _is_table(path: Path) -> bool:
    return path.suffix == ".gz" or (path.suffix == ".csv" and "summary" not in path.name)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Quality of the models, beside their bars.")
    parser.add_argument("--data", type=Path, default=JANUARY, help="call log, plain or gzipped")
    parser.add_argument("--sets", type=Path, help="folder with telco_churn/, cdnow/, banking77/")
    parser.add_argument("--churn", type=Path, help="another table of churn, CSV, plain or gzipped")
    parser.add_argument("--target", default="", help="its column of yes and no")
    parser.add_argument(
        "--feedback", type=Path, action="append", default=[], help="CSV with text and rating"
    )
    parser.add_argument(
        "--topics", type=Path, action="append", default=[], help="CSV with text and topic"
    )
    parser.add_argument("--partitions", type=int, default=4)
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    options = parser.parse_args(arguments)
    found, missing = measures(options)
    console = Console(stderr=options.json, width=None if sys.stdout.isatty() else 140)
    figures: list[Figure] = []
    spent: dict[str, float] = {}
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("")
        for name, measure in found.items():
            bar.update(task, description=name)
            started = time.perf_counter()
            figures += measure()
            spent[name] = round(time.perf_counter() - started, 1)
    if options.json:
        rows = [_without_nan(asdict(one)) | {"verdict": one.verdict} for one in figures]
        print(json.dumps({"figures": rows, "not_measured": missing, "seconds": spent}))
    else:
        console.print(table(figures, "Quality of the models, one pass"))
        for line in missing:
            console.print(f"[yellow]not measured[/] {line}")
        console.print(f"{math.fsum(spent.values()):.0f} s")
    sys.exit(any(one.verdict == "miss" for one in figures))


if __name__ == "__main__":
    main()
