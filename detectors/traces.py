"""What happened lately with what and how much, such as holds with their length; bounded."""

import struct
from bisect import bisect_right, insort
from collections.abc import Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, Final
from zlib import crc32

MAX_ROWS: Final = 16
"""Newest rows kept per kind."""

Row = tuple[float, int, float]
"""Event time, checksum of what it is about, and a measure in the unit of the kind."""

_ROW = struct.Struct(">dId")
_at = itemgetter(0)


@lru_cache(maxsize=4096)
def checksum(*parts: str) -> int:
    """Return 32 bits that tell one thing from another without keeping its name.

    >>> checksum("call-1", "menu") == checksum("call-1", "menu") != checksum("call-1", "end")
    True
    """
    return crc32("\n".join(parts).encode("utf-8", "replace"))


class Traces:
    """The newest rows per kind, in order of time; at most 16 of each.

    Kinds are those of the code, so their number is bounded too.

    Examples
    --------
    >>> traces = Traces()
    >>> traces.add("hold", 60.0, value=30.0)
    >>> traces.add("hold", 0.0, value=45.0)
    >>> [value for _, _, value in traces.rows("hold", -1.0, 60.0)]
    [45.0, 30.0]
    """

    __slots__ = ("_rows",)

    def __init__(self) -> None:
        self._rows: dict[str, list[Row]] = {}

    def add(self, kind: str, at: float, about: int = 0, value: float = 0.0) -> None:
        """Remember a row; `value` must be finite."""
        rows = self._rows.setdefault(kind, [])
        insort(rows, (at, about, value))
        if len(rows) > MAX_ROWS:
            del rows[0]

    def clear(self, kind: str, at: float) -> None:
        """Forget what happened until `at`, inclusive: it was made good."""
        rows = self._rows.get(kind)
        if rows is not None:
            del rows[: bisect_right(rows, at, key=_at)]
            if not rows:
                del self._rows[kind]

    def rows(self, kind: str, after: float, until: float) -> Sequence[Row]:
        """Return what happened in (after, until], oldest first."""
        rows = self._rows.get(kind)
        if rows is None:
            return ()
        return rows[bisect_right(rows, after, key=_at) : bisect_right(rows, until, key=_at)]

    def most_alike(self, kind: str, after: float, until: float) -> int:
        """Return how many rows in (after, until] tell of the same at most."""
        counts: dict[int, int] = {}
        for _, about, _ in self.rows(kind, after, until):
            counts[about] = counts.get(about, 0) + 1
        return max(counts.values(), default=0)

    def to_list(self) -> dict[str, Any]:
        """Return the state as plain values; `from_list` gives it back exactly."""
        known = self._rows.items()
        return {kind: b"".join(_ROW.pack(*row) for row in rows) for kind, rows in known}

    @classmethod
    def from_list(cls, values: dict[str, Any]) -> "Traces":
        """Return the traces of `to_list`."""
        self = cls()
        self._rows = {kind: list(_ROW.iter_unpack(packed)) for kind, packed in values.items()}
        return self
