"""Other systems' questions: the gates of our own actions, and places that count like contacts."""

from collections import Counter
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.customer import Customer, pack, unpack
from detectors.event import Event
from rules.decide import Decider
from rules.gates.memory import Memory
from rules.playbook.models import Playbook
from rules.reservation import REQUESTED, Answer, answer_event
from rules.stopped import Stopped
from tests.rules.gates.build import DAY, HOUR, match, playbook, rule, utc

AT = utc("2026-06-10 12:00")  # a Wednesday
ZONE = ZoneInfo("UTC")


def book(*rules: dict[str, Any], **gates: Any) -> Playbook:
    return playbook(*rules, gates={"contact_window": "1h"} | gates)


def question(number: int = 1, at: float = AT, **changes: Any) -> Event:
    data = {
        "request": f"r-{number}", "system": "campaigns", "channel": "mail", "class": "service",
        "topic": f"topic-{number}", "contact_point": None, "reserve": True,
    } | changes  # fmt: skip
    return Event(f"e-{number}-{at}", "precede/api", REQUESTED, at, "c-1", data)


class Desk:
    """A customer and the engine's way with questions about them."""

    def __init__(self, of: Playbook, *orders: Any) -> None:
        self.customer = Customer("c-1")
        self.decider = Decider(of, 0, 1, "live", orders)

    def tell(self, *events: Event) -> None:
        for event in events:
            self.customer.update(event)

    def ask(self, event: Event) -> Answer:
        self.customer.update(event)
        return self.decider.answer(self.customer, event)

    def reasons(self, *events: Event) -> list[str]:
        return [self.ask(event).reason for event in events]


def happened(kind: str, at: float, **data: Any) -> Event:
    return Event(f"{kind}-{at}", "crm", kind, at, "c-1", data)


def test_nothing_against_it() -> None:
    answer = Desk(book()).ask(question(reserve=False))

    assert (answer.reason, answer.reserved, answer.retry_at) == ("allowed", False, None)
    assert [verdict.gate for verdict in answer.verdicts] == [
        "identified", "already_asked", "consent", "contact_point", "open_complaint", "cooldown",
        "outcomes", "quiet_hours", "arbitration", "cap",
    ]  # fmt: skip
    assert all(verdict.passed for verdict in answer.verdicts)


def test_a_look_leaves_nothing_behind_and_a_reservation_counts() -> None:
    of = book(caps=[{"id": "two-a-day", "max": 2, "window": "1d"}])
    looks = [question(n, AT + n, reserve=False) for n in range(5)]
    kept = [question(n, AT + n) for n in range(5, 9)]
    desk = Desk(of)

    assert desk.reasons(*looks) == ["allowed"] * 5
    assert not desk.customer.gates
    assert desk.reasons(*kept) == ["allowed", "allowed", "cap", "cap"]


@pytest.mark.parametrize("topic", ["calls", "other"])
def test_a_reservation_counts_exactly_like_a_contact_that_took_place(topic: str) -> None:
    of = book(rule(), caps=[{"id": "one", "max": 1, "window": "1d"}])
    reserved, contacted = Desk(of), Desk(of)
    reserved.ask(question(topic=topic))
    outbound = question(topic=topic)
    outbound.type = "contact.outbound"
    contacted.tell(outbound)
    contacted.decider.notice(contacted.customer, outbound)

    for desk in (reserved, contacted):
        desk.tell(happened("page.view", AT + 60))
    decided = [
        desk.decider.decide(desk.customer, [match(of.rules[0], AT + 60)])[0]
        for desk in (reserved, contacted)
    ]
    assert decided[0].reason == decided[1].reason
    assert decided[0].reason == ("cooldown" if topic == "calls" else "cap")
    assert [d.verdicts for d in decided[:1]] == [d.verdicts for d in decided[1:]]
    one, other = (Memory(d.customer.gates).sends(shadow=False) for d in (reserved, contacted))
    assert [send._replace(action_id=b"") for send in one] == other


def test_what_matters_no_more_takes_no_place() -> None:
    desk = Desk(book())
    desk.reasons(*[question(n, AT + n) for n in range(32)])

    assert desk.reasons(question(40, AT + 60.0)) == ["cap"]  # as many as are remembered
    # The contact window and the rule's cool-down are an hour.
    assert desk.reasons(question(41, AT + HOUR + 60.0)) == ["allowed"]


@pytest.mark.parametrize(
    ("reason", "class_", "expected"),
    [("stop", "service", "suppressed_contact"), ("stop", "critical", "allowed"),
     ("bounce", "critical", "suppressed_contact")],
)  # fmt: skip
def test_what_is_critical_may_go_to_a_stopped_contact_point(
    reason: str, class_: str, expected: str
) -> None:
    desk = Desk(book())
    desk.tell(happened("contact_point.suppressed", AT - 1, contact_point="+1", reason=reason))

    about: dict[str, Any] = {"class": class_}
    answer = desk.ask(question(contact_point="+1", **about))
    assert answer.reason == expected


