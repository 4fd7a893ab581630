"""The ghost table: what customers did after actions that they never saw."""

from collections.abc import AsyncIterator, Callable, Mapping
from functools import partial
from textwrap import wrap
from typing import Any, Final

from rich.box import SIMPLE_HEAD
from rich.table import Table

from detectors.event import Event, decode_event
from rules.decision import DECISION
from rules.playbook.models import Playbook
from rules.proof.cases import describe_time
from rules.proof.decided import read_decision
from rules.proof.ghosts import judge
from rules.proof.history import History
from rules.proof.outcomes import Outcomes
from rules.proof.result import NO_CAUSAL_CLAIM, Comparison, RuleResult
from streams.kafka.reading import read_to_end
from streams.kafka.topics import Topics
from streams.settings import Settings

_RULE_WIDTH: Final = 18
_FOLLOWED: Final = (b'"type":"contact.', b'"type":"action.', b'"type":"source.opened"')
"""As `encode_event` writes it."""

Show = Callable[[str, int, int], None]
"""Called with what is being read, records read and records in all."""


def _silent(_what: str, _done: int, _of: int) -> None:
    pass


async def judge_topics(
    settings: Settings, client_options: Mapping[str, Any], playbook: Playbook
) -> dict[str, RuleResult]:
    """Return the figures of every rule, from all that the topics hold now."""
    history = await read_history(settings, client_options)
    decisions = [read_decision(event) async for event in read_decisions(settings, client_options)]
    return judge(history, decisions, playbook)


async def read_history(settings: Settings, client_options: Mapping[str, Any]) -> History:
    """Return what customers did, from all partitions of interactions."""
    history, _ = await read_followed(settings, client_options)
    return history


async def read_followed(
    settings: Settings, client_options: Mapping[str, Any], show: Show = _silent
) -> tuple[History, Outcomes]:
    """Return what customers did, and what became of actions, from all of interactions."""
    history, outcomes = History(), Outcomes()
    topic = Topics(settings.topic_prefix).interactions
    async for value in _values(settings, client_options, topic, show):
        add_followed(value, history, outcomes)
    return history, outcomes


def add_followed(value: bytes, history: History, outcomes: Outcomes) -> None:
    """Take one record of interactions."""
    # Most records are states of the queue, once per partition: not worth decoding.
    if any(kind in value for kind in _FOLLOWED):
        event = decode_event(value)
        history.add(event)
        outcomes.add(event)


async def read_decisions(
    settings: Settings, client_options: Mapping[str, Any], show: Show = _silent
) -> AsyncIterator[Event]:
    """Yield all decisions, partition by partition, each in the order of its log."""
    topic = Topics(settings.topic_prefix).decisions
    async for value in _values(settings, client_options, topic, show):
        event = decode_event(value)
        if event.type == DECISION:
            yield event


async def _values(
    settings: Settings, client_options: Mapping[str, Any], topic: str, show: Show
) -> AsyncIterator[bytes]:
    for partition in range(settings.partitions):
        progress = partial(show, f"reading {topic}, partition {partition}")
        async for batch in read_to_end(client_options, topic, partition, progress=progress):
            for record in batch:
                yield record.value


def ghost_table(results: Mapping[str, RuleResult]) -> Table:
    """Return a table of at most 120 columns: a line per rule, and one per band of customers.

    Rules without a candidate are only counted: the log lacks their events, or nothing happened.
    """
    silent = sum(not result.candidates for result in results.values())
    table = Table(
        title="What customers did after actions that they never saw",
        caption=(
            f"{NO_CAUSAL_CLAIM}\n"
            "judged: the log holds the 24 h after; called anyway: of these, with 95 % interval; "
            "lead: median time to the call\n"
            "comparable: the same kind of moment, as many earlier calls, the rule silent; "
            "ratio: called anyway over comparable\n"
            "late: was calling already; most each: firings of the customer who had most; "
            "outside hours: the acting team was closed, must be 0"
            + (f"\n{silent} other rules: no data" if silent else "")
        ),
        title_justify="left",
        caption_justify="left",
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
    )
    table.add_column("rule, earlier\ncalls", no_wrap=True)
    for header in (
        "candi-\ndates", "fired", "judged", "called\nanyway", "comparable\ncalled", "ratio",
        "lead", "late", "most\neach", "outside\nhours",
    ):  # fmt: skip
        table.add_column(header, justify="right", no_wrap=True)
    for rule, result in results.items():
        if not result.candidates:
            continue
        table.add_section()
        table.add_row(
            "\n".join(wrap(rule, _RULE_WIDTH)),
            f"{sum(result.candidates.values()):,}",
            *_comparison(result.total),
            "-" if result.lead_time_s is None else describe_time(result.lead_time_s),
            f"{result.late:,}",
            f"{result.most_per_customer:,}",
            f"{result.outside_hours:,}",
            style="bold",
        )
        for band, comparison in result.bands.items():
            if comparison.fired:
                table.add_row(f"  {band}", "", *_comparison(comparison))
    return table


def _comparison(comparison: Comparison) -> tuple[str, ...]:
    called, comparable = comparison.called, comparison.comparable
    interval = called.interval
    return (
        f"{comparison.fired:,}",
        f"{called.n:,}",
        _percent(called.rate)
        + (f" ({100 * interval[0]:.0f}-{100 * interval[1]:.0f})" if interval else ""),
        _percent(comparison.rate) + (f" of {comparable.n:,}" if comparable.n else ""),
        "-" if comparison.ratio is None else f"{comparison.ratio:.2f}",
    )


def _percent(rate: float | None) -> str:
    return "-" if rate is None else f"{100 * rate:.0f} %"
