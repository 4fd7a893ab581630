"""``precede assess``: what to start with, before the first rule."""

from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from rules.backtest.assessment import COST_PER_HOUR, NO_CLAIM, Assessment, Before, Reason, assess
from rules.proof.cases import describe_time
from streams.backtest.assessing import count_reasons
from streams.cli.log import progress_bar, reading, told_in_a_sentence
from streams.cli.output import console, fail, print_json


def command(
    source: Annotated[
        str,
        typer.Argument(metavar="LOG", help="A log on disk, a recorded file, or a topic prefix."),
    ],
    cost: Annotated[
        float,
        typer.Option("--cost-per-hour", min=0.0, max=1e6, help="What an hour of an agent costs."),
    ] = COST_PER_HOUR,
    top: Annotated[int, typer.Option(min=1, max=100, help="Lines per reason.")] = 5,
    processes: Annotated[
        int | None, typer.Option(min=1, max=256, help="How many at a time; all by default.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable result.")] = False,
) -> None:
    """Show what customers contact us about, what it costs, and what came before.

    For every reason: contacts, time with agents and its cost, the share of repeats, and the events
    and signals within 24 h before, with their coverage, lift and lead. What data is missing is
    named. It makes no causal claim.

    For example:

      precede assess january.txt.gz

      precede assess january/ --cost-per-hour 42 --json
    """
    with told_in_a_sentence(), progress_bar(quiet=as_json) as show, reading(source, show) as log:
        found = assess(count_reasons(log, processes, show), cost)
    if not found.reasons:
        fail(
            "LOG must hold contacts that customers began; it holds none",
            hint="connect the contact centre first: contact.started, contact.ended",
        )
    if as_json:
        print_json({"cost_per_hour": cost, **found.as_json()})
        return
    console.print(reasons_table(found, top, cost))
    for line in missing_lines(found):
        console.print(Text(line, style="yellow"))


def reasons_table(found: Assessment, top: int, cost: float) -> Table:
    """Return a line per reason, and below it one for each of the `top` moments before it."""
    table = Table(
        title="Why customers contact us, and what came before",
        caption=(
            f"cost: {cost:g} for an hour of an agent; repeats: of known customers who had begun "
            "another contact within 7 days\n"
            "below each reason what came within 24 h before: coverage, of its contacts by known "
            "customers; lift, how much more often the reason follows than after any moment; "
            f"lead, median\n{NO_CLAIM}"
        ),
        title_justify="left",
        caption_justify="left",
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
    )
    table.add_column("reason")
    for header in (
        "contacts", "known", "agent\nhours", "cost", "mean\nlength", "given\nup", "repeats",
        "coverage", "lift", "lead",
    ):  # fmt: skip
        table.add_column(header, justify="right", no_wrap=True)
    for reason in found.reasons:
        table.add_section()
        table.add_row(*_reason(reason), style="bold")
        for before in reason.before[:top]:
            table.add_row(*_before(before))
        if not reason.before:
            table.add_row("  too few moments before to tell", *[""] * 10)
    return table


def missing_lines(found: Assessment) -> list[str]:
    """Return what data is missing, a line per family of events."""
    return [
        f"no data: connect {family} ({', '.join(types)})" for family, types in found.no_data.items()
    ]


def _reason(reason: Reason) -> tuple[str, ...]:
    mean_s = reason.mean_service_s
    return (
        reason.topic,
        f"{reason.contacts:,}",
        f"{100 * reason.identified / reason.contacts:.0f} %" if reason.contacts else "-",
        f"{reason.hours:,.1f}",
        f"{reason.cost:,.0f}",
        "-" if mean_s is None else f"{mean_s:.0f} s",
        f"{100 * reason.abandoned / reason.contacts:.0f} %" if reason.contacts else "-",
        "-" if reason.repeat_share is None else f"{100 * reason.repeat_share:.0f} %",
        "", "", "",
    )  # fmt: skip


def _before(before: Before) -> tuple[str, ...]:
    return (
        f"  {before.name}", *[""] * 7, f"{100 * before.coverage:.0f} %", f"{before.lift:.1f}",
        describe_time(before.median_lead_s),
    )  # fmt: skip
