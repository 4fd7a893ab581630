from zoneinfo import ZoneInfo

import pytest

from rules.gates.window import parse_window
from tests.rules.gates.build import DAY, utc

UTC = ZoneInfo("UTC")
BERLIN = ZoneInfo("Europe/Berlin")


def test_a_rolling_window_counts_until_its_length_has_passed() -> None:
    week = parse_window("7d")

    assert week.holds(0.0, 0.0, UTC)
    assert week.holds(0.0, 7 * DAY - 0.5, UTC)
    assert not week.holds(0.0, 7 * DAY, UTC)


@pytest.mark.parametrize(
    ("earlier", "at", "holds"),
    [
        ("2026-10-24 22:00", "2026-10-24 22:00", True),
        ("2026-10-24 22:00", "2026-10-25 22:59", True),  # a day of 25 h: 24 Oct 22:00 UTC is 00:00
        ("2026-10-24 22:00", "2026-10-25 23:00", False),
        ("2026-10-24 21:59", "2026-10-24 22:00", False),
        ("2026-10-25 10:00", "2026-11-25 10:00", False),  # same day of the month
    ],
)
def test_a_calendar_day_is_the_local_one(earlier: str, at: str, holds: bool) -> None:
    assert parse_window("calendar day").holds(utc(earlier), utc(at), BERLIN) is holds


@pytest.mark.parametrize(
    ("earlier", "at", "holds"),
    [
        ("2026-10-18 22:00", "2026-10-25 22:59", True),  # Monday 19 Oct 00:00 to Sunday 23:59
        ("2026-10-18 22:00", "2026-10-25 23:00", False),
        ("2026-10-18 21:59", "2026-10-18 22:00", False),
        ("2026-12-30 12:00", "2027-01-02 12:00", True),  # a week across the year's end
    ],
)
def test_a_calendar_week_begins_on_monday(earlier: str, at: str, holds: bool) -> None:
    assert parse_window("calendar week").holds(utc(earlier), utc(at), BERLIN) is holds


@pytest.mark.parametrize("window", ["calendar day", "calendar week"])
def test_no_calendar_window_is_longer_than_it_says(window: str) -> None:
    parsed = parse_window(window)

    # Samoa lived 4 July 1892 twice and Juneau 18 October 1867: two local days of 48 h.
    for zone in ("Pacific/Apia", "America/Juneau", "Europe/Berlin", "Asia/Manila"):
        place = ZoneInfo(zone)
        for start in (utc("1892-07-01 00:00"), utc("1867-10-15 00:00"), utc("2026-10-19 00:00")):
            for hour in range(24 * 10):
                at = start + hour * 3600.0
                assert not parsed.holds(at - parsed.length_s, at, place)


@pytest.mark.parametrize("text", ["0s", "401d", "7 d", "calendar month", "", 7, None, "-1d", "inf"])
def test_refuses_what_is_no_window(text: object) -> None:
    with pytest.raises(ValueError, match="a window must be a duration such as 7d, at most 400d"):
        parse_window(text)


def test_a_calendar_window_is_told_as_it_is_written() -> None:
    assert [parse_window(text).text for text in ("calendar day", "calendar week", "36h")] == [
        "calendar day", "calendar week", "36h",
    ]  # fmt: skip


def test_four_hundred_days_are_allowed() -> None:
    assert parse_window("400d").length_s == 400 * DAY
