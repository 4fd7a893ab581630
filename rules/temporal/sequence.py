"""One thing after another, within a time.

A rule asks whether there are events in this order, whatever came in between, the last of them now
and the first at most `within` ago. Of two beginnings that got equally far, the later one expires
later and is otherwise equal, so per position only the latest is kept: state is a few numbers, not
a list of runs. The same holds for the repetitions of one step: a later first repetition never
belongs to an earlier beginning.

::

    a      a   b        b          positions: a, b     within 10
    0      4   6        13
    start:     6 - 4 <= 10, complete; everything before is used up
                        13: no a since, nothing

A **strict** one wants its events next to each other, among those of the types that it names: what
an event does not take further, it ends. One that does **not consume** keeps what was begun: each
last event that finds a beginning completes it.
"""

from collections.abc import Sequence as Series
from dataclasses import dataclass
from math import inf

from rules.temporal.state import LIST_BYTES, MAX_LATE_S, NUMBER_BYTES, SLOT_BYTES, USUAL_TEXT, State


@dataclass(frozen=True, slots=True)
class Position:
    """One event that must come.

    Parameters
    ----------
    is_first
        Whether it begins a step; a step of three times has three positions.
    within_s
        Longest time since the step's first position, seconds.
    """

    is_first: bool = True
    within_s: float = inf


class Sequence:
    """The positive part of a sequence of one customer.

    Parameters
    ----------
    slot
        Key in the state: per position but the last, when the latest run that got there began,
        nothing where none did; then, for each repetition within a time that may come next, when
        its step began.
    positions
        What must come, in order.
    within_s
        Longest time from the first event to the last, inclusive, seconds.
    strict
        Whether nothing of what it names may come in between.
    consumes
        Whether a completed sequence uses up what was begun.

    Examples
    --------
    >>> sequence = Sequence("s", [Position(), Position()], within_s=10.0)
    >>> state = {}
    >>> [sequence.advance(state, mask, at) for mask, at in ((1, 0.0), (2, 10.0), (2, 11.0))]
    [False, True, False]
    """

    def __init__(
        self,
        slot: str,
        positions: Series[Position],
        within_s: float = inf,
        *,
        strict: bool = False,
        consumes: bool = True,
    ) -> None:
        self.slot = slot
        self.strict = strict
        self._consumes = consumes
        self._last = len(positions) - 1
        self._within_s = within_s
        self._steps_s = [p.within_s for p in positions]
        # Where the start of the step is kept for the run that waits for this position; 0 for
        # nowhere: position 0 waits for nothing.
        self._step_at = [0] * len(positions)
        self._width = self._last
        for number, position in enumerate(positions):
            if not position.is_first and position.within_s < inf:
                self._step_at[number] = self._width
                self._width += 1

    def advance(self, state: State, mask: int, at: float) -> bool:
        """Take an event and return whether it completed the sequence.

        Parameters
        ----------
        mask
            Bit p is set when the event is what position p asks for; 0 for an event of a type that
            a strict sequence names, and that is none of it. One event takes one position of a run
            only.
        at
            Event time, not before that of any earlier call.
        """
        last = self._last
        if not last:
            return bool(mask & 1)
        starts: list[float | None] | None = state.get(self.slot)
        if starts is None:
            if not mask & 1:
                return False
            starts = state[self.slot] = [None] * self._width
        is_complete = False
        for p in range(last, 0, -1):
            if self._takes(starts, mask, p, at):
                if p == last:
                    if self._consumes:
                        del state[self.slot]
                        return True
                    is_complete = True
                else:
                    self._reach(starts, p, starts[p - 1], at)
            elif self.strict and p < last:
                starts[p] = None
        if mask & 1:
            self._reach(starts, 0, at, at)
        elif self.strict:
            starts[0] = None
            if not any(start is not None for start in starts[:last]):
                del state[self.slot]
        return is_complete

    def forget(self, state: State, newest: float) -> None:
        """Drop what was begun too long ago to be completed."""
        starts = state.get(self.slot)
        if starts is not None:
            latest = max(start for start in starts[: self._last] if start is not None)
            if latest < newest - self._within_s - MAX_LATE_S:
                del state[self.slot]

    def bytes(self, _text: int = USUAL_TEXT) -> int:
        """Return the most bytes it takes packed."""
        return SLOT_BYTES + LIST_BYTES + NUMBER_BYTES * self._width if self._last else 0

    def _takes(self, starts: list[float | None], mask: int, p: int, at: float) -> bool:
        """Return whether a run that waits for a position gets there."""
        start = starts[p - 1]
        if not mask >> p & 1 or start is None or at - start > self._within_s:
            return False
        step_at = self._step_at[p]
        return not step_at or at - (starts[step_at] or 0.0) <= self._steps_s[p]

    def _reach(self, starts: list[float | None], p: int, start: float | None, at: float) -> None:
        """Note that a run got to a position, and when the step of the next one began."""
        starts[p] = start
        following = self._step_at[p + 1]
        if following:
            # A repetition goes on with the step of the position it came from.
            own = self._step_at[p]
            starts[following] = starts[own] if own else at
