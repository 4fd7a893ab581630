"""What the events of one type said: the newest value of a field, and values added up.

State is a list of times and values in turn, by time, under the operator's slot.
"""

from math import inf

from detectors.schema import Kind
from rules.temporal.counts import MAX_COUNTED
from rules.temporal.state import (
    LIST_BYTES,
    MAX_LATE_S,
    MAX_TEXT,
    NUMBER_BYTES,
    SLOT_BYTES,
    USUAL_TEXT,
    State,
    text_bytes,
)

MAX_SUMMED = MAX_COUNTED
"""Values that are kept: a sum is that of the newest ones, at most so many."""
_LAST_KEPT = 8

Kept = float | str | bool | None


class Last:
    """The value of a field in the newest event; missing when there was none, or it lacks it.

    Parameters
    ----------
    slot
        Key in the state.
    of, kind
        The field and its type; a value of another type is missing.
    within_s
        An event so long ago or longer, seconds, is none.

    Examples
    --------
    >>> last = Last("a", "tier", "text")
    >>> state = {}
    >>> last.add(state, 2.0, 2.0, "gold")
    >>> last.value(state, 5.0), last.value(state, 1.0)
    ('gold', None)
    """

    def __init__(self, slot: str, of: str, kind: Kind, within_s: float = inf) -> None:
        self.slot = slot
        self.of = of
        self.within_s = within_s
        self._kind = kind

    def add(self, state: State, at: float, newest: float, value: object = None) -> None:
        """Take an event; of equal times the one that came last is the newest."""
        kept = state.setdefault(self.slot, [])
        _insert(kept, at, plain(self._kind, value))
        self._shorten(kept, newest)

    def value(self, state: State, at: float) -> Kept:
        """Return the value as of `at`."""
        kept = state.get(self.slot)
        if kept is None:
            return None
        index = _place(kept, at)
        if index == 0 or at - kept[index - 2] >= self.within_s:
            return None
        value: Kept = kept[index - 1]
        return value

    def later(self, _state: State, _at: float) -> list[float]:
        """Nothing: for every later time the newest event is as it was, or this one."""
        return []

    def forget(self, state: State, newest: float) -> None:
        """Drop values that are older than what may be asked for."""
        kept = state.get(self.slot)
        if kept is None:
            return
        if kept[-2] <= newest - self.within_s - MAX_LATE_S:
            del state[self.slot]
        else:
            self._shorten(kept, newest)

    def bytes(self, text: int = USUAL_TEXT) -> int:
        """Return the most bytes it takes packed."""
        value = {"text": text_bytes(text), "enum": text_bytes(text), "bool": 1}
        each = NUMBER_BYTES + value.get(self._kind, NUMBER_BYTES)
        return SLOT_BYTES + LIST_BYTES + each * _LAST_KEPT

    def _shorten(self, kept: list[float | Kept], newest: float) -> None:
        over = max(_place(kept, newest - MAX_LATE_S) - 2, len(kept) - 2 * _LAST_KEPT)
        if over > 0:
            del kept[:over]


class Sum:
    """The values of a field added up over (at - within, at]; 0 when there are none.

    Examples
    --------
    >>> total = Sum("a", "amount", 10.0)
    >>> state = {}
    >>> for at, amount in ((0.0, 5.0), (4.0, 7.0), (10.0, None)):
    ...     total.add(state, at, at, amount)
    >>> total.value(state, 9.0), total.value(state, 10.0)
    (12.0, 7.0)
    """

    def __init__(self, slot: str, of: str, within_s: float) -> None:
        self.slot = slot
        self.of = of
        self.within_s = within_s

    def add(self, state: State, at: float, newest: float, value: object = None) -> None:
        """Take an event; one without the field adds nothing."""
        number = plain("num", value)
        if number is None:
            return
        kept = state.setdefault(self.slot, [])
        expired = _place(kept, newest - self.within_s - MAX_LATE_S)
        del kept[:expired]
        _insert(kept, at, number)
        if len(kept) > 2 * MAX_SUMMED:
            del kept[:2]

    def value(self, state: State, at: float) -> float:
        """Return the sum as of `at`."""
        kept = state.get(self.slot)
        if kept is None:
            return 0.0
        begin, end = _place(kept, at - self.within_s), _place(kept, at)
        return float(sum(kept[begin + 1 : end : 2]))

    def later(self, state: State, at: float) -> list[float]:
        """Return the times after `at` whose window an event at `at` is in."""
        times = state.get(self.slot, ())[::2]
        return [time for time in times if at < time < at + self.within_s]

    def forget(self, state: State, newest: float) -> None:
        """Drop the values when no window reaches them."""
        kept = state.get(self.slot)
        if kept is not None and kept[-2] <= newest - self.within_s - MAX_LATE_S:
            del state[self.slot]

    def bytes(self, _text: int = USUAL_TEXT) -> int:
        """Return the most bytes it takes packed."""
        return SLOT_BYTES + LIST_BYTES + 2 * NUMBER_BYTES * MAX_SUMMED


def plain(kind: Kind, value: object) -> Kept:
    """Return a value of the type that a field has, None for anything else.

    >>> plain("num", 3), plain("num", "3"), plain("text", "gold"), plain("num", float("nan"))
    (3.0, None, 'gold', None)
    """
    if kind in {"text", "enum"}:
        return value[:MAX_TEXT] if isinstance(value, str) else None
    if kind == "bool":
        return value if isinstance(value, bool) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if abs(number) < inf else None


def _place(kept: list[float | Kept], at: float) -> int:
    """Return where what is newer than `at` begins: most are asked for their end."""
    index = len(kept)
    while index and kept[index - 2] > at:  # type: ignore[operator]
        index -= 2
    return index


def _insert(kept: list[float | Kept], at: float, value: Kept) -> None:
    index = _place(kept, at)
    kept[index:index] = [at, value]
