"""What comes after a decision: contacts of others, outcomes, and what must not go out any more."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from detectors.customer import Customer
from detectors.event import Event
from detectors.schema import EVENTS
from rules.cancel import CANCEL, Cancel, cancel_event, recall_event
from rules.decide import Decider
from rules.gates.memory import MAX_SENDS, Memory, Send
from rules.gates.notice import HEEDED
from rules.playbook.models import Playbook
from tests.rules.gates.build import DAY, HOUR, match, playbook, rule, send, started

AT = 100 * DAY
ID = UUID(bytes=b"a" * 16)


def happened(type_: str, at: float, /, **data: Any) -> Event:
    fields = {key.rstrip("_"): value for key, value in data.items()}
    return Event(f"{type_}-{at}", "crm", type_, at, "c-1", fields)


def waiting(**changes: Any) -> Send:
    return send(AT, **({"action_id": ID.bytes, "not_after": AT + DAY} | changes))


def heed(
    *events: Event,
    sends: tuple[Send, ...] = (),
    clock: str = "live",
    gates: Mapping[str, Any] | None = None,
    before: tuple[Event, ...] = (),
) -> tuple[list[Cancel], Customer]:
    book = playbook(gates=gates)
    decider = Decider(book, 0, 1, "live" if clock == "live" else "log")
    who = Customer("c-1")
    for event in before:
        who.update(event)
    memory = Memory(who.gates)
    for one in sends:
        memory.add(one)
    cancels = []
    for event in events:
        who.update(event)
        assert event.type in HEEDED
        cancels += decider.notice(who, event)
    return cancels, who


def test_every_type_is_in_the_vocabulary() -> None:
    assert set(EVENTS) >= HEEDED


WITHDRAWN = happened("consent.withdrawn", AT + HOUR, class_="service", channel="*")


@pytest.mark.parametrize("clock", ["live", "log"])
def test_what_waits_dies_with_the_consent(clock: str) -> None:
    cancels, who = heed(WITHDRAWN, sends=(waiting(),), clock=clock)

    assert cancels == [Cancel(ID, "call-back", "c-1", "c-1", "no_consent", AT + HOUR)]
    (known,) = Memory(who.gates).sends(shadow=False)
    assert (known.outcome, known.outcome_at) == ("called_back", AT + HOUR)
    assert heed(WITHDRAWN, WITHDRAWN, sends=(waiting(),))[0] == cancels  # told once


@pytest.mark.parametrize(
    "changes",
    [
        {"shadow": True}, {"ghost": True}, {"class_": "critical"}, {"class_": "promotional"},
        {"outcome": "delivered"}, {"outcome": "unknown"}, {"not_after": AT + HOUR},
    ],
)  # fmt: skip
def test_what_waits_no_more_or_is_not_meant_is_left_alone(changes: dict[str, Any]) -> None:
    assert heed(WITHDRAWN, sends=(waiting(**changes),))[0] == []


def test_a_parked_action_dies_however_late() -> None:
    parked = waiting(outcome="parked", not_after=AT + 1)
    assert len(heed(WITHDRAWN, sends=(parked,))[0]) == 1


def test_on_the_logs_clock_what_is_tried_again_dies_after_its_time() -> None:
    assert len(heed(WITHDRAWN, sends=(waiting(not_after=AT + 1),), clock="log")[0]) == 1


def test_a_withdrawal_for_another_channel_or_an_older_one_ends_nothing() -> None:
    other = happened("consent.withdrawn", AT + HOUR, class_="service", channel="mail")
    assert heed(other, sends=(waiting(),))[0] == []
    granted = happened("consent.granted", AT + 2 * HOUR, class_="service", channel="crm")
    assert heed(WITHDRAWN, sends=(waiting(),), before=(granted,))[0] == []


def test_a_withdrawal_that_comes_late_is_told_after_the_decision() -> None:
    late = happened("consent.withdrawn", AT - HOUR, class_="service", channel="*")
    assert heed(late, sends=(waiting(),))[0] == [
        Cancel(ID, "call-back", "c-1", "c-1", "no_consent", AT)
    ]


SMS = {"contact_points": {"crm": "phone"}}
ADDED = happened("contact_point.added", 1.0, kind="phone", contact_point="+1")


@pytest.mark.parametrize(
    "event",
    [
        happened("contact_point.removed", AT + HOUR, kind="phone", contact_point="+1"),
        happened("contact_point.suppressed", AT + HOUR, contact_point="+1", reason="complaint"),
        happened("action.failed", AT + HOUR, action_id=str(UUID(int=7)), contact_point="+1",
                 reason="hard bounce"),
        happened("action.opted_out", AT + HOUR, action_id="unreadable", contact_point="+1",
                 channel="crm"),
    ],
    ids=lambda event: event.type,
)  # fmt: skip
def test_what_waits_for_a_contact_point_dies_with_it(event: Event) -> None:
    to_phone = waiting(contact_point="+1")
    cancels, _ = heed(event, sends=(to_phone,), gates=SMS, before=(ADDED,))
    assert cancels == [Cancel(ID, "call-back", "c-1", "+1", "suppressed_contact", AT + HOUR)]
    assert heed(event, sends=(waiting(),), gates=SMS, before=(ADDED,))[0] == []


def test_what_is_critical_goes_out_against_a_stop_but_not_into_the_void() -> None:
    vital = waiting(contact_point="+1", class_="critical")
    stop = happened("contact_point.suppressed", AT + HOUR, contact_point="+1", reason="stop")
    bounce = happened("contact_point.suppressed", AT + HOUR, contact_point="+1", reason="bounce")

    assert heed(stop, sends=(vital,), gates=SMS, before=(ADDED,))[0] == []
    assert [
        each.reason for each in heed(bounce, sends=(vital,), gates=SMS, before=(ADDED,))[0]
    ] == ["suppressed_contact"]


def test_who_asks_needs_no_offer_any_more() -> None:
    asked = started("k", AT + HOUR)
    assert heed(asked, sends=(waiting(),))[0] == [
        Cancel(ID, "call-back", "c-1", "c-1", "already_asked", AT + HOUR)
    ]
    # On the log's clock it left at the moment of its decision.
    assert heed(asked, sends=(waiting(),), clock="log")[0] == []
    assert heed(started("k", AT + HOUR, "outbound"), sends=(waiting(),))[0] == []
    assert heed(started("k", AT), sends=(waiting(),))[0] == []  # the decision knew it


@pytest.mark.parametrize("outcome", ["accepted", "rejected", "opted_out"])
def test_an_answer_settles_its_topic(outcome: str) -> None:
    answered = send(AT - 1, action_id=b"b" * 16, not_after=AT)
    other = waiting(action_id=b"c" * 16, topic="cards")
    event = happened(f"action.{outcome}", AT + 1, action_id=str(UUID(bytes=b"b" * 16)))
    cancels, who = heed(event, sends=(answered, waiting(), other))

    expected = [Cancel(ID, "call-back", "c-1", "c-1", "outcome", AT + 1)]
    if outcome == "opted_out":  # without a contact point: nothing over any channel
        expected = [
            Cancel(ID, "call-back", "c-1", "c-1", "suppressed_contact", AT + 1),
            Cancel(UUID(bytes=b"c" * 16), "call-back", "c-1", "c-1", "suppressed_contact", AT + 1),
        ]
    assert cancels == expected
    assert Memory(who.gates).sends(shadow=False)[0].outcome == outcome


def test_what_a_channel_accepts_is_no_answer() -> None:
    answered = send(AT - 1, action_id=b"b" * 16, not_after=AT)
    event = happened("action.accepted", AT - 1, action_id=str(UUID(bytes=b"b" * 16)))
    event.source = "precede/dispatch"
    cancels, who = heed(event, sends=(answered, waiting()))

    assert cancels == []
    assert Memory(who.gates).sends(shadow=False)[0].outcome == "delivered"


def test_a_refusal_outlives_what_comes_later() -> None:
    events = [
        happened(f"action.{outcome}", AT + n, action_id=str(ID))
        for n, outcome in enumerate(("delivered", "rejected", "opened"))
    ]
    _, who = heed(*events, sends=(waiting(),))

    (known,) = Memory(who.gates).sends(shadow=False)
    assert (known.outcome, known.outcome_at) == ("rejected", AT + 1)


def test_outcomes_of_what_nobody_remembers_change_nothing() -> None:
    for action_id in (str(UUID(int=5)), "unreadable", None, 3):
        event = happened("action.rejected", AT, action_id=action_id)
        cancels, who = heed(event, sends=(waiting(),))
        assert cancels == []
        assert Memory(who.gates).sends(shadow=False) == [waiting()]


def contact(at: float, **changes: Any) -> Event:
    fields = {"system": "campaigns", "channel": "crm", "class_": "service", "topic": "calls"}
    return happened("contact.outbound", at, **(fields | changes))


def reasons(book: Playbook, *events: Event, at: float = AT) -> tuple[str, str]:
    decider, who = Decider(book, 0, 1, "log"), Customer("c-1")
    for event in events:
        who.update(event)
        decider.notice(who, event)
    (decision,) = decider.decide(who, [match(book.rules[0], at)])
    return decision.reason, decision.verdicts[-1].detail


WEEK = {"caps": [{"id": "week", "max": 1, "window": "7d"}], "contact_window": "1h"}


def test_other_systems_use_up_caps_topics_and_cooldowns() -> None:
    capped = playbook(rule(cooldown="0s"), gates=WEEK)
    assert reasons(capped, contact(AT - DAY, topic="cards"))[0] == "cap"
    assert reasons(capped, contact(AT - 7 * DAY, topic="cards"))[0] == "sent"

    bare = playbook(rule(cooldown="0s"))
    assert reasons(bare, contact(AT - HOUR)) == (
        "lost_arbitration", "lost to campaigns, 1 h ago; one on calls in 24 h",
    )  # fmt: skip
    assert reasons(bare, contact(AT - DAY))[0] == "sent"

    cooled = playbook(rule(cooldown="2d"))
    assert reasons(cooled, contact(AT - DAY)) == (
        "cooldown", "campaigns contacted them 24 h ago, cool-down 2 days",
    )  # fmt: skip
    assert reasons(cooled, contact(AT - DAY, topic="cards"))[0] == "sent"
    assert reasons(cooled, contact(AT - 2 * DAY))[0] == "sent"


def test_a_contact_that_tells_little_counts_as_service_of_another_system() -> None:
    bare = happened("contact.outbound", AT - HOUR)
    cap = {"id": "served", "class": "service", "max": 1, "window": "7d"}
    assert reasons(playbook(rule(cooldown="0s"), gates={"caps": [cap]}), bare)[0] == "cap"

    about = happened("contact.outbound", AT - HOUR, topic="calls", channel="fax")
    assert reasons(playbook(rule(cooldown="0s")), about) == (
        "lost_arbitration", "lost to another system, 1 h ago; one on calls in 24 h",
    )  # fmt: skip


def test_other_systems_may_name_the_kind_of_contact_point() -> None:
    cap = {"id": "calls", "channel": "crm", "max": 1, "window": "7d"}
    book = playbook(rule(cooldown="0s"), gates={"caps": [cap]} | SMS)
    assert reasons(book, contact(AT - DAY, topic="cards", channel="phone"))[0] == "cap"
    assert reasons(book, contact(AT - DAY, topic="cards", channel="email"))[0] == "sent"


@pytest.mark.parametrize("order", [1, -1])
def test_as_long_as_contacts_may_have_been_dropped_nothing_goes_out(order: int) -> None:
    # One that counts for the cap comes first; 32 others push it out of the memory.
    book = playbook(rule(cooldown="0s", **{"class": "critical"}), gates={"caps": [
        {"id": "alarms", "class": "critical", "max": 1, "window": "7d"}]})  # fmt: skip
    first = contact(AT - DAY, topic="cards", class_="critical")
    others = [contact(AT - DAY + 1 + n, topic="cards") for n in range(MAX_SENDS)]
    events = [first, *others][::order]

    assert reasons(book, *events) == ("cap", "memory: 32 of 32")
    assert reasons(book, *events, at=AT + 6 * DAY)[0] == "cap"  # the first left; 32 still count
    assert reasons(book, *events, at=AT + 6 * DAY + 1)[0] == "sent"


def test_contacts_of_who_is_not_known_are_not_remembered() -> None:
    decider, who = Decider(playbook(), 0, 1, "log"), Customer("call:7")
    event = contact(AT)
    event.customer = "call:7"
    decider.notice(who, event)

    assert who.gates == {}


def test_a_cancel_lies_next_to_its_action_and_says_why() -> None:
    cancel = Cancel(ID, "call-back", "c-1", "+1", "no_consent", AT)
    event = cancel_event(cancel, partition=3, offset=9)

    assert (event.type, event.customer, event.at) == (CANCEL, "+1", AT)
    assert event.data == {
        "action_id": str(ID), "reason": "no_consent", "at": AT,
        "origin": {"partition": 3, "offset": 9},
    }  # fmt: skip
    told = recall_event(cancel, partition=3, offset=9)
    assert (told.type, told.customer, told.id) == (CANCEL, "c-1", event.id)
    assert told.data == {"customer": "c-1", "rule": "call-back", **event.data}
    assert event.id == cancel_event(cancel, partition=3, offset=9).id
    others = [
        cancel_event(cancel, partition=3, offset=10),
        cancel_event(cancel, partition=4, offset=9),
        cancel_event(replace(cancel, action_id=UUID(int=1)), partition=3, offset=9),
        cancel_event(replace(cancel, reason="outcome"), partition=3, offset=9),
    ]
    assert len({event.id, *(other.id for other in others)}) == 5
