import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.dispatch.rate_limit import TokenBucket


@given(
    rate=st.floats(0.1, 100),
    burst=st.integers(1, 20),
    steps=st.lists(st.floats(0, 3), max_size=60),
)
def test_no_stretch_of_time_has_more_calls_than_burst_and_rate_allow(
    rate: float, burst: int, steps: list[float]
) -> None:
    bucket, now, begun = TokenBucket(rate, burst), 0.0, []
    for step in steps:
        now += step
        count = bucket.available(now)
        bucket.take(count, now)
        begun.append((now, count))

    for first, (start, _) in enumerate(begun):
        total = 0
        for end, count in begun[first:]:
            total += count
            assert total <= burst + rate * (end - start) + 1e-6


def test_a_call_may_begin_at_the_time_it_names() -> None:
    bucket = TokenBucket(rate_per_s=3, burst=1)
    bucket.take(1, now=100)

    assert bucket.available(100.3) == 0
    assert bucket.next_at() == pytest.approx(100 + 1 / 3)
    assert bucket.available(bucket.next_at()) == 1


def test_a_clock_that_is_set_back_gives_nothing_and_takes_nothing() -> None:
    bucket = TokenBucket(rate_per_s=1, burst=5)
    bucket.take(5, now=1_000)

    assert bucket.available(0) == 0
    assert bucket.available(2) == 2


@pytest.mark.parametrize(("rate", "burst"), [(0, 1), (-1, 1), (1, 0)])
def test_a_limit_that_lets_nothing_through_is_refused(rate: float, burst: int) -> None:
    with pytest.raises(ValueError, match="rate_per_s must be positive and burst at least 1"):
        TokenBucket(rate, burst)
