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
"""

from collections.abc import Sequence as Series
from dataclasses import dataclass
from math import inf

from rules.temporal.counts import State


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
        Key in the state: latest start, and start of the step, per position.
    positions
        What must come, in order.
    within_s
        Longest time from the first event to the last, inclusive, seconds.

    Examples
    --------
    >>> sequence = Sequence("s", [Position(), Position()], within_s=10.0)
    >>> state = {}
    >>> [sequence.advance(state, mask, at) for mask, at in ((1, 0.0), (2, 10.0), (2, 11.0))]
    [False, True, False]
    """

    def __init__(self, slot: str, positions: Series[Position], within_s: float = inf) -> None:
        self.slot = slot
        self._positions = tuple(positions)
        self._last = len(positions) - 1
        self._within_s = within_s

    def advance(self, state: State, mask: int, at: float) -> bool:
        """Take an event and return whether it completed the sequence, which then starts anew.

        Parameters
        ----------
        mask
            Bit p is set when the event is what position p asks for. One event takes one position
            of a run only.
        at
            Event time, not before that of any earlier call.
        """
        if not self._last:
            return True
        starts: list[float] | None = state.get(self.slot)
        if starts is None:
            if not mask & 1:
                return False
            starts = state[self.slot] = [-inf] * (2 * self._last)
        for p in range(self._last, 0, -1):
            if not mask >> p & 1:
                continue
            start, step_start = starts[2 * p - 2], starts[2 * p - 1]
            position = self._positions[p]
            if at - start > self._within_s:
                continue
            if position.is_first:
                step_start = at
            elif at - step_start > position.within_s:
                continue
            if p == self._last:
                del state[self.slot]
                return True
            starts[2 * p] = start
            starts[2 * p + 1] = step_start
        if mask & 1:
            starts[0] = starts[1] = at
        return False
