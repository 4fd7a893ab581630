"""What a person sees while the demo runs."""

from collections.abc import Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from detectors.event import format_time
from detectors.learning.validation import Report
from streams.demo.scrape import Scrape
from streams.demo.watch import Watch, percentile

ROLES = ("normalise", "engine", "dispatch")


def live_view(
    name: str,
    done: int,
    total: int,
    at: float,
    rate: float,
    scraped: Scrape,
    watch: Watch,
    reports: Mapping[str, Report],
    url: str,
) -> RenderableType:
    """Return the whole screen.

    Parameters
    ----------
    done, total
        Raw records written, and how many there are.
    at
        Event time reached, Unix seconds.
    rate
        Raw records normalised per second.
    reports
        Model -> its figures, as they were a few seconds ago.
    """
    clock = format_time(at)[:16].replace("T", " ") if at > 0 else "-"
    head = Table.grid(padding=(0, 2))
    head.add_row(
        ProgressBar(total=max(total, 1), completed=done, width=40),
        f"{done / max(total, 1):.0%}",
        f"[bold]{clock}[/] UTC",
        f"{rate:,.0f} events/s",
    )
    return Panel(
        Group(head, "", _actions(watch), "", _models(reports), "", _counts(watch, scraped)),
        title=f"Precede replays {name}",
        subtitle=f"metrics and health: {url}/metrics",
    )


def _actions(watch: Watch) -> RenderableType:
    table = Table(box=None, padding=(0, 1), expand=True)
    table.add_column("newest actions", style="bold", no_wrap=True)
    table.add_column("level", justify="right")
    table.add_column("why", overflow="ellipsis", no_wrap=True, ratio=1)
    for action in watch.newest:
        table.add_row(action["rule"], str(action["pyramid_level"]), Text(action["explanation"]))
    if not watch.newest:
        table.add_row("-", "", "none yet")
    return table


def _models(reports: Mapping[str, Report]) -> RenderableType:
    table = Table(box=None, padding=(0, 2))
    table.add_column("model", style="bold")
    for column in ("labels", "AUC", "baseline", "few contacts", "baseline", "base rate"):
        table.add_column(column, justify="right")
    for model, report in reports.items():
        table.add_row(
            model, f"{report.labels:,}", f"{report.auc:.3f}", f"{report.auc_baseline:.3f}",
            f"{report.auc_infrequent:.3f}", f"{report.auc_infrequent_baseline:.3f}",
            f"{report.base_rate:.3f}",
        )  # fmt: skip
    return table


def _counts(watch: Watch, scraped: Scrape) -> RenderableType:
    p50, p99 = percentile(watch.latencies_ms, 0.5), percentile(watch.latencies_ms, 0.99)
    latency = "-" if p50 is None or p99 is None else f"p50 {p50:,.0f} ms, p99 {p99:,.0f} ms"
    reasons = ", ".join(f"{reason} {number:,}" for reason, number in watch.reasons.most_common())
    states = ", ".join(f"{state} {number:,}" for state, number in sorted(scraped.states.items()))
    table = Table.grid(padding=(0, 2))
    table.add_row("[bold]event to action[/]", latency)
    lags = ", ".join(f"{role} {scraped.lag.get(role, 0):,.0f}" for role in ROLES)
    table.add_row("[bold]waiting[/]", lags)
    table.add_row("[bold]candidates[/]", reasons or "none yet")
    table.add_row("[bold]dispatch[/]", states or "nothing yet")
    table.add_row("[bold]dead letters[/]", f"{scraped.dead_letters:,}")
    return table


def plain_line(done: int, total: int, rate: float, scraped: Scrape, watch: Watch) -> str:
    """Return the same in one line, for where there is no terminal."""
    return (
        f"{done / max(total, 1):4.0%} {done:,} events, {rate:,.0f}/s, "
        f"lag {sum(scraped.lag.values()):,.0f}, {watch.actions:,} actions, "
        f"{scraped.dead_letters:,} dead letters"
    )


def summary_table(summary: Mapping[str, Any]) -> RenderableType:
    """Return the summary of a run for a person."""
    table = Table.grid(padding=(0, 2))
    calls, latency = summary["calls"], summary["event_to_action_ms"]
    table.add_row(
        "[bold]calls[/]",
        f"{calls['replayed']:,} replayed, {calls['excluded']:,} excluded, "
        f"{calls['unreadable']:,} unreadable",
    )
    table.add_row(
        "[bold]events[/]",
        f"{summary['events']:,} raw = {summary['normalised']:,} normalised + "
        f"{summary['dead_letters']:,} dead letters; {summary['events_per_s']:,.0f}/s",
    )
    for name in ("candidates", "dispatched"):
        counts = ", ".join(f"{key} {number:,}" for key, number in summary[name].items())
        table.add_row(f"[bold]{name}[/]", counts or "none")
    if latency["p50"] is not None:
        shown = f"p50 {latency['p50']:,.0f} ms, p99 {latency['p99']:,.0f} ms"
        table.add_row("[bold]event to action[/]", shown)
    for model, figures in summary["models"].items():
        shown = ", ".join(
            f"{name} {figures[key]:.3f}"
            for name, key in (
                ("AUC", "auc"),
                ("baseline", "auc_baseline"),
                ("few contacts", "auc_infrequent"),
                ("baseline", "auc_infrequent_baseline"),
                ("calibration error", "ece"),
            )
            if figures[key] is not None
        )
        table.add_row(
            f"[bold]{model}[/]", f"{shown}; second half of {2 * figures['labels']:,} labels"
        )
    return table
