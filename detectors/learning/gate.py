"""Which models rules may use: one that says no more than the naive baseline is withdrawn.

**The test.** Each label is judged by the loss of three forecasts that were all made before it was
known: the model's score, the base rate so far, and what the naive baseline has been worth so far
(the share of positives among labels with a baseline like this one's). The model's gain over a
forecast is the mean difference of the losses, its noise the standard error of that mean, both over
the last 500 to 1,000 labels. Losses are judged, not ranks: rules compare probabilities.

- Fewer than 400 labels say nothing: the model stays as it is.
- A model in use is withdrawn when its gain over the base rate is less than one standard error above
  zero, or when the naive baseline is better by more than two.
- A withdrawn model comes back when its gain over the base rate is more than two standard errors
  above zero, and it is better than the naive baseline.

It is looked at every 25 labels. A model that learns nothing true loses to the base rate, by what
its own learning costs, so it is found without knowing why. On a recorded month of calls the models
stay in use but for a few days in one of four partitions, where the naive baseline was better.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from detectors.learning.tally import Tally, bin_of, loss

if TYPE_CHECKING:
    from detectors.learning.labels import Label

BLOCK = 500
"""Labels after which a new block begins; the one before is still looked at."""
MIN_LABELS = 400
LOOK_EVERY = 25
OUT_BELOW, OUT_BELOW_NAIVE = 1.0, -2.0
BACK_ABOVE, BACK_ABOVE_NAIVE = 2.0, 0.0
"""Mean gain over the base rate, and over the naive baseline, in standard errors."""
MAX_HISTORY = 64
"""Finished blocks of which the figures are kept."""
_COARSE = 8  # of the 64 bins of the log-odds, neighbours that share a rate
_PRIOR_LABELS = 20.0
_RATE_PRIOR = 1.0


@dataclass(slots=True)
class Gain:
    """Sums over labels of what the model was better by, nats.

    Parameters
    ----------
    weights, sum
        Of the weights, and of the weighted gains.
    squared_weights, skewed, squares
        Of the squared weights, times the gain to the power of 0, 1 and 2: what the noise needs.
    """

    weights: float = 0.0
    sum: float = 0.0
    squared_weights: float = 0.0
    skewed: float = 0.0
    squares: float = 0.0

    def add(self, gain: float, weight: float) -> None:
        """Take the gain at one label."""
        weighted = gain * weight
        self.weights += weight
        self.sum += weighted
        self.squared_weights += weight * weight
        self.skewed += weighted * weight
        self.squares += weighted * weighted

    def plus(self, other: "Gain") -> "Gain":
        """Return both together."""
        pairs = zip(self.to_list(), other.to_list(), strict=True)
        return Gain(*(one + another for one, another in pairs))

    def mean(self) -> tuple[float, float]:
        """Return the weighted mean and its standard error; infinite noise without labels."""
        if not self.weights:
            return 0.0, math.inf
        mean = self.sum / self.weights
        spread = self.squares - 2.0 * mean * self.skewed + mean * mean * self.squared_weights
        return mean, math.sqrt(max(0.0, spread)) / self.weights

    def to_list(self) -> list[float]:
        """Return the sums."""
        return [self.weights, self.sum, self.squared_weights, self.skewed, self.squares]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the test says.

    Parameters
    ----------
    labels
        Over how many.
    gain_rate, gain_naive
        Mean gain over the base rate and over the naive baseline, nats per label.
    noise_rate, noise_naive
        Their standard errors.
    """

    labels: int
    gain_rate: float
    noise_rate: float
    gain_naive: float
    noise_naive: float

    @property
    def z_rate(self) -> float:
        """Gain over the base rate in standard errors."""
        return _z(self.gain_rate, self.noise_rate)

    @property
    def z_naive(self) -> float:
        """Gain over the naive baseline in standard errors."""
        return _z(self.gain_naive, self.noise_naive)


@dataclass(frozen=True, slots=True)
class Past:
    """Figures of a finished block: `t0` is the newest score's time, the rest as in `Tally`."""

    t0: float
    labels: int
    base_rate: float
    auc: float
    auc_baseline: float
    log_loss: float
    ece: float
    withdrawn: bool


class _Block:
    __slots__ = ("naive", "rate", "tally")

    def __init__(self) -> None:
        self.tally = Tally()
        self.rate = Gain()
        self.naive = Gain()

    def to_list(self) -> list[Any]:
        return [self.tally.to_list(), self.rate.to_list(), self.naive.to_list()]

    @classmethod
    def from_list(cls, values: list[Any]) -> "_Block":
        self = cls()
        tally, rate, naive = values
        self.tally, self.rate, self.naive = Tally.from_list(tally), Gain(*rate), Gain(*naive)
        return self


