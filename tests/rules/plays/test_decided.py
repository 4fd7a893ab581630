"""What gates, decisions and those who read them make of a later step."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from rules.decide import Decider
from rules.decision import Decision, decision_event
from rules.match import Match
from rules.playbook.models import Playbook
from rules.plays.place import Place
from rules.proof.decided import read_decision
from rules.why.decided import why
from tests.rules.gates.build import DAY, HOUR, customer, match, playbook, rule, send, utc

AT = utc("2026-06-10 12:00")
WINDOW = {"contact_window": "24h"}


def book_of(**gates: Any) -> Playbook:
    return playbook(rule(cooldown="7d"), gates=WINDOW | gates)


def step(book: Playbook, number: int, at: float = AT) -> Match:
    """Return a match of the rule as if it were a step of a play."""
    own = book.rules[0]
    return replace(match(own, at), play=Place("p-1", number, 3, own.first))


def decide(book: Playbook, number: int, *sends: Any, at: float = AT) -> Decision:
    decider = Decider(book, 0, 1, "log")
    [decision] = decider.decide(customer(at=at, sends=sends), [step(book, number, at)])
    return decision


def failed(decision: Decision) -> str:
    return next((verdict.gate for verdict in decision.verdicts if not verdict.passed), "")


def test_a_play_does_not_hold_itself_back() -> None:
    own = send(AT - HOUR)

    assert failed(decide(book_of(), 1, own)) == "cooldown"
    later = decide(book_of(), 2, own)
    assert later.reason == "sent"
    assert ("cooldown", True, "goes on with a play") in later.verdicts


def test_another_rule_on_the_topic_holds_it_back() -> None:
    other = send(AT - HOUR, rule="another", action_id=b"b" * 16)

    assert failed(decide(book_of(), 2, other)) == "arbitration"


def test_its_own_steps_count_for_the_caps() -> None:
    caps = {"caps": [{"id": "two-a-day", "max": 2, "window": "1d"}]}
    sends = [send(AT - n * HOUR, action_id=bytes([n]) * 16) for n in (1, 2)]

    assert decide(book_of(**caps), 2, *sends[:1]).reason == "sent"
    assert failed(decide(book_of(**caps), 2, *sends)) == "cap"


def test_each_step_is_an_action_of_its_own_and_goes_out_once() -> None:
    book = book_of()
    first, second = decide(book, 1), decide(book, 2)
    assert first.action_id != second.action_id

    decider, who = Decider(book, 0, 1, "log"), customer(at=AT)
    reasons = [decider.decide(who, [step(book, 2, AT + n)])[0].reason for n in range(2)]
    assert reasons == ["sent", "duplicate"]


def test_what_hours_hold_back_is_tried_when_all_are_open() -> None:
    hours = {
        "quiet_hours": [{"start": "22:00", "end": "08:10", "channels": ["crm"]}],
        "opening_hours": {"desk": {"mon": "09:00-17:00", "thu": "07:00-17:00"}},
    }
    night = utc("2026-06-10 23:00")  # a Wednesday
    held = decide(book_of(**hours), 2, at=night)
    assert (held.reason, held.release_at) == ("quiet", utc("2026-06-11 08:10"))

    weekend = utc("2026-06-11 17:00")  # closed until Monday
    assert decide(book_of(**hours), 2, at=weekend).release_at == utc("2026-06-15 09:00")
    closed = book_of(opening_hours={"desk": {"wed": "09:00-17:00"}})
    assert decide(closed, 2, at=AT + DAY).release_at is None  # not for six days


def told(decision: Decision) -> Any:
    return decision_event(decision, playbook_hash="h", partition=0, offset=7)


def test_the_record_says_which_step_it_was_and_only_of_a_play() -> None:
    book = book_of()
    record = told(decide(book, 2))
    assert record.data["play"] == {"id": "p-1", "step": 2, "of": 3}

    decider = Decider(book, 0, 1, "log")
    [plain] = decider.decide(customer(at=AT), [match(book.rules[0], AT)])
    assert "play" not in told(plain).data


def test_a_later_step_goes_on_with_what_was_begun_and_is_no_firing() -> None:
    assert read_decision(told(decide(book_of(), 1))).fired
    later = read_decision(told(decide(book_of(), 2)))
    assert (later.reason, later.step, later.fired) == ("sent", 2, False)


def test_why_names_the_step() -> None:
    record = told(decide(book_of(), 2))

    said = why(record, lambda at: f"{datetime.fromtimestamp(at, UTC):%H:%M}")
    assert said.startswith("call-back (step 2 of 3) went out to c-1 on 12:00: Because; ")
