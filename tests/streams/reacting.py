"""Customers who react: an engine at work, and people with a planted wish to call.

::

    hangs up --- the rule fires at once: an action, or a ghost
        |------------------ lead time ----------------> calls again, unless the action spared it
"""

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

import orjson

from detectors.event import Event, decode_event, encode_event
from rules.playbook.models import Playbook
from rules.proof.decided import Decided, read_decision
from rules.proof.history import History
from rules.proof.outcomes import Outcomes
from streams.engine.contract import Outgoing
from streams.engine.processor import Processor
from streams.ghosts import add_followed
from tests.rules.gates.build import HOUR, playbook, rule
from tests.streams.engine.build import Read, only, playbook_switch

START = 1_000_000.0
EVERY_S = 60.0


@dataclass(frozen=True)
class People:
    """What is planted.

    Parameters
    ----------
    wish
        Share who will call again, if nothing is done.
    spared
        Share of these whom an action spares the call.
    lead_s
        Median time from hanging up to the second call; a lognormal with sigma 0.6.
    accepts, opts_out
        Shares of those reached who do that.
    annoyed
        Share of those reached who call because of the action.
    """

    wish: float = 0.4
    spared: float = 0.4
    lead_s: float = 3 * HOUR
    accepts: float = 0.3
    opts_out: float = 0.0
    annoyed: float = 0.0


def book(**changes: Any) -> Playbook:
    """Return a playbook whose rule calls back who hung up; a fifth is held out."""
    return playbook(rule(holdout=20, cooldown="1h", **changes))


@dataclass
class World:
    """An engine of one partition that sees people one after the other, and what came of it.

    Parameters
    ----------
    reacts
        Whether the source says that its customers can.
    """

    playbook: Playbook
    people: People
    reacts: bool = True
    seed: int = 20261122
    history: History = field(default_factory=History)
    outcomes: Outcomes = field(default_factory=Outcomes)
    decisions: list[Decided] = field(default_factory=list)
    labels: list[dict[str, Any]] = field(default_factory=list)
    log: list[bytes] = field(default_factory=list)
    said: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._lots = Random(self.seed)
        self._soon: list[tuple[float, int, Event]] = []
        self._events = 0
        self.processor = Processor(0, 1, "log", only(self.playbook))
        self._see(playbook_switch(self.playbook.hash))
        data = {"clock": "log", "ordered": True, "reacts": self.reacts, "lateness_s": 0.0}
        self._see(Event("opened", "bank", "source.opened", START, "", data))

    def run(self, customers: int) -> "World":
        """Let so many people hang up, one a minute, and see what all of them do."""
        for number in range(customers):
            at = START + number * EVERY_S
            self._plan(self._call(f"k-{number}", f"c-{number}", at, "abandoned"))
        while self._soon:
            at, _, event = heapq.heappop(self._soon)
            if event.type == "contact.abandoned":
                self._progress(at)
            for decided in self._see(event):
                self._react(decided)
        self._progress(at + 100 * HOUR)
        end = Event("end", "bank", "contact.started", at + 100 * HOUR, "call:end", {"call": "e"})
        self._see(end)
        return self

    def control(self, kind: str, **data: Any) -> None:
        """Let a control record come."""
        self._events += 1
        self._see(Event(f"{kind}-{self._events}", "precede/brake", kind, START, "", data))

    def _call(self, call: str, customer: str, at: float, outcome: str) -> Iterator[Event]:
        stages = {"started": 0.0, outcome: 30.0, "ended": 31.0}
        for stage, after in stages.items():
            data = {
                "call": call, "direction": "inbound", "topic": "regular", "outcome": outcome,
                "wait_s": 30.0,
            }  # fmt: skip
            yield Event(f"{call}-{stage}", "bank", f"contact.{stage}", at + after, customer, data)

    def _react(self, decided: Decided) -> None:
        people, lots, who = self.people, self._lots, decided.customer
        wants, reached = lots.random() < people.wish, decided.reason == "sent"
        if reached:
            wants = wants and lots.random() >= people.spared
            for share, answer in ((people.accepts, "accepted"), (people.opts_out, "opted_out")):
                if lots.random() < share:
                    data = {"action_id": decided.action_id, "rule": decided.rule}
                    at = decided.at + 600.0
                    event = Event(f"{who}-{answer}", "crm", f"action.{answer}", at, who, data)
                    self._plan([event])
        wants = wants or (reached and lots.random() < people.annoyed)
        if wants:
            lead_s = people.lead_s * lots.lognormvariate(0.0, 0.6)
            self._plan(self._call(f"{decided.trigger_id}-2", who, decided.at + lead_s, "answered"))

    def _plan(self, events: Iterable[Event]) -> None:
        for event in events:
            self._events += 1
            heapq.heappush(self._soon, (event.at, self._events, event))

    def _progress(self, at: float) -> None:
        data = {"raw": 0, "of_n": 1, "idle": False, "event_time": at, "lateness_s": 0.0}
        self._see(Event("progress-0", "precede/normalise", "progress", at, "", data))

    def _see(self, event: Event) -> list[Decided]:
        value = encode_event(event)
        self.log.append(value)
        add_followed(value, self.history, self.outcomes)
        decided = []
        for record in self.processor.process([Read(value)]):
            decided += self._take(record)
        self.decisions += decided
        return decided

    def _take(self, record: Outgoing) -> list[Decided]:
        value = record.value or b""
        if record.topic == "labels":
            self.labels.append(orjson.loads(value))
            return []
        event = decode_event(value)
        self.said[event.type] += 1
        if record.topic == "raw_events":
            self._see(event)  # as normalise passes it on to every partition
        return [read_decision(event)] if event.type == "precede.decision" else []