class Gate:
    """Live validation of one model on the last 500 to 1,000 labels, and whether it may be used.

    Attributes
    ----------
    withdrawn
        Whether rules must do without its scores.
    opened, closed
        How many scores a label was opened for, and how many of these got one.

    Examples
    --------
    >>> gate = Gate()
    >>> for i in range(400):
    ...     gate.add(float(i), 0.9 if i % 5 == 0 else 0.1, 0.2, int(i % 5 == 0), 60.0)
    >>> gate.withdrawn
    False
    >>> for i in range(400):
    ...     gate.add(float(i), 0.9 if i % 5 == 1 else 0.1, 0.2, int(i % 5 == 0), 60.0)
    >>> gate.withdrawn
    True
    """

    __slots__ = ("_before", "_block", "_history", "closed", "opened", "withdrawn")

    _RATE: ClassVar = ("the base rate", "nats")
    _NAIVE: ClassVar = ("its naive baseline", "nats")

    def __init__(self) -> None:
        self.withdrawn = False
        self.opened = 0
        self.closed = 0
        self._before = _Block()
        self._block = _Block()
        self._history: list[Past] = []

    def take(self, label: "Label") -> None:
        """Take a label as the models learn from it."""
        self.add(label.t0, label.score, label.baseline, label.y, label.lag_s, label.weight)

    def add(
        self, t0: float, score: float, baseline: float, y: int, lag_s: float, weight: float = 1
    ) -> None:
        """Take a label, and judge the model anew when it is time."""
        older, newer = self._before.tally, self._block.tally
        known, positives = older.weight + newer.weight, older.positives + newer.positives
        rate = (positives + _RATE_PRIOR * 0.5) / (known + _RATE_PRIOR)
        cost = loss(score, y)
        gains = loss(rate, y) - cost, loss(self._naive(baseline, rate), y) - cost
        newer.add(t0, score, baseline, y, lag_s, weight)
        self._gained(*gains, weight)

    def _gained(self, over_rate: float, over_naive: float, weight: float) -> None:
        block = self._block
        block.rate.add(over_rate, weight)
        block.naive.add(over_naive, weight)
        self.closed += 1
        if self.closed % LOOK_EVERY == 0:
            self._judge()
        if block.tally.labels >= BLOCK:
            self._turn()

    def tally(self) -> Tally:
        """Return the counts over the labels that are looked at."""
        return self._before.tally.plus(self._block.tally)

    def history(self) -> list[Past]:
        """Return the figures of the finished blocks, oldest first, at most 64."""
        return list(self._history)

    def coverage(self) -> float:
        """Return the share of opened labels that were closed; NaN before the first is opened.

        The rest still waits, or was dropped because we interfered.
        """
        return self.closed / self.opened if self.opened else math.nan

    def lag_s(self) -> float:
        """Return the mean time from score to label, seconds; NaN without labels."""
        older, newer = self._before.tally, self._block.tally
        weight = older.weight + newer.weight
        return (older.lags + newer.lags) / weight if weight else math.nan

    def verdict(self) -> Verdict:
        """Return what the test says now."""
        before, block = self._before, self._block
        labels = before.tally.labels + block.tally.labels
        rate = before.rate.plus(block.rate).mean()
        return Verdict(labels, *rate, *before.naive.plus(block.naive).mean())

    def reason(self) -> str:
        """Return why the model is withdrawn, in words for a decision."""
        found = self.verdict()
        weaker = (
            (found.gain_rate, found.noise_rate, *self._RATE)
            if found.z_rate - BACK_ABOVE <= found.z_naive - BACK_ABOVE_NAIVE
            else (found.gain_naive, found.noise_naive, *self._NAIVE)
        )
        gain, noise, name, unit = weaker
        return (
            f"withdrawn: gain over {name} {gain:+.4f} {unit} per label, noise {noise:.4f}, "
            f"last {found.labels} labels"
        )

    def _naive(self, baseline: float, rate: float) -> float:
        first = bin_of(baseline) // _COARSE * _COARSE
        these = slice(first, first + _COARSE)
        older, newer = self._before.tally, self._block.tally
        positives = sum(older.positive_baseline[these]) + sum(newer.positive_baseline[these])
        negatives = sum(older.negative_baseline[these]) + sum(newer.negative_baseline[these])
        return (positives + _PRIOR_LABELS * rate) / (positives + negatives + _PRIOR_LABELS)

    def _judge(self) -> None:
        found = self.verdict()
        if found.labels < MIN_LABELS:
            return
        if self.withdrawn:
            is_back = found.z_rate > BACK_ABOVE and found.z_naive > BACK_ABOVE_NAIVE
            self.withdrawn = not is_back
        else:
            self.withdrawn = found.z_rate < OUT_BELOW or found.z_naive < OUT_BELOW_NAIVE

    def _turn(self) -> None:
        done = self._block.tally
        past = Past(
            done.last_t0, done.labels, done.base_rate(), done.auc(), done.auc_baseline(),
            done.log_loss(), done.ece(), self.withdrawn,
        )  # fmt: skip
        self._history = [*self._history[1 - MAX_HISTORY :], past]
        self._before, self._block = self._block, _Block()

    def to_list(self) -> list[Any]:
        """Return the state as plain values; `from_list` gives it back exactly."""
        return [
            self.withdrawn, self.opened, self.closed, self._before.to_list(), self._block.to_list(),
            [[getattr(past, name) for name in Past.__slots__] for past in self._history],
        ]  # fmt: skip

    @classmethod
    def from_list(cls, values: list[Any]) -> Self:
        """Return what `to_list` gave."""
        self = cls()
        self.withdrawn, self.opened, self.closed, before, block, history = values
        self._before, self._block = _Block.from_list(before), _Block.from_list(block)
        self._history = [Past(*past) for past in history]
        return self


def _z(gain: float, noise: float) -> float:
    if noise > 0.0:
        return gain / noise
    return math.inf if gain > 0.0 else -math.inf
