"""What happened before: how often within a window, and how long ago.

State is a list of event times, ascending, under the operator's slot.
"""

from bisect import bisect_right, insort
from math import inf

from rules.temporal.state import LIST_BYTES, MAX_LATE_S, NUMBER_BYTES, SLOT_BYTES, USUAL_TEXT, State

MAX_COUNTED = 64
"""Times that are kept at most: a count is exact up to here and stops here."""
MIN_COUNTED = 8
"""A count is exact up to here, however small the number is that it is compared with."""
_SINCE_KEPT = 8


class Count:
    """How many events came within (at - within, at].

    Parameters
    ----------
    slot
        Key in the state.
    within_s
        Length of the window, seconds: an event exactly so long ago no longer counts, the one at
        `at` itself does.
    keep
        How many of the newest times are kept: the count is exact up to here and stops here.

    Examples
    --------
    >>> count = Count("a", 10.0)
    >>> state = {}
    >>> for at in (0.0, 4.0, 10.0):
    ...     count.add(state, at, at)
    >>> count.value(state, 10.0)
    2.0
    """

    of = ""

    def __init__(self, slot: str, within_s: float, keep: int = MAX_COUNTED) -> None:
        self.slot = slot
        self.within_s = within_s
        self.keep = keep

    def add(self, state: State, at: float, newest: float, _value: object = None) -> None:
        """Take an event; `newest` is the newest time of the customer, so `at` may be late."""
        times = state.get(self.slot)
        if times is None:
            state[self.slot] = [at]
            return
        expired = bisect_right(times, newest - self.within_s - MAX_LATE_S)
        if expired:
            del times[:expired]
        insort(times, at)
        if len(times) > self.keep:
            del times[: len(times) - self.keep]

    def value(self, state: State, at: float) -> float:
        """Return the count as of `at`."""
        times = state.get(self.slot)
        if times is None:
            return 0.0
        return float(bisect_right(times, at) - bisect_right(times, at - self.within_s))

    def later(self, state: State, at: float) -> list[float]:
        """Return the counted times after `at` whose window an event at `at` is in."""
        return [time for time in state.get(self.slot, ()) if at < time < at + self.within_s]

    def forget(self, state: State, newest: float) -> None:
        """Drop the times when no window reaches them."""
        times = state.get(self.slot)
        if times is not None and times[-1] <= newest - self.within_s - MAX_LATE_S:
            del state[self.slot]

    def bytes(self, _text: int = USUAL_TEXT) -> int:
        """Return the most bytes it takes packed."""
        return SLOT_BYTES + LIST_BYTES + NUMBER_BYTES * self.keep


class Since:
    """How long ago the newest event was; infinite when there was none.

    The newest time is kept for as long as the customer is; beside it, the older ones that
    something may look back to.

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

    of = ""

    def __init__(self, slot: str) -> None:
        self.slot = slot

    def add(self, state: State, at: float, newest: float, _value: object = None) -> None:
        """Take an event; `newest` is the newest time of the customer, so `at` may be late."""
        times = state.setdefault(self.slot, [])
        insort(times, at)
        self._shorten(times, newest)

    def value(self, state: State, at: float) -> float:
        """Return seconds before `at`."""
        times = state.get(self.slot)
        if times is None:
            return inf
        index = bisect_right(times, at)
        if index:
            return float(at - times[index - 1])
        # Where older times were dropped, "just now" is the side on which a rule stays silent.
        dropped = len(times) == _SINCE_KEPT or times[0] <= times[-1] - MAX_LATE_S
        return 0.0 if dropped else inf

    def later(self, _state: State, _at: float) -> list[float]:
        """Nothing: for every later time the newest event is as it was, or this one."""
        return []

    def forget(self, state: State, newest: float) -> None:
        """Drop the times that are older than what may be looked back to, but for the newest."""
        times = state.get(self.slot)
        if times is not None:
            self._shorten(times, newest)

    def bytes(self, _text: int = USUAL_TEXT) -> int:
        """Return the most bytes it takes packed."""
        return SLOT_BYTES + LIST_BYTES + NUMBER_BYTES * _SINCE_KEPT

    def _shorten(self, times: list[float], newest: float) -> None:
        """Leave the last time before the look-back, those within it, and at most eight."""
        over = max(bisect_right(times, newest - MAX_LATE_S) - 1, len(times) - _SINCE_KEPT)
        if over > 0:
            del times[:over]
