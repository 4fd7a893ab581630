"""What happened before: how often within a window, and how long ago.

State is a list of event times, ascending, in the customer's record under the operator's slot.
"""

from bisect import bisect_right, insort
from typing import Any

MAX_COUNTED = 64
"""Times that are kept: a count is exact up to here and stops here."""
MAX_LATE_S = 3600.0
"""Timers may look this far back from the newest event; times are kept for so much longer."""
_SINCE_KEPT = 4  # the newest, and three for a timer that looks back past them

State = dict[str, Any]


class Count:
    """How many events came within (at - within, at].

    Parameters
    ----------
    slot
        Key in the state.
    within_s
        Length of the window, seconds: an event exactly so long ago no longer counts, the one at
        `at` itself does.

    Examples
    --------
    >>> count = Count("a", 10.0)
    >>> state = {}
    >>> for at in (0.0, 4.0, 10.0):
    ...     count.add(state, at, at)
    >>> count.value(state, 10.0)
    2.0
    """

    def __init__(self, slot: str, within_s: float) -> None:
        self.slot = slot
        self.within_s = within_s

    def add(self, state: State, at: float, now: float) -> None:
        """Take an event; `now` is the newest time known of the customer, so `at` may be late."""
        times = state.get(self.slot)
        if times is None:
            state[self.slot] = [at]
            return
        expired = bisect_right(times, now - self.within_s - MAX_LATE_S)
        if expired:
            del times[:expired]
        insort(times, at)
        if len(times) > MAX_COUNTED:
            del times[0]

    def value(self, state: State, at: float) -> float:
        """Return the count as of `at`, 0 to 64."""
        times = state.get(self.slot)
        if times is None:
            return 0.0
        return float(bisect_right(times, at) - bisect_right(times, at - self.within_s))


class Since:
    """How long ago the newest event was; infinite when there was none.

    Examples
    --------
    >>> since = Since("a")
    >>> state = {}
    >>> since.value(state, 5.0)
    inf
    >>> since.add(state, 2.0, 2.0)
    >>> since.value(state, 5.0)
    3.0
    """

    def __init__(self, slot: str) -> None:
        self.slot = slot

    def add(self, state: State, at: float, now: float) -> None:
        """Take an event; `now` is there because a `Count` takes it too."""
        times = state.setdefault(self.slot, [])
        insort(times, at)
        if len(times) > _SINCE_KEPT:
            del times[0]

    def value(self, state: State, at: float) -> float:
        """Return seconds before `at`."""
        times = state.get(self.slot)
        if times is None:
            return float("inf")
        index = bisect_right(times, at)
        if index:
            return float(at - times[index - 1])
        # Older times were dropped; "just now" is the side on which a rule stays silent.
        return float("inf") if len(times) < _SINCE_KEPT else 0.0
