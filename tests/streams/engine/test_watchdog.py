import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.engine.watchdog import Stall, Watchdog

AFTER_S = 60.0


@pytest.fixture
def watchdog() -> Watchdog:
    return Watchdog(AFTER_S)


def test_lag_without_movement_is_a_stall_from_the_limit_on(watchdog: Watchdog) -> None:
    watchdog.observe("engine", 0, lag=5, applied=100, now=10.0)

    assert watchdog.stalled(now=10.0 + AFTER_S - 0.001) == []
    assert watchdog.stalled(now=10.0 + AFTER_S) == [Stall("engine", 0, AFTER_S)]


def test_movement_ends_a_stall(watchdog: Watchdog) -> None:
    watchdog.observe("engine", 0, lag=5, applied=100, now=0.0)
    watchdog.observe("engine", 0, lag=5, applied=101, now=70.0)

    assert watchdog.stalled(now=70.0) == []
    assert watchdog.stalled(now=70.0 + AFTER_S) == [Stall("engine", 0, AFTER_S)]


def test_slow_movement_is_movement(watchdog: Watchdog) -> None:
    for step in range(20):
        watchdog.observe("engine", 0, lag=10_000, applied=step, now=step * (AFTER_S - 1))
        assert watchdog.stalled(now=step * (AFTER_S - 1)) == []


def test_standing_still_without_lag_is_no_stall(watchdog: Watchdog) -> None:
    watchdog.observe("engine", 0, lag=0, applied=100, now=0.0)

    assert watchdog.stalled(now=1e9) == []


def test_time_without_lag_does_not_count_once_there_is_some(watchdog: Watchdog) -> None:
    watchdog.observe("engine", 0, lag=0, applied=100, now=0.0)
    watchdog.observe("engine", 0, lag=3, applied=100, now=1000.0)

    assert watchdog.stalled(now=1000.0) == []
    assert watchdog.stalled(now=1000.0 + AFTER_S) == [Stall("engine", 0, AFTER_S)]


def test_work_that_is_aborted_and_repeated_is_a_stall(watchdog: Watchdog) -> None:
    for second in range(0, 61, 2):
        applied = 100 if second % 4 == 0 else 50
        watchdog.observe("engine", 0, lag=5, applied=applied, now=float(second))

    assert watchdog.stalled(now=60.0) == [Stall("engine", 0, 60.0)]


def test_a_partition_nobody_observes_any_more_is_a_stall(watchdog: Watchdog) -> None:
    watchdog.observe("engine", 0, lag=5, applied=100, now=0.0)
    watchdog.observe("engine", 1, lag=5, applied=100, now=0.0)
    watchdog.observe("engine", 1, lag=5, applied=200, now=AFTER_S)

    assert watchdog.stalled(now=AFTER_S) == [Stall("engine", 0, AFTER_S)]


def test_a_forgotten_partition_starts_anew_even_at_a_lower_offset(watchdog: Watchdog) -> None:
    watchdog.observe("engine", 0, lag=5, applied=100, now=0.0)
    watchdog.forget("engine", 0)
    watchdog.forget("engine", 7)
    assert watchdog.stalled(now=AFTER_S) == []

    watchdog.observe("engine", 0, lag=5, applied=10, now=100.0)
    watchdog.observe("engine", 0, lag=5, applied=11, now=150.0)

    assert watchdog.stalled(now=150.0 + AFTER_S) == [Stall("engine", 0, AFTER_S)]


def test_stalls_come_in_the_order_of_role_and_partition(watchdog: Watchdog) -> None:
    for role, partition in (("normalise", 0), ("engine", 3), ("engine", 1)):
        watchdog.observe(role, partition, lag=1, applied=0, now=0.0)

    stalls = [(stall.role, stall.partition) for stall in watchdog.stalled(now=AFTER_S)]
    assert stalls == [("engine", 1), ("engine", 3), ("normalise", 0)]


@pytest.mark.parametrize("seconds", [0, -1.0])
def test_the_limit_must_be_positive(seconds: float) -> None:
    with pytest.raises(ValueError, match="stalled_after_s must be positive seconds"):
        Watchdog(seconds)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 30), st.integers(0, 40)), min_size=1))
def test_a_stall_means_lag_and_no_new_offset_for_that_long(
    steps: list[tuple[int, int, int]],
) -> None:
    watchdog = Watchdog(AFTER_S)
    now, seen = 0, []
    for lag, applied, waited in steps:
        now += waited
        watchdog.observe("engine", 0, lag, applied, now)
        seen.append((now, lag, applied))

    for stall in watchdog.stalled(now):
        since = now - stall.seconds
        before = max(applied for at, _, applied in seen if at <= since)
        within = [(lag, applied) for at, lag, applied in seen if at > since]
        assert all(lag > 0 for lag, _ in within)
        assert all(applied <= before for _, applied in within)
