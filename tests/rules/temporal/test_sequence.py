"""Sequences and absences against an oracle that tries every combination of events."""

import itertools
import math
from dataclasses import dataclass

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.event import Event
from rules.temporal.absence import MAX_ARMED, Absence
from rules.temporal.counts import State
from rules.temporal.sequence import Position, Sequence

ABSENT = 7
FOR_S = 5.0


@dataclass(frozen=True)
class Step:
    """What comes, how often, and within which time."""

    what: int
    times: int = 1
    within_s: float = math.inf


def positions(steps: list[Step]) -> list[Position]:
    return [Position(time == 0, s.within_s) for s in steps for time in range(s.times)]


def kinds(steps: list[Step]) -> list[int]:
    return [step.what for step in steps for _ in range(step.times)]


def mask(steps: list[Step], what: int) -> int:
    return sum(1 << p for p, kind in enumerate(kinds(steps)) if kind == what)


def is_complete(
    steps: list[Step], within_s: float, events: list[tuple[float, int]], used: int, last: int
) -> bool:
    """Whether some events after `used`, the last of them `last`, are the sequence."""
    wanted = kinds(steps)
    if events[last][1] != wanted[-1]:
        return False
    for chosen in itertools.combinations(range(used, last), len(wanted) - 1):
        run = [*chosen, last]
        if [events[i][1] for i in run] != wanted:
            continue
        times = [events[i][0] for i in run]
        if times[-1] - times[0] > within_s:
            continue
        ends = list(itertools.accumulate(step.times for step in steps))
        if all(
            times[end - 1] - times[end - step.times] <= step.within_s
            for step, end in zip(steps, ends, strict=True)
        ):
            return True
    return False


def oracle(steps: list[Step], within_s: float, events: list[tuple[float, int]]) -> list[float]:
    """When the sequence completes; each completion uses up everything before it."""
    used = 0
    found = []
    for index, (at, _) in enumerate(events):
        if is_complete(steps, within_s, events, used, index):
            found.append(at)
            used = index + 1
    return found


STEPS = st.lists(
    st.builds(
        Step,
        what=st.integers(0, 2),
        times=st.integers(1, 2),
        within_s=st.sampled_from([1.0, 3.0, math.inf]),
    ),
    min_size=1,
    max_size=3,
)
EVENTS = st.lists(st.tuples(st.integers(0, 3), st.sampled_from([0, 1, 2, ABSENT])), max_size=14)


def timed(gaps: list[tuple[int, int]]) -> list[tuple[float, int]]:
    times = itertools.accumulate(float(gap) for gap, _ in gaps)
    return [(at, what) for at, (_, what) in zip(times, gaps, strict=True)]


@settings(max_examples=600, deadline=None)
@given(steps=STEPS, within_s=st.integers(1, 12).map(float), gaps=EVENTS)
def test_sequence_agrees_with_trying_everything(
    steps: list[Step], within_s: float, gaps: list[tuple[int, int]]
) -> None:
    events = timed(gaps)
    sequence = Sequence("s", positions(steps), within_s)
    state: State = {}
    found = []
    for at, what in events:
        bits = mask(steps, what)
        if bits and sequence.advance(state, bits, at):
            found.append(at)
        state = msgpack.unpackb(msgpack.packb(state))

    assert found == oracle(steps, within_s, events)


@settings(max_examples=600, deadline=None)
@given(steps=STEPS, within_s=st.integers(1, 12).map(float), gaps=EVENTS, watermark=st.booleans())
def test_absence_agrees_with_looking_at_the_whole_log(
    steps: list[Step], within_s: float, gaps: list[tuple[int, int]], *, watermark: bool
) -> None:
    events = timed(gaps)
    sequence, absence = Sequence("s", positions(steps), within_s), Absence("a", FOR_S)
    state: State = {}
    found = []
    for index, (at, what) in enumerate(events):
        if watermark:  # timers fire at once, or all of them at the end: the same must come out
            found += [(a.deadline, a.id) for a in absence.due(state, at)]
        if what == ABSENT:
            absence.cancel(state, at)
        bits = mask(steps, what)
        if bits and sequence.advance(state, bits, at):
            absence.arm(state, str(index), Event(str(index), "s", "t", at))
        state = msgpack.unpackb(msgpack.packb(state))
    found += [(a.deadline, a.id) for a in absence.due(state, math.inf)]

    used, expected = 0, []
    for index, (at, _) in enumerate(events):
        if is_complete(steps, within_s, events, used, index):
            used = index + 1
            later = events[index + 1 :]
            if not any(what == ABSENT and then <= at + FOR_S for then, what in later):
                expected.append((at + FOR_S, str(index)))
    if watermark or len(expected) <= MAX_ARMED:
        assert sorted(found) == sorted(expected)


def test_end_of_within_is_inclusive() -> None:
    sequence = Sequence("s", [Position(), Position()], within_s=10.0)
    state: State = {}
    sequence.advance(state, 1, 0.0)

    assert sequence.advance(state, 2, 10.0)


def test_later_start_takes_the_place_of_an_earlier_one() -> None:
    sequence = Sequence("s", [Position(), Position()], within_s=10.0)
    state: State = {}
    sequence.advance(state, 1, 0.0)
    sequence.advance(state, 1, 8.0)

    assert sequence.advance(state, 2, 18.0)


def test_state_of_a_sequence_is_two_numbers_per_position_but_the_last() -> None:
    sequence = Sequence("s", [Position()] * 4)
    state: State = {}
    for at in range(100):
        sequence.advance(state, 0b0111, float(at))

    assert len(state["s"]) == 6


def armed(at: float) -> Event:
    return Event(f"e{at:g}", "bank", "contact.abandoned", at, "c", {"call": "k"})


@pytest.mark.parametrize(("at", "fires"), [(0.0, False), (15.0, False), (15.1, True), (-1.0, True)])
def test_what_comes_by_the_deadline_cancels(at: float, *, fires: bool) -> None:
    absence = Absence("a", 15.0)
    state: State = {}
    absence.arm(state, "k", armed(0.0))
    absence.cancel(state, at)

    assert bool(absence.due(state, math.inf)) is fires


def test_due_is_before_the_time_asked_for() -> None:
    absence = Absence("a", 15.0)
    state: State = {}
    absence.arm(state, "k", armed(0.0))

    assert absence.due(state, 15.0) == []
    [found] = absence.due(state, 15.001)
    assert found.event("c") == armed(0.0)
    assert absence.due(state, math.inf) == []
    assert state == {}


def test_same_occurrence_waits_anew() -> None:
    absence = Absence("a", 15.0)
    state: State = {}
    absence.arm(state, "k", armed(0.0))
    absence.arm(state, "k", armed(10.0))

    assert [a.deadline for a in absence.due(state, math.inf)] == [25.0]


def test_what_is_over_fires_although_the_same_occurrence_waits_anew() -> None:
    absence = Absence("a", 15.0)
    state: State = {}
    absence.arm(state, "k", armed(0.0))
    absence.arm(state, "k", armed(20.0))

    assert [a.deadline for a in absence.due(state, math.inf)] == [15.0, 35.0]


def test_occurrences_that_wait_are_bounded() -> None:
    absence = Absence("a", 15.0)
    state: State = {}
    for at in range(MAX_ARMED + 3):
        absence.arm(state, f"k{at}", armed(float(at)))

    assert absence.next_deadline(state) == 15.0 + 3
    assert len(absence.due(state, math.inf)) == MAX_ARMED
