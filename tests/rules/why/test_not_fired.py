"""What the recorded month does not show: steps in a row, absences, occurrences, alternatives."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from math import inf
from typing import Any
from uuid import UUID

import pytest

from detectors.customer import Customer, pack, unpack
from detectors.event import Event
from rules.cancel import recall_event
from rules.decide import Decider
from rules.decision import decision_event
from rules.program import Program
from rules.why.decided import called_back, newest_decision, why
from rules.why.not_fired import Answer, why_not
from rules.why.seen import Seen, Trace
from tests.rules.gates.build import match, playbook, rule, utc

START = utc("2026-01-31 08:00")
MINUTE = 60.0

Happening = tuple[float, str, Mapping[str, Any]]


def when(at: float) -> str:
    return f"+{at - START:.0f}s"


def ask(
    written: Mapping[str, Any], *happenings: Happening, until: float = inf, **scores: float
) -> Answer:
    """Return the answer after events at times from the start, run as the engine runs them."""
    book = playbook(written)
    program, decider = Program(book), Decider(book, 0, 1, "log")
    customer, trace = Customer("c-1"), Trace("c-1", START + until)
    for number, (at, kind, data) in enumerate(happenings):
        event = Event(f"e-{number}", "test", kind, START + at, "c-1", data)
        matches = program.due(customer, event.at, {}, {})
        customer.update(event)
        matches += program.observe(event, customer, scores, {})
        trace.types.add(kind)
        packed = pack(customer, inf)
        trace.seen.append(Seen(event, partial(unpack, "c-1", packed), scores, {}))
        for decision in decider.decide(customer, matches):
            trace.decisions.append(
                decision_event(decision, playbook_hash="h", partition=0, offset=number)
            )
    return why_not(book.rules[0], book, trace, when)


def failed(at: float, **data: Any) -> Happening:
    return (at, "payment.failed", data)


FACTS = rule(
    "stuck", when="payment.failed", facts={"n": {"count": "payment.failed", "within": "24h"},
    "paid": {"since": "payment.succeeded"}}, **{"if": "n >= 3 and paid > 1h"},
)  # fmt: skip


def test_facts_are_told_with_what_was_counted() -> None:
    answer = ask(FACTS, (0, "payment.succeeded", {}), failed(60), failed(120))

    assert answer.sentence == (
        "stuck did nothing for c-1: at payment.failed on +120s n was 2, needs at least 3 and "
        "paid was 2 min, needs more than 1 h."
    )
    assert [part.values for part in answer.parts] == [{"n": 2.0}, {"paid": 120.0}]


def test_what_never_happened_is_longer_ago_than_any_duration() -> None:
    never = rule("never", when="payment.failed", facts={"paid": {"since": "payment.succeeded"}},
                 **{"if": "paid < 1h"})  # fmt: skip

    answer = ask(never, failed(0))

    assert "paid was longer than any duration, needs less than 1 h" in answer.sentence
    assert answer.as_json()["parts"][0]["values"] == {"paid": None}


def test_alternatives_are_all_told() -> None:
    either = rule("either", when="contact.ended",
                  **{"if": "event.topic == 'cards' or (event.wait_s > 60s and "
                           "event.outcome in ['abandoned', 'hung_up'])"})  # fmt: skip

    answer = ask(either, (0, "contact.ended", {"topic": "loans", "wait_s": 90.0,
                                               "outcome": "answered"}))  # fmt: skip

    assert answer.sentence == (
        "either did nothing for c-1: at contact.ended on +0s neither (topic was 'loans', needs "
        "'cards') nor (outcome was 'answered', needs one of 'abandoned', 'hung_up')."
    )


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("score.repeat > 0.5", "score.repeat was unknown, needs more than 0.5"),
        ("not (event.wait_s > 10s)", "held and must not (wait_s was 1.5 min)"),
        ("has(event.service_s)", "service_s was unknown"),
        ("5m < event.wait_s", "wait_s was 1.5 min, needs more than 5 min"),
        ("event.wait_s != 90s", "wait_s was 1.5 min, needs anything but 1.5 min"),
        ("event.wait_s > 90.4s", "wait_s was 90 s, needs more than 1.5 min"),
        ("customer.contacts_7d + 1 > 4", "`customer.contacts_7d + 1 > 4` did not hold (customer"),
    ],
)
def test_every_kind_of_part_is_told(condition: str, expected: str) -> None:
    answer = ask(rule(when="contact.ended", **{"if": condition}),
                 (0, "contact.ended", {"wait_s": 90.0}))  # fmt: skip

    assert expected in answer.sentence


def test_what_its_unless_says_is_told() -> None:
    answer = ask(rule(when="payment.failed", unless="customer.contacts_total == 0"), failed(0))

    assert answer.verdict == "unless"
    assert answer.sentence == (
        "call-back did nothing for c-1: at payment.failed on +0s its `unless` "
        "`customer.contacts_total == 0` held (customer.contacts_total was 0)."
    )


STEPS: Sequence[Mapping[str, Any]] = (
    {"event": "login.failed", "times": 2, "within": "10m"},
    {"event": "contact.started", "if": "event.topic == 'login'"},
    {"absent": "login.succeeded", "for": "1h"},
)
LOGIN = rule("locked-out", when=None, sequence=STEPS, within="2h")


def login(at: float, how: str = "failed") -> Happening:
    return (at, f"login.{how}", {})


def test_of_a_sequence_the_step_that_was_not_reached_is_told() -> None:
    once = ask(LOGIN, login(0), (1, "contact.started", {"topic": "x"}))
    other = ask(LOGIN, login(0), login(60), (120, "contact.started", {"topic": "cards"}))
    none = ask(LOGIN, (0, "contact.started", {"topic": "x"}), login(1), login(2))

    assert once.verdict == "step"
    assert "there was no login.failed of this customer after login.failed on +0s" in once.sentence
    assert other.sentence == (
        "locked-out did nothing for c-1: at contact.started on +120s topic was 'cards', needs "
        "'login'."
    )
    assert [at for _, at in other.steps] == [START + 60, None]
    assert once.steps[0][1] is None  # one of two times
    assert "no contact.started of this customer after login.failed on +2s" in none.sentence


def test_a_step_that_came_too_late_is_told() -> None:
    answer = ask(LOGIN, login(0), login(60), (7300, "contact.started", {"topic": "login"}))

    assert answer.verdict == "step"
    assert "contact.started came later than 2 h after the first" in answer.sentence


def test_what_broke_the_silence_is_told_and_when_it_would_be_over() -> None:
    begun = (login(0), login(60), (120, "contact.started", {"topic": "login"}))

    broken = ask(LOGIN, *begun, login(180, "succeeded"))
    waiting = ask(LOGIN, *begun, until=600)
    over = ask(LOGIN, *begun, (9000, "page.view", {}))

    assert broken.verdict == "came"
    assert "after contact.started on +120s login.succeeded came within 1 min" in broken.sentence
    assert waiting.sentence.endswith("since contact.started on +120s it waits until +3720s.")
    assert over.verdict == "decided"
    assert [at for _, at in over.steps] == [START + 60, START + 120]
    assert "There was a candidate: locked-out went out to c-1 on +" in over.sentence


STAYS_AWAY = {"of": "usage.session", "for": "14d", "arm_if": "customer.contacts_total >= 1"}
ABSENCE = rule("gone", when=None, absence=STAYS_AWAY, **{"if": "score.repeat > 0.5"})


def test_an_absence_tells_for_whom_it_does_not_wait() -> None:
    answer = ask(ABSENCE, (0, "usage.session", {}))

    assert answer.verdict == "arming"
    assert "at usage.session on +0s customer.contacts_total was 0, needs at least 1" in (
        answer.sentence
    )


def test_an_absence_whose_time_is_over_tells_its_condition_as_of_then() -> None:
    known = (0, "contact.started", {"direction": "inbound", "call": "a"})

    waits = ask(ABSENCE, known, (10, "usage.session", {}), until=60)
    over = ask(ABSENCE, known, (10, "usage.session", {}), until=15 * 86400, repeat=0.2)

    assert waits.sentence.endswith(
        f"since usage.session on +10s it waits until +{14 * 86400 + 10}s."
    )
    assert over.verdict == "condition"
    assert "14 days after usage.session on +10s, score.repeat was 0.2, needs more than 0.5" in (
        over.sentence
    )


def test_the_same_occurrence_matches_once() -> None:
    once = rule("once", when="contact.queued", occurrence="event.call")

    answer = ask(once, (0, "contact.queued", {"call": "a"}), (60, "contact.queued", {"call": "a"}))

    assert answer.verdict == "again"
    assert "it had matched about call a on +0s already" in answer.sentence


def test_a_decision_by_a_gate_tells_the_gate() -> None:
    calls = [failed(0), failed(60)]
    book = rule(when="payment.failed", cooldown="1h")

    answer = ask(book, *calls)

    assert answer.verdict == "decided"
    assert "call-back was held back for c-1 on +60s by cooldown, " in answer.sentence


def test_the_newest_decision_up_to_a_time_counts() -> None:
    book = playbook(rule(when="payment.failed", mode="shadow"))
    program, decider, customer = Program(book), Decider(book, 0, 1, "log"), Customer("c-1")
    records = []
    for number in range(2):
        event = Event(f"e-{number}", "test", "payment.failed", START + number * 7200, "c-1", {})
        customer.update(event)
        decided = decider.decide(customer, program.observe(event, customer, {}, {}))
        records += [decision_event(d, playbook_hash="h", partition=0, offset=0) for d in decided]

    first = newest_decision(records, "call-back", START + 7199)
    last = newest_decision(records, "call-back", inf)

    assert first is records[0]
    assert last is records[1]
    assert newest_decision(records, "call-back", START - 1) is None
    assert newest_decision(records, "other", inf) is None
    assert why(records[0], when).startswith(
        "call-back would have gone out, were it live, to c-1 on +0s: Because; all "
    )


def test_what_was_called_back_is_told_with_its_decision() -> None:
    book = playbook(rule())
    decider, customer = Decider(book, 0, 1, "live"), Customer("c-1")
    (sent,) = decider.decide(customer, [match(book.rules[0], START)])
    record = decision_event(sent, playbook_hash="h", partition=0, offset=0)
    said = Event("no", "crm", "consent.withdrawn", START + 60, "c-1", {})
    customer.update(said)
    (cancel,) = decider.notice(customer, said)
    told = recall_event(cancel, partition=0, offset=1)
    other = recall_event(replace(cancel, action_id=UUID(int=1)), partition=0, offset=2)

    assert newest_decision([record, told], "call-back", inf) is record
    assert called_back(record, [record, other, told], inf) is told
    assert called_back(record, [record, other], inf) is None
    assert called_back(record, [record, told], START + 59) is None
    assert why(record, when, told).endswith(
        " gates let it through, and on +60s it was called back, if it had not left: "
        "consent was withdrawn."
    )
