"""How customers answer to what a rule does, counted on one partition and told to all.

Only where customers can react: a replayed month has happened already, whatever is decided on it.

::

    sent, ghost ---- at most 72 h ---- the customer begins a contact on the topic: once counted
    sent ---------------------------- the customer opts out: counted

A ghost's contacts show what customers do anyway, so that only what comes on top is an echo.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple, dataclass, fields
from math import inf
from typing import Any, Final

from detectors.contacts import text
from detectors.customer import Customer
from detectors.event import Event
from rules.decision import Decision
from rules.playbook.models import Playbook
from rules.treated import note_treated

OPENED: Final = "source.opened"
TALLY: Final = "control.tally"
SOURCE: Final = "precede/brake"
NOTICED: Final = frozenset(("contact.started", "action.opted_out"))
"""Events by which a customer answers."""
ECHO_S: Final = 3 * 86400.0
"""A contact within (sent, sent + 72 h] may be an echo."""
MAX_OPEN: Final = 8
"""Decisions per customer that wait for a contact; the oldest leaves first, as if none came."""
TELL_S: Final = 10.0
"""Event time between two tallies of a partition."""
_OPEN: Final = "open"


@dataclass(slots=True)
class Counts:
    """What became of the decisions of one rule.

    Parameters
    ----------
    sent, opted_out, sent_contacts
        Actions, and how many of them were followed by an opt-out, by a contact.
    ghosts, ghost_contacts
        The same of customers who are held out.
    """

    sent: int = 0
    opted_out: int = 0
    sent_contacts: int = 0
    ghosts: int = 0
    ghost_contacts: int = 0

    def add(self, more: Mapping[str, Any]) -> None:
        """Add what a tally says."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + int(more[each.name]))


class Reactions:
    """Watches the customers of one partition.

    Parameters
    ----------
    partition
        Its number, which the tallies name.
    """

    def __init__(self, partition: int) -> None:
        self._partition = partition
        self._deaf: dict[str, None] = {}  # sources whose customers cannot react
        self._rules: frozenset[str] = frozenset()
        self._topics: frozenset[str] = frozenset()
        self._counts: dict[str, Counts] = {}
        self._tallies = 0
        self._told_at = -inf

    def adopt(self, playbook: Playbook) -> None:
        """Watch the rules of a playbook."""
        self._rules = frozenset(rule.id for rule in playbook.rules)
        self._topics = frozenset(rule.topic for rule in playbook.rules)

    def opened(self, event: Event) -> None:
        """Take note of whether the customers of a source can react: they can unless it says no."""
        if event.data.get("reacts") is False:
            self._deaf[event.source] = None
        else:
            self._deaf.pop(event.source, None)

    def decided(self, customer: Customer, decisions: Sequence[Decision]) -> None:
        """Take note of what goes out, and of what would have."""
        found = [
            decision
            for decision in decisions
            if decision.reason in {"sent", "ghost"}
            and decision.match.event.source not in self._deaf
        ]
        if not found:
            return
        note_treated(customer, found)
        waiting: list[list[Any]] = customer.gates.get(_OPEN, [])
        for decision in found:
            rule, is_ghost = decision.match.rule, decision.reason == "ghost"
            counts = self._counts.setdefault(rule.id, Counts())
            if is_ghost:
                counts.ghosts += 1
            else:
                counts.sent += 1
            waiting.append([rule.id, rule.topic, decision.at, is_ghost])
        customer.gates[_OPEN] = waiting[-MAX_OPEN:]

    def happened(self, customer: Customer, event: Event) -> None:
        """Take note of one of ``NOTICED``; call only for customers whose gates hold something."""
        if event.type == "action.opted_out":
            rule = text(event.data.get("rule"))
            if rule in self._rules:
                self._counts.setdefault(rule, Counts()).opted_out += 1
        elif _OPEN in customer.gates and event.data.get("direction") != "outbound":
            self._contacted(customer, event)

    def _contacted(self, customer: Customer, event: Event) -> None:
        topic = text(event.data.get("topic"))
        kept = []
        for entry in customer.gates[_OPEN]:
            rule, own_topic, at, is_ghost = entry
            if event.at > at + ECHO_S:
                continue
            if event.at <= at or (topic != own_topic and topic in self._topics):
                kept.append(entry)
                continue
            counts = self._counts.setdefault(rule, Counts())
            if is_ghost:
                counts.ghost_contacts += 1
            else:
                counts.sent_contacts += 1
        if kept:
            customer.gates[_OPEN] = kept
        else:
            del customer.gates[_OPEN]

    def tally(self, at: float) -> list[Event]:
        """Return what was counted since the last time, a record per rule, every ten seconds.

        Parameters
        ----------
        at
            Event time up to which the partition is complete.
        """
        if not self._counts or at < self._told_at + TELL_S:
            return []
        told = []
        for rule in sorted(self._counts):
            self._tallies += 1
            data = {"partition": self._partition, "rule": rule, **asdict(self._counts[rule])}
            name = f"tally-{self._partition}-{self._tallies}"
            told.append(Event(name, SOURCE, TALLY, at, data=data))
        self._counts.clear()
        self._told_at = at
        return told

    def snapshot(self) -> dict[str, Any] | None:
        """Return the state as plain values in a fixed order; nothing while there is none."""
        if not (self._deaf or self._counts or self._tallies):
            return None
        return {
            "deaf": sorted(self._deaf),
            "counts": {rule: list(astuple(self._counts[rule])) for rule in sorted(self._counts)},
            "tallies": self._tallies,
            "told_at": self._told_at,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take what `snapshot` returned."""
        self._deaf = dict.fromkeys(state["deaf"])
        self._counts = {rule: Counts(*counts) for rule, counts in state["counts"].items()}
        self._tallies, self._told_at = state["tallies"], state["told_at"]
