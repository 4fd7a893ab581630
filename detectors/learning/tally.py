"""How good scores were, in counts alone: bounded, exact to add, the same after a restart.

A label counts as often as it weighs: once, or more for customers who were left alone on purpose.
"""

import math
from dataclasses import dataclass, field
from typing import Any

_HIGHEST = 6.4
_PER_LOGIT = 5.0
BINS = 64
"""Bins of the log-odds from -6.4 to 6.4: fine enough for scores far below one half."""
CALIBRATION_BINS = 10
_CLIP = 1e-15


def bin_of(probability: float) -> int:
    """Return the bin of the log-odds, 0 to 63; what is beyond the ends belongs to the last ones.

    >>> bin_of(0.0), bin_of(0.5), bin_of(1.0)
    (0, 32, 63)
    """
    if not 0.0 < probability < 1.0:
        return 0 if probability <= 0.0 else BINS - 1
    place = int((math.log(probability / (1.0 - probability)) + _HIGHEST) * _PER_LOGIT)
    return 0 if place < 0 else BINS - 1 if place >= BINS else place


def loss(probability: float, y: int) -> float:
    """Return the negative log-likelihood, nats; a certain score that was wrong costs 34.5.

    >>> round(loss(0.25, 1), 3), round(loss(0.25, 0), 3)
    (1.386, 0.288)
    """
    return -math.log(max(probability if y else 1.0 - probability, _CLIP))


@dataclass(slots=True)
class Tally:
    """Counts over labels, and the figures that follow from them.

    Parameters
    ----------
    first_t0, last_t0
        Event times of the oldest and the newest score; NaN without labels.
    labels
        How many there were.
    weight, positives
        Sum of their weights, and of those that came true.
    losses
        Weighted sum of the score's losses, nats.
    lags
        Weighted sum of the seconds from the score to the end of its wait.
    negative_bins, positive_bins, negative_baseline, positive_baseline
        Labels by the bin of their score, and of their baseline.
    said, came
        Sum of scores, and positives, in ten equal bins of the score.

    Examples
    --------
    >>> tally = Tally()
    >>> for score, y in ((0.2, 0), (0.9, 1), (0.4, 0)):
    ...     tally.add(0.0, score, 0.5, y, 60.0)
    >>> tally.auc(), tally.auc_baseline(), tally.labels
    (1.0, 0.5, 3)
    """

    first_t0: float = math.nan
    last_t0: float = math.nan
    labels: int = 0
    weight: float = 0
    positives: float = 0
    losses: float = 0.0
    lags: float = 0.0
    negative_bins: list[float] = field(default_factory=lambda: [0] * BINS)
    positive_bins: list[float] = field(default_factory=lambda: [0] * BINS)
    negative_baseline: list[float] = field(default_factory=lambda: [0] * BINS)
    positive_baseline: list[float] = field(default_factory=lambda: [0] * BINS)
    sizes: list[float] = field(default_factory=lambda: [0] * CALIBRATION_BINS)
    said: list[float] = field(default_factory=lambda: [0.0] * CALIBRATION_BINS)
    came: list[float] = field(default_factory=lambda: [0] * CALIBRATION_BINS)

    def add(
        self,
        t0: float,
        score: float,
        baseline: float,
        y: int,
        lag_s: float,
        weight: float = 1,
        cost: float | None = None,
    ) -> None:
        """Take a label; its loss is that of the score where no other is given."""
        if not self.first_t0 <= t0:
            self.first_t0 = t0
        if not self.last_t0 >= t0:
            self.last_t0 = t0
        self.labels += 1
        self.weight += weight
        self.positives += y * weight
        self.losses += (loss(score, y) if cost is None else cost) * weight
        self.lags += lag_s * weight
        (self.positive_bins if y else self.negative_bins)[bin_of(score)] += weight
        (self.positive_baseline if y else self.negative_baseline)[bin_of(baseline)] += weight
        place = min(int(score * CALIBRATION_BINS), CALIBRATION_BINS - 1)
        self.sizes[place] += weight
        self.said[place] += score * weight
        self.came[place] += y * weight

    def base_rate(self) -> float:
        """Return the share of positives; NaN without labels."""
        return self.positives / self.weight if self.weight else math.nan

    def auc(self) -> float:
        """Return the area under the ROC curve; pairs in one bin count half. NaN with one class."""
        return _auc(self.negative_bins, self.positive_bins)

    def auc_baseline(self) -> float:
        """Return the same of the baseline."""
        return _auc(self.negative_baseline, self.positive_baseline)

    def log_loss(self) -> float:
        """Return the mean loss, nats; NaN without labels."""
        return self.losses / self.weight if self.weight else math.nan

    def lag_s(self) -> float:
        """Return the mean wait for a label, seconds; NaN without labels."""
        return self.lags / self.weight if self.weight else math.nan

    def ece(self) -> float:
        """Return the expected calibration error in [0, 1]; NaN without labels."""
        if not self.labels:
            return math.nan
        gaps = (abs(s - y) for s, y in zip(self.said, self.came, strict=True))
        return math.fsum(gaps) / self.weight

    def calibration(self) -> list[tuple[float, float, float]]:
        """Return (weight, mean score, share of positives) of each bin that has labels."""
        rows = zip(self.sizes, self.said, self.came, strict=True)
        return [(n, said / n, came / n) for n, said, came in rows if n]

    def plus(self, other: "Tally") -> "Tally":
        """Return both together."""
        together = Tally(
            _first(min, self.first_t0, other.first_t0), _first(max, self.last_t0, other.last_t0)
        )
        for name in ("labels", "weight", "positives", "losses", "lags"):
            setattr(together, name, getattr(self, name) + getattr(other, name))
        for name in _LISTS:
            pairs = zip(getattr(self, name), getattr(other, name), strict=True)
            setattr(together, name, [a + b for a, b in pairs])
        return together

    def to_list(self) -> list[Any]:
        """Return the state as plain values; `from_list` gives it back exactly."""
        return [
            self.first_t0, self.last_t0, self.labels, self.weight, self.positives, self.losses,
            self.lags, *(getattr(self, name) for name in _LISTS),
        ]  # fmt: skip

    @classmethod
    def from_list(cls, values: list[Any]) -> "Tally":
        """Return what `to_list` gave."""
        return cls(*values[:7], *(list(each) for each in values[7:]))


_LISTS = (
    "negative_bins", "positive_bins", "negative_baseline", "positive_baseline",
    "sizes", "said", "came",
)  # fmt: skip


def _auc(negatives: list[float], positives: list[float]) -> float:
    below = 0.0
    twice = 0.0
    for negative, positive in zip(negatives, positives, strict=True):
        twice += positive * (2 * below + negative)
        below += negative
    pairs = below * sum(positives)
    return twice / (2 * pairs) if pairs else math.nan


def _first(choose: Any, one: float, other: float) -> float:
    known = [value for value in (one, other) if not math.isnan(value)]
    chosen: float = choose(known) if known else math.nan
    return chosen
