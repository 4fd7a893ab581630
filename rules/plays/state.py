"""Where the plays of a customer stand, as plain values in ``customer.rules``."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf
from typing import Any, Final

from rules.temporal.happened import Happened
from rules.temporal.state import LIST_BYTES, NUMBER_BYTES, State, text_bytes, tidy

PLAYS: Final = ">"
"""Key of the plays among the rules' state."""
MAX_PLAYS: Final = 4
"""Plays of one customer at the same time; beyond it the one that began first is given up."""

SHAPE_LETTERS: Final = 6


@dataclass(slots=True)
class Running:
    """A play that has begun.

    Parameters
    ----------
    rule, shape
        The rule, and a digest of its steps: with another one the play ends.
    index
        Which step it is at, from 0.
    since, deadline
        Since when it waits there, and until when, event times; infinite while its action is
        decided.
    is_held
        Whether its action is due, and quiet or opening hours hold it until the deadline.
    began
        When the first action was decided.
    occurrence
        What the rule is about.
    happened
        The event that set the rule off, as far as later steps need it.
    """

    rule: str
    shape: str
    index: int
    since: float
    deadline: float
    is_held: bool
    began: float
    occurrence: str
    happened: Happened

    def pack(self) -> list[Any]:
        """Return plain values; `unpack` makes the same of them again."""
        own = [self.rule, self.shape, self.index, self.since, self.deadline, self.is_held]
        return [*own, self.began, self.occurrence, *self.happened.pack()]

    @classmethod
    def unpack(cls, packed: list[Any]) -> "Running":
        """Return what `pack` made plain."""
        rule, shape, index, since, deadline, is_held, began, occurrence, *event = packed
        happened = Happened.unpack(event)
        return cls(rule, shape, index, since, deadline, is_held, began, occurrence, happened)

    @property
    def order(self) -> tuple[str, str, float]:
        """What decides between plays that move at the same time."""
        return self.rule, self.occurrence, self.began


def running(state: State) -> list[Running]:
    """Return the plays of a customer, by rule and what they are about."""
    return [Running.unpack(packed) for packed in state.get(PLAYS, ())]


def keep(state: State, plays: Iterable[Running]) -> None:
    """Write the plays of a customer back."""
    rows = [play.pack() for play in sorted(plays, key=lambda play: play.order)]
    if rows:
        state[PLAYS] = rows
    else:
        state.pop(PLAYS, None)
        tidy(state)


def first_due(state: State) -> float:
    """Return when the first wait of a customer's plays is over, infinite for none."""
    return min((row[4] for row in state.get(PLAYS, ())), default=inf)


def running_bytes(rule: str, text: int, kept: int) -> int:
    """Return the most bytes that one play takes packed.

    Parameters
    ----------
    text
        Characters of the longest id or text.
    kept
        Bytes of what is kept of the event.
    """
    texts = text_bytes(len(rule)) + text_bytes(text) * 3 + text_bytes(SHAPE_LETTERS)
    return texts + 2 + 4 * NUMBER_BYTES + 4 * LIST_BYTES + kept
