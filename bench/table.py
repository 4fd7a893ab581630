"""Figures of a comparison: median and spread, ratios, and the table for people."""

from collections.abc import Mapping, Sequence
from io import StringIO
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

WIDTH = 118

Figures = dict[str, Any]
"""A JSON object."""


def spread(values: Sequence[float]) -> Figures:
    """Return median, lowest and highest.

    >>> spread([3.0, 1.0, 2.0])
    {'median': 2.0, 'low': 1.0, 'high': 3.0}
    """
    return {
        name: round(function(values), 3)
        for name, function in (("median", median), ("low", min), ("high", max))
    }


def ratio(systems: Mapping[str, Figures], ours: str, theirs: str) -> float | None:
    """Return our processor time per event as part of theirs; None when one was not measured.

    >>> systems = {"a": {"cpu_us": {"median": 2.0}}, "b": {"cpu_us": {"median": 8.0}}}
    >>> ratio(systems, "a", "b")
    0.25
    """
    if ours not in systems or theirs not in systems:
        return None
    part: float = systems[ours]["cpu_us"]["median"] / systems[theirs]["cpu_us"]["median"]
    return round(part, 4)


def text(report: Figures) -> str:
    """Return the report as people read it."""
    console = Console(file=StringIO(), width=WIDTH, highlight=False)
    console.print(f"Throughput of one worker process, {report['taken']}\n", style="bold")
    for job, title in report["jobs"].items():
        systems = {name: each for name, each in report["systems"].items() if each["job"] == job}
        if systems:
            console.print(_table(title, systems, report["compared_with"][job]))
            console.print()
    _list(console, "What each does", {n: s["does"] for n, s in report["systems"].items()})
    _list(console, "Not run", report["skipped"])
    _list(console, "Failed", report["failed"])
    if report["judged"]:
        _list(console, "Targets", {each["target"]: _judged(each) for each in report["targets"]})
    else:
        console.print("A quick look: too few events for figures, others still warm up.\n")
    _list(console, "How", dict(enumerate(report["method"], start=1)))
    _list(console, "Machine", report["machine"])
    assert isinstance(console.file, StringIO)
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines()) + "\n"


def _table(title: str, systems: Mapping[str, Figures], ours: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold")
    table.add_column("system", no_wrap=True)
    table.add_column("guarantee", no_wrap=True)
    table.add_column("events", justify="right")
    table.add_column("CPU us/event\n(low - high)", justify="right", no_wrap=True)
    table.add_column("to\nours", justify="right", no_wrap=True)
    table.add_column("events/s", justify="right")
    table.add_column("broker CPU\nus/event", justify="right")
    table.add_column("same\nresults", justify="right")
    base = systems.get(ours)
    for name, each in sorted(systems.items(), key=lambda item: item[1]["cpu_us"]["median"]):
        cpu = each["cpu_us"]
        times = "" if base is None else f"x {cpu['median'] / base['cpu_us']['median']:.2f}"
        table.add_row(
            name,
            each["guarantee"],
            f"{each['events']:,}",
            f"{cpu['median']:.1f}\n({cpu['low']:.1f} - {cpu['high']:.1f})",
            times,
            f"{each['events_per_s']['median']:,.0f}",
            f"{each['broker_cpu_us']['median']:.1f}",
            "yes" if each["same_results"] else "NO",
        )
    return table


def _judged(target: Figures) -> str:
    if target["value"] is None:
        return "not measured"
    value = target["value"]
    shown = f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"
    return f"{'met' if target['met'] else 'MISSED'}: {shown}"


def _list(console: Console, title: str, lines: Mapping[Any, str]) -> None:
    if not lines:
        return
    console.print(title, style="bold")
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column()
    for name, line in lines.items():
        grid.add_row(f"  {name}", line)
    console.print(grid)
    console.print()
