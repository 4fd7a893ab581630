"""A bad deployment is not bad data: many faults at once stop the partition."""

from collections import deque
from typing import Final

MAX_FAULTS: Final = 50
"""So many faults among the newest events stop the partition; fewer are dead letters."""
WINDOW: Final = 500
"""Customer events among which they are counted: more than one in ten is a rising rate."""
CUSTOMERS: Final = 5
"""Fewer customers than this with faults are bad data, however often they come."""


class TooManyFaultsError(RuntimeError):
    """So many events failed that the program must be wrong, not the data."""


class Faults:
    """Counts the events that failed in one partition.

    What is counted belongs to the running program, not to the log: it is no part of the state, and
    what it stops has not been committed.

    Examples
    --------
    >>> faults = Faults()
    >>> for event in range(49):
    ...     faults.add(event, f"c-{event}", "KeyError: 'wait_s'")
    >>> faults.add(49, "c-49", "KeyError: 'wait_s'")
    Traceback (most recent call last):
    ...
    streams.engine.faults.TooManyFaultsError: fewer than 50 of 500 events may fail; got 50 of the \
last 50, of 50 customers, the last with KeyError: 'wait_s': nothing was committed since; mend \
the program or go back to the last one, then start the worker again
    """

    def __init__(self) -> None:
        self._failed: deque[tuple[int, str]] = deque(maxlen=MAX_FAULTS)

    def add(self, number: int, customer: str, reason: str) -> None:
        """Count one fault.

        Parameters
        ----------
        number
            How many customer events came before this one.

        Raises
        ------
        TooManyFaultsError
            When 50 of the last 500 customer events failed, of at least 5 customers.
        """
        self._failed.append((number, customer))
        among = number - self._failed[0][0] + 1
        customers = len({name for _, name in self._failed})
        if len(self._failed) == MAX_FAULTS and among <= WINDOW and customers >= CUSTOMERS:
            msg = (
                f"fewer than {MAX_FAULTS} of {WINDOW} events may fail; got {MAX_FAULTS} of the "
                f"last {among}, of {customers} customers, the last with {reason}: nothing was "
                "committed since; mend the program or go back to the last one, then start the "
                "worker again"
            )
            raise TooManyFaultsError(msg)
