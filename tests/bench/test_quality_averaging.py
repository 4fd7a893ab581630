"""Averaging of weights: what each scheme makes of two partitions."""

import numpy as np
import pytest

from bench.quality_averaging import SCHEMES, Averaging, Outcomes, Scheme, compare
from bench.quality_calls import Partition
from detectors.learning.labels import Label
from detectors.models.linear import LinearHead


def taught(*outcomes: int) -> Partition:
    """Return a partition whose model of repeated contacts learnt these outcomes of one row."""
    part = Partition("UTC")
    for i, y in enumerate(outcomes):
        row = {"first": 1.0}
        part.models.learn(Label("repeat", f"{i}", float(i), 0.25, 0.2, y, 0, True, row))
    return part


def state(part: Partition) -> tuple[float, float]:
    """Return the weight of the row's input, and the intercept."""
    head = part.models.watched()["repeat"].model.head
    assert isinstance(head, LinearHead)
    weights, intercept = head.named_weights()
    return weights.get("first", 0.0), intercept


@pytest.mark.parametrize("scheme", SCHEMES)
def test_weights_are_means_by_labels_and_intercepts_go_by_the_scheme(scheme: Scheme) -> None:
    _, first = state(taught())
    parts = [taught(1), taught(0, 0, 0)]
    (one, one_intercept), (three, three_intercept) = map(state, parts)
    Averaging(scheme)(parts)
    (weight, intercept), (other, its_intercept) = map(state, parts)

    if scheme == "none":
        assert (weight, other) == (one, three)
        return
    assert weight == other == pytest.approx(one / 4 + 3 * three / 4)
    expected = {
        "all": (one_intercept + 3 * three_intercept) / 4,
        "steps": one_intercept + three_intercept - first,
    }
    for found, own in ((intercept, one_intercept), (its_intercept, three_intercept)):
        assert found == pytest.approx(expected.get(scheme, own))


def test_without_new_labels_nothing_moves() -> None:
    parts, averaging = [taught(1), taught(0, 0)], Averaging("all")
    averaging(parts)
    before = [state(part) for part in parts]
    averaging(parts)

    assert [state(part) for part in parts] == before


def test_a_difference_is_that_of_the_same_rows() -> None:
    ys = np.array([0.0, 1.0] * 200)
    alone = Outcomes(np.where(ys > 0, 0.6, 0.4), ys)
    same = compare("repeat", 4, "all", alone, alone)
    worse = compare("repeat", 4, "all", Outcomes(np.full(400, 0.5), ys), alone)

    assert (same.more_auc, same.noise_auc, same.more_log_loss) == (0.0, 0.0, 0.0)
    assert (worse.more_auc, worse.auc) == (-0.5, 0.5)
    assert worse.more_log_loss > 5 * worse.noise_log_loss
