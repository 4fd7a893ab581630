"""Not more than a set number of firings of one rule in a minute: what holds a wrong rule back."""

from collections.abc import Mapping
from typing import Any

MINUTE_S = 60.0
KEPT_MINUTES = 8
"""Minutes per rule that are remembered: customers' times differ by their lateness."""


class Breaker:
    """Counts firings per rule and minute of log time, for one partition of interactions.

    An older minute than all that are remembered counts with the oldest of these, so that none
    begins anew.

    Parameters
    ----------
    firings_per_minute
        How many of one rule are let through in a minute.

    Examples
    --------
    >>> breaker = Breaker(2)
    >>> [breaker.allows("offer", at) for at in (0.0, 30.0, 59.0, 60.0)]
    [True, True, False, True]
    """

    def __init__(self, firings_per_minute: int) -> None:
        self._limit = firings_per_minute
        self._counts: dict[str, dict[int, int]] = {}

    def allows(self, rule_id: str, at: float) -> bool:
        """Count a firing and return whether it is within the limit.

        Parameters
        ----------
        at
            When it is decided, event time.
        """
        minute = int(at // MINUTE_S)
        counts = self._counts.setdefault(rule_id, {})
        if minute not in counts and len(counts) == KEPT_MINUTES:
            oldest = min(counts)
            if minute < oldest:
                minute = oldest
            else:
                del counts[oldest]
        fired = counts.get(minute, 0)
        if fired >= self._limit:
            return False
        counts[minute] = fired + 1
        return True

    def snapshot(self) -> dict[str, Any]:
        """Return the counts as plain values; the same state gives the same order."""
        return {
            rule_id: [[minute, counts[minute]] for minute in sorted(counts)]
            for rule_id, counts in sorted(self._counts.items())
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take what `snapshot` returned, with this limit or another."""
        self._counts = {
            rule_id: {int(minute): int(fired) for minute, fired in counts}
            for rule_id, counts in state.items()
        }
