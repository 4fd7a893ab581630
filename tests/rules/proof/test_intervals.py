from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.proof.intervals import Z_95, Share, wilson


@given(st.integers(1, 100_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_its_ends_are_the_shares_that_the_score_test_just_accepts(case: tuple[int, int]) -> None:
    hits, n = case
    low, high = wilson(hits, n)

    assert 0.0 <= low <= hits / n <= high <= 1.0
    for end in (low, high):
        # Wilson 1927: p is accepted while |share - p| <= z sqrt(p (1 - p) / n).
        assert abs(hits / n - end) == pytest.approx(Z_95 * sqrt(end * (1 - end) / n), abs=1e-9)


def test_none_of_some_may_still_be_some() -> None:
    n = 10
    low, high = wilson(0, n)

    assert low == 0.0
    assert high == pytest.approx(Z_95**2 / (n + Z_95**2))  # the formula with a share of 0
    assert wilson(n, n) == pytest.approx((1 - high, 1.0))


@pytest.mark.parametrize(("hits", "n"), [(0, 0), (-1, 5), (6, 5)])
def test_an_impossible_share_is_refused(hits: int, n: int) -> None:
    with pytest.raises(ValueError, match="hits must be in"):
        wilson(hits, n)


def test_nothing_of_nothing_has_no_rate() -> None:
    assert (Share(0, 0).rate, Share(0, 0).interval) == (None, None)
    assert Share(1, 4).rate == 0.25
    assert Share(1, 4).interval == wilson(1, 4)
