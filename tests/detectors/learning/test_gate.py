import math
import random
import statistics

import msgpack
import pytest

from detectors.learning.gate import BLOCK, MAX_HISTORY, MIN_LABELS, Gain, Gate
from detectors.learning.tally import BINS, Tally, bin_of, loss
from detectors.learning.validation import calibration_error, roc_auc

Rows = list[tuple[float, float, int]]


def rows(count: int, seed: int = 1, *, shuffled: bool = False) -> Rows:
    """Return (score, baseline, outcome): the score is the true chance, the baseline half of it."""
    chance = random.Random(seed)
    scores = [0.05 + 0.5 * chance.random() ** 2 for _ in range(count)]
    ys = [int(chance.random() < score) for score in scores]
    if shuffled:
        chance.shuffle(ys)
    return [
        (score, 0.5 * score + 0.5 * chance.random(), y) for score, y in zip(scores, ys, strict=True)
    ]


def feed(gate: Gate, given: Rows) -> Gate:
    for at, (score, baseline, y) in enumerate(given):
        gate.add(float(at), score, baseline, y, 60.0)
    return gate


def packed(gate: Gate) -> bytes:
    value: bytes = msgpack.packb(gate.to_list())
    return value


def test_bins_are_of_the_log_odds_and_hold_every_probability() -> None:
    assert [bin_of(p) for p in (0.0, 1e-300, 0.0016, 0.5, 0.9984, 1.0, math.nan)] == [
        0, 0, 0, 32, BINS - 1, BINS - 1, BINS - 1,
    ]  # fmt: skip


def test_figures_of_counts_are_those_of_the_labels() -> None:
    given = rows(2_000)
    tally = Tally()
    for at, (score, baseline, y) in enumerate(given):
        tally.add(float(at), score, baseline, y, 30.0)
    scores, baselines, ys = (list(column) for column in zip(*given, strict=True))

    assert tally.auc() == pytest.approx(roc_auc(scores, ys), abs=0.005)
    assert tally.auc_baseline() == pytest.approx(roc_auc(baselines, ys), abs=0.005)
    assert tally.ece() == pytest.approx(calibration_error(scores, ys))
    mean = sum(loss(score, y) for score, y in zip(scores, ys, strict=True)) / len(ys)
    assert tally.log_loss() == pytest.approx(mean)
    assert (tally.lag_s(), tally.base_rate()) == (30.0, sum(ys) / len(ys))


def test_two_tallies_together_are_one_over_all_labels() -> None:
    one, other, both = Tally(), Tally(), Tally()
    for at, (score, baseline, y) in enumerate(rows(300)):
        for tally in (both, one if at % 3 else other):
            tally.add(float(at), score, baseline, y, 1.0)

    together = one.plus(other)
    assert together.to_list()[:4] == both.to_list()[:4]
    assert (together.auc(), together.ece()) == pytest.approx((both.auc(), both.ece()))
    assert math.isnan(Tally().plus(Tally()).auc())


def test_a_label_that_weighs_more_counts_as_so_many() -> None:
    weighted, repeated = Gate(), Gate()
    for at, (score, baseline, y) in enumerate(rows(150)):
        weight = 4 if at % 5 == 0 else 1
        weighted.add(float(at), score, baseline, y, 60.0, weight)
        for _ in range(weight):
            repeated.add(float(at), score, baseline, y, 60.0)

    one, other = weighted.tally(), repeated.tally()
    assert (one.labels, other.labels) == (150, 240)
    assert one.auc() == pytest.approx(other.auc())
    assert one.auc_baseline() == pytest.approx(other.auc_baseline())
    assert (one.ece(), one.log_loss()) == pytest.approx((other.ece(), other.log_loss()))
    assert (one.base_rate(), one.lag_s()) == pytest.approx((other.base_rate(), 60.0))


@pytest.mark.parametrize("weight", [1.0, 10.0])
def test_a_few_heavy_labels_say_no_more_than_a_few(weight: float) -> None:
    gain, chance = Gain(), random.Random(4)
    gains = [chance.gauss(0.1, 1.0) for _ in range(400)]
    for one in gains:
        gain.add(one, weight)

    mean, noise = gain.mean()
    assert mean == pytest.approx(statistics.fmean(gains))
    assert noise == pytest.approx(statistics.pstdev(gains) / math.sqrt(400))


def test_a_model_that_knows_something_stays() -> None:
    gate = Gate()
    for at, (score, baseline, y) in enumerate(rows(3_000)):
        gate.add(float(at), score, baseline, y, 60.0)
        assert not gate.withdrawn


@pytest.mark.parametrize("seed", range(5))
def test_a_model_that_knows_nothing_is_withdrawn(seed: int) -> None:
    assert feed(Gate(), rows(1_000, seed, shuffled=True)).withdrawn


def test_few_labels_say_nothing() -> None:
    gate = feed(Gate(), rows(MIN_LABELS - 1, shuffled=True))

    assert not gate.withdrawn


def test_a_score_that_only_says_what_the_baseline_says_worse_is_withdrawn() -> None:
    chance = random.Random(3)
    gate = Gate()
    for at in range(2_000):
        truth = 0.8 if chance.random() < 0.5 else 0.1
        y = int(chance.random() < truth)
        # Better than the base rate, but far from what the baseline alone could say.
        gate.add(float(at), 0.5 if truth > 0.5 else 0.4, truth, y, 60.0)

    assert gate.withdrawn
    assert "its naive baseline" in gate.reason()


def test_a_withdrawn_model_comes_back_when_it_is_good_again() -> None:
    gate = feed(Gate(), rows(600, shuffled=True))
    assert gate.withdrawn
    assert "the base rate" in gate.reason()

    assert not feed(gate, rows(2 * BLOCK)).withdrawn


def test_a_restored_gate_goes_on_byte_for_byte() -> None:
    gate = feed(Gate(), rows(1_234))
    again = Gate.from_list(msgpack.unpackb(packed(gate)))

    assert packed(again) == packed(gate)
    assert packed(feed(again, rows(700, 2))) == packed(feed(gate, rows(700, 2)))


def test_memory_is_bounded() -> None:
    gate = feed(Gate(), rows(2 * BLOCK))
    size = len(packed(gate))
    for _ in range(MAX_HISTORY + 5):
        feed(gate, rows(BLOCK))

    assert len(gate.history()) == MAX_HISTORY
    assert len(packed(gate)) < size + 100 * MAX_HISTORY


def test_coverage_is_the_share_of_opened_labels_that_were_closed() -> None:
    gate = Gate()
    assert math.isnan(gate.coverage())
    gate.opened = 80
    assert feed(gate, rows(60)).coverage() == 0.75
