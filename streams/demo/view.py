"""What a person sees while the demo runs."""

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from detectors.event import format_time
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
    """
    clock = format_time(at)[:16].replace("T", " ") if at > 0 else "-"
    head = Table.grid(padding=(0, 2))
    head.add_row(
        ProgressBar(total=max(total, 1), completed=done, width=40),
        f"{done / max(total, 1):.0%}",
        f"[bold]{clock}[/] UTC",
        f"{rate:,.0f} events/s",
        "lag " + " ".join(f"{role} {scraped.lag.get(role, 0):,.0f}" for role in ROLES),
    )
    return Panel(
        Group(head, "", _actions(watch), "", _models(watch), "", _counts(watch, scraped)),
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


def _models(watch: Watch) -> RenderableType:
    table = Table(box=None, padding=(0, 2))
    table.add_column("model", style="bold")
    for column in ("labels", "AUC", "baseline", "few contacts", "baseline", "base rate"):
        table.add_column(column, justify="right")
    for model in watch.validation.models():
        report = watch.validation.report(model)
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
