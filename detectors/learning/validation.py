"""Progressive validation: every score is compared with what became of it, once that is known."""

import math
from collections import deque
from dataclasses import dataclass

INFREQUENT = 10
"""Fewer earlier contacts than this: a caller about whom a count says little."""
MAX_LABELS = 50_000
"""Labels kept per model: a month of a centre with 50,000 calls; the oldest leave first."""
_BINS = 10
_CLIP = 1e-15


@dataclass(frozen=True, slots=True)
class Report:
    """How good a model is, in figures; NaN where a figure needs both classes and has one.

    Parameters
    ----------
    labels
        How many labels the figures are over.
    base_rate
        Share of positives.
    auc, auc_baseline
        Area under the ROC curve, ties counted half, of the model and of its naive baseline.
    auc_identified
        The model's, among identified customers.
    auc_infrequent, auc_infrequent_baseline
        Both, among identified customers with fewer than ten earlier contacts.
    log_loss
        Mean negative log-likelihood, nats.
    ece
        Expected calibration error over ten equal bins of the score.
    """

    labels: int
    base_rate: float
    auc: float
    auc_baseline: float
    auc_identified: float
    auc_infrequent: float
    auc_infrequent_baseline: float
    log_loss: float
    ece: float


@dataclass(frozen=True, slots=True)
class _Outcome:
    t0: float
    score: float
    baseline: float
    y: int
    earlier: int
    identified: bool


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
        self._outcomes: dict[str, deque[_Outcome]] = {}

    def add(
        self,
        model: str,
        t0: float,
        score: float,
        baseline: float,
        y: int,
        earlier: int,
        identified: bool,
    ) -> None:
        """Take a label."""
        kept = self._outcomes.get(model)
        if kept is None:
            kept = self._outcomes[model] = deque(maxlen=self._max_labels)
        kept.append(_Outcome(t0, score, baseline, y, earlier, identified))

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
        outcomes = sorted(
            self._outcomes.get(model, ()), key=lambda o: (o.t0, o.score, o.y, o.baseline)
        )
        if second_half:
            outcomes = outcomes[len(outcomes) // 2 :]
        identified = [o for o in outcomes if o.identified]
        infrequent = [o for o in identified if o.earlier < INFREQUENT]
        return Report(
            labels=len(outcomes),
            base_rate=_mean([o.y for o in outcomes]),
            auc=_auc(outcomes),
            auc_baseline=_auc_baseline(outcomes),
            auc_identified=_auc(identified),
            auc_infrequent=_auc(infrequent),
            auc_infrequent_baseline=_auc_baseline(infrequent),
            log_loss=_mean([_loss(o.score, o.y) for o in outcomes]),
            ece=calibration_error([o.score for o in outcomes], [o.y for o in outcomes]),
        )


def roc_auc(scores: list[float], outcomes: list[int]) -> float:
    """Return the chance that a positive is scored above a negative; ties count half.

    NaN when there is only one class. Exact, unlike ``river.metrics.ROCAUC``, which has ten
    thresholds and says .617 for .798 at 2.9 % positives.

    >>> roc_auc([0.1, 0.4, 0.4, 0.8], [0, 0, 1, 1])
    0.875
    """
    pairs = sorted(zip(scores, outcomes, strict=True))
    negatives = positives = 0
    below = 0.0
    i = 0
    while i < len(pairs):
        score, tied, tied_positives = pairs[i][0], 0, 0
        while i < len(pairs) and pairs[i][0] == score:
            tied += 1
            tied_positives += pairs[i][1]
            i += 1
        tied_negatives = tied - tied_positives
        below += tied_positives * (negatives + tied_negatives / 2.0)
        positives += tied_positives
        negatives += tied_negatives
    return below / (positives * negatives) if positives and negatives else math.nan


def calibration_error(scores: list[float], outcomes: list[int]) -> float:
    """Return the mean distance of score and frequency over ten equal bins, weighted by size.

    >>> calibration_error([0.25, 0.25, 0.25, 0.25], [1, 0, 0, 0])
    0.0
    """
    bins = [[0, 0.0, 0] for _ in range(_BINS)]
    for score, y in zip(scores, outcomes, strict=True):
        one = bins[min(int(score * _BINS), _BINS - 1)]
        one[0] += 1
        one[1] += score
        one[2] += y
    total = len(scores)
    return math.fsum(abs(s - y) for _, s, y in bins) / total if total else math.nan


def _auc(outcomes: list[_Outcome]) -> float:
    return roc_auc([o.score for o in outcomes], [o.y for o in outcomes])


def _auc_baseline(outcomes: list[_Outcome]) -> float:
    return roc_auc([o.baseline for o in outcomes], [o.y for o in outcomes])


def _loss(score: float, y: int) -> float:
    return -math.log(max(score if y else 1.0 - score, _CLIP))


def _mean(values: list[float] | list[int]) -> float:
    return math.fsum(values) / len(values) if values else math.nan
