"""Events of sequences and absences that wait until nothing older of the customer can come.

Counts and conditions are looked at as an event arrives. What asks for an order waits until the
time of the event is complete, and is then taken in the order of time, id and source: events that
arrive in another order within the lateness make the same rules fire.
"""

from math import inf
from typing import Any

from rules.temporal.happened import Happened
from rules.temporal.state import State

MAX_WAITING = 32
"""Events of one customer that wait; beyond it the oldest is taken although its time is open."""
WAITING = "~"

Steps = tuple[tuple[str, int], ...]
"""Slot of what a rule waits for, and which of its positions the event is."""


def put(state: State, event_type: str, happened: Happened, steps: Steps) -> None:
    """Let an event wait.

    Examples
    --------
    >>> state = {}
    >>> put(state, "contact.ended", Happened("2", "bank", 7.0), (("a", 1),))
    >>> put(state, "contact.ended", Happened("1", "bank", 5.0), (("a", 1),))
    >>> first_waiting(state)
    5.0
    >>> event_type, happened, steps = take_first_waiting(state)
    >>> happened.id, steps, first_waiting(state)
    ('1', (('a', 1),), 7.0)
    """
    waiting = state.setdefault(WAITING, [])
    at, id_, source, *known = happened.pack()
    waiting.append([at, id_, source, event_type, [list(step) for step in steps], *known])
    waiting.sort(key=_order)


def first_waiting(state: State) -> float:
    """Return the time of the event that is taken next, infinite for none."""
    waiting = state.get(WAITING)
    return float(waiting[0][0]) if waiting else inf


def is_full(state: State) -> bool:
    """Return whether more wait than may."""
    return len(state.get(WAITING, ())) > MAX_WAITING


def take_first_waiting(state: State) -> tuple[str, Happened, Steps]:
    """Take out the event that is next; return its type, the event and what it is to rules."""
    waiting = state[WAITING]
    at, id_, source, event_type, steps, *known = waiting.pop(0)
    if not waiting:
        del state[WAITING]
    happened = Happened.unpack([at, id_, source, *known])
    return event_type, happened, tuple((slot, mask) for slot, mask in steps)


def _order(entry: list[Any]) -> tuple[float, str, str]:
    return entry[0], entry[1], entry[2]
