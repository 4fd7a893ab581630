"""Candidates that quiet or opening hours hold back, until the hours are over.

Nothing goes out by itself then: the rule is judged again with what is known by that time, and what
still holds is a new candidate with the same action id, which meets all gates.
"""

from collections.abc import Mapping
from math import inf
from typing import Any, Final, NamedTuple

from detectors.event import Event
from rules.match import Match
from rules.temporal.happened import Happened, keeps, told

MAX_HELD: Final = 4
"""Candidates held of one customer; beyond it the one that would wait longest is let go."""
HELD: Final = "held"
"""Key of what is held in ``Customer.gates``."""


class Held(NamedTuple):
    """A candidate that waits for the end of quiet or opening hours.

    Parameters
    ----------
    release_at
        When its rule is judged again, event time.
    since
        When its condition had turned true: time limits run from there.
    rule, occurrence
        What rule, and what it is about.
    event_type, happened
        The event that set it off, as far as it is read again.
    """

    release_at: float
    since: float
    rule: str
    occurrence: str
    event_type: str
    happened: Happened

    def pack(self) -> list[Any]:
        """Return plain values; `unpack` makes the same of them again."""
        return [*self[:5], *self.happened.pack()]

    @classmethod
    def unpack(cls, packed: list[Any]) -> "Held":
        """Return what `pack` made plain."""
        release_at, since, rule, occurrence, event_type, *happened = packed
        return cls(release_at, since, rule, occurrence, event_type, Happened.unpack(happened))

    def event(self, customer: str) -> Event:
        """Return the event that set it off, as far as it was kept."""
        return self.happened.event(self.event_type, customer)


def hold(state: dict[str, Any], match: Match, release_at: float) -> None:
    """Hold a candidate back until `release_at`; one rule holds an occurrence once.

    Parameters
    ----------
    state
        ``Customer.gates``.
    """
    kept = keeps([*match.facts, f"event.{(match.rule.occurrence or '').removeprefix('event.')}"])
    signals = told(match.facts, "signal.").items()
    numbers = {name: value for name, value in signals if isinstance(value, float)}
    happened = kept.of(match.event, told(match.facts, "score."), numbers)
    one = Held(
        release_at, match.began_at, match.rule.id, match.occurrence, match.event.type, happened
    )
    about = (one.rule, one.occurrence)
    others = [each for each in held(state) if (each.rule, each.occurrence) != about]
    rows = sorted([*others, one], key=lambda each: each[:4])[:MAX_HELD]
    state[HELD] = [each.pack() for each in rows]


def held(state: Mapping[str, Any]) -> list[Held]:
    """Return what is held, what is released first coming first."""
    return [Held.unpack(packed) for packed in state.get(HELD, ())]


def first_release(state: Mapping[str, Any]) -> float:
    """Return when the next one is released, event time; infinite for never."""
    rows = state.get(HELD)
    return float(rows[0][0]) if rows else inf


def take_released(state: dict[str, Any], until: float) -> list[Held]:
    """Take out what is released before `until`."""
    rows = held(state)
    due = [each for each in rows if each.release_at < until]
    if due:
        state[HELD] = [each.pack() for each in rows[len(due) :]]
        if not state[HELD]:
            del state[HELD]
    return due
