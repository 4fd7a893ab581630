"""Drift: what was learnt no longer holds, seen in the labels, or in the scores and inputs alone.

**With labels.** Two ADWIN [1]_ look at the loss of every matured label. The wary one (delta .02)
only warns: from then on a second head learns beside the first, from nothing but the new labels.
The sure one (delta .002) is the alarm: the second head takes over as soon as it has had 100 labels
and is the better of the two beyond noise on what came lately; the first then learns on beside it
and may come back by the same test. A warning without that within 2,000 labels was none. Labels
come late, so this cannot be faster than they are.

**Without labels.** Page and Hinkley's test [2]_ looks at the mean of the score and of each number
among the inputs, at once. It changes nothing: a customer base may change without the model being
wrong. It is counted and shown.

River's ``DDM`` is not used: it looks at the error at one half, where a model with few positives has
none; and its ``ADWINBaggingClassifier`` replaces the best member instead of the worst.

References
----------
.. [1] A. Bifet, R. Gavalda, "Learning from time-changing data with adaptive windowing", SDM 2007.
.. [2] E. S. Page, "Continuous inspection schemes", Biometrika 41, 1954.
"""

import math
from typing import Any

from river.drift import ADWIN

WARNING, ALARM = 0.02, 0.002
"""Chance of a false one that ADWIN allows at each cut."""
PATIENCE = 2_000
"""Labels within which an alarm must follow a warning."""
MIN_LEARNT = 100
"""Labels that the second head must have had before it takes over."""
BETTER = 3.0
"""Lead at which the second head takes over, in standard errors."""
_LATELY = 0.99  # weight of a label for each later one: half after 69 labels
_LEAST_VARIANCE = 1e-12
MIN_VALUES = 100
"""Values before a mean can have moved."""
TOLERANCE = 0.3
"""Change of a mean that is none, in standard deviations."""
THRESHOLD = 100.0
"""How far the sum of the surplus may go, in standard deviations."""
HIGHEST_LOSS = 5.0
"""One label counts no more than this, nats: a single surprise is no drift."""


class LossWatch:
    """Says when the loss of the matured labels has risen.

    Attributes
    ----------
    warned_for
        Labels since the warning; -1 while there is none.
    sure
        Whether the alarm is raised.

    Examples
    --------
    >>> watch = LossWatch()
    >>> [watch.add(0.3) for _ in range(2000)][-1]
    ''
    >>> [word for word in (watch.add(1.2) for _ in range(1000)) if word], watch.sure
    (['warning'], True)
    """

    __slots__ = ("_sure", "_wary", "sure", "warned_for")

    def __init__(self) -> None:
        self._wary: Any = _adwin(WARNING)
        self._sure: Any = _adwin(ALARM)
        self.warned_for = -1
        self.sure = False

    def add(self, loss: float) -> str:
        """Take the loss of a label; return ``warning``, ``over`` or nothing."""
        loss = min(loss, HIGHEST_LOSS)
        warns, alarms = _rose(self._wary, loss), _rose(self._sure, loss)
        self.sure = self.sure or alarms
        if self.warned_for < 0:
            if warns or alarms:
                self.warned_for = 0
                return "warning"
            return ""
        self.warned_for += 1
        if self.warned_for > PATIENCE:
            self.answered()
            return "over"
        return ""

    def is_due(self) -> bool:
        """Return whether a second head that is better may take over."""
        return self.sure and self.warned_for >= MIN_LEARNT

    def answered(self) -> None:
        """Go back to rest: the second head is dropped."""
        self.warned_for, self.sure = -1, False

    def swapped(self) -> None:
        """Begin to count anew: the second head took over, and the first may come back."""
        self.warned_for, self.sure = 0, True

    def to_list(self) -> list[Any]:
        """Return the state as plain values; `from_list` gives it back exactly."""
        windows = map(_packed, (self._wary, self._sure))
        return [self.warned_for, self.sure, *windows]

    @classmethod
    def from_list(cls, values: list[Any]) -> "LossWatch":
        """Return what `to_list` gave."""
        self = cls()
        self.warned_for, self.sure, wary, sure = values
        for detector, packed in ((self._wary, wary), (self._sure, sure)):
            detector._drift_detected, window = packed
            detector._helper.__setstate__(window)
        return self


