"""``precede scorecard``: what rules change, beside customers who are held out."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from rules.playbook.errors import PlaybookError
from rules.playbook.loader import load
from rules.playbook.models import Playbook
from rules.proof.cases import describe_time
from rules.proof.decided import Decided, read_decision
from rules.proof.effect import Effect
from rules.proof.ghosts import judge
from rules.proof.history import History
from rules.proof.intervals import Share
from rules.proof.outcomes import Outcomes
from rules.proof.result import NO_CAUSAL_CLAIM
from rules.proof.scorecard import Scorecard, scorecards
from streams.backtest.log import read_values
from streams.backtest.processes import replay
from streams.backtest.source import Show
from streams.cli.log import progress_bar, reading, told_in_a_sentence
from streams.cli.output import console, fail, print_json
from streams.engine.playbooks import PlaybookStore
from streams.ghosts import add_followed, ghost_table, read_decisions, read_followed
from streams.kafka.client import client_options
from streams.kafka.reading import require_topics
from streams.kafka.topics import Topics
from streams.settings import Settings

CAUSAL = (
    "customers are dealt to both arms by lot, before anything is sent; intervals hold at 95 % "
    "however often they are looked at"
)


@dataclass(frozen=True, slots=True)
class _Read:
    playbook: Playbook
    decisions: list[Decided]
    history: History
    outcomes: Outcomes

    @property
    def is_replayed(self) -> bool:
        """Whether nobody could react to any of it."""
        newest = max((decision.at for decision in self.decisions), default=float("-inf"))
        return newest <= self.history.replayed_until


def scorecard(
    rule: Annotated[str | None, typer.Argument(help="Id of the rule; all without it.")] = None,
    source: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="LOG", help="A log on disk, or a topic prefix; Kafka's by default."
        ),
    ] = None,
    playbook: Annotated[
        Path | None,
        typer.Option(
            "--playbook", metavar="DIR", help="With a log on disk: decide it anew with these rules."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable result.")] = False,
) -> None:
    """Show what each rule changes: who asks anyway, how far it is ahead, what customers answer.

    Customers who are held out (`holdout: 10` in a rule, or in the playbook) show what happens
    without the rule. On replayed history nobody saw the actions: there each firing is judged by
    what followed, and no causal claim is made.

    For example:

      precede scorecard

      precede scorecard callback-offer-in-queue --json

      precede scorecard --from march/ --playbook my-playbook
    """
    path = None if source is None else Path(source)
    on_disk = path is not None and path.exists()
    if on_disk and playbook is None:
        fail("--from with a log on disk needs --playbook, a log holds no decisions", code=2)
    if playbook is not None and not on_disk:
        fail("--playbook belongs to a log on disk; Kafka has the decisions that were made", code=2)
    with told_in_a_sentence(), progress_bar(quiet=as_json) as show:
        if source is not None and playbook is not None:
            read = _from_log(source, playbook, show)
        else:
            read = asyncio.run(_from_kafka(source, show))
    _require(rule, read)
    if read.is_replayed:
        _show_history(rule, read, as_json=as_json)
    else:
        _show_scorecards(rule, read, as_json=as_json)


def scorecard_table(cards: Mapping[str, Scorecard]) -> Table:
    """Return a table of at most 120 columns, a line per rule that had candidates."""
    table = Table(
        title="What rules change",
        caption=(
            f"{CAUSAL}\n"
            "asked: customers who asked within the rule's window, treated and held out; "
            "difference: in percentage points\n"
            "pre-empted: share of asks made needless; lead: median time from ghost to ask; late: "
            "sent to who was asking; echo: contacts within 72 h per 100, treated less held out; "
            "accepted: of the actions that arrived"
        ),
        title_justify="left",
        caption_justify="left",
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
    )
    table.add_column("rule", overflow="fold", max_width=20)
    for header in (
        "treated\nasked", "held out\nasked", "difference", "pre-\nempted", "lead", "late", "echo",
        "accepted",
    ):  # fmt: skip
        table.add_column(header, justify="right", no_wrap=True)
    table.add_column("verdict")
    for rule, card in cards.items():
        if card.candidates:
            table.add_row(rule, *_figures(card), card.verdict)
    return table


def remarks(rule: str, card: Scorecard) -> list[str]:
    """Return what a line of figures does not show, in sentences."""
    lines = []
    if card.is_blocked:
        lines.append(
            f"{rule}: {card.ghosts:,} of {card.treated + card.ghosts:,} customers are held out, "
            f"which lots give with p = {card.ratio_p:.1g}: find out where the others went"
        )
    if card.contaminated:
        lines.append(f"{rule}: {card.contaminated:,} customers were in both arms, left out")
    if card.open:
        lines.append(f"{rule}: {card.open:,} customers are still within the window")
    return lines


def _figures(card: Scorecard) -> tuple[str, ...]:
    called, needless, lead = card.called, card.pre_empted, card.lead
    return (
        "-" if called is None else _asked(called.treated.positives, called.treated.n),
        "-" if called is None else _asked(called.ghost.positives, called.ghost.n),
        _points(called),
        "-" if needless is None else f"{100 * needless[0]:.0f} %",
        "-" if lead.median_s is None else describe_time(lead.median_s),
        _percent(card.late),
        _points(card.echo),
        _percent(card.answers["accepted"]),
    )


def _asked(hits: int, n: int) -> str:
    return f"{100 * hits / n:.0f} % of {n:,}" if n else "-"


def _points(effect: Effect | None) -> str:
    if effect is None or effect.interval is None or effect.difference is None:
        return "-"
    low, high = effect.interval
    return f"{100 * effect.difference:+.1f} ({100 * low:+.1f} to {100 * high:+.1f})"


def _percent(share: Share) -> str:
    return "-" if share.rate is None else f"{100 * share.rate:.0f} %"


def _show_scorecards(rule: str | None, read: _Read, *, as_json: bool) -> None:
    found = scorecards(read.history, read.outcomes, read.decisions, read.playbook)
    found = {name: card for name, card in found.items() if rule in {None, name}}
    if as_json:
        rules = {name: card.as_json() for name, card in found.items()}
        print_json({"causal": True, "note": CAUSAL, "rules": rules})
        return
    console.print(scorecard_table(found))
    for name, card in found.items():
        for line in remarks(name, card):
            console.print(Text(line), soft_wrap=True)


def _show_history(rule: str | None, read: _Read, *, as_json: bool) -> None:
    results = judge(read.history, read.decisions, read.playbook)
    results = {name: result for name, result in results.items() if rule in {None, name}}
    if as_json:
        rules = {name: result.as_json() for name, result in results.items()}
        print_json({"causal": False, "note": NO_CAUSAL_CLAIM, "rules": rules})
    else:
        console.print(ghost_table(results))


def _require(rule: str | None, read: _Read) -> None:
    if not read.decisions:
        fail("LOG must hold decisions; it holds none", hint="run the demo or a replay first")
    known = sorted({decision.rule for decision in read.decisions})
    if rule is not None and rule not in known:
        fail(
            f"RULE must be a rule with candidates; got {rule!r}",
            hint=f"these have: {', '.join(known)}",
        )


def _from_log(source: str, folder: Path, show: Show) -> _Read:
    try:
        playbook = load(folder)
    except PlaybookError as error:
        fail(str(error), hint=f"`precede rules check {folder}` shows every error with its place")
    history, outcomes = History(), Outcomes()
    with reading(source, show) as log:
        run = replay(log, [playbook], show=show).runs[0]
        for number, file in enumerate(log.partitions):
            show("reading outcomes", number, len(log.partitions))
            for value in read_values(file):
                add_followed(value, history, outcomes)
    return _Read(playbook, run.decisions, history, outcomes)


async def _from_kafka(prefix: str | None, show: Show) -> _Read:
    settings = Settings()
    if prefix is not None:
        settings = settings.model_copy(update={"topic_prefix": prefix})
    options, topics = client_options(settings), Topics(settings.topic_prefix)
    await require_topics(topics, options)
    playbooks = PlaybookStore(options, topics.playbooks)
    await playbooks.refresh()
    published = playbooks.newest()
    if not published:
        fail("Kafka must hold a playbook; it holds none", hint="`precede playbook publish DIR`")
    decisions = [read_decision(event) async for event in read_decisions(settings, options, show)]
    history, outcomes = await read_followed(settings, options, show)
    return _Read(published[-1], decisions, history, outcomes)
