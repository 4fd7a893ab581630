"""A playbook with a play at work, and a customer whom it meets; gates say what a test says."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from detectors.customer import Customer, pack, unpack
from detectors.event import Event
from rules.match import Match
from rules.playbook.models import Playbook
from rules.plays.tally import Tally
from rules.program import Program
from rules.reason import Reason

MINUTE, HOUR = 60.0, 3600.0
TASK = {"do": "task", "to": "desk", "channel": "desk", "template": "t"}
BOOKED = {"wait_for": "callback.booked", "within": "30m"}


def rule(*then: dict[str, Any], **keys: Any) -> dict[str, Any]:
    """Return a rule on an opened case, as it is written."""
    return {
        "id": "look-after",
        "owner": "desk",
        "description": "d",
        "pyramid_level": 2,
        "goal": "g",
        "when": "case.opened",
        "topic": "calls",
        "cooldown": "0s",
        "mode": "live",
        "then": list(then),
        "explain": "case about {event.topic}",
        **keys,
    }


def playbook(*rules: dict[str, Any], template: str = "text", **keys: Any) -> Playbook:
    """Return a playbook of these rules; a quiet one knows the topic ``loans``."""
    quiet = rule(TASK, id="quiet", topic="loans", when="order.placed", mode="draft")
    return Playbook.model_validate(
        {
            "name": "p",
            "description": "d",
            "time_zone": "UTC",
            "goals": [{"id": "g", "name": "G"}],
            "teams": [{"id": "desk", "name": "D"}],
            "channels": ["desk"],
            "templates": [{"id": "t", "text": "text"}, {"id": "u", "text": template}],
            "gates": {},
            "rules": [*rules, quiet],
            **keys,
        }
    )


def event(kind: str, at: float, identity: str = "", **data: Any) -> Event:
    """Return an event of the customer."""
    return Event(identity or f"{kind}-{at:g}", "bank", kind, at, "c-1", data)


@dataclass(frozen=True, slots=True)
class End:
    """How a candidate ended."""

    match: Match
    at: float
    reason: Reason = "sent"
    release_at: float | None = None


Gates = Callable[[Match, float], End]


@dataclass
class Play:
    """A customer and a program; what is kept is written and read back wherever `cut` says so."""

    book: Playbook
    gates: Gates = End
    lateness_s: float = 0.0
    cut: Callable[[], bool] = lambda: False
    customer: Customer = field(default_factory=lambda: Customer("c-1"))
    tally: Tally = field(default_factory=Tally)
    ends: list[End] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.program = Program(self.book)

    def switch(self, book: Playbook) -> None:
        """Go on with another playbook."""
        self.book, self.program = book, Program(book)

    def see(self, *events: Event) -> None:
        """Let events come, and the timers that are due before them."""
        for one in events:
            self.time(one.at - self.lateness_s)
            self.customer.update(one)
            matches = self.program.observe(one, self.customer, {}, {})
            matches += self.program.plays.observe(one, self.customer, {}, {}, self.tally)
            self._decide(matches)
            self._save()

    def time(self, until: float = math.inf, now: float | None = None) -> None:
        """Let time pass."""
        while (deadline := self._deadline()) < until:
            after = math.nextafter(deadline, math.inf)
            matches = self.program.due(self.customer, after, {}, {})
            matches += self.program.plays.due(self.customer, after, self.tally, now=now)
            self._decide(matches)
            self._save()

    def done(self) -> list[tuple[int, float]]:
        """Return the steps that were decided, each with when it was due."""
        return [(end.match.number, end.match.at) for end in self.ends]

    def _deadline(self) -> float:
        program = self.program
        return min(program.next_deadline(self.customer), program.plays.next_deadline(self.customer))

    def _decide(self, matches: Sequence[Match]) -> None:
        self.ends += self.program.plays.decide(self.customer, matches, self._all, self.tally)

    def _all(self, customer: Customer, matches: Sequence[Match]) -> list[End]:
        return [self.gates(match, max(match.at, customer.at)) for match in matches]

    def _save(self) -> None:
        if self.cut():
            self.customer = unpack("c-1", pack(self.customer, self._deadline()))
