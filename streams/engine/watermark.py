"""How far event time has come in a partition of interactions."""

import math
from typing import NamedTuple

import orjson

from detectors.event import Event


class Watermark:
    """The minimum of what the raw partitions report, less their lateness; it never goes back.

    A raw partition without an open source reports idle and leaves the minimum; while one of them
    has not reported at all, time stands still. Where all are idle, time has come as far as the
    source that was open longest. Each keeps its own lateness; a customer's events come as late as
    the worst of those that flow.

    Examples
    --------
    >>> watermark = Watermark()
    >>> first = {"raw": 0, "of_n": 2, "idle": False, "event_time": 60.0, "lateness_s": 5.0}
    >>> watermark.update(Event("p", "n", "progress", 60.0, data=first)), watermark.at
    (False, -inf)
    >>> watermark.update(Event("p", "n", "progress", 0.0, data={"raw": 1, "of_n": 2, "idle": True}))
    True
    >>> watermark.at
    55.0
    """

    def __init__(self) -> None:
        self.at = -math.inf
        self.lateness_s = 0.0
        self._reported: dict[int, _Report] = {}

    @property
    def at_or_zero(self) -> float:
        """The watermark, 0 before there is one: for what needs a time on the wire."""
        return self.at if self.at > -math.inf else 0.0

    def update(self, progress: Event) -> bool:
        """Take a progress record; return whether the watermark moved."""
        data = progress.data
        if data["idle"]:
            last = self._reported.get(data["raw"])
            if last is not None and last.idle:
                return False  # said before: most of the records where one source flows
            last = last or _Report(-math.inf, 0.0, idle=True)
            self._reported[data["raw"]] = last._replace(idle=True)
        else:
            self._reported[data["raw"]] = _Report(
                data["event_time"], data["lateness_s"], idle=False
            )
        flowing = [report for report in self._reported.values() if not report.idle]
        self.lateness_s = max((report.lateness_s for report in flowing), default=self.lateness_s)
        if len(self._reported) < data["of_n"]:
            return False
        if flowing:
            reached = min(report.complete_until for report in flowing)
        else:
            reached = max(report.complete_until for report in self._reported.values())
        before, self.at = self.at, max(self.at, reached)
        return self.at > before

    def pack(self) -> bytes:
        """Return the state as bytes."""
        reported = [
            (raw, _finite(report.at), report.lateness_s, report.idle)
            for raw, report in sorted(self._reported.items())
        ]
        state = {"at": _finite(self.at), "lateness_s": self.lateness_s, "reported": reported}
        return orjson.dumps(state)

    def unpack(self, value: bytes) -> None:
        """Take back what `pack` returned."""
        state = orjson.loads(value)
        self.at = _from_finite(state["at"])
        self.lateness_s = state["lateness_s"]
        self._reported = {
            raw: _Report(_from_finite(at), lateness_s, idle)
            for raw, at, lateness_s, idle in state["reported"]
        }


class _Report(NamedTuple):
    at: float
    lateness_s: float
    idle: bool

    @property
    def complete_until(self) -> float:
        return self.at - self.lateness_s


def _finite(at: float) -> float | None:
    return at if at > -math.inf else None


def _from_finite(at: float | None) -> float:
    return -math.inf if at is None else at
