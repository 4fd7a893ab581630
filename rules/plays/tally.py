"""How plays begin and end, counted."""

from collections import Counter
from typing import Final, Literal, get_args

Stopped = Literal[
    "asked",  # the customer asked about it
    "outcome",  # what the play is for has come
    "in_vain",  # a wait was in vain, and what was to be done then is done
    "no_consent",  # the customer does not want it
    "overdue",  # time stood still over a deadline
    "retired",  # the rule does not run any more
    "changed",  # the rule's steps are others now
    "crowded",  # the customer has more plays than are kept
]
"""Why a play ended before its last step."""
STOPPED: Final[tuple[Stopped, ...]] = get_args(Stopped)
What = Literal["started", "finished", "stopped", "late", "skipped"]


class Tally:
    """Counts since they were taken last; no decision depends on them, so they are no state.

    Examples
    --------
    >>> tally = Tally()
    >>> tally.step("late", "call-back", 2)
    >>> tally.stop("call-back", "asked")
    >>> tally.take(), tally.take()
    ({('late', 'call-back', '2'): 1, ('stopped', 'call-back', 'asked'): 1}, {})
    """

    __slots__ = ("_counts",)

    def __init__(self) -> None:
        self._counts: Counter[tuple[What, str, str]] = Counter()

    def take(self) -> dict[tuple[What, str, str], int]:
        """Return (what, rule, step or reason or nothing) -> how often, and begin anew."""
        counts, self._counts = dict(self._counts), Counter()
        return counts

    def play(self, what: Literal["started", "finished"], rule: str) -> None:
        """Count a play."""
        self._counts[what, rule, ""] += 1

    def stop(self, rule: str, reason: Stopped) -> None:
        """Count a play that ended early."""
        self._counts["stopped", rule, reason] += 1

    def step(self, what: Literal["late", "skipped"], rule: str, number: int) -> None:
        """Count a wait that was in vain, or an action that a gate held back."""
        self._counts[what, rule, str(number)] += 1