def test_our_own_actions_use_up_what_others_may() -> None:
    of = book(rule(), caps=[{"id": "one", "max": 1, "window": "1d"}])
    desk = Desk(of)
    desk.tell(happened("page.view", AT))
    [sent] = desk.decider.decide(desk.customer, [match(of.rules[0], AT)])

    answer = desk.ask(question(at=AT + 2 * HOUR))
    assert (sent.reason, answer.reason, answer.retry_at) == ("sent", "cap", AT + DAY)
    assert answer.detail == "one: 1 of 1 in 1d"


@pytest.mark.parametrize(
    ("gates", "events", "asked", "reason", "retry_at"),
    [
        ({}, [], {"class": "promotional"}, "no_consent", None),
        (
            {"consent": {"service": {"*": "consent"}}}, [], {}, "no_consent", None,
        ),
        (
            {"contact_points": {"mail": "email"}},
            [happened("contact_point.suppressed", AT - 9, contact_point="a@b", reason="stop")],
            {"contact_point": "a@b"}, "suppressed_contact", None,
        ),
        (
            {},
            [
                happened("consent.granted", AT - 9, **{"class": "promotional", "channel": "*"}),
                happened("customer.flagged", AT - 8, flag="bereavement"),
            ],
            {"class": "promotional"}, "open_complaint", None,
        ),
        (
            {},
            [happened("contact.started", AT - 9, call="k", direction="inbound")],
            {}, "already_asked", None,
        ),
        (
            {"quiet_hours": [{"start": "11:00", "end": "13:30", "channels": ["mail"]}]},
            [], {}, "quiet", AT + 1.5 * HOUR,
        ),
        (
            {"quiet_hours": [{"start": "22:00", "end": "08:00", "holidays": True}],
             "holidays": ["2026-06-10", "2026-06-11"]},
            [], {}, "quiet", utc("2026-06-12 08:00"),
        ),
    ],
    ids=["promotion", "basis", "suppressed", "mourning", "asking", "quiet", "holidays"],
)  # fmt: skip
def test_the_gates_of_our_own_actions_hold_for_others(
    gates: dict[str, Any], events: list[Event], asked: Any, reason: str, retry_at: float | None
) -> None:
    desk = Desk(book(**gates))
    desk.tell(*events)

    answer = desk.ask(question(**asked))

    assert (answer.reason, answer.retry_at, answer.reserved) == (reason, retry_at, False)
    assert not answer.verdicts[-1].passed


def test_a_stop_holds_for_others_too() -> None:
    stopped = Stopped()
    order = {"scope": "channel", "name": "mail", "by": "ann", "reason": "x"}
    stopped.take(Event("1", "precede/stop", "control.stop", 0.0, "", order))
    desk = Desk(book(), stopped)

    assert desk.reasons(question(1), question(2, AT + 1, channel="crm")) == ["brake", "allowed"]


def test_a_topic_waits_for_the_longest_cool_down_of_its_rules() -> None:
    of = book(rule("short", cooldown="2h"), rule("long", cooldown="3d"))
    desk = Desk(of)
    desk.tell(happened("page.view", AT))
    [sent] = desk.decider.decide(desk.customer, [match(of.rules[1], AT)])

    first = desk.ask(question(1, AT + 2 * HOUR, topic="calls"))
    other = desk.ask(question(2, AT + 2 * HOUR, topic="bills"))
    assert (sent.reason, first.reason, other.reason) == ("sent", "cooldown", "allowed")
    assert first.retry_at == AT + 3 * DAY
    assert desk.ask(question(3, AT + 3 * DAY, topic="calls")).reason == "allowed"


def test_a_topic_is_taken_for_the_contact_window() -> None:
    desk = Desk(book())
    first, second = (desk.ask(question(n, AT + n, topic="bills")) for n in (1, 2))

    assert (first.reason, second.reason) == ("allowed", "lost_arbitration")
    assert second.retry_at == AT + 1 + HOUR


def test_the_same_request_is_reserved_once() -> None:
    desk = Desk(book(caps=[{"id": "one", "max": 1, "window": "1d"}]))

    first, again = (desk.ask(question(1, AT + n)) for n in (0, 5))
    other = desk.ask(question(1, AT + 9, system="collections", topic="x"))
    assert (first.reserved, again.reserved) == (True, True)
    assert (again.reason, again.detail) == ("allowed", "reserved before")
    assert other.reason == "cap"
    assert len(Memory(desk.customer.gates).sends(shadow=False)) == 1


def test_a_cap_of_a_channel_counts_who_names_its_kind_of_contact_point() -> None:
    of = book(
        contact_points={"mail": "email"},
        caps=[{"id": "mails", "max": 1, "channel": "mail", "window": "1d"}],
    )
    for one, other in (("email", "mail"), ("mail", "email"), ("email", "email")):
        desk = Desk(of)
        asked = [question(1, AT, channel=one), question(2, AT + 1, channel=other)]
        assert desk.reasons(*asked) == ["allowed", "cap"], (one, other)
    assert Desk(of).reasons(*(question(n, AT, channel="sms") for n in (1, 2))) == ["allowed"] * 2


