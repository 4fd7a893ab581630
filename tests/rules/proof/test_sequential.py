"""The intervals are those of their formulas, and hold at all looks together: simulated."""

from math import exp, inf, lgamma, log, sqrt
from random import Random

import pytest

from rules.proof.intervals import Share, wilson
from rules.proof.sequential import (
    MIN_POSITIVES,
    MIXING,
    Sample,
    difference_interval,
    median_interval,
    share_interval,
)


def arms(treated: tuple[int, int], ghost: tuple[int, int]) -> tuple[Sample, Sample]:
    return Sample.of_share(Share(*treated)), Sample.of_share(Share(*ghost))


@pytest.mark.parametrize(
    ("treated", "ghost"),
    [
        ((MIN_POSITIVES - 1, 5000), (100, 500)),
        ((1000, 5000), (MIN_POSITIVES - 1, 500)),
        ((5000 - MIN_POSITIVES + 1, 5000), (100, 500)),  # all did: as little to go by
        ((0, 0), (100, 500)),
    ],
)
def test_few_positives_are_too_small_to_tell(
    treated: tuple[int, int], ghost: tuple[int, int]
) -> None:
    assert difference_interval(*arms(treated, ghost)) is None


def test_ten_of_each_are_enough() -> None:
    enough = MIN_POSITIVES, 5000

    assert difference_interval(*arms(enough, (MIN_POSITIVES, 500))) is not None


def test_the_interval_ends_where_the_mixture_outbids_twenty_to_one() -> None:
    low, high = difference_interval(*arms((1000, 5000), (300, 1000))) or (inf, inf)
    rate = 1300 / 6000
    pooled = rate * (1 - rate) * (1 / 5000 + 1 / 1000)
    apart = 0.2 * 0.8 / 5000 + 0.3 * 0.7 / 1000
    variance, mixing = max(pooled, apart), MIXING**2

    for end in (low, high):
        off = -0.1 - end
        bid = sqrt(variance / (variance + mixing)) * exp(
            mixing * off**2 / (2 * variance * (variance + mixing))
        )
        assert bid == pytest.approx(20.0)
    assert (low + high) / 2 == pytest.approx(-0.1)


def test_counts_have_the_variance_of_counts() -> None:
    once = Sample.of([1] * 50 + [0] * 150)
    often = Sample.of([2] * 25 + [0] * 175)  # the same mean, more spread
    ghosts = Sample.of([1] * 40 + [0] * 160)

    narrow = difference_interval(once, ghosts) or (0.0, inf)
    wide = difference_interval(often, ghosts) or (0.0, 0.0)
    assert often.mean == once.mean == 0.25
    assert wide[1] - wide[0] > narrow[1] - narrow[0]


def ever_outside(treated: float, ghost: float, *, runs: int, looks: int) -> int:
    """Return in how many of the runs any of the looks misses the true difference.

    Between two looks come 200 customers, of whom a tenth is held out.
    """
    lots, missed = Random(20261122), 0
    for _ in range(runs):
        reached = held = 0
        for look in range(1, looks + 1):
            reached += sum(lots.random() < treated for _ in range(180))
            held += sum(lots.random() < ghost for _ in range(20))
            interval = difference_interval(*arms((reached, 180 * look), (held, 20 * look)))
            if interval is not None and not interval[0] <= treated - ghost <= interval[1]:
                missed += 1
                break
    return missed


@pytest.mark.parametrize(("treated", "ghost"), [(0.1, 0.1), (0.25, 0.4), (0.2, 0.25)])
def test_all_looks_together_miss_at_most_one_run_in_twenty(treated: float, ghost: float) -> None:
    runs = 100
    missed = ever_outside(treated, ghost, runs=runs, looks=100)

    # At most 5 %; three standard deviations of what chance adds.
    assert missed <= 0.05 * runs + 3 * sqrt(runs * 0.05 * 0.95)


def test_a_large_effect_is_found() -> None:
    found = difference_interval(*arms((3600, 18_000), (500, 2000)))  # 20 % and 25 %

    assert found is not None
    assert found[1] < 0.0


@pytest.mark.parametrize("share", [Share(3, 10), Share(30, 100), Share(3000, 10_000)])
def test_a_share_ends_where_the_mixture_outbids_twenty_to_one(share: Share) -> None:
    low, high = share_interval(share) or (inf, inf)
    hits, n = share.hits, share.n
    mixture = lgamma(hits + 1) + lgamma(n - hits + 1) - lgamma(n + 2)
    for end in (low, high):
        likelihood = hits * log(end) + (n - hits) * log(1 - end)
        assert mixture - likelihood == pytest.approx(log(20.0), abs=1e-6)
    # It is wider than the interval of one look, and not by much more than twice.
    one = wilson(hits, n)
    assert low < one[0] < one[1] < high
    assert high - low < 2.5 * (one[1] - one[0])


def test_shares_at_the_edges_touch_them() -> None:
    none, every = share_interval(Share(0, 50)) or (), share_interval(Share(50, 50)) or ()
    edge = 1 - (1 / (51 * 20)) ** (1 / 50)

    # Nobody of n: 1 / (n + 1) / (1 - p) ** n = 20.
    assert none == pytest.approx((0.0, edge))
    assert every == pytest.approx((1 - edge, 1.0))
    assert share_interval(Share(0, 0)) is None


def test_a_share_is_missed_by_one_run_in_twenty_whenever_one_stops() -> None:
    lots, missed = Random(7), 0
    for _ in range(200):
        hits = 0
        for n in range(1, 400):
            hits += lots.random() < 0.1
            if n % 10:
                continue
            low, high = share_interval(Share(hits, n)) or (0.0, 1.0)
            if not low <= 0.1 <= high:
                missed += 1
                break
    assert missed <= 0.05 * 200 + 3 * sqrt(200 * 0.05 * 0.95)


def test_the_median_of_any_distribution_is_within_at_every_look() -> None:
    lots, missed, runs = Random(11), 0, 200
    for _ in range(runs):
        values: list[float] = []
        for _ in range(30):
            values += [lots.lognormvariate(8.0, 2.0) for _ in range(10)]
            interval = median_interval(values)
            if interval is not None and not interval[0] <= exp(8.0) <= interval[1]:
                missed += 1
                break
    assert missed <= 0.05 * runs + 3 * sqrt(runs * 0.05 * 0.95)


def test_a_median_needs_22_values_and_does_not_depend_on_their_order() -> None:
    values = [float(n * 7 % 23) for n in range(23)]

    assert median_interval(values[:21]) is None
    assert median_interval(values) == median_interval(sorted(values))
    low, high = median_interval(range(1000)) or (-inf, inf)
    assert low + high == 999
