import math

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.schema import Kind
from rules.temporal.state import MAX_LATE_S, State
from rules.temporal.values import MAX_SUMMED, Last, Sum

SEEN = st.lists(
    st.tuples(st.integers(0, 60).map(float), st.none() | st.integers(-3, 9)), max_size=8
)


@settings(max_examples=300, deadline=None)
@given(seen=SEEN, within_s=st.integers(1, 30).map(float), at=st.integers(0, 70).map(float))
def test_sum_agrees_with_adding_up(
    seen: list[tuple[float, int | None]], within_s: float, at: float
) -> None:
    total = Sum("u", "amount", within_s)
    state: State = {}
    newest = 0.0
    for time, value in seen:
        newest = max(newest, time)
        total.add(state, time, newest, value)
        total.forget(state, newest)

    inside = [value or 0 for time, value in seen if at - within_s < time <= at]
    assert total.value(state, at) == sum(inside)


@settings(max_examples=300, deadline=None)
@given(
    seen=SEEN,
    within_s=st.integers(1, 30).map(float) | st.just(math.inf),
    at=st.integers(0, 70).map(float),
)
def test_last_agrees_with_looking_back(
    seen: list[tuple[float, int | None]], within_s: float, at: float
) -> None:
    last = Last("l", "amount", "num", within_s)
    state: State = {}
    newest = 0.0
    for time, value in seen:
        newest = max(newest, time)
        last.add(state, time, newest, value)
        last.forget(state, newest)
        state = msgpack.unpackb(msgpack.packb(state))

    # Of equal times the one that came last: sorting is stable.
    inside = sorted((s for s in seen if at - within_s < s[0] <= at), key=lambda s: s[0])
    assert last.value(state, at) == (inside[-1][1] if inside else None)


@pytest.mark.parametrize(
    ("kind", "value", "kept"),
    [
        ("num", 3, 3.0),
        ("num", "3", None),
        ("num", True, None),
        ("num", math.nan, None),
        ("num", math.inf, None),
        ("num", 10**400, None),
        ("duration", 1.5, 1.5),
        ("text", "gold", "gold"),
        ("text", "x" * 5000, "x" * 256),
        ("enum", 7, None),
        ("bool", False, False),
        ("bool", 0, None),
    ],
)
def test_a_value_of_another_type_is_missing(kind: Kind, value: object, kept: object) -> None:
    last = Last("l", "f", kind)
    state: State = {}
    last.add(state, 0.0, 0.0, "before" if kind in {"text", "enum"} else 1.0)
    last.add(state, 1.0, 1.0, value)

    assert last.value(state, 1.0) == kept


def test_a_sum_is_that_of_the_newest_values() -> None:
    total = Sum("u", "amount", 1000.0)
    state: State = {}
    for at in range(MAX_SUMMED + 5):
        total.add(state, float(at), float(at), 1.0 if at < 5 else 10.0)

    assert total.value(state, 100.0) == 10.0 * MAX_SUMMED
    assert len(msgpack.packb(state)) <= total.bytes() + 1


def test_values_that_nothing_reaches_are_forgotten() -> None:
    total, last = Sum("u", "amount", 10.0), Last("l", "amount", "num", 10.0)
    state: State = {}
    for operator in (total, last):
        operator.add(state, 5.0, 5.0, 1.0)
        operator.forget(state, 14.9 + MAX_LATE_S)
    assert len(state) == 2
    for operator in (total, last):
        operator.forget(state, 15.0 + MAX_LATE_S)
    assert state == {}


def test_last_keeps_one_value_of_a_customer_who_comes_now_and_then() -> None:
    last = Last("l", "tier", "text")
    state: State = {}
    for day in range(5):
        last.add(state, day * 86400.0, day * 86400.0, f"tier {day}")
    last.forget(state, 5 * 86400.0)

    assert state == {"l": [4 * 86400.0, "tier 4"]}
    assert len(msgpack.packb(state)) <= last.bytes()
