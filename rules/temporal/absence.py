"""Something that does not come: a deadline that an event in time takes away.

::

    armed            deadline
    |----------- for ------|
    0                     900
         x                          came: nothing fires
                           x        came exactly at the end: nothing fires
                            x       too late: fires as of 900

What is armed lies under one key for all rules, so that the first deadline of a customer is found
among what is armed alone, also by a playbook that does not know the rule: what such a rule waits
for is kept until its deadline, and waits on when an earlier playbook comes back before.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

from rules.temporal.happened import Happened
from rules.temporal.state import (
    LIST_BYTES,
    NUMBER_BYTES,
    SLOT_BYTES,
    USUAL_TEXT,
    State,
    text_bytes,
)

MAX_ARMED = 8
"""Occurrences that wait at the same time; beyond it the one that is due first is given up."""
CATCH_UP_SHARE = 0.1
CATCH_UP_S = 6 * 3600.0
"""What is overdue by this share of its time, or by this long, seconds, is not made good."""
ARMED = "!"


@dataclass(frozen=True, slots=True)
class Armed:
    """What waits: until when, and the event that armed it with what was known then."""

    deadline: float
    happened: Happened


class Absence:
    """The deadlines of one rule and one customer, one per occurrence.

    Parameters
    ----------
    slot
        Key among what is armed.
    for_s
        How long it must stay away after the event that armed it, seconds.
    occurrence
        Field of the arming event that names the occurrence; empty for the event's id.
    most
        Occurrences that wait at the same time.

    Examples
    --------
    >>> absence = Absence("a", 900.0)
    >>> state = {}
    >>> absence.arm(state, Happened("1", "bank", 0.0))
    >>> first_deadline(state)
    900.0
    >>> absence.cancel(state, 900.0), first_deadline(state)
    (True, inf)
    """

    def __init__(
        self, slot: str, for_s: float, occurrence: str = "", most: int = MAX_ARMED
    ) -> None:
        self.slot = slot
        self.for_s = for_s
        self._most = most
        self._occurrence = occurrence

    def arm(self, state: State, happened: Happened) -> None:
        """Wait from this event on; the same occurrence waits anew unless its time is over."""
        entry = [happened.at + self.for_s, *happened.pack()]
        armed = state.setdefault(ARMED, {})
        waiting = armed.get(self.slot)
        if waiting:
            name, at = self._name(entry), happened.at
            kept = [a for a in waiting if a[0] < at or self._name(a) != name]
            kept.append(entry)
            kept.sort(key=lambda a: (a[0], self._name(a)))
            armed[self.slot] = kept[-self._most :]
        else:
            armed[self.slot] = [entry]

    def cancel(self, state: State, at: float) -> bool:
        """Take the event that must not come, which may be late; return whether it ended any."""
        waiting = state.get(ARMED, {}).get(self.slot)
        if not waiting:
            return False
        kept = [a for a in waiting if not a[1] <= at <= a[0]]
        _put(state, self.slot, kept)
        return len(kept) < len(waiting)

    def is_overdue(self, deadline: float, now: float) -> bool:
        """Return whether it is too late to fire, because time stood still over the deadline.

        After an outage everybody looks silent, and what should have been done in between is late.
        """
        return now - deadline >= min(CATCH_UP_SHARE * self.for_s, CATCH_UP_S)

    def forget(self, state: State, newest: float) -> None:
        """Nothing: every deadline comes."""

    def bytes(self, text: int = USUAL_TEXT, fields: Mapping[str, int] | None = None) -> int:
        """Return the most bytes it takes packed.

        Parameters
        ----------
        fields
            Name -> bytes of its value, of all that is kept of an event.
        """
        kept = sum(text_bytes(len(name)) + size for name, size in (fields or {}).items())
        each = 1 + 2 * NUMBER_BYTES + 2 * text_bytes(text) + 3 * LIST_BYTES + kept
        return SLOT_BYTES + 1 + self._most * each

    def _name(self, entry: list[Any]) -> str:
        """Return what the rule is about: what the field names, or else the event itself."""
        named = entry[4].get(self._occurrence) if self._occurrence else None
        return named if isinstance(named, str) and named else str(entry[2])


def first_deadline(state: State) -> float:
    """Return the first deadline of a customer, infinite for none."""
    armed = state.get(ARMED)
    return min([entries[0][0] for entries in armed.values()]) if armed else inf


def take_first(state: State, ranks: Mapping[str, str]) -> tuple[str, Armed]:
    """Take out what is due first; of equal deadlines, by rank.

    Parameters
    ----------
    ranks
        Slot -> what equal deadlines are ordered by; a slot without one comes first.
    """
    armed = state[ARMED]
    slot = min(armed, key=lambda slot: (armed[slot][0][0], ranks.get(slot, ""), slot))
    deadline, *packed = armed[slot][0]
    _put(state, slot, armed[slot][1:])
    return slot, Armed(deadline, Happened.unpack(packed))


def _put(state: State, slot: str, waiting: list[Any]) -> None:
    if waiting:
        state[ARMED][slot] = waiting
        return
    del state[ARMED][slot]
    if not state[ARMED]:
        del state[ARMED]