@pytest.mark.parametrize(
    "wrong",
    [{"class": "urgent"}, {"class": None}, {"system": ""}, {"topic": 7}, {"channel": "c" * 65},
     {"request": None}],
)  # fmt: skip
def test_a_question_that_cannot_be_judged_is_answered_with_what_is_wrong(wrong: Any) -> None:
    desk = Desk(book())

    answer = desk.ask(question(**wrong))

    assert (answer.reason, answer.reserved) == ("error", False)
    assert next(iter(wrong)) in answer.detail
    assert not desk.customer.gates


def test_nobody_unidentified_may_be_contacted() -> None:
    event = question()
    event.customer = "call:7"
    who = Customer("call:7")

    assert Decider(book(), 0, 1, "live").answer(who, event).reason == "suppressed_contact"


def test_an_answer_tells_the_question_and_what_became_of_it() -> None:
    answer = Desk(book()).ask(question(contact_point="a@b"))

    event = answer_event(answer, playbook_hash="", partition=3, offset=7)
    assert (event.type, event.customer, event.at) == ("precede.answer", "c-1", AT)
    data = orjson.loads(orjson.dumps(event.data))
    assert data["gates"][0] == ["identified", "pass", "known customer"]
    del data["gates"]
    assert data == {
        "request": "r-1", "customer": "c-1", "system": "campaigns", "channel": "mail",
        "class": "service", "topic": "topic-1", "contact_point": "a@b", "reserve": True,
        "asked_at": AT, "allowed": True, "reserved": True, "reason": "allowed",
        "detail": "nothing against it", "retry_at": None, "origin": {"partition": 3, "offset": 7},
        "playbook": None,
    }  # fmt: skip


CROWDED = book(
    rule("call-back", channel="crm", topic="calls", cooldown="3h"),
    rule("offer", channel="mail", topic="cards", cooldown="1h"),
    contact_points={"mail": "email"},
    caps=[
        {"id": "rolling", "max": 3, "window": "1d"},
        {"id": "mails", "max": 2, "channel": "mail", "window": "calendar day"},
    ],
    quiet_hours=[{"start": "21:00", "end": "07:30", "channels": ["mail"]}],
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.0, 1.0, HOUR / 2, 3 * HOUR, 9 * HOUR, DAY]),
        st.sampled_from(["ask", "ask", "ask", "look", "rule", "pack"]),
        st.sampled_from(["mail", "email", "crm", "sms"]),
        st.integers(0, 3),
    ),
    max_size=30,
)


@settings(max_examples=300, deadline=None)
@given(STEPS)
def test_no_cap_or_quiet_hour_is_violated_whoever_asks_in_between(steps: Any) -> None:
    desk, at = Desk(CROWDED), AT
    taken: list[tuple[float, str]] = []  # when, over which channel
    for number, (later, what, channel, topic) in enumerate(steps):
        at += later
        if what == "pack":
            desk.customer = unpack("c-1", pack(desk.customer, 0.0))
        elif what == "rule":
            of = CROWDED.rules[topic % 2]
            desk.tell(happened("page.view", at))
            [decided] = desk.decider.decide(
                desk.customer, [match(of, at, occurrence=f"o-{number}")]
            )
            if decided.reason == "sent":
                taken.append((decided.at, of.first.channel))
        else:
            asked = {"channel": channel, "topic": f"t-{topic}", "reserve": what == "ask"}
            answer = desk.ask(question(number, at, **asked))
            assert answer.reserved == (answer.reason == "allowed" and what == "ask")
            if answer.reserved:
                taken.append((answer.at, channel))
    for now, _ in taken:
        assert sum(now - DAY < then <= now for then, _ in taken) <= 3
    mails = [datetime.fromtimestamp(at, ZONE) for at, name in taken if name in {"mail", "email"}]
    assert max(Counter(moment.date() for moment in mails).values(), default=0) <= 2
    assert all((7, 30) <= (moment.hour, moment.minute) < (21, 0) for moment in mails)


@settings(max_examples=150, deadline=None)
@given(STEPS, st.sampled_from(["mail", "email", "crm"]), st.integers(0, 3))
def test_the_time_to_ask_again_is_the_first_at_which_it_is_allowed(
    steps: Any, channel: str, topic: int
) -> None:
    desk, at = Desk(CROWDED), AT
    for number, (later, _, over, about) in enumerate(steps):
        at += later
        desk.ask(question(number, at, channel=over, topic=f"t-{about}"))
    packed = pack(desk.customer, 0.0)

    def asked(then: float) -> Answer:
        fresh = Desk(CROWDED)
        fresh.customer = unpack("c-1", packed)
        return fresh.ask(question(99, then, channel=channel, topic=f"t-{topic}", reserve=False))

    refused = asked(at)
    if refused.reason == "allowed":
        assert refused.retry_at is None
        return
    assert refused.retry_at is not None
    assert refused.retry_at > at
    assert asked(refused.retry_at).reason == "allowed"
    for share in (0.1, 0.5, 0.9, 0.999):
        assert asked(at + share * (refused.retry_at - at)).reason != "allowed"
