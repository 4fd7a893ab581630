import math

import msgpack
import pytest

from rules.temporal.absence import MAX_ARMED, Absence, Armed, first_deadline, take_first
from rules.temporal.happened import Happened, Plain
from rules.temporal.state import State


def armed(at: float, call: str = "k") -> Happened:
    return Happened(f"e{at:g}", "bank", at, {"call": call, "wait_s": 93.0})


def all_due(state: State) -> list[Armed]:
    found = []
    while first_deadline(state) < math.inf:
        found.append(take_first(state, {})[1])
    return found


@pytest.mark.parametrize(("at", "fires"), [(0.0, False), (15.0, False), (15.1, True), (-1.0, True)])
def test_what_comes_by_the_deadline_cancels(at: float, *, fires: bool) -> None:
    absence = Absence("a", 15.0)
    state: State = {}
    absence.arm(state, armed(0.0))

    assert absence.cancel(state, at) is not fires
    assert bool(all_due(state)) is fires
    assert state == {}


def test_the_event_that_armed_it_comes_back_as_it_was_kept() -> None:
    absence = Absence("a", 15.0)
    state: State = {}
    happened = Happened("1", "bank", 0.5, {"n": 1, "open": True}, {"repeat": 0.7}, {"rage": 1.0})
    absence.arm(state, happened)
    state = msgpack.unpackb(msgpack.packb(state))

    assert take_first(state, {}) == ("a", Armed(15.5, happened))
    assert state == {}


def test_same_occurrence_waits_anew() -> None:
    absence = Absence("a", 15.0, "call")
    state: State = {}
    absence.arm(state, armed(0.0))
    absence.arm(state, armed(10.0))
    absence.arm(state, armed(11.0, "other"))

    assert [a.deadline for a in all_due(state)] == [25.0, 26.0]


def test_what_is_over_fires_although_the_same_occurrence_waits_anew() -> None:
    absence = Absence("a", 15.0, "call")
    state: State = {}
    absence.arm(state, armed(0.0))
    absence.arm(state, armed(20.0))

    assert [a.deadline for a in all_due(state)] == [15.0, 35.0]


def test_an_event_cancels_for_all_occurrences_and_for_its_own_rule_only() -> None:
    absence, other = Absence("a", 15.0), Absence("b", 15.0)
    state: State = {}
    absence.arm(state, armed(0.0, "k1"))
    absence.arm(state, armed(1.0, "k2"))
    other.arm(state, armed(0.0))
    absence.cancel(state, 2.0)

    assert list(state["!"]) == ["b"]


def test_occurrences_that_wait_are_bounded() -> None:
    absence = Absence("a", 15.0)
    state: State = {}
    for at in range(MAX_ARMED + 3):
        absence.arm(state, armed(float(at)))

    assert first_deadline(state) == 15.0 + 3
    assert len(all_due(state)) == MAX_ARMED


def test_equal_deadlines_come_by_rank() -> None:
    state: State = {}
    for slot in ("a", "b", "gone"):
        Absence(slot, 15.0).arm(state, armed(0.0))
    ranks = {"a": "rule-2", "b": "rule-1"}

    assert [take_first(state, ranks)[0] for _ in range(3)] == ["gone", "b", "a"]


@pytest.mark.parametrize(
    ("for_s", "late_s", "is_overdue"),
    [
        (900.0, 89.9, False),  # a tenth of 15 min is 90 s
        (900.0, 90.0, True),
        (14 * 86400.0, 6 * 3600.0 - 1, False),  # a tenth would be 33.6 h; at most 6 h
        (14 * 86400.0, 6 * 3600.0, True),
    ],
)
def test_what_is_overdue(for_s: float, late_s: float, *, is_overdue: bool) -> None:
    assert Absence("a", for_s).is_overdue(1000.0, 1000.0 + late_s) is is_overdue


def test_packed_size_stays_within_its_bound() -> None:
    absence = Absence("aAbcd", 15.0)
    state: State = {}
    text = "x" * 36
    for at in range(MAX_ARMED):
        data: dict[str, Plain] = {"call": text, "wait_s": 1e9 + at, "open": True}
        absence.arm(state, Happened(f"{at:036}", text, float(at), data, {"repeat": 0.7}))
    fields = {"call": 38, "wait_s": 9, "open": 1, "repeat": 9}

    assert len(msgpack.packb(state["!"])) <= absence.bytes(36, fields) + 3
