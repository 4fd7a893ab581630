"""A fault inside one event or timer: told once, undone, and everything else goes on."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.customer import Customer
from detectors.effort import Points
from detectors.event import Event
from detectors.signals import registry
from rules.match import Match
from rules.program import Program, Scores
from streams.engine.contract import Outgoing
from streams.engine.faults import MAX_FAULTS, TooManyFaultsError
from tests.streams.engine.build import (
    compacted,
    contact,
    interactions,
    log_of,
    lost_call,
    of,
    processor,
    progress,
    restored,
    state_of,
)
from tests.streams.engine.test_processor import NOON, SWITCH, decided


def break_signals(monkeypatch: pytest.MonkeyPatch, *customers: str) -> None:
    """Let detection fail for every event of these customers whose call is named 'broken'."""

    def detect(
        event: Event, customer: Customer, at: float, points: Mapping[str, Points]
    ) -> registry.Felt:
        if customer.id in customers and event.data.get("call") == "broken":
            msg = "a signal that divides by zero"
            raise ZeroDivisionError(msg)
        return registry.detect(event, customer, at, points)

    monkeypatch.setattr("streams.engine.processor.detect", detect)


def letters(output: list[Outgoing]) -> list[dict[str, Any]]:
    return [data for event in of(output, "dead_letters") if isinstance(data := event["data"], dict)]


def test_invariant_5_a_fault_inside_an_event_is_one_dead_letter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    break_signals(monkeypatch, "7")
    worker, sound = processor(), processor()
    before = [SWITCH, contact("started", NOON - 60, "7", "a"), *lost_call(NOON, "8", "b")]
    poison = [contact("started", NOON + 1, "7", "broken")]
    after = [*lost_call(NOON + 30, "7", "c"), *lost_call(NOON + 5, "9", "d"), progress(NOON + 5000)]

    output = worker.process(log_of([*before, *poison, *after]))

    [letter] = letters(output)
    assert (letter["stage"], letter["code"]) == ("engine", "error")
    assert letter["reason"] == "ZeroDivisionError: a signal that divides by zero"
    assert letter["offset"] == len(before)
    # Order is kept: the letter stands where the event stood, and all others are as without it.
    rest = [record.value for record in output if record.topic == "labels"]
    expected = sound.process(log_of([*before, *after]))
    assert rest == [record.value for record in expected if record.topic == "labels"]
    assert decided(output) == decided(expected)
    assert worker.customers.get("7").contacts.total == sound.customers.get("7").contacts.total


def test_the_customer_is_as_before_the_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    break_signals(monkeypatch, "7")
    worker = processor()
    worker.process(log_of([SWITCH, *lost_call(NOON, "7", "a")]))
    before = state_of(worker)[b"c:7"]

    worker.process(log_of([contact("started", NOON + 1, "7", "broken")]))
    assert b"c:7" not in state_of(worker)  # nothing to write: nothing changed

    worker.process(log_of([contact("started", NOON + 2, "8", "d")]))
    repeat = restored({b"c:7": before or b""})
    assert worker.customers.get("7").at == repeat.customers.get("7").at == NOON


def test_a_fault_of_a_new_customer_leaves_none_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    break_signals(monkeypatch, "7")
    worker = processor()

    worker.process(log_of([SWITCH, contact("started", NOON, "7", "broken")]))

    assert len(worker.customers) == 0
    assert b"c:7" not in state_of(worker)


def test_timers_that_fired_before_the_faulty_event_stay_fired(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    break_signals(monkeypatch, "7")
    worker = processor()
    worker.process(log_of([SWITCH, *lost_call(NOON, "7", "a")]))

    # The event comes after the deadline of the customer's call-back: the timer fires first.
    output = worker.process(log_of([contact("started", NOON + 1000, "7", "broken")]))
    output += worker.process(log_of([progress(NOON + 5000)]))

    assert decided(output) == [("7", "callback-after-abandonment", "sent")]
    assert [letter["code"] for letter in letters(output)] == ["error"]


def test_a_fault_gives_the_same_bytes_after_a_restart(monkeypatch: pytest.MonkeyPatch) -> None:
    break_signals(monkeypatch, "7")
    log = log_of(
        [
            SWITCH,
            *lost_call(NOON, "7", "a"),
            contact("started", NOON + 1, "7", "broken"),
            *lost_call(NOON + 100, "7", "c"),
            contact("started", NOON + 2000, "7", "broken"),
            progress(NOON + 5000),
        ]
    )
    whole = processor()
    expected = whole.process(log)

    for cut in range(1, len(log)):
        worker = processor()
        output = worker.process(log[:cut])
        state = {key: value for key, value in state_of(worker).items() if value is not None}
        worker = restored(state)
        assert output + worker.process(log[cut:]) == expected, f"cut before record {cut}"


def break_timers(monkeypatch: pytest.MonkeyPatch, customer_id: str) -> None:
    real = Program.due

    def due(
        self: Program,
        customer: Customer,
        until: float,
        *names: Scores,
        **options: Any,
    ) -> list[Match]:
        if customer.id == customer_id:
            msg = "a rule that cannot be evaluated"
            raise RuntimeError(msg)
        return real(self, customer, until, *names, **options)

    monkeypatch.setattr(Program, "due", due)


def test_invariant_5_a_fault_inside_a_timer_is_one_dead_letter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    break_timers(monkeypatch, "8")
    worker = processor()
    calls = [lost_call(NOON + number, str(7 + number), f"a{number}") for number in range(3)]
    worker.process(log_of([SWITCH, *(event for call in calls for event in call)]))

    output = worker.process(log_of([progress(NOON + 5000)]))
    output += worker.process(log_of([progress(NOON + 6000)]))

    assert [customer for customer, *_ in decided(output)] == ["7", "9"]
    [letter] = letters(output)
    assert letter["code"] == "error"
    assert "RuntimeError: a rule that cannot be evaluated" in letter["reason"]
    # The customer's own next event finds no timer that fails again.
    assert not letters(worker.process(log_of([contact("started", NOON + 7000, "8", "z")])))


def test_faults_of_two_timers_have_two_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    def due(*_: object, **__: object) -> list[Match]:
        msg = "no rule can be evaluated"
        raise RuntimeError(msg)

    monkeypatch.setattr(Program, "due", due)
    worker = processor()
    events = [*lost_call(NOON, "7", "a"), *lost_call(NOON, "8", "b")]
    worker.process(log_of([SWITCH, *events]))

    output = worker.process(log_of([progress(NOON + 5000)]))

    assert len({letter["id"] for letter in of(output, "dead_letters")}) == 2


@pytest.mark.parametrize("data", [{}, {"hash": None}, {"hash": 7}, {"hash": ["a"]}])
def test_invariant_5_a_switch_that_names_no_playbook_stops_nothing(data: dict[str, object]) -> None:
    worker = processor()
    worker.process(log_of([SWITCH]))

    switch = Event("x", "somebody", "control.playbook", NOON, "", data)
    output = worker.process(log_of([switch, *lost_call(NOON, "7", "a"), progress(NOON + 5000)]))

    assert [letter["code"] for letter in letters(output)] == ["invalid_field"]
    assert decided(output) == [("7", "callback-after-abandonment", "sent")]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
FIELDS = ("call", "direction", "topic", "priority", "wait_s", "service_s", "outcome", "channel")
STAGES = ("started", "queued", "answered", "abandoned", "ended", "transferred")


@st.composite
def hostile_events(draw: st.DrawFn) -> list[Event]:
    """Return contacts of one customer in which some fields hold anything."""
    events: list[Event] = []
    for number in range(draw(st.integers(1, 8))):
        stage = draw(st.sampled_from(STAGES))
        at = NOON + draw(st.floats(-1e6, 1e6))
        sound = contact(stage, at, draw(st.sampled_from(["7", "call:a"])), "a", wait_s=60.0)
        data = dict(sound.data) | draw(st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=4))
        events.append(Event(f"{number}", "shop", sound.type, at, sound.customer, data))
    return events


@settings(max_examples=150, deadline=None)
@given(hostile_events())
def test_absurd_fields_stop_nothing_and_state_stays_exact(events: list[Event]) -> None:
    log = log_of([SWITCH, *events, progress(NOON + 2e6), *lost_call(NOON + 3e6, "9", "z")])
    log = [*log, *log_of([progress(NOON + 4e6)])]
    expected = processor().process(log)

    output: list[Outgoing] = []
    worker = processor()
    state: dict[bytes, bytes] = {}
    for record in log:
        output += worker.process([record])
        worker = restored(compacted(state, worker))

    assert output == expected
    # What a sound customer does ends in a decision, whatever the others said.
    assert ("9", "callback-after-abandonment") in {entry[:2] for entry in decided(output)}


def test_default_month_has_no_faults() -> None:
    for partition, log in enumerate(interactions()):
        assert not letters(processor(partition).process(log))


def test_a_fault_that_is_no_exception_of_ours_ends_the_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stop(*_: object) -> dict[str, float]:
        raise KeyboardInterrupt

    monkeypatch.setattr("streams.engine.processor.detect", stop)

    with pytest.raises(KeyboardInterrupt):
        processor().process(log_of([contact("started", NOON, "7", "a")]))


def test_a_program_that_fails_everywhere_is_stopped_before_anything_is_committed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    customers = [str(number) for number in range(7, 17)]
    break_signals(monkeypatch, *customers)
    worker = processor()
    bad = [contact("started", NOON + i, customers[i % 10], "broken") for i in range(MAX_FAULTS)]

    worker.process(log_of([SWITCH, *bad[1:]]))  # one fewer: bad data
    with pytest.raises(TooManyFaultsError, match="a signal that divides by zero"):
        worker.process(log_of(bad[:1]))


def test_faults_that_are_rare_or_of_few_customers_are_dead_letters(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    break_signals(monkeypatch, *[str(number) for number in range(7, 17)])
    few = [contact("started", NOON + i, str(7 + i % 4), "broken") for i in range(3 * MAX_FAULTS)]
    assert len(letters(processor().process(log_of([SWITCH, *few])))) == 3 * MAX_FAULTS

    rare = []
    for i in range(3 * MAX_FAULTS):
        rare.append(contact("started", NOON + i, str(7 + i % 10), "broken"))
        rare += [contact("started", NOON + i, f"{i}-{j}", "sound") for j in range(10)]
    assert len(letters(processor().process(log_of([SWITCH, *rare])))) == 3 * MAX_FAULTS
