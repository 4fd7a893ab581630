"""Progressive validation: every score is compared with what became of it, once that is known."""

import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.learning.choices import Told

INFREQUENT = 10
"""Fewer earlier contacts than this: a caller about whom a count says little."""
MAX_LABELS = 50_000
"""Labels kept per model: a month of a centre with 50,000 calls; the oldest leave first."""
_BINS = 10
_CLIP = 1e-15

Column = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Report:
    """How good a model is, in figures; NaN where a figure needs both classes and has one.

    Parameters
    ----------
    labels
        How many labels the figures are over; each counts by its weight.
    base_rate
        Share of positives.
    auc, auc_baseline
        Area under the ROC curve, ties counted half, of the model and of its naive baseline.
    auc_identified, auc_identified_baseline
        Both, among identified customers.
    auc_infrequent, auc_infrequent_baseline
        Both, among identified customers with fewer than ten earlier contacts.
    log_loss
        Mean negative log-likelihood, nats.
    ece
        Expected calibration error over ten equal bins of the score.
    usual_log_loss, usual_right
        Of a model that chooses one of many: mean loss of the usual shares, nats, and how often the
        usual choice is right, on the same labels; NaN for others. Its own loss is that of the
        chance it gave to what was told, and its base rate how often its choice was right.
    """

    labels: int
    base_rate: float
    auc: float
    auc_baseline: float
    auc_identified: float
    auc_identified_baseline: float
    auc_infrequent: float
    auc_infrequent_baseline: float
    log_loss: float
    ece: float
    usual_log_loss: float = math.nan
    usual_right: float = math.nan


class _Outcomes:
    """The newest labels of one model, by column."""

    __slots__ = ("_columns", "_max_labels")

    def __init__(self, max_labels: int, more: int = 0) -> None:
        self._max_labels = max_labels
        # Time, score, baseline, outcome, earlier contacts, identified, weight; and more of a
        # model that chooses: its loss, the loss of the usual shares, whether the usual was right.
        self._columns = tuple(array("d") for _ in range(7 + more))

    def add(self, *values: float) -> None:
        for column, value in zip(self._columns, values, strict=True):
            column.append(value)
        if len(self._columns[0]) >= 2 * self._max_labels:
            for column in self._columns:
                del column[: -self._max_labels]

    def columns(self) -> list[Column]:
        """Return the columns in the order of the scores' times."""
        newest = (column[-self._max_labels :] for column in self._columns)
        found = [np.array(column, dtype=np.float64) for column in newest]
        at, score, baseline, y, *_ = found
        order = np.lexsort((baseline, y, score, at))
        return [column[order] for column in found]


class Validation:
    """Keeps the newest labels of every model, of all partitions alike.

    Parameters
    ----------
    max_labels
        Labels kept per model.

    Examples
    --------
    >>> validation = Validation()
    >>> for t0, score, y in ((1.0, 0.2, 0), (2.0, 0.9, 1), (3.0, 0.4, 0)):
    ...     validation.add("repeat", t0, score, 0.5, y, 0, True)
    >>> report = validation.report("repeat")
    >>> report.auc, report.auc_baseline, report.labels
    (1.0, 0.5, 3)
    """

    def __init__(self, max_labels: int = MAX_LABELS) -> None:
        self._max_labels = max_labels
        self._outcomes: dict[str, _Outcomes] = {}

    def add(
        self,
        model: str,
        t0: float,
        score: float,
        baseline: float,
        y: int,
        earlier: int,
        identified: bool,
        weight: float = 1.0,
        told: Told | None = None,
    ) -> None:
        """Take a label, which stands for so many as its weight says."""
        more = () if told is None else (told.cost, told.usual_cost, told.usual_y)
        kept = self._outcomes.get(model)
        if kept is None:
            kept = self._outcomes[model] = _Outcomes(self._max_labels, len(more))
        kept.add(t0, score, baseline, y, earlier, identified, weight, *more)

    def models(self) -> list[str]:
        """Return the names of the models that have labels."""
        return sorted(self._outcomes)

    def report(self, model: str, *, second_half: bool = False) -> Report:
        """Return the figures over the labels kept.

        Parameters
        ----------
        second_half
            Leave out the first half by the time of the score: what came before the model had
            learnt.
        """
        kept = self._outcomes.get(model) or _Outcomes(1)
        columns = kept.columns()
        begin = len(columns[0]) // 2 if second_half else 0
        _, scores, baselines, ys, earlier, identified, weights, *more = (c[begin:] for c in columns)
        costs, *usual = more or [_losses(scores, ys)]
        known = identified > 0
        few = known & (earlier < INFREQUENT)

        def auc(said: Column, whose: NDArray[np.bool_]) -> float:
            return _auc(said[whose], ys[whose], weights[whose])

        return Report(
            labels=len(ys),
            base_rate=_mean(ys, weights),
            auc=_auc(scores, ys, weights),
            auc_baseline=_auc(baselines, ys, weights),
            auc_identified=auc(scores, known),
            auc_identified_baseline=auc(baselines, known),
            auc_infrequent=auc(scores, few),
            auc_infrequent_baseline=auc(baselines, few),
            log_loss=_mean(costs, weights),
            ece=_calibration_error(scores, ys, weights),
            usual_log_loss=_mean(usual[0], weights) if usual else math.nan,
            usual_right=_mean(usual[1], weights) if usual else math.nan,
        )


def roc_auc(scores: Sequence[float], outcomes: Sequence[int]) -> float:
    """Return the chance that a positive is scored above a negative; ties count half.

    NaN when there is only one class. Exact, unlike ``river.metrics.ROCAUC``, which has ten
    thresholds and says .617 for .798 at 2.9 % positives.

    >>> roc_auc([0.1, 0.4, 0.4, 0.8], [0, 0, 1, 1])
    0.875
    """
    return _auc(*_columns(scores, outcomes))


def calibration_error(scores: Sequence[float], outcomes: Sequence[int]) -> float:
    """Return the mean distance of score and frequency over ten equal bins, weighted by size.

    >>> calibration_error([0.25, 0.25, 0.25, 0.25], [1, 0, 0, 0])
    0.0
    """
    return _calibration_error(*_columns(scores, outcomes))


def _columns(scores: Sequence[float], outcomes: Sequence[int]) -> tuple[Column, Column, Column]:
    ys = np.asarray(outcomes, np.float64)
    return np.asarray(scores, np.float64), ys, np.ones_like(ys)


def _auc(scores: Column, ys: Column, weights: Column) -> float:
    # Without weights these are sums of halves below 2 ** 52: exact, in whatever order.
    _, places = np.unique(scores, return_inverse=True)
    positives = np.bincount(places, ys * weights)
    negatives = np.bincount(places, weights) - positives
    pairs = positives.sum() * negatives.sum()
    below = np.cumsum(negatives) - negatives / 2.0
    return float((positives * below).sum() / pairs) if pairs > 0.0 else math.nan


def _losses(scores: Column, ys: Column) -> Column:
    losses: Column = -np.log(np.maximum(np.where(ys > 0, scores, 1.0 - scores), _CLIP))
    return losses


def _mean(values: Column, weights: Column) -> float:
    return float((values * weights).sum() / weights.sum()) if len(values) else math.nan


def _calibration_error(scores: Column, ys: Column, weights: Column) -> float:
    if not len(ys):
        return math.nan
    places = np.minimum((scores * _BINS).astype(np.int64), _BINS - 1)
    gaps = np.abs(np.bincount(places, (scores - ys) * weights))
    return float(gaps.sum() / weights.sum())
