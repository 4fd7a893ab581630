"""Ten questions about three recorded days, each answered by hand from the raw events first."""

from collections.abc import Iterator
from functools import cache, partial
from math import inf
from zoneinfo import ZoneInfo

import pytest

from detectors.event import Event, decode_event
from rules.playbook.models import Playbook
from rules.why.decided import newest_decision, why
from rules.why.not_fired import Answer, why_not
from rules.why.seen import Trace
from streams.backtest.prepare import adoption, logged
from streams.backtest.tracing import Tracer
from streams.cli.why import local_time
from tests.rules.gates.build import playbook, rule
from tests.streams.backtest.build import values
from tests.streams.engine.build import PARTITIONS, interactions

PARTITION = 0
ZONE = "Asia/Jerusalem"
LOST = "call-back-lost"
REGULAR = "regular-caller"
QUIET_15M = 15 * 60.0


def questions_playbook() -> Playbook:
    lost = [
        {"event": "contact.abandoned", "if": "event.direction == 'inbound' and event.wait_s > 10s"},
        {"absent": "contact.started", "for": "15m"},
    ]
    regular = "event.outcome == 'answered' and customer.contacts_7d >= 3"
    return playbook(
        rule(LOST, when=None, sequence=lost, occurrence="event.call", cooldown="1h", due="30m"),
        rule(REGULAR, when="contact.ended", cooldown="7d", occurrence="event.call",
             **{"if": regular, "unless": "customer.open_contacts > 0"}),
        rule("declined-card", when="card.declined"),
        rule("planned", when="contact.ended", mode="draft"),
        gates={"quiet_hours": [{"start": "22:00", "end": "08:00", "channels": ["crm"]}]},
        time_zone=ZONE,
    )  # fmt: skip


@cache
def log() -> tuple[tuple[bytes, Event], ...]:
    """Return a partition without states of queues, which no rule here reads."""
    pairs = ((value, decode_event(value)) for value in values(interactions()[PARTITION]))
    return tuple(pair for pair in pairs if pair[1].type not in {"queue.state", "control.playbook"})


def events(kind: str) -> Iterator[Event]:
    return (event for _, event in log() if event.type == kind and event.identified)


def of(customer: str, kind: str) -> list[Event]:
    return [event for event in events(kind) if event.customer == customer]


def trace(customer: str, until: float = inf) -> Trace:
    book = questions_playbook()
    tracer = Tracer(PARTITION, PARTITIONS, "log", customer, until, lambda _name: book)
    tracer.take(adoption(PARTITION, book))
    for offset, (value, event) in enumerate(log()):
        # Other customers change nothing here: no rule reads a score, no team has a limit.
        if event.customer in {"", customer} or offset < 1000:
            tracer.take(logged(PARTITION, offset, value))
        if tracer.is_over:
            break
    return tracer.trace


when = partial(local_time, ZoneInfo(ZONE))


def ask(customer: str, rule_id: str, until: float = inf) -> Answer:
    book = questions_playbook()
    asked = next(each for each in book.rules if each.id == rule_id)
    return why_not(asked, book, trace(customer, until), when)


def lost_calls() -> list[Event]:
    """Return the last lost call of every customer."""
    return list({event.customer: event for event in events("contact.abandoned")}.values())


def next_start(event: Event) -> float:
    starts = [each.at for each in of(event.customer, "contact.started") if each.at >= event.at]
    return min(starts, default=inf)


def test_1_who_hung_up_at_once_did_not_wait() -> None:
    call = next(e for e in lost_calls() if e.data["wait_s"] <= 10)

    answer = ask(call.customer, LOST)

    assert answer.sentence == (
        f"{LOST} did nothing for {call.customer}: at contact.abandoned on {when(call.at)} "
        f"wait_s was {call.data['wait_s']:.0f} s, needs more than 10 s."
    )
    assert answer.verdict == "condition"
    assert [part.holds for part in answer.parts] == [True, False]


def test_2_who_called_again_in_time_needs_no_call_back() -> None:
    call = next(
        e for e in lost_calls() if e.data["wait_s"] > 10 and next_start(e) - e.at <= QUIET_15M
    )

    answer = ask(call.customer, LOST)

    assert answer.verdict == "came"
    assert f"after contact.abandoned on {when(call.at)} contact.started came" in answer.sentence
    assert "waits for 15 min without one" in answer.sentence


