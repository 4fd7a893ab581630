from datetime import date
from zoneinfo import ZoneInfo

import pytest

from rules.gates.hours import instant, local_date, parse_span, parse_time_of_day
from tests.rules.gates.build import utc

# (zone, local time, first instant, second instant in UTC), from the rules of each zone. New York:
# second Sunday of March 02:00 -> 03:00 (then UTC-4), first Sunday of November 02:00 -> 01:00 (then
# UTC-5). Berlin: last Sundays of March and October at 01:00 UTC, to UTC+2 and UTC+1. Jerusalem:
# Friday before the last Sunday of March 02:00 -> 03:00 (UTC+3), last Sunday of October 02:00 ->
# 01:00 (UTC+2). Lord Howe: half an hour, first Sunday of April 02:00 -> 01:30 (UTC+10:30), first
# Sunday of October 02:00 -> 02:30 (UTC+11). Moscow UTC+3 and Sao Paulo UTC-3 all year.
MOMENTS = [
    ("America/New_York", "2026-03-08 01:59", "2026-03-08 06:59", "2026-03-08 06:59"),
    ("America/New_York", "2026-03-08 02:00", "2026-03-08 07:00", "2026-03-08 07:00"),
    ("America/New_York", "2026-03-08 02:30", "2026-03-08 07:00", "2026-03-08 07:00"),
    ("America/New_York", "2026-03-08 02:59", "2026-03-08 07:00", "2026-03-08 07:00"),
    ("America/New_York", "2026-03-08 03:00", "2026-03-08 07:00", "2026-03-08 07:00"),
    ("America/New_York", "2026-03-08 03:01", "2026-03-08 07:01", "2026-03-08 07:01"),
    ("America/New_York", "2026-11-01 00:59", "2026-11-01 04:59", "2026-11-01 04:59"),
    ("America/New_York", "2026-11-01 01:00", "2026-11-01 05:00", "2026-11-01 06:00"),
    ("America/New_York", "2026-11-01 01:59", "2026-11-01 05:59", "2026-11-01 06:59"),
    ("America/New_York", "2026-11-01 02:00", "2026-11-01 07:00", "2026-11-01 07:00"),
    ("America/New_York", "2027-03-14 02:30", "2027-03-14 07:00", "2027-03-14 07:00"),
    ("America/New_York", "2027-11-07 01:30", "2027-11-07 05:30", "2027-11-07 06:30"),
    ("Europe/Berlin", "2026-03-29 02:30", "2026-03-29 01:00", "2026-03-29 01:00"),
    ("Europe/Berlin", "2026-03-29 03:30", "2026-03-29 01:30", "2026-03-29 01:30"),
    ("Europe/Berlin", "2026-10-25 02:30", "2026-10-25 00:30", "2026-10-25 01:30"),
    ("Europe/Berlin", "2026-10-25 03:00", "2026-10-25 02:00", "2026-10-25 02:00"),
    ("Europe/Berlin", "2027-03-28 02:00", "2027-03-28 01:00", "2027-03-28 01:00"),
    ("Europe/Berlin", "2027-10-31 02:00", "2027-10-31 00:00", "2027-10-31 01:00"),
    ("Asia/Jerusalem", "2026-03-27 02:30", "2026-03-27 00:00", "2026-03-27 00:00"),
    ("Asia/Jerusalem", "2026-10-25 01:30", "2026-10-24 22:30", "2026-10-24 23:30"),
    ("Asia/Jerusalem", "2027-03-26 02:30", "2027-03-26 00:00", "2027-03-26 00:00"),
    ("Asia/Jerusalem", "2027-10-31 01:30", "2027-10-30 22:30", "2027-10-30 23:30"),
    ("Australia/Lord_Howe", "2026-04-05 01:29", "2026-04-04 14:29", "2026-04-04 14:29"),
    ("Australia/Lord_Howe", "2026-04-05 01:45", "2026-04-04 14:45", "2026-04-04 15:15"),
    ("Australia/Lord_Howe", "2026-04-05 02:00", "2026-04-04 15:30", "2026-04-04 15:30"),
    ("Australia/Lord_Howe", "2026-10-04 02:15", "2026-10-03 15:30", "2026-10-03 15:30"),
    ("Australia/Lord_Howe", "2027-04-04 01:30", "2027-04-03 14:30", "2027-04-03 15:00"),
    ("Australia/Lord_Howe", "2027-10-03 02:29", "2027-10-02 15:30", "2027-10-02 15:30"),
    ("Europe/Moscow", "2026-03-29 02:30", "2026-03-28 23:30", "2026-03-28 23:30"),
    ("Europe/Moscow", "2027-10-31 02:30", "2027-10-30 23:30", "2027-10-30 23:30"),
    ("America/Sao_Paulo", "2026-10-18 00:00", "2026-10-18 03:00", "2026-10-18 03:00"),
    ("America/Sao_Paulo", "2027-02-21 00:00", "2027-02-21 03:00", "2027-02-21 03:00"),
]


@pytest.mark.parametrize(("zone", "local", "first", "second"), MOMENTS)
def test_a_local_time_is_these_instants(zone: str, local: str, first: str, second: str) -> None:
    day, clock = local.split()
    minutes = parse_time_of_day(clock)
    place = ZoneInfo(zone)

    assert instant(date.fromisoformat(day), minutes, place, later=False) == utc(first)
    assert instant(date.fromisoformat(day), minutes, place, later=True) == utc(second)


def test_twenty_four_oclock_is_the_next_midnight() -> None:
    berlin = ZoneInfo("Europe/Berlin")

    # Winter time, UTC+1.
    assert instant(date(2026, 12, 31), 1440, berlin, later=True) == utc("2026-12-31 23:00")


def test_the_local_day_changes_at_local_midnight() -> None:
    new_york = ZoneInfo("America/New_York")

    # Summer time, UTC-4.
    assert local_date(utc("2026-07-02 03:59"), new_york) == date(2026, 7, 1)
    assert local_date(utc("2026-07-02 04:00"), new_york) == date(2026, 7, 2)


@pytest.mark.parametrize(
    "text", [1260, 21.0, None, "", "21", "7:00", "24:00", "21:60", "25:00", "21:00:00", "²1:00"]
)
def test_refuses_what_is_no_time_of_day(text: object) -> None:
    with pytest.raises(ValueError, match="a time of day must be text such as"):
        parse_time_of_day(text)


def test_only_an_end_may_be_twenty_four_oclock() -> None:
    assert parse_time_of_day("24:00", end=True) == 24 * 60
    with pytest.raises(ValueError, match=r"24:00.* as an end.*got '24:01'"):
        parse_time_of_day("24:01", end=True)


@pytest.mark.parametrize("text", ["07:00-07:00", "19:00-07:00", "24:00-24:00"])
def test_refuses_a_span_that_does_not_end_after_it_starts(text: str) -> None:
    with pytest.raises(ValueError, match="must"):
        parse_span(text)


@pytest.mark.parametrize("text", ["07:00", "07:00-", "07:00-08:00-09:00", "open", 7, None])
def test_refuses_what_is_no_span(text: object) -> None:
    with pytest.raises(ValueError, match="must be text such as"):
        parse_span(text)


def test_a_span_may_be_one_minute() -> None:
    assert parse_span("23:59 - 24:00") == (1439, 1440)
