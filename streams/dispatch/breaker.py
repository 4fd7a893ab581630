"""Stop calling a channel that keeps failing."""

import math
from typing import Literal

FAILURES = 5
OPEN_S = 1.0
MAX_OPEN_S = 60.0


class Breaker:
    """A circuit breaker [1]_ with an explicit clock.

    ::

        closed -- `failures` in a row --> open -- after open_s --> half-open -- success --> closed
                                            ^                         |
                                            +---- failure: open_s doubles

    Parameters
    ----------
    failures
        Failures in a row that open it. Five: a single bad answer is common, five in a row of up
        to sixteen calls at once are not.
    open_s, max_open_s
        Seconds without a call after the first opening, doubled at each failed probe up to the
        maximum. From one second, because a restart takes about that, to a minute, which is how
        late a recovery may be noticed.

    References
    ----------
    .. [1] M. Nygard, "Release It!", 2nd edition, 2018, chapter 5.
    """

    def __init__(
        self, failures: int = FAILURES, open_s: float = OPEN_S, max_open_s: float = MAX_OPEN_S
    ) -> None:
        self._failures = failures
        self._first_open_s = open_s
        self._max_open_s = max_open_s
        self._open_s = open_s
        self._in_a_row = 0
        self._open_until: float | None = None
        self._hold_until = -math.inf
        self._probing = False

    def state(self, now: float) -> Literal["closed", "open", "half-open"]:
        """Return the state; a channel that asked for a pause counts as open."""
        if now < self.next_at():
            return "open"
        return "closed" if self._open_until is None else "half-open"

    def next_at(self) -> float:
        """Return when a call will be allowed; in the past where one is."""
        opened = -math.inf if self._open_until is None else self._open_until
        return max(opened, self._hold_until)

    def permits(self, now: float) -> float:
        """Return how many calls may begin: none while open, one while half-open."""
        match self.state(now):
            case "closed":
                return math.inf
            case "half-open" if not self._probing:
                return 1
            case _:
                return 0

    def begin(self) -> None:
        """Count a call that begins."""
        if self._open_until is not None:
            self._probing = True

    def withdraw(self) -> None:
        """Forget a call that had begun and did not take place."""
        self._probing = False

    def succeed(self) -> None:
        """Take note that the other side answered properly."""
        self._in_a_row = 0
        self._open_until = None
        self._open_s = self._first_open_s
        self._probing = False

    def fail(self, now: float) -> None:
        """Take note of a call that was not taken, or of which nobody knows."""
        if self._open_until is None:
            self._in_a_row += 1
            if self._in_a_row >= self._failures:
                self._open_until = now + self._open_s
        elif now >= self._open_until:
            # Calls that were out when it opened say nothing new; the probe does.
            self._open_s = min(2 * self._open_s, self._max_open_s)
            self._open_until = now + self._open_s
            self._probing = False

    def hold(self, until: float) -> None:
        """Begin no call before `until`: the other side asked for a pause."""
        self._hold_until = max(self._hold_until, until)
