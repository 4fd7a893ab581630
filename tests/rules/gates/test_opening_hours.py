from typing import Any
from zoneinfo import ZoneInfo

import pytest

from rules.gates.opening_hours import OpeningHours
from tests.rules.gates.build import DAY, HOUR, candidate, config, rule, utc

# Sun-Thu 07-24, Fri 07-14, Sat from 19: a bank's call centre in Israel.
BANK: dict[str, Any] = {
    **dict.fromkeys(("sun", "mon", "tue", "wed", "thu"), "07:00-24:00"),
    "fri": "07:00-14:00",
    "sat": "19:00-24:00",
}
JERUSALEM = "Asia/Jerusalem"


def gate(zone: str = "UTC", holidays: tuple[str, ...] = (), **hours: Any) -> OpeningHours:
    return OpeningHours(config(opening_hours=hours, holidays=holidays), ZoneInfo(zone))


@pytest.mark.parametrize(
    ("local", "is_open"),  # January 1999, UTC+2; the 1st was a Friday
    [
        ("1999-01-01 06:59:59.999", False), ("1999-01-01 07:00", True),
        ("1999-01-01 13:59:59.999", True), ("1999-01-01 14:00", False),
        ("1999-01-02 18:59:59.999", False), ("1999-01-02 19:00", True),
        ("1999-01-02 23:59:59.999", True), ("1999-01-03 00:00", False),
        ("1999-01-03 07:00", True), ("1999-01-03 23:59:59.999", True),
        ("1999-01-04 00:00", False), ("1999-01-04 06:59:59.999", False),
        ("1999-01-08 00:00", False), ("1999-01-09 07:00", False),
    ],
)  # fmt: skip
def test_a_week_of_the_centre(local: str, is_open: bool) -> None:
    at = utc(local) - 2 * HOUR
    passed, _ = gate(JERUSALEM, centre=BANK).check(candidate(at))

    assert passed is is_open


def test_hours_go_by_the_playbooks_clock_not_the_customers() -> None:
    # 10:00 in Jerusalem, 03:00 in New York.
    passed, detail = gate(JERUSALEM, centre=BANK).check(
        candidate(utc("1999-01-03 08:00"), zone="America/New_York")
    )

    assert (passed, detail) == (True, "desk is open, sun 10:00 in Asia/Jerusalem")


@pytest.mark.parametrize(("to", "is_open"), [("desk", True), ("shop", False), (None, False)])
def test_a_team_without_hours_keeps_the_centres(to: str | None, is_open: bool) -> None:
    hours = gate(desk={"wed": "00:00-24:00"}, centre={"wed": "closed"})
    of = rule(to=to, do="message")

    assert hours.check(candidate(utc("2026-06-10 12:00"), of=of))[0] is is_open  # a Wednesday


def test_without_any_hours_it_is_always_open() -> None:
    always = gate(shop={"mon": "09:00-10:00"})

    assert always.check(candidate(utc("2026-06-10 12:00"))) == (True, "desk is always open")
    assert always.closes_at(candidate(0.0), 5.0) == 5.0


def test_it_says_who_is_closed_and_what_their_clock_shows() -> None:
    assert gate(desk={"wed": "13:00-14:00"}).check(candidate(utc("2026-06-10 12:00"))) == (
        False, "desk is closed, wed 12:00 in UTC",
    )  # fmt: skip


def test_a_holiday_is_closed_from_midnight_to_midnight() -> None:
    hours = gate(
        "Europe/Berlin",
        ("2026-12-25",),
        centre=dict.fromkeys(("thu", "fri", "sat"), "00:00-24:00"),
    )

    # Berlin is at UTC+1; the 25th is a Friday.
    for at, is_open in (
        ("2026-12-24 22:59:59", True),
        ("2026-12-24 23:00", False),
        ("2026-12-25 22:59:59", False),
        ("2026-12-25 23:00", True),
    ):
        assert hours.check(candidate(utc(at)))[0] is is_open


