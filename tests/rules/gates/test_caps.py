from zoneinfo import ZoneInfo

import pytest

from rules.action import PointCap
from rules.gates.caps import Caps
from rules.gates.memory import MAX_SENDS
from tests.rules.gates.build import DAY, HOUR, candidate, config, customer, rule, send, utc

AT = utc("2026-06-10 12:00")


def gate(*caps: dict[str, object]) -> Caps:
    return Caps(config(caps=caps))


WEEK = {"id": "week", "max": 2, "window": "7d"}


def test_counts_up_to_the_cap_and_no_further() -> None:
    one = customer(sends=[send(AT - HOUR)])
    two = customer(sends=[send(AT - 2 * HOUR), send(AT - HOUR)])

    assert gate(WEEK).check(candidate(AT, who=one)) == (True, "week: 1 of 2 in 7d")
    assert gate(WEEK).check(candidate(AT, who=two)) == (False, "week: 2 of 2 in 7d")


@pytest.mark.parametrize(("age_s", "passes"), [(7 * DAY - 1, False), (7 * DAY, True)])
def test_a_send_counts_for_exactly_the_window(age_s: float, passes: bool) -> None:
    who = customer(sends=[send(AT - age_s), send(AT - age_s)])

    assert gate(WEEK).check(candidate(AT, who=who))[0] is passes


def test_what_went_out_at_the_same_moment_counts() -> None:
    who = customer(sends=[send(AT), send(AT)])

    assert not gate(WEEK).check(candidate(AT, who=who))[0]


@pytest.mark.parametrize(
    ("outcome", "counts"),
    [
        ("", True), ("delivered", True), ("accepted", True), ("rejected", True), ("parked", True),
        ("called_back", True),  # it may have left before the word reached dispatch
        ("cancelled", False), ("expired", False), ("refused", False), ("failed", False),
    ],
)  # fmt: skip
def test_what_reached_nobody_does_not_count(outcome: str, counts: bool) -> None:
    who = customer(sends=[send(AT - HOUR, outcome=outcome, outcome_at=AT - 60)] * 2)

    assert gate(WEEK).check(candidate(AT, who=who))[0] is not counts


@pytest.mark.parametrize(
    ("cap", "used"),
    [
        ({"class": "service"}, 2), ({"class": "promotional"}, None), ({"channel": "crm"}, 1),
        ({"channel": "mail"}, None), ({"class": "service", "channel": "crm"}, 1), ({}, 3),
    ],
)  # fmt: skip
def test_a_cap_counts_its_class_and_channel(cap: dict[str, str], used: int | None) -> None:
    who = customer(
        sends=[
            send(AT - 3, class_="promotional", channel="mail"),
            send(AT - 2, class_="service", channel="mail"),
            send(AT - 1, class_="service", channel="crm"),
        ]
    )
    five = {"id": "five", "max": 5, "window": "1d"}
    _, detail = gate(five | cap).check(candidate(AT, of=rule(channel="crm"), who=who))

    assert detail == ("no cap counts this" if used is None else f"five: {used} of 5 in 1d")


def test_all_caps_must_hold() -> None:
    day = {"id": "day", "max": 1, "window": "calendar day"}
    today, yesterday = customer(sends=[send(AT - HOUR)]), customer(sends=[send(AT - DAY)])

    assert gate(WEEK, day).check(candidate(AT, who=today)) == (
        False, "day: 1 of 1 in calendar day",
    )  # fmt: skip
    assert gate(WEEK, day).check(candidate(AT, who=yesterday)) == (
        True, "week: 1 of 2 in 7d; day: 0 of 1 in calendar day",
    )  # fmt: skip


def test_a_cap_that_does_not_count_it_hides_none_after_it() -> None:
    selling = {"id": "selling", "class": "promotional", "max": 1, "window": "1d"}
    who = customer(sends=[send(AT - 2), send(AT - 1)])

    assert gate(selling, WEEK).check(candidate(AT, who=who)) == (False, "week: 2 of 2 in 7d")


def test_a_calendar_day_is_the_customers() -> None:
    day = gate({"id": "day", "max": 1, "window": "calendar day"})
    who = customer(sends=[send(utc("2026-06-10 03:59"))])  # 23:59 of the 9th in New York

    assert day.check(candidate(AT, who=who, zone="America/New_York"))[0]
    assert not day.check(candidate(AT, who=who, zone="UTC"))[0]


def test_a_live_rule_does_not_count_what_shadow_rules_would_have_sent() -> None:
    who = customer(sends=[send(AT - 2, shadow=True), send(AT - 1)])

    assert gate(WEEK).check(candidate(AT, who=who)) == (True, "week: 1 of 2 in 7d")
    assert gate(WEEK).check(candidate(AT, who=who, shadow=True)) == (False, "week: 2 of 2 in 7d")


def test_a_full_memory_lets_nothing_more_through() -> None:
    sends = [send(AT - i, rule=f"rule-{i}") for i in range(MAX_SENDS)]

    assert gate().check(candidate(AT, who=customer(sends=sends))) == (False, "memory: 32 of 32")
    assert gate().check(candidate(AT, who=customer(sends=sends[1:])))[0]
    assert gate().check(candidate(AT, who=customer(sends=sends), shadow=True))[0]


SHARED = {"id": "phone", "scope": "contact_point", "class": "service", "max": 1, "window": "7d"}


def test_a_cap_per_contact_point_is_counted_for_it_alone_and_travels_with_the_action() -> None:
    who = customer(sends=[send(AT - HOUR, contact_point="+1")])
    waiting = candidate(AT, who=who)
    caps = gate(SHARED)
    for point, used in (("+1", 1), ("+2", 0), ("", 0)):
        waiting.contact_point = point
        assert caps.check(waiting) == (used == 0, f"phone: {used} of 1 in 7d")

    assert caps.per_point(waiting.step) == (PointCap("phone", 1, "7d"),)
    selling = candidate(AT, of=rule(**{"class": "promotional"}))
    assert caps.per_point(selling.step) == ()
    assert gate(WEEK).per_point(waiting.step) == ()


def test_a_day_counts_where_it_may_be_the_customers() -> None:
    # 00:30 in Berlin, 23:30 the day before in London: no new day is certain.
    at = utc("2026-06-10 22:30")
    cap = {"id": "daily", "max": 1, "window": "calendar day"}
    waiting = candidate(at, who=customer(sends=[send(at - HOUR)]), zone="Europe/Berlin")
    assert gate(cap).check(waiting)[0]

    waiting.other_zones = (ZoneInfo("Europe/London"),)
    assert gate(cap).check(waiting) == (False, "daily: 1 of 1 in calendar day")
