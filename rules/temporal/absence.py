"""Something that does not come: a deadline that an event in time takes away.

::

    armed            deadline
    |----------- for ------|
    0                     900
         x                          came: nothing fires
                           x        came exactly at the end: nothing fires
                            x       too late: fires as of 900
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

from detectors.event import Event
from rules.temporal.counts import State

MAX_ARMED = 8
"""Occurrences that wait at the same time; beyond it the one that is due first is given up."""


@dataclass(frozen=True, slots=True)
class Armed:
    """What waits: until when, about what, and the event that armed it."""

    deadline: float
    occurrence: str
    source: str
    id: str
    type: str
    at: float
    data: Mapping[str, Any]

    def event(self, customer: str) -> Event:
        """Return the event that armed it."""
        return Event(self.id, self.source, self.type, self.at, customer, self.data)


class Absence:
    """The deadlines of one rule and one customer, one per occurrence.

    Parameters
    ----------
    slot
        Key in the state.
    for_s
        How long it must stay away after the event that armed it, seconds.

    Examples
    --------
    >>> absence = Absence("a", 900.0)
    >>> state = {}
    >>> absence.arm(state, "call-1", Event("1", "bank", "contact.abandoned", 0.0))
    >>> absence.next_deadline(state)
    900.0
    >>> absence.cancel(state, 900.0)
    >>> absence.next_deadline(state)
    inf
    """

    def __init__(self, slot: str, for_s: float) -> None:
        self.slot = slot
        self.for_s = for_s

    def arm(self, state: State, occurrence: str, event: Event) -> None:
        """Wait from this event on; the same occurrence waits anew unless its time is over."""
        waiting = state.setdefault(self.slot, [])
        kept = [a for a in waiting if a[1] != occurrence or a[0] < event.at]
        kept.append(
            [
                event.at + self.for_s,
                occurrence,
                event.source,
                event.id,
                event.type,
                event.at,
                dict(event.data),
            ]
        )
        kept.sort(key=_order)
        state[self.slot] = kept[-MAX_ARMED:]

    def cancel(self, state: State, at: float) -> None:
        """Take the event that must not come; it may be late."""
        waiting = state.get(self.slot)
        if waiting:
            self._keep(state, [a for a in waiting if not a[5] <= at <= a[0]])

    def due(self, state: State, until: float) -> list[Armed]:
        """Take out and return what is due before `until`, exclusive, in order of the deadline."""
        waiting = state.get(self.slot)
        if not waiting or waiting[0][0] >= until:
            return []
        self._keep(state, [a for a in waiting if a[0] >= until])
        return [Armed(*a) for a in waiting if a[0] < until]

    def next_deadline(self, state: State) -> float:
        """Return the first deadline, infinite for none."""
        waiting = state.get(self.slot)
        return float(waiting[0][0]) if waiting else inf

    def _keep(self, state: State, waiting: list[Any]) -> None:
        if waiting:
            state[self.slot] = waiting
        else:
            del state[self.slot]


def _order(armed: list[Any]) -> tuple[float, str]:
    return armed[0], armed[1]
