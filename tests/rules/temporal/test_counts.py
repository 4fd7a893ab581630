import math

from hypothesis import given, settings
from hypothesis import strategies as st

from rules.temporal.counts import MAX_COUNTED, Count, Since
from rules.temporal.state import MAX_LATE_S, State

TIMES = st.lists(st.integers(0, 60).map(float), max_size=40)


def test_window_is_open_at_its_start_and_closed_at_its_end() -> None:
    count = Count("c", 10.0)
    state: State = {}
    count.add(state, 0.0, 0.0)
    count.add(state, 10.0, 10.0)

    assert count.value(state, 10.0) == 1.0  # 0 is exactly one window ago
    assert count.value(state, 9.9) == 1.0  # 10 is not there yet
    assert count.value(state, 20.0) == 0.0


@settings(max_examples=300, deadline=None)
@given(times=TIMES, within_s=st.integers(1, 30).map(float), at=st.integers(0, 70).map(float))
def test_count_agrees_with_counting(times: list[float], within_s: float, at: float) -> None:
    count = Count("c", within_s)
    state: State = {}
    for index, time in enumerate(times):
        count.add(state, time, max(times[: index + 1]))

    assert count.value(state, at) == sum(at - within_s < time <= at for time in times)


def test_count_stops_at_its_bound() -> None:
    count = Count("c", 1000.0)
    state: State = {}
    for at in range(MAX_COUNTED + 5):
        count.add(state, float(at), float(at))

    assert count.value(state, 100.0) == MAX_COUNTED
    assert len(state["c"]) == MAX_COUNTED


def test_times_that_no_window_reaches_are_forgotten() -> None:
    count = Count("c", 10.0)
    state: State = {}
    count.add(state, 0.0, 0.0)
    count.add(state, 10.0 + MAX_LATE_S, 10.0 + MAX_LATE_S)

    assert state["c"] == [10.0 + MAX_LATE_S]


@settings(max_examples=200, deadline=None)
@given(times=st.lists(st.integers(0, 60).map(float), max_size=3), at=st.integers(0, 70).map(float))
def test_since_agrees_with_looking_back(times: list[float], at: float) -> None:
    since = Since("s")
    state: State = {}
    for time in times:
        since.add(state, time, max(times))
    before = [time for time in times if time <= at]

    assert since.value(state, at) == (at - max(before) if before else math.inf)


def test_since_knows_the_newest_of_many() -> None:
    since = Since("s")
    state: State = {}
    for at in range(100):
        since.add(state, float(at), float(at))

    assert since.value(state, 101.0) == 2.0
    assert len(state["s"]) == 8


def test_since_keeps_one_time_of_a_customer_who_comes_now_and_then() -> None:
    since = Since("s")
    state: State = {}
    for day in range(5):
        since.add(state, day * 86400.0, day * 86400.0)
    since.forget(state, 5 * 86400.0)

    assert state == {"s": [4 * 86400.0]}


def test_since_before_everything_that_is_remembered_is_just_now() -> None:
    since = Since("s")
    state: State = {}
    since.add(state, 0.0, 0.0)
    since.add(state, 100_000.0, 100_000.0)
    since.add(state, 200_000.0, 200_000.0)

    assert since.value(state, 50_000.0) == 0.0  # 0 was dropped: nobody knows, so nothing fires


def test_a_count_keeps_as_many_times_as_it_is_told() -> None:
    count = Count("c", 1000.0, keep=3)
    state: State = {}
    for at in (5.0, 1.0, 4.0, 2.0, 3.0):
        count.add(state, at, 5.0)

    assert state == {"c": [3.0, 4.0, 5.0]}


def test_a_window_that_is_over_is_forgotten() -> None:
    count = Count("c", 10.0)
    state: State = {}
    count.add(state, 5.0, 5.0)
    count.forget(state, 14.9 + MAX_LATE_S)
    assert state == {"c": [5.0]}
    count.forget(state, 15.0 + MAX_LATE_S)
    assert state == {}
