from random import Random

from hypothesis import given
from hypothesis import strategies as st

from streams.dispatch.backoff import BASE_S, CAP_S, MAX_RETRY_AFTER_S, backoff_s


@given(attempt=st.integers(1, 5_000), seed=st.integers())
def test_it_doubles_up_to_the_cap_and_at_most_half_is_left_out(attempt: int, seed: int) -> None:
    longest = CAP_S if attempt > 20 else min(CAP_S, BASE_S * 2 ** (attempt - 1))

    assert longest / 2 <= backoff_s(attempt, None, Random(seed)) <= longest


@given(asked=st.floats(0, MAX_RETRY_AFTER_S), seed=st.integers())
def test_it_is_never_shorter_than_asked(asked: float, seed: int) -> None:
    assert backoff_s(1, asked, Random(seed)) >= asked


def test_it_does_not_wait_for_years() -> None:
    assert backoff_s(1, 1e12, Random(1)) <= MAX_RETRY_AFTER_S + BASE_S


def test_those_who_failed_together_do_not_come_back_together() -> None:
    random = Random(1)
    waits = {backoff_s(5, None, random) for _ in range(100)}

    assert len(waits) == 100
