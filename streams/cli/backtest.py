"""``precede rules backtest``: what a playbook would have done on a recorded log."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from rules.backtest.difference import RuleDifference, difference
from rules.backtest.figures import PASSED, RuleFigures, assumptions, figures
from rules.backtest.versions import as_run
from rules.playbook.errors import PlaybookError
from rules.playbook.loader import load
from rules.playbook.models import Playbook
from rules.proof.cases import describe_time
from rules.proof.result import RuleResult
from streams.backtest.processes import Replayed, Run, cpus, replay
from streams.cli.log import progress_bar, reading, told_in_a_sentence
from streams.cli.output import console, fail, print_json
from streams.clock import monotonic

_OVERLAPS = 3  # shown per rule


def backtest(
    folder: Annotated[Path, typer.Argument(metavar="PLAYBOOK", help="The playbook's folder.")],
    source: Annotated[
        str,
        typer.Option(
            "--from", metavar="LOG", help="A log on disk, a recorded file, or a topic prefix."
        ),
    ],
    against: Annotated[
        Path | None,
        typer.Option(metavar="PLAYBOOK", help="Another version: show what changes from it."),
    ] = None,
    processes: Annotated[
        int | None, typer.Option(min=1, max=256, help="How many at a time; all by default.")
    ] = None,
    complete: Annotated[
        bool,
        typer.Option("--complete", help="Let models learn anew: slower, and the same result."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable result.")] = False,
) -> None:
    """Run a playbook over a recorded log, as if it had been in force from the start.

    Per rule: candidates and firings, what held them back, overlaps with other rules, and who called
    anyway beside comparable customers. Drafts run in shadow. It makes no causal claim.

    The first backtest of a log lets the models learn; a log in a folder is kept ready beside it, in
    .prepared, for the next one.

    For example:

      precede rules backtest my-playbook --from january/

      precede rules backtest my-playbook --against rules/playbook/default --from january/ --json
    """
    versions = [_load(each) for each in ((folder,) if against is None else (folder, against))]
    started = monotonic()
    with told_in_a_sentence(), progress_bar(quiet=as_json) as show, reading(source, show) as log:
        replayed = replay(
            log,
            [as_run(version) for version in versions],
            processes=processes,
            complete=complete,
            show=show,
        )
    if not replayed.facts.events:
        fail("LOG must hold events of customers; it holds none", hint="see `precede log export -h`")
    seconds = monotonic() - started
    if as_json:
        print_json(_as_json(versions, replayed, seconds))
    else:
        _show(versions, replayed, seconds, processes or cpus())


def _load(folder: Path) -> Playbook:
    try:
        return load(folder)
    except PlaybookError as error:
        fail(str(error), hint=f"`precede rules check {folder}` shows every error with its place")


def _as_json(versions: list[Playbook], replayed: Replayed, seconds: float) -> dict[str, Any]:
    facts = replayed.facts
    result: dict[str, Any] = {
        "note": assumptions(facts),
        "log": {
            "records": facts.records,
            "days": facts.days,
            "events": dict(sorted(facts.events.items())),
            "mean_service_s": facts.mean_service_s,
        },
        "seconds": round(seconds, 3),
        **_version_as_json(versions[0], replayed.runs[0], replayed),
    }
    if len(versions) > 1:
        result["against"] = _version_as_json(versions[1], replayed.runs[1], replayed)
        result["difference"] = {
            rule: found.as_json() for rule, found in _difference(versions, replayed).items()
        }
    return result


def _version_as_json(version: Playbook, run: Run, replayed: Replayed) -> dict[str, Any]:
    found = figures(version, run.decisions, replayed.history, replayed.facts)
    return {
        "playbook": version.hash,
        "sha256": run.sha256,
        "dead_letters": run.failed,
        "rules": {rule: each.as_json() for rule, each in found.items()},
    }


def _difference(versions: list[Playbook], replayed: Replayed) -> dict[str, RuleDifference]:
    new, old = (
        (version, run.decisions) for version, run in zip(versions, replayed.runs, strict=True)
    )
    return difference(new, old, replayed.history, replayed.facts)


def _show(versions: list[Playbook], replayed: Replayed, seconds: float, processes: int) -> None:
    facts, run = replayed.facts, replayed.runs[0]
    found = figures(versions[0], run.decisions, replayed.history, facts)
    console.print(figures_table(found))
    if len(versions) > 1:
        console.print(difference_table(_difference(versions, replayed)))
    for rule, each in found.items():
        for line in remarks(rule, each):
            console.print(Text(line))
    for line in assumptions(facts):
        console.print(Text(line, style="dim"))
    records = facts.records * len(versions)
    if run.failed:
        console.print(Text(f"{run.failed:,} records ended as dead letters", style="yellow"))
    console.print(
        f"{facts.records:,} records over {facts.days:.1f} days, {len(versions)} "
        f"playbook{'s' if len(versions) > 1 else ''}: {seconds:.1f} s with {processes} processes, "
        f"{records / seconds:,.0f} records/s",
        highlight=False,
    )
    for ran in replayed.runs:
        console.print(f"decisions sha256 {ran.sha256}", highlight=False)


def figures_table(found: dict[str, RuleFigures]) -> Table:
    """Return a line per rule; of a rule whose events the log lacks it says that."""
    table = Table(
        title="What the rules would have done",
        caption=(
            "fired: passed every gate; called anyway within 24 h, of those the log can judge; "
            "comparable: the same kind of moment, as many earlier calls, the rule silent; "
            "lead: median time to the call; late: was calling already"
        ),
        title_justify="left",
        caption_justify="left",
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
    )
    table.add_column("rule", overflow="fold")
    for header in (
        "candi-\ndates", "fired\na day", "fired", "called\nanyway", "compa-\nrable", "ratio",
        "lead", "late", "agent\nhours",
    ):  # fmt: skip
        table.add_column(header, justify="right", no_wrap=True)
    for rule, each in found.items():
        name = rule if each.mode == "live" else f"{rule} ({each.mode})"
        if each.missing.is_mute:
            table.add_row(name, "no data", *["-"] * 8)
            continue
        result = each.result
        table.add_row(
            name,
            f"{sum(result.candidates.values()):,}",
            "-" if each.firings_a_day is None else f"{each.firings_a_day:.1f}",
            f"{result.total.fired:,}",
            *_called(result),
            f"{result.late:,}",
            "?" if each.agent_hours is None else f"{each.agent_hours:.1f}",
        )
    return table


def difference_table(found: dict[str, RuleDifference]) -> Table:
    """Return a line per rule and direction in which versions differ."""
    table = Table(
        title="What changes",
        title_justify="left",
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
    )
    table.add_column("rule")
    for header in (
        "firings", "called\nanyway", "compa-\nrable", "ratio", "lead", "agent\nhours",
    ):  # fmt: skip
        table.add_column(header, justify="right", no_wrap=True)
    for rule, each in found.items():
        hours = "?" if each.agent_hours is None else f"{each.agent_hours:+.1f}"
        signed = (("+", each.extra), ("-", each.missing))
        rows = [(sign, result) for sign, result in signed if result and result.total.fired]
        for place, (sign, result) in enumerate(rows):
            # Hours are of both together, so they stand once.
            first = (rule, hours) if place == 0 else ("", "")
            table.add_row(first[0], f"{sign}{result.total.fired:,}", *_called(result), first[1])
    if not table.row_count:
        table.add_row("no firing differs", *["-"] * 6)
    return table


def _called(result: RuleResult) -> tuple[str, str, str, str]:
    total = result.total
    called = total.called.rate
    return (
        "-" if called is None else f"{100 * called:.0f} % of {total.called.n:,}",
        "-" if total.rate is None else f"{100 * total.rate:.0f} %",
        "-" if total.ratio is None else f"{total.ratio:.2f}",
        "-" if result.lead_time_s is None else describe_time(result.lead_time_s),
    )


def held_back(result: RuleResult) -> str:
    """Return the gates that held candidates back, the most frequent first."""
    held = [(-n, reason) for reason, n in result.candidates.items() if reason not in PASSED]
    return ", ".join(f"{reason} {-n:,}" for n, reason in sorted(held))


def remarks(rule: str, found: RuleFigures) -> list[str]:
    """Return what a line of figures does not show: gates, overlaps, and events a log lacks."""
    if found.missing.is_mute:
        return [f"{rule}: no data, it needs {', '.join(found.missing.needed)}"]
    lines = []
    if held := held_back(found.result):
        lines.append(f"{rule}: held back by {held}")
    near = sorted(found.overlaps.items(), key=lambda item: (-item[1], item[0]))[:_OVERLAPS]
    if near:
        told = ", ".join(f"{other} {count:,}" for other, count in near)
        lines.append(f"{rule}: candidates within 24 h of another rule's: {told}")
    if found.missing.watched:
        lines.append(f"{rule}: no data, taken for never: {', '.join(found.missing.watched)}")
    return lines
