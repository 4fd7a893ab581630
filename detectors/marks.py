"""When things that may be friction happened lately, in bounded form."""

from bisect import bisect_right, insort
from typing import Any

from detectors.contacts import pack_doubles, unpack_doubles

MAX_MARKS = 8
"""Times kept per kind: counts are exact up to here."""


class Marks:
    """The newest times per kind, such as ``login`` for failed logins; at most 8 of each.

    Kinds are those of the code, so their number is bounded too.

    Examples
    --------
    >>> marks = Marks()
    >>> for at in (0.0, 60.0, 120.0):
    ...     marks.add("login", at)
    >>> marks.count("login", 0.0, 120.0)
    2
    >>> marks.clear("login", 60.0)
    >>> marks.count("login", -1.0, 120.0)
    1
    """

    __slots__ = ("_cleared", "_times")

    def __init__(self) -> None:
        self._times: dict[str, list[float]] = {}
        self._cleared: dict[str, float] = {}

    def add(self, kind: str, at: float) -> None:
        """Remember that it happened; what a later success already made good does not count."""
        if at <= self._cleared.get(kind, float("-inf")):
            return
        times = self._times.setdefault(kind, [])
        insort(times, at)
        if len(times) > MAX_MARKS:
            del times[0]

    def clear(self, kind: str, at: float) -> None:
        """Forget what happened until `at`, inclusive: it was made good."""
        if at > self._cleared.get(kind, float("-inf")):
            self._cleared[kind] = at
        times = self._times.get(kind)
        if times is not None:
            del times[: bisect_right(times, at)]
            if not times:
                del self._times[kind]

    def count(self, kind: str, after: float, until: float) -> int:
        """Return how often it happened in (after, until], 0 to 8."""
        times = self._times.get(kind)
        if times is None:
            return 0
        return bisect_right(times, until) - bisect_right(times, after)

    def to_list(self) -> list[Any]:
        """Return the state as plain values; `from_list` gives it back exactly."""
        times = {kind: pack_doubles(times) for kind, times in self._times.items()}
        return [times, self._cleared]

    @classmethod
    def from_list(cls, values: list[Any]) -> "Marks":
        """Return the marks of `to_list`."""
        self = cls()
        times, self._cleared = values
        self._times = {kind: unpack_doubles(packed) for kind, packed in times.items()}
        return self
