import math
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from river import metrics

from detectors.learning.validation import Report, Validation, calibration_error, roc_auc


def _brute_force(scores: list[float], outcomes: list[int]) -> float:
    positives = [s for s, y in zip(scores, outcomes, strict=True) if y]
    negatives = [s for s, y in zip(scores, outcomes, strict=True) if not y]
    if not positives or not negatives:
        return math.nan
    wins = sum((p > n) + (p == n) / 2 for p in positives for n in negatives)
    return wins / (len(positives) * len(negatives))


@given(st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0]), st.integers(0, 1))))
def test_auc_is_the_share_of_pairs_in_the_right_order(pairs: list[tuple[float, int]]) -> None:
    scores, outcomes = [s for s, _ in pairs], [y for _, y in pairs]

    expected = _brute_force(scores, outcomes)
    assert roc_auc(scores, outcomes) == pytest.approx(expected, nan_ok=True)


def test_auc_is_exact_where_ten_thresholds_are_not() -> None:
    # River's ROCAUC has ten thresholds: at a low base rate nearly all scores fall between two.
    random_ = random.Random(7)
    outcomes = [int(random_.random() < 0.03) for _ in range(3000)]
    scores = [0.001 + 0.03 * random_.random() + 0.02 * y for y in outcomes]
    river_auc: Any = metrics.ROCAUC()  # type: ignore[no-untyped-call]
    for y, score in zip(outcomes, scores, strict=True):
        river_auc.update(bool(y), score)

    exact = _brute_force(scores, outcomes)
    assert roc_auc(scores, outcomes) == pytest.approx(exact)
    assert abs(river_auc.get() - exact) > 0.1


def test_calibration_error_weighs_each_bin_by_its_size() -> None:
    scores = [0.05, 0.05, 0.95, 0.95, 0.95, 0.95]
    outcomes = [0, 1, 1, 1, 1, 0]

    expected = (2 * abs(0.05 - 0.5) + 4 * abs(0.95 - 0.75)) / 6
    assert calibration_error(scores, outcomes) == pytest.approx(expected)
    assert calibration_error([1.0], [1]) == 0.0


def test_figures_of_groups() -> None:
    validation = Validation()
    rows = [  # score, baseline, y, earlier, identified
        (0.9, 0.5, 1, 0, True),
        (0.1, 0.5, 0, 9, True),
        (0.2, 0.1, 1, 10, True),
        (0.3, 0.9, 0, 0, False),
    ]
    for t0, (score, baseline, y, earlier, identified) in enumerate(rows):
        validation.add("repeat", float(t0), score, baseline, y, earlier, identified)

    report = validation.report("repeat")
    assert report.labels == 4
    assert report.base_rate == 0.5
    assert report.auc == 0.75  # of four pairs only (0.2, 0.3) is wrong
    assert report.auc_baseline == pytest.approx((0.5 + 0 + 0 + 0) / 4)
    assert report.auc_identified == 1.0
    assert report.auc_infrequent == 1.0
    assert report.auc_infrequent_baseline == 0.5
    assert report.log_loss == pytest.approx(-math.log(0.9 * 0.9 * 0.2 * 0.7) / 4)


def test_the_second_half_is_by_time_of_the_score_not_of_arrival() -> None:
    validation = Validation()
    for t0, y in ((3.0, 1), (0.0, 0), (1.0, 0), (2.0, 0)):
        validation.add("repeat", t0, 0.5, 0.5, y, 0, identified=True)

    assert validation.report("repeat", second_half=True).labels == 2
    assert validation.report("repeat", second_half=True).base_rate == 0.5


def test_only_the_newest_labels_are_kept() -> None:
    validation = Validation(max_labels=10)
    for t0 in range(100):
        validation.add("repeat", float(t0), 0.5, 0.5, int(t0 >= 90), 0, identified=True)

    assert validation.report("repeat").labels == 10
    assert validation.report("repeat").base_rate == 1.0


def test_a_label_counts_as_many_times_as_it_weighs() -> None:
    chance = random.Random(8)
    weighted, repeated = Validation(), Validation()
    for at in range(300):
        score, baseline, weight = chance.random(), chance.random(), chance.choice((1, 1, 3))
        y, earlier, known = int(chance.random() < score), at % 20, at % 3 > 0
        weighted.add("repeat", 0.0, score, baseline, y, earlier, known, weight)
        for _ in range(weight):
            repeated.add("repeat", 0.0, score, baseline, y, earlier, known)

    one, other = weighted.report("repeat"), repeated.report("repeat")
    assert one.labels == 300
    assert other.labels > 400
    figures = [name for name in Report.__slots__ if name != "labels"]
    for name in figures:
        assert getattr(one, name) == pytest.approx(getattr(other, name), nan_ok=True), name


def test_without_labels_there_are_no_figures() -> None:
    validation = Validation()

    assert validation.models() == []
    report = validation.report("repeat")
    assert report.labels == 0
    assert math.isnan(report.auc)
    assert math.isnan(report.ece)


def test_a_certain_score_that_was_wrong_costs_much_but_not_everything() -> None:
    validation = Validation()
    validation.add("repeat", 0.0, 0.0, 0.0, 1, 0, identified=True)

    assert 30 < validation.report("repeat").log_loss < 40