@pytest.mark.parametrize(
    ("zone", "span", "at", "is_open"),
    [
        # Opening at 02:30 is skipped: open from the skip. Closing at 02:30: closed from the skip.
        ("America/New_York", "02:30-04:00", "2026-03-08 06:59:59", False),
        ("America/New_York", "02:30-04:00", "2026-03-08 07:00", True),
        ("America/New_York", "00:00-02:30", "2026-03-08 06:59:59", True),
        ("America/New_York", "00:00-02:30", "2026-03-08 07:00", False),
        # 01:30 comes twice, at 05:30 and 06:30 UTC: closed from the first, open from the second.
        ("America/New_York", "00:00-01:30", "2026-11-01 05:29:59", True),
        ("America/New_York", "00:00-01:30", "2026-11-01 05:30", False),
        ("America/New_York", "00:00-01:30", "2026-11-01 06:15", False),
        ("America/New_York", "01:30-04:00", "2026-11-01 05:45", False),
        ("America/New_York", "01:30-04:00", "2026-11-01 06:29:59", False),
        ("America/New_York", "01:30-04:00", "2026-11-01 06:30", True),
        # Open through the change: 09:00 local is 07:00 UTC in summer, 08:00 in winter.
        ("Europe/Berlin", "09:00-17:00", "2027-03-28 06:59:59", False),
        ("Europe/Berlin", "09:00-17:00", "2027-03-28 07:00", True),
        ("Europe/Berlin", "09:00-17:00", "2027-10-31 15:59:59", True),
        ("Europe/Berlin", "09:00-17:00", "2027-10-31 16:00", False),
        ("Australia/Lord_Howe", "01:45-03:00", "2026-04-04 15:14:59", False),
        ("Australia/Lord_Howe", "01:45-03:00", "2026-04-04 15:15", True),
        # Havana goes from 01:00 back to 00:00; the day begins with the first, at 04:00 UTC.
        ("America/Havana", "00:00-06:00", "2026-11-01 03:59:59", False),
        ("America/Havana", "00:00-06:00", "2026-11-01 04:00", True),
        ("America/Havana", "00:00-06:00", "2026-11-01 05:30", True),
    ],
)  # fmt: skip
def test_daylight_saving(zone: str, span: str, at: str, is_open: bool) -> None:
    passed, _ = gate(zone, centre={"sun": span}).check(candidate(utc(at)))

    assert passed is is_open


def test_day_and_night_is_open_through_every_change_of_the_clock() -> None:
    always = dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), "00:00-24:00")
    for zone in ("America/New_York", "America/Havana", "Australia/Lord_Howe", "Africa/Cairo"):
        hours = gate(zone, centre=always)
        for start in ("2026-03-06 00:00", "2026-04-03 00:00", "2026-10-28 00:00"):
            for quarter in range(4 * 96):
                assert hours.check(candidate(utc(start) + quarter * 900.0))[0]


@pytest.mark.parametrize(
    ("at", "limit_s", "closes"),
    [
        ("2026-06-08 10:00", 5 * DAY, "2026-06-08 12:00"),  # a Monday
        ("2026-06-08 12:30", 5 * DAY, "2026-06-08 13:00"),
        ("2026-06-08 10:00", HOUR, "2026-06-08 11:00"),  # the limit comes first
        ("2026-06-08 10:00", 2 * HOUR, "2026-06-08 12:00"),  # at the same time
        ("2026-06-09 20:00", 5 * DAY, "2026-06-10 06:00"),  # over midnight
    ],
)
def test_closes_at_the_end_of_the_stretch(at: str, limit_s: float, closes: str) -> None:
    hours = gate(
        centre={
            "mon": ["09:00-12:00", "12:30-13:00"], "tue": "09:00-24:00", "wed": "00:00-06:00",
        }
    )  # fmt: skip

    assert hours.closes_at(candidate(utc(at)), utc(at) + limit_s) == utc(closes)


def test_touching_spans_are_one_stretch() -> None:
    hours = gate(centre={"mon": ["09:00-12:00", "12:00-13:00"]})
    at = utc("2026-06-08 10:00")

    assert hours.closes_at(candidate(at), at + DAY) == at + 3 * HOUR
