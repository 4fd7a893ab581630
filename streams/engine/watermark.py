"""How far event time has come in a partition of interactions."""

import math

import orjson

from detectors.event import Event


class Watermark:
    """The minimum of what the raw partitions report, less their lateness; it never goes back.

    A raw partition without an open source reports idle and leaves the minimum; while one of them
    has not reported at all, time stands still. Each keeps its own lateness; a customer's events
    come as late as the worst of those that flow.

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
        self._reported: dict[int, tuple[float, float] | None] = {}  # event time, lateness

    @property
    def at_or_zero(self) -> float:
        """The watermark, 0 before there is one: for what needs a time on the wire."""
        return self.at if self.at > -math.inf else 0.0

    def update(self, progress: Event) -> bool:
        """Take a progress record; return whether the watermark moved."""
        data = progress.data
        if data["idle"]:
            self._reported[data["raw"]] = None
        else:
            self._reported[data["raw"]] = data["event_time"], data["lateness_s"]
        flowing = [each for each in self._reported.values() if each is not None]
        if not flowing:
            return False
        self.lateness_s = max(lateness_s for _, lateness_s in flowing)
        if len(self._reported) < data["of_n"]:
            return False
        before = self.at
        self.at = max(before, min(at - lateness_s for at, lateness_s in flowing))
        return self.at > before

    def pack(self) -> bytes:
        """Return the state as bytes."""
        at = self.at if self.at > -math.inf else None
        reported = sorted(self._reported.items())
        return orjson.dumps({"at": at, "lateness_s": self.lateness_s, "reported": reported})

    def unpack(self, value: bytes) -> None:
        """Take back what `pack` returned."""
        state = orjson.loads(value)
        self.at = -math.inf if state["at"] is None else state["at"]
        self.lateness_s = state["lateness_s"]
        self._reported = {raw: each and (each[0], each[1]) for raw, each in state["reported"]}
