"""Quiet and opening hours where clocks are moved, 2026 and 2027; all moments worked out by hand.

New York moves on the second Sunday of March and the first of November at 2:00, Berlin on the last
Sundays of March and October at 1:00 UTC, Lord Howe by half an hour on the first Sundays of April
and October at 2:00. Moscow (+3) and Sao Paulo (-3) stay. Half-open: at the end it is over.
"""

from zoneinfo import ZoneInfo

import pytest

from rules.gates.opening_hours import OpeningHours
from rules.gates.quiet_hours import QuietHours
from tests.rules.gates.build import HOUR, candidate, config, utc

NEW_YORK, BERLIN, MOSCOW, SAO_PAULO, LORD_HOWE = (
    "America/New_York", "Europe/Berlin", "Europe/Moscow", "America/Sao_Paulo",
    "Australia/Lord_Howe",
)  # fmt: skip

ENDS = [
    # Zone, local end of the quiet that began at 22:00, UTC of that end.
    # The hour from 2 to 3 is skipped: over at the moment of the skip.
    (NEW_YORK, "02:30", "2026-03-08 07:00"), (NEW_YORK, "02:30", "2027-03-14 07:00"),
    (BERLIN, "02:30", "2026-03-29 01:00"), (BERLIN, "02:30", "2027-03-28 01:00"),
    # From 2:00 to 2:30 is skipped.
    (LORD_HOWE, "02:15", "2026-10-03 15:30"), (LORD_HOWE, "02:15", "2027-10-02 15:30"),
    # Shown twice: over at the second, by winter time.
    (NEW_YORK, "01:30", "2026-11-01 06:30"), (NEW_YORK, "01:30", "2027-11-07 06:30"),
    (BERLIN, "02:30", "2026-10-25 01:30"), (BERLIN, "02:30", "2027-10-31 01:30"),
    # From 1:30 to 2:00 comes twice; the second is at +10:30.
    (LORD_HOWE, "01:45", "2026-04-04 15:15"), (LORD_HOWE, "01:45", "2027-04-03 15:15"),
    # After the change, and without one.
    (NEW_YORK, "08:00", "2026-03-08 12:00"), (NEW_YORK, "08:00", "2026-11-01 13:00"),
    (BERLIN, "08:00", "2026-03-29 06:00"), (BERLIN, "08:00", "2026-10-25 07:00"),
    (LORD_HOWE, "08:00", "2026-04-04 21:30"), (LORD_HOWE, "08:00", "2026-10-03 21:00"),
    (MOSCOW, "02:30", "2026-03-28 23:30"), (MOSCOW, "02:30", "2027-10-30 23:30"),
    (SAO_PAULO, "02:30", "2026-11-01 05:30"), (SAO_PAULO, "02:30", "2027-02-21 05:30"),
]  # fmt: skip


@pytest.mark.parametrize(("zone", "end", "over"), ENDS)
def test_quiet_ends(zone: str, end: str, over: str) -> None:
    gate = QuietHours(config(quiet_hours=[{"start": "22:00", "end": end}]))
    at = utc(over)

    assert not gate.check(candidate(at - 1, zone=zone))[0]
    assert gate.check(candidate(at, zone=zone))[0]


BEGINS = [
    # Zone, local beginning of the quiet that ends at 8:00, UTC of that beginning.
    (NEW_YORK, "02:30", "2026-03-08 07:00"), (BERLIN, "02:30", "2027-03-28 01:00"),
    (LORD_HOWE, "02:15", "2027-10-02 15:30"),
    # Shown twice: it begins with the first, by summer time.
    (NEW_YORK, "01:30", "2027-11-07 05:30"), (BERLIN, "02:30", "2026-10-25 00:30"),
    (LORD_HOWE, "01:45", "2026-04-04 14:45"),
    (MOSCOW, "01:00", "2026-10-24 22:00"), (SAO_PAULO, "01:00", "2027-10-17 04:00"),
]  # fmt: skip


@pytest.mark.parametrize(("zone", "start", "begins"), BEGINS)
def test_quiet_begins_and_what_passed_before_knows_it(zone: str, start: str, begins: str) -> None:
    gate = QuietHours(config(quiet_hours=[{"start": start, "end": "08:00"}]))
    at = utc(begins)

    assert gate.check(candidate(at - 1, zone=zone))[0]
    assert not gate.check(candidate(at, zone=zone))[0]
    assert gate.next_after(candidate(at - HOUR / 4, zone=zone)) == at


@pytest.mark.parametrize(
    ("zone", "hours", "opens", "closes"),
    [
        # Skipped: opens at the skip. Twice: opens with the second, closes with the first.
        (NEW_YORK, "02:30-10:00", "2026-03-08 07:00", "2026-03-08 14:00"),
        (NEW_YORK, "01:30-10:00", "2027-11-07 06:30", "2027-11-07 15:00"),
        (BERLIN, "02:30-10:00", "2027-03-28 01:00", "2027-03-28 08:00"),
        (BERLIN, "01:00-02:30", "2026-10-24 23:00", "2026-10-25 00:30"),
        (LORD_HOWE, "02:15-10:00", "2026-10-03 15:30", "2026-10-03 23:00"),
        (LORD_HOWE, "01:00-01:45", "2027-04-03 14:00", "2027-04-03 14:45"),
        (MOSCOW, "09:00-18:00", "2027-03-28 06:00", "2027-03-28 15:00"),
        (SAO_PAULO, "09:00-18:00", "2026-10-18 12:00", "2026-10-18 21:00"),
    ],
)
def test_a_team_comes_and_goes(zone: str, hours: str, opens: str, closes: str) -> None:
    gate = OpeningHours(config(opening_hours={"desk": {"sun": hours}}), ZoneInfo(zone))
    first, last = utc(opens), utc(closes)

    assert not gate.check(candidate(first - 1))[0]
    assert gate.check(candidate(first))[0]
    assert gate.closes_at(candidate(first), first + 100 * HOUR) == last
    assert gate.check(candidate(last - 1))[0]
    assert not gate.check(candidate(last))[0]
