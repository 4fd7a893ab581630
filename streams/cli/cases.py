"""``precede cases``: single firings of a rule, to be read."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from aiokafka.errors import KafkaError
from rich.table import Table
from rich.text import Text

from detectors.event import Event, format_time
from rules.proof.aftermath import Aftermath, aftermath
from rules.proof.cases import describe_aftermath, spread
from rules.proof.decided import read_decision
from rules.proof.history import History
from rules.proof.result import NO_CAUSAL_CLAIM
from streams.cli.output import console, fail, print_json
from streams.engine.playbooks import PlaybookStore
from streams.ghosts import read_decisions, read_history
from streams.kafka.client import client_options
from streams.kafka.error import KafkaSetupError
from streams.kafka.reading import require_topics
from streams.kafka.topics import Topics
from streams.settings import Settings


@dataclass(frozen=True, slots=True)
class Case:
    """A firing and what followed.

    Parameters
    ----------
    decision
        Its record.
    local
        When it was decided, by the playbook's clock.
    after
        What the customer did.
    """

    decision: Event
    local: datetime
    after: Aftermath


@dataclass(frozen=True, slots=True)
class _Read:
    fired: Counter[str]
    firings: list[Event]
    history: History
    zone: ZoneInfo


def cases(
    rule: Annotated[str, typer.Argument(help="Id of the rule.")],
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many cases.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable result.")] = False,
) -> None:
    """Show firings of a rule in words, spread evenly over the log, and what customers did next.

    Only for replayed history, where no customer saw the actions.

    Examples: precede cases callback-after-abandonment | precede cases owner-for-regulars --json
    """
    try:
        read = asyncio.run(_read(Settings(), rule))
    except KafkaSetupError as error:
        fail(str(error))
    except (KafkaError, TimeoutError) as error:
        fail(f"Kafka must hold the topics; got {error!r}", hint="run the demo or a replay first")
    if not read.firings:
        known = ", ".join(f"{name} ({n:,})" for name, n in sorted(read.fired.items()))
        fail(
            f"RULE must be a rule that has fired; got {rule!r}",
            hint=f"these have: {known}" if known else "none has: run the demo or a replay first",
        )
    chosen = [_case(read.firings[place], read) for place in spread(len(read.firings), limit)]
    if as_json:
        print_json(
            {
                "note": NO_CAUSAL_CLAIM,
                "rule": rule,
                "fired": len(read.firings),
                "cases": [case_as_json(case) for case in chosen],
            }
        )
    else:
        console.print(case_table(rule, len(read.firings), chosen, read.zone))


def case_table(rule: str, fired: int, chosen: list[Case], zone: ZoneInfo) -> Table:
    """Return the cases as a table: when and who on the left, what and why on the right.

    Parameters
    ----------
    fired
        How many firings they were chosen from.
    """
    table = Table(
        title=f"{rule}: {len(chosen):,} of {fired:,} firings",
        caption=f"{NO_CAUSAL_CLAIM}. Times in {zone.key}.",
        title_justify="left",
        caption_justify="left",
        show_header=False,
        show_lines=True,
        pad_edge=False,
    )
    table.add_column(min_width=20, no_wrap=True)
    table.add_column(ratio=1)
    for case in chosen:
        data = case.decision.data
        # Texts of a playbook may hold square brackets: they are no markup.
        table.add_row(
            Text(f"{case.local:%a %d %b %Y, %H:%M}\n{case.decision.customer}"),
            Text.assemble(
                f"{data['explanation']}\n",
                (f"gates: {gates_in_short(data['gates'])}\n", "dim"),
                "then: ",
                (describe_aftermath(case.after), "bold"),
            ),
        )
    return table


def case_as_json(case: Case) -> dict[str, Any]:
    """Return a case as plain values."""
    data = case.decision.data
    return {
        "decision_id": case.decision.id,
        "at": format_time(case.decision.at),
        "local": case.local.isoformat(timespec="seconds"),
        "customer": case.decision.customer,
        "pyramid_level": data["pyramid_level"],
        "explanation": data["explanation"],
        "facts": data["facts"],
        "gates": data["gates"],
        "then": describe_aftermath(case.after),
        "asked_after_s": case.after.asked_after_s,
        "known": case.after.is_known,
        "late": case.after.was_asking,
    }


def gates_in_short(gates: list[list[str]]) -> str:
    """Return what the gates said, without those that are seldom of interest once passed.

    >>> gates_in_short([["facts", "pass", "all known"], ["cooldown", "pass", "not acted lately"]])
    'not acted lately'
    """
    return "; ".join(detail for name, _, detail in gates if name not in _PLAIN)


_PLAIN = frozenset(
    (
        "identified", "facts", "once", "usefulness", "consent", "contact_point", "open_complaint",
        "tone", "stop", "approval", "outcomes", "quiet_hours", "arbitration", "service_level",
    )
)  # fmt: skip


def _case(decision: Event, read: _Read) -> Case:
    return Case(
        decision,
        datetime.fromtimestamp(decision.at, read.zone),
        aftermath(read.history, read_decision(decision)),
    )


async def _read(settings: Settings, rule: str) -> _Read:
    options = client_options(settings)
    topics = Topics(settings.topic_prefix)
    await require_topics(topics, options)
    playbooks = PlaybookStore(options, topics.playbooks)
    await playbooks.refresh()
    published = playbooks.newest()
    fired: Counter[str] = Counter()
    firings = []
    async for event in read_decisions(settings, options):
        decided = read_decision(event)
        if decided.fired:
            fired[decided.rule] += 1
            if decided.rule == rule:
                firings.append(event)
    firings.sort(key=lambda event: (event.at, event.id))
    history = await read_history(settings, options) if firings else History()
    zone = ZoneInfo(published[-1].time_zone if published else "UTC")
    return _Read(fired, firings, history, zone)
