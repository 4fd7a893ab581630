"""Sequences against an oracle that tries every combination of events."""

import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass

import msgpack
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.temporal.sequence import Position, Sequence
from rules.temporal.state import MAX_LATE_S, State


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
    steps: list[Step],
    within_s: float,
    events: list[tuple[float, int]],
    used: int,
    last: int,
    *,
    strict: bool,
) -> bool:
    """Whether some events after `used`, the last of them `last`, are the sequence."""
    wanted = kinds(steps)
    if events[last][1] != wanted[-1]:
        return False
    among = [i for i in range(used, last) if not strict or events[i][1] in wanted]
    runs: Iterable[tuple[int, ...]] = itertools.combinations(among, len(wanted) - 1)
    if strict:
        begin = len(among) - len(wanted) + 1
        runs = [tuple(among[begin:])] if begin >= 0 else []
    for chosen in runs:
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


def oracle(
    steps: list[Step],
    within_s: float,
    events: list[tuple[float, int]],
    *,
    strict: bool,
    consumes: bool,
) -> list[float]:
    """When the sequence completes; where it consumes, that uses up everything before it."""
    used = 0
    found = []
    for index, (at, _) in enumerate(events):
        if is_complete(steps, within_s, events, used, index, strict=strict):
            found.append(at)
            used = index + 1 if consumes else 0
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
EVENTS = st.lists(st.tuples(st.integers(0, 3), st.sampled_from([0, 1, 2, 7])), max_size=14)


def timed(gaps: list[tuple[int, int]]) -> list[tuple[float, int]]:
    times = itertools.accumulate(float(gap) for gap, _ in gaps)
    return [(at, what) for at, (_, what) in zip(times, gaps, strict=True)]


@settings(max_examples=600, deadline=None)
@given(
    steps=STEPS,
    within_s=st.integers(1, 12).map(float),
    gaps=EVENTS,
    strict=st.booleans(),
    consumes=st.booleans(),
)
def test_sequence_agrees_with_trying_everything(
    steps: list[Step],
    within_s: float,
    gaps: list[tuple[int, int]],
    *,
    strict: bool,
    consumes: bool,
) -> None:
    events = timed(gaps)
    sequence = Sequence("s", positions(steps), within_s, strict=strict, consumes=consumes)
    state: State = {}
    found = []
    for at, what in events:
        bits = mask(steps, what)
        if (bits or (strict and what in kinds(steps))) and sequence.advance(state, bits, at):
            found.append(at)
        assert len(msgpack.packb(state)) <= sequence.bytes() + 1
        state = msgpack.unpackb(msgpack.packb(state))
        sequence.forget(state, at)

    assert found == oracle(steps, within_s, events, strict=strict, consumes=consumes)


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


def test_state_of_a_sequence_is_a_number_per_position_but_the_last() -> None:
    sequence = Sequence("s", [Position()] * 4, 1000.0)
    state: State = {}
    for at in range(100):
        sequence.advance(state, 0b0111, float(at))

    assert state == {"s": [99.0, 98.0, 97.0]}


def test_what_cannot_be_completed_any_more_is_forgotten() -> None:
    sequence = Sequence("s", [Position(), Position(), Position()], within_s=10.0)
    state: State = {}
    sequence.advance(state, 1, 0.0)
    sequence.advance(state, 3, 5.0)  # another beginning, and the first one goes on

    sequence.forget(state, 15.0 + MAX_LATE_S)
    assert state == {"s": [5.0, 0.0]}
    sequence.forget(state, 15.1 + MAX_LATE_S)
    assert state == {}


def test_a_strict_sequence_that_nothing_is_left_of_keeps_nothing() -> None:
    sequence = Sequence("s", [Position(), Position()], within_s=10.0, strict=True)
    state: State = {}
    sequence.advance(state, 1, 0.0)
    sequence.advance(state, 0, 1.0)

    assert state == {}


def test_strict_ends_a_run_wherever_it_is() -> None:
    sequence = Sequence("s", [Position(), Position(), Position()], within_s=10.0, strict=True)
    state: State = {}
    # The first again, in the place of the last: it begins anew, and the second is gone.
    found = [sequence.advance(state, mask, float(at)) for at, mask in enumerate((1, 2, 1, 4))]

    assert found == [False] * 4
    assert state == {}
