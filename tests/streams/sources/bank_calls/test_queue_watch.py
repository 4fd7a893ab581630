import math
from collections import Counter
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.event import Event
from streams.sources.bank_calls.queue_watch import INTERVAL_S, WINDOW_S, QueueWatch
from streams.sources.bank_calls.reader import CallLog
from streams.sources.bank_calls.rows import Row
from streams.sources.bank_calls.stages import cut
from tests.streams.sources.bank_calls.test_rows import parse


def watch(events: Iterable[Event]) -> list[Event]:
    one = QueueWatch("bank-calls", "calls")
    return [state for event in events for state in one.observe(event)]


def call(
    number: int,
    started: int,
    waits: int | None,
    serves: int | None,
    topic: str = "PS",
    high: str = "0",
) -> Row:
    """Build a call that starts `started` seconds after 8:00 and waits, is served, or neither."""

    def at(seconds: int) -> str:
        seconds += 8 * 3600 + started
        return f"{seconds // 3600}:{seconds % 3600 // 60:02}:{seconds % 60:02}"

    wait = 0 if waits is None else waits
    changes = {"vru_entry": at(0), "vru_exit": at(0), "q_time": "0"}
    changes |= {"q_start": at(0), "q_exit": at(wait)}
    if waits is None:
        changes |= {"q_start": "0:00:00", "q_exit": "0:00:00"}
    changes |= {"ser_start": "0:00:00", "ser_exit": "0:00:00", "ser_time": "0"}
    if serves is not None:
        changes |= {"ser_start": at(wait), "ser_exit": at(wait + serves)}
    outcome = "HANG" if serves is None else "AGENT"
    return parse(call_id=str(number), outcome=outcome, type=topic, priority=high, **changes)


def events_of(rows: Iterable[Row]) -> list[Event]:
    events = [event for row in rows for event in cut(row)]
    return sorted(events, key=lambda event: (event.at, event.data["call"]))


def expected_state(events: list[Event], at: float) -> dict[str, object]:
    """Derive the state from all that happened before `at`, without any memory."""
    past = [event for event in events if event.at < at]
    queued = {e.data["call"]: e for e in past if e.type == "contact.queued"}
    out = {e.data["call"]: e for e in past if e.type in {"contact.answered", "contact.abandoned"}}
    answered = {key: e for key, e in out.items() if e.type == "contact.answered"}
    ended = {e.data["call"] for e in past if e.type == "contact.ended"}
    waiting = [e for key, e in queued.items() if key not in out]
    recent = [e for key, e in out.items() if key in queued and e.at >= at - WINDOW_S]
    waits = [e.at - queued[e.data["call"]].at for e in recent]
    served = [e for e in recent if e.type == "contact.answered"]
    last = max(served, key=lambda e: (e.at, e.data["call"]), default=None)
    return {
        "queue": "calls",
        "length": len(waiting),
        "length_high": sum(e.data["priority"] == "high" for e in waiting),
        "length_by_topic": dict(Counter(e.data["topic"] for e in waiting)),
        "longest_wait_s": max((at - e.at for e in waiting), default=0.0),
        "in_service": len(answered.keys() - ended),
        "answered_10m": len(served),
        "abandoned_10m": len(recent) - len(served),
        "mean_wait_10m_s": pytest.approx(sum(waits) / len(waits) if waits else 0.0),
        "last_wait_s": last.at - queued[last.data["call"]].at if last else 0.0,
        "served_10m": sum(e.at >= at - WINDOW_S for e in answered.values()),
    }


calls = st.lists(
    st.tuples(
        st.integers(0, 3000),
        st.none() | st.integers(0, 900),
        st.none() | st.integers(0, 900),
        st.sampled_from(["PS", "NW", "TT"]),
        st.sampled_from(["0", "2"]),
    ),
    min_size=1,
    max_size=12,
)


@given(calls)
@settings(deadline=None)
def test_newest_state_is_right_at_every_tick(drawn: list[tuple[int, int, int, str, str]]) -> None:
    events = events_of(call(number, *one) for number, one in enumerate(drawn))

    states = {state.at: state.data for state in watch(events)}
    newest: object = None
    tick = math.floor(events[0].at / INTERVAL_S + 1) * INTERVAL_S
    assert set(states) <= {tick + number * INTERVAL_S for number in range(1000)}
    while tick <= events[-1].at:
        before, newest = newest, states.get(tick, newest)
        assert newest == expected_state(events, tick)
        if tick in states:
            assert before != newest  # nothing is said twice
        tick += INTERVAL_S


@given(calls, st.integers(0, 4800))
@settings(deadline=None)
def test_states_know_nothing_of_the_future(
    drawn: list[tuple[int, int, int, str, str]], cut_s: int
) -> None:
    events = events_of(call(number, *one) for number, one in enumerate(drawn))
    at = events[0].at + cut_s
    # A call that only starts tells the watch what time it is, and nothing about the queue.
    probe = Event("probe-started", "bank-calls", "contact.started", at, "", {"call": "probe"})

    known = watch([*(event for event in events if event.at < at), probe])

    whole = watch([*events, *([probe] if at > events[-1].at else [])])
    assert known == [state for state in whole if state.at <= at]


def test_state_comes_before_the_events_of_its_second() -> None:
    events = events_of([call(1, 10, 30, 60)])
    start = events[0].at

    states = watch(events)

    # Entered at 0 s: at 10 s it waits for 10 s, at 30 s it is answered, which shows at 40 s.
    assert [(s.at - start, s.data["length"], s.data["longest_wait_s"]) for s in states] == [
        (10, 1, 10),
        (20, 1, 20),
        (30, 1, 30),
        (40, 0, 0),
    ]
    assert [state.data["in_service"] for state in states] == [0, 0, 0, 1]


def test_what_leaves_the_window_shows_although_nothing_happens() -> None:
    events = events_of([call(1, 0, 5, 0), call(2, 2000, None, None)])

    states = watch(events)

    # Left at 5 s: in the window up to 605 s, so the tick at 610 s is the first without it.
    assert [(s.at - events[0].at, s.data["answered_10m"]) for s in states] == [(10, 1), (610, 0)]


def test_returned_calls_wait_in_the_same_queue() -> None:
    states = watch(events_of([call(1, 0, 15, 0, "TT"), call(2, 1, 15, None)]))

    assert states[0].data["length"] == 2
    assert states[0].data["length_by_topic"] == {"returned-call": 1, "regular": 1}


def test_calls_answered_at_once_never_were_in_the_queue() -> None:
    state = watch(events_of([call(1, 0, None, 30)]))[0].data

    assert (state["in_service"], state["served_10m"], state["answered_10m"]) == (1, 1, 0)


def test_january_agrees_with_a_count_from_scratch(january: CallLog) -> None:
    contacts = [event for event in january.events if event.type != "queue.state"]
    states = [event for event in january.events if event.type == "queue.state"]

    for state in states[5000::15000]:
        # Nothing older than a day counts in any field.
        near = [event for event in contacts if state.at - 86400 < event.at < state.at]
        assert state.data == expected_state(near, state.at)
    assert len({state.id for state in states}) == len(states)