def test_3_five_minutes_after_the_call_it_still_waits() -> None:
    call = next(e for e in lost_calls() if e.data["wait_s"] > 10 and next_start(e) > e.at + 3600)

    answer = ask(call.customer, LOST, until=call.at + 300)

    assert answer.verdict == "waiting"
    assert answer.sentence.endswith(f"it waits until {when(call.at + QUIET_15M)}.")


def test_4_who_never_hung_up_has_lost_no_call() -> None:
    lost = {event.customer for event in events("contact.abandoned")}
    patient = next(e.customer for e in events("contact.ended") if e.customer not in lost)

    # Somebody else's lost call is among the first thousand records, so there is data.
    assert any(event.type == "contact.abandoned" for _, event in log()[:1000])
    answer = ask(patient, LOST)

    assert answer.sentence == (
        f"{LOST} did nothing for {patient}: there was no contact.abandoned of this customer."
    )


def test_5_nobody_knows_a_customer_without_events() -> None:
    answer = ask("nobody", LOST, until=915_200_000.0)

    assert answer.verdict == "unknown_customer"
    assert answer.sentence.startswith("nobody is unknown: there is no event of this customer up to")


def test_6_a_contact_without_a_customer_gets_nothing() -> None:
    stranger = next(e.customer for _, e in log() if e.customer.startswith("call:"))

    assert ask(stranger, LOST).verdict == "unidentified"


def test_7_a_draft_runs_for_nobody() -> None:
    assert ask("nobody", "planned").sentence == "planned is in draft, so it runs for nobody."


def test_8_without_data_there_is_nothing_to_see() -> None:
    known = next(events("contact.ended")).customer

    answer = ask(known, "declined-card")

    assert answer.verdict == "no_data"
    assert "no card.declined was ever seen" in answer.sentence


def test_9_two_calls_are_not_three() -> None:
    twice = next(
        e for e in events("contact.ended")
        if e.data["outcome"] == "answered" and e.data["direction"] == "inbound"
        and len([s for s in of(e.customer, "contact.started")
                 if s.data["direction"] == "inbound"]) == 2
        and of(e.customer, "contact.ended")[-1] is e
    )  # fmt: skip

    answer = ask(twice.customer, REGULAR)

    assert answer.sentence == (
        f"{REGULAR} did nothing for {twice.customer}: at contact.ended on {when(twice.at)} "
        "customer.contacts_7d was 2, needs at least 3."
    )


def test_10_what_the_night_held_back_was_a_candidate() -> None:
    def at_night(event: Event) -> bool:
        due = when(event.at + QUIET_15M)[-8:]
        return due < "08:00:00" or due >= "22:00:00"

    call = next(
        e for e in lost_calls()
        if e.data["wait_s"] > 10 and next_start(e) > e.at + QUIET_15M and at_night(e)
        and len(of(e.customer, "contact.abandoned")) == 1
    )  # fmt: skip

    due = call.at + QUIET_15M
    answer = ask(call.customer, LOST, due)
    decision = newest_decision(trace(call.customer).decisions, LOST, due)

    assert answer.verdict == "decided"
    assert decision is not None
    assert (decision.data["reason"], decision.at) == ("quiet", due)
    sentence = why(decision, when)
    assert answer.sentence == f"There was a candidate: {sentence}"
    assert f"was held back for {call.customer} on {when(call.at + QUIET_15M)} by quiet_hours" in (
        sentence
    )


def test_why_says_what_went_out() -> None:
    call = next(
        e for e in lost_calls()
        if e.data["wait_s"] > 10 and next_start(e) > e.at + QUIET_15M
        and "09" <= when(e.at)[-8:-6] < "21"
    )  # fmt: skip

    decision = newest_decision(trace(call.customer).decisions, LOST, inf)

    assert decision is not None
    assert why(decision, when).startswith(
        f"{LOST} went out to {call.customer} on {when(call.at + QUIET_15M)}: Because; all "
    )
    # Nothing is known before it happened.
    assert newest_decision(trace(call.customer, call.at + 60).decisions, LOST, inf) is None


@pytest.mark.parametrize("rule_id", [LOST, REGULAR])
def test_nothing_is_left_unexplained(rule_id: str) -> None:
    customers = list(dict.fromkeys(event.customer for event in events("contact.ended")))

    answers = [ask(customer, rule_id) for customer in customers[::15]]

    assert len(answers) > 10
    assert not [answer.sentence for answer in answers if answer.verdict == "unexplained"]
