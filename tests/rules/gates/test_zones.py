"""Where a customer's clock hangs, and what quiet hours make of it."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from detectors.customer import Customer
from detectors.event import Event
from rules.decide import Decider
from rules.gates.zones import Zones
from tests.rules.gates.build import customer, match, playbook, rule, utc

TOLL_FREE = "+18005551234"


def happened(type_: str, at: float, /, **data: Any) -> Event:
    return Event(f"{type_}-{at}", "crm", type_, at, "c-1", data)


def profile(zone: object) -> Event:
    return happened("profile.updated", 1.0, zone=zone)


def address(zone: str) -> Event:
    return happened("contact_point.added", 2.0, kind="post", contact_point="1 Road", zone=zone)


def phone(number: str, at: float = 3.0, **more: str) -> Event:
    return happened("contact_point.added", at, kind="phone", contact_point=number, **more)


def told(*events: Event) -> Customer:
    who = customer()
    for event in events:
        who.update(event)
    return who


def zones(*events: Event, point: str = "") -> tuple[list[str], str]:
    found, source = Zones(ZoneInfo("Asia/Jerusalem")).of(told(*events), point)
    return [zone.key for zone in found], source


def test_the_nearest_word_counts() -> None:
    berlin, paris, london = (
        profile("Europe/Berlin"),
        address("Europe/Paris"),
        phone("+442071234567"),
    )

    assert zones() == (["Asia/Jerusalem"], "playbook")
    assert zones(london) == (["Europe/London"], "phone")
    assert zones(london, paris) == (["Europe/Paris"], "post")
    assert zones(london, paris, berlin) == (["Europe/Berlin"], "profile")


@pytest.mark.parametrize("zone", ["", "Europe/Atlantis", "../../etc/passwd", 7, None, "CEST+x"])
def test_what_is_no_zone_is_passed_over(zone: Any) -> None:
    assert zones(profile(zone), phone("+4930123456")) == (["Europe/Berlin"], "phone")


def test_a_telephone_may_say_its_zone_itself() -> None:
    assert zones(phone(TOLL_FREE, zone="America/Denver")) == (["America/Denver"], "phone")


@pytest.mark.parametrize("number", ["030123456", "+", "+999999", "nonsense"])
def test_a_number_of_which_nothing_is_known_says_nothing(number: str) -> None:
    assert zones(phone(number)) == (["Asia/Jerusalem"], "playbook")


def test_the_telephone_that_is_called_counts_before_the_newest() -> None:
    both = (phone("+4930123456", 3.0), phone("+12125551234", 4.0))
    assert zones(*both) == (["America/New_York"], "phone")
    assert zones(*both, point="+4930123456") == (["Europe/Berlin"], "phone")


QUIET = {"quiet_hours": [{"start": "21:00", "end": "08:00"}]}


@pytest.mark.parametrize(
    ("at", "number", "sent"),
    [
        # 13:00 in New York is 10:00 in Los Angeles, 07:00 in Honolulu and 06:00 in Pago Pago.
        ("2026-06-10 17:00", "+12125551234", True),
        ("2026-06-10 17:00", TOLL_FREE, False),
        # 15:00 in New York is 08:00 in Pago Pago, but 05:00 the next day in Guam.
        ("2026-06-10 19:00", TOLL_FREE, False),
        # Adelaide 09:00, Perth 07:30; half an hour later both are awake.
        ("2026-06-09 23:30", "+61891234567", False),
        ("2026-06-10 00:00", "+61891234567", True),
    ],
)  # fmt: skip
def test_where_the_zone_is_not_certain_it_must_be_day_in_all(
    at: str, number: str, sent: bool
) -> None:
    book = playbook(rule(), gates=QUIET)
    who = told(phone(number))
    (decision,) = Decider(book, 0, 1, "log").decide(who, [match(book.rules[0], utc(at))])

    assert (decision.reason == "sent") is sent
    detail = {verdict.gate: verdict.detail for verdict in decision.verdicts}["quiet_hours"]
    assert ", by phone" in detail


def test_the_clock_is_that_of_the_telephone_which_the_action_goes_to() -> None:
    book = playbook(rule(), gates=QUIET | {"contact_points": {"crm": "phone"}})
    stop = happened("contact_point.suppressed", 5.0, contact_point="+12125551234", reason="stop")
    who = told(phone("+4930123456", 3.0), phone("+12125551234", 4.0), stop)
    # 09:00 in Berlin, 03:00 in New York.
    one = match(book.rules[0], utc("2026-06-10 07:00"))
    (decision,) = Decider(book, 0, 1, "log").decide(who, [one])

    assert decision.action is not None
    assert decision.action.contact_point == "+4930123456"
    detail = {verdict.gate: verdict.detail for verdict in decision.verdicts}["quiet_hours"]
    assert detail == "09:00 in Europe/Berlin, by phone"


def test_an_action_leaves_before_it_gets_quiet_anywhere() -> None:
    book = playbook(rule(), gates=QUIET)
    who = told(phone("+61891234567"))
    (decision,) = Decider(book, 0, 1, "log").decide(
        who, [match(book.rules[0], utc("2026-06-10 00:00"))]
    )

    assert decision.action is not None
    # Adelaide is half past nine hours ahead: its 21:00 comes at 11:30, Perth's at 13:00.
    assert decision.action.not_after == utc("2026-06-10 11:30")


def test_calendar_days_are_those_of_the_customer() -> None:
    gates = {"caps": [{"id": "daily", "max": 1, "window": "calendar day"}], "contact_window": "1s"}
    book = playbook(rule(cooldown="0s"), gates=gates)
    decider, who = Decider(book, 0, 1, "log"), told(profile("Asia/Tokyo"))

    def reason(at: str, occurrence: str) -> str:
        one = match(book.rules[0], utc(at), occurrence=occurrence)
        return decider.decide(who, [one])[0].reason

    # Midnight in Tokyo is 15:00 in UTC.
    assert [reason("2026-06-10 14:00", "a"), reason("2026-06-10 14:59", "b"),
            reason("2026-06-10 15:00", "c")] == ["sent", "cap", "sent"]  # fmt: skip
