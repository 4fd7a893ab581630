"""Nothing that makes customers call goes out while callers wait too long anyway."""

from collections.abc import Callable
from math import inf
from typing import Final

from detectors.centre import QueueState
from rules.gates.config import GatesConfig
from rules.gates.gate import Candidate
from rules.language.text import format_seconds
from rules.reason import Reason

FRESH_S: Final = 900.0
"""A state older than this says nothing about now."""
RATE_S: Final = 600.0
"""Over which `QueueState` counts who was answered."""

QueueOf = Callable[[str], QueueState]


def predicted_wait_s(state: QueueState) -> float:
    """Return how long a caller who comes now would wait: the queue by the rate it is answered at.

    ``(length + 1) / rate``, the queue-length-based predictor [1]_, with the rate of the last ten
    minutes; no wait where nobody waits, endless where somebody does and nobody is answered.

    References
    ----------
    .. [1] R. Ibrahim, W. Whitt, "Real-Time Delay Estimation Based on Delay History",
       Manufacturing & Service Operations Management 11(3), 2009, section 2.

    Examples
    --------
    >>> predicted_wait_s(QueueState(length=5, answered_10m=20))
    180.0
    >>> predicted_wait_s(QueueState(length=0, answered_10m=20))
    0.0
    """
    if state.length == 0:
        return 0.0
    if state.answered_10m == 0:
        return inf
    return (state.length + 1) * RATE_S / state.answered_10m


class ServiceLevel:
    """Holds back on the channels of a queue while its predicted wait is above the limit.

    A queue of which nothing is known, or nothing new, holds back, too: a feed that fell silent
    must not open a gate. What is held back is tried again later.

    Parameters
    ----------
    queue
        Returns the newest state of a queue.
    """

    name = "service_level"
    reason: Reason = "capacity"

    def __init__(self, config: GatesConfig, queue: QueueOf) -> None:
        self._limits = config.service_level
        self._queue = queue

    def check(self, candidate: Candidate) -> tuple[bool, str]:
        """Return whether who calls because of it would be answered soon."""
        details = []
        for limit in self._limits:
            if not {"*", candidate.step.channel} & set(limit.channels):
                continue
            state = self._queue(limit.queue)
            if not candidate.at - state.at <= FRESH_S:
                return False, f"{limit.queue}: no state in the last {format_seconds(FRESH_S)}"
            wait_s = predicted_wait_s(state)
            told = "endless" if wait_s == inf else format_seconds(wait_s)
            detail = f"{limit.queue}: wait {told}, limit {format_seconds(limit.wait_s)}"
            if wait_s > limit.wait_s:
                return False, detail
            details.append(detail)
        return True, "; ".join(details) or "no queue is behind it"
