"""What one rule waits for: a sequence, an absence, or an absence after a sequence."""

from collections.abc import Callable

from rules.temporal.absence import Absence
from rules.temporal.happened import Happened
from rules.temporal.sequence import Sequence
from rules.temporal.state import State

ARMS = 1
CAME = 2
"""Bits of an event of an ``absence``: it begins the waiting; it is the event that stays away."""


class Pattern:
    """Takes the events of a rule that ask for an order.

    Parameters
    ----------
    sequence
        What must come, if anything.
    absence
        What must then stay away, if anything; one of both is there.
    came
        Bit of the event that must stay away.
    """

    def __init__(self, sequence: Sequence | None, absence: Absence | None, came: int) -> None:
        self.sequence = sequence
        self.absence = absence
        self.came = came

    @property
    def slot(self) -> str:
        """What it is known by."""
        operator = self.absence or self.sequence
        return operator.slot if operator is not None else ""

    def take(
        self,
        state: State,
        mask: int,
        at: float,
        happened: Callable[[], Happened],
        *,
        is_late: bool,
    ) -> bool:
        """Take an event and return whether it completed a sequence that nothing must follow.

        Parameters
        ----------
        mask
            What the event is: the positions of the sequence, or `ARMS`; and `came`.
        happened
            Returns the event as it is kept when it arms.
        is_late
            Whether the customer's time had passed it. Such an event ends what it would have
            ended, but begins nothing; where it only moves a deadline, it moves it.
        """
        sequence, absence = self.sequence, self.absence
        has_ended = bool(absence is not None and mask & self.came and absence.cancel(state, at))
        if sequence is not None:
            if is_late or not sequence.advance(state, mask & (self.came - 1), at):
                return False
            if absence is None:
                return True
            absence.arm(state, happened())
        elif absence is not None and mask & ARMS and (has_ended or not is_late):
            absence.arm(state, happened())
        return False