def _adwin(delta: float) -> Any:
    return ADWIN(delta=delta)  # type: ignore[no-untyped-call]


def _rose(detector: Any, value: float) -> bool:
    # ADWIN sees a fall as well; a model that became better is left alone.
    before = detector.estimation
    detector.update(value)
    return bool(detector.drift_detected and detector.estimation > before)


def _packed(detector: Any) -> list[Any]:
    return [detector._drift_detected, detector._helper.__getstate__()]


class Lead:
    """By how much one head was better than another on the same labels; old ones fade.

    Examples
    --------
    >>> lead = Lead()
    >>> for gain in (0.2, 0.1, 0.3) * 50:
    ...     lead.add(gain)
    >>> lead.z() > BETTER
    True
    """

    __slots__ = ("_squares", "_sum", "_weight", "_weights")

    def __init__(self) -> None:
        self._weight = self._weights = self._sum = self._squares = 0.0

    def add(self, gain: float) -> None:
        """Take the difference of the losses at one label, nats."""
        self._weight = self._weight * _LATELY + 1.0
        self._weights = self._weights * _LATELY * _LATELY + 1.0
        self._sum = self._sum * _LATELY + gain
        self._squares = self._squares * _LATELY + gain * gain

    def z(self) -> float:
        """Return the mean in standard errors; 0 before the second label."""
        if self._weight <= 1.0:
            return 0.0
        mean = self._sum / self._weight
        variance = max(self._squares / self._weight - mean * mean, _LEAST_VARIANCE)
        return mean / math.sqrt(variance * self._weights) * self._weight

    def to_list(self) -> list[float]:
        """Return the state as plain values; `from_list` gives it back exactly."""
        return [self._weight, self._weights, self._sum, self._squares]

    @classmethod
    def from_list(cls, values: list[float]) -> "Lead":
        """Return what `to_list` gave."""
        self = cls()
        self._weight, self._weights, self._sum, self._squares = values
        return self


class MeanWatch:
    """Page and Hinkley's test on the mean of one number, both ways, over standardised values.

    Attributes
    ----------
    alarms
        How often the mean moved.

    Examples
    --------
    >>> watch = MeanWatch()
    >>> values = [0.2, 0.4] * 500 + [0.6, 0.8] * 200
    >>> moved = [i for i, value in enumerate(values) if watch.add(value)]
    >>> len(moved), moved[0] - 1000 < 100
    (1, True)
    """

    __slots__ = ("_down", "_mean", "_n", "_squares", "_up", "alarms")

    def __init__(self) -> None:
        self.alarms = 0
        self._reset()

    def _reset(self) -> None:
        self._n = 0
        self._mean = self._squares = self._up = self._down = 0.0

    def add(self, value: float) -> bool:
        """Take a value; return whether the mean has moved. It starts anew after that."""
        self._n += 1
        apart = value - self._mean
        self._mean += apart / self._n
        self._squares += apart * (value - self._mean)
        if self._n < MIN_VALUES or self._squares <= 0.0:
            return False
        by = apart / (self._squares / self._n) ** 0.5
        self._up = max(0.0, self._up + by - TOLERANCE)
        self._down = max(0.0, self._down - by - TOLERANCE)
        if max(self._up, self._down) <= THRESHOLD:
            return False
        self.alarms += 1
        self._reset()
        return True

    def to_list(self) -> list[Any]:
        """Return the state as plain values; `from_list` gives it back exactly."""
        return [self.alarms, self._n, self._mean, self._squares, self._up, self._down]

    @classmethod
    def from_list(cls, values: list[Any]) -> "MeanWatch":
        """Return what `to_list` gave."""
        self = cls()
        self.alarms, self._n, self._mean, self._squares, self._up, self._down = values
        return self
