"""When what time alone holds back could be let through."""

from dataclasses import replace
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from rules.gates.gate import Candidate
from rules.gates.hours import local_date
from rules.gates.memory import Retention, Send
from rules.gates.opening_hours import OpeningHours
from rules.gates.quiet_hours import QuietHours
from rules.playbook.models import Playbook
from rules.release import DAYS_AHEAD, LONGEST_S, MAX_TIMES, Release
from tests.rules.gates.build import DAY, HOUR, candidate, customer, playbook, rule, send, utc

AT = utc("2026-06-10 12:00")
MINUTE = 60.0


def times(
    *sends: Send,
    at: float = AT,
    zones: tuple[str, ...] = ("UTC",),
    cooldowns: tuple[str, ...] = ("1h",),
    **gates: Any,
) -> list[float]:
    rules = [rule(f"r-{n}", cooldown=cooldown) for n, cooldown in enumerate(cooldowns)]
    book = playbook(*rules, gates=gates)
    waiting = candidate(at, book=book, who=customer(sends=sends), zone=zones[0])
    waiting.other_zones = tuple(ZoneInfo(zone) for zone in zones[1:])
    return list(Release(book, Retention(book)).times(waiting))


MIDNIGHTS = {utc("2026-06-11 00:00") + n * DAY for n in range(DAYS_AHEAD + 1)}


def test_days_begin_and_quiet_hours_end() -> None:
    assert times() == sorted(MIDNIGHTS)
    assert times()[-1] == utc("2026-06-26 00:00")  # the day after the next fifteen

    quiet = [{"start": "21:00", "end": "08:00"}, {"start": "22:00", "end": "24:00"}]
    # Of today 08:00 is over.
    ends = {utc("2026-06-10 08:00") + n * DAY for n in range(1, DAYS_AHEAD + 1)}
    assert times(quiet_hours=quiet) == sorted(MIDNIGHTS | ends)


def test_in_every_zone_where_the_customer_may_be() -> None:
    # Midnight in Berlin is 22:00 in UTC.
    berlin = {at - 2 * HOUR for at in MIDNIGHTS}
    assert times(zones=("UTC", "Europe/Berlin")) == sorted(MIDNIGHTS | berlin)


def test_a_time_that_the_clock_shows_twice_is_two_moments() -> None:
    # In New York 01:30 comes at 05:30 and at 06:30 in UTC.
    quiet = [{"start": "21:00", "end": "01:30"}]
    found = times(at=utc("2026-11-01 05:00"), zones=("America/New_York",), quiet_hours=quiet)

    assert found[:2] == [utc("2026-11-01 05:30"), utc("2026-11-01 06:30")]


def test_every_window_of_what_went_out_ends() -> None:
    cap = {"id": "one", "max": 1, "window": "5h"}
    daily = {"id": "two", "max": 1, "window": "calendar day"}
    refused = {"outcome": "rejected", "times": 1, "within": "1d", "for": "7h"}
    gates: dict[str, Any] = {
        "caps": [cap, daily], "contact_window": "3h", "until_outcome": "2h",
        "suppress_after": [refused],
    }  # fmt: skip
    found = times(send(AT - 1.0), cooldowns=("1h", "4h"), **gates)

    # Cool-downs of 1 and 4 h, the outcome after 2 h, the contact window of 3 h, the cap of 5 h,
    # 2 + 7 h after which the customer's silence was one of those outcomes; kept for 2 days.
    after = {AT - 1.0 + hours * HOUR for hours in (1, 2, 3, 4, 5, 9, 48)}
    assert found == sorted(MIDNIGHTS | after)
    # An outcome counts from when it came; what is over already is no time to come.
    known = send(AT - 6 * HOUR, outcome="rejected", outcome_at=AT - HOUR)
    assert AT + 6 * HOUR in times(known, **gates)
    assert min(times(known, **gates)) > AT
    assert AT + 6 * HOUR not in times(known._replace(outcome=""), **gates)


def test_what_a_person_may_still_let_go_has_no_end() -> None:
    parked = send(AT, outcome="parked", outcome_at=AT)
    # The cool-down and the contact window of what went out end all the same.
    assert times(parked) == sorted(MIDNIGHTS | {AT + HOUR, AT + DAY})


def test_at_most_so_many_are_looked_at() -> None:
    sends = [send(AT - n) for n in range(32)]
    found = times(*sends, cooldowns=tuple(f"{n}h" for n in range(1, 20)))

    assert len(found) == MAX_TIMES
    assert found == sorted(found)


class Hours:
    """Quiet hours of customers and opening hours of the desk, by clocks that may differ."""

    def __init__(self, zones: tuple[str, ...] = ("UTC",), centre: str = "UTC", **gates: Any):
        self._book: Playbook = playbook(gates=gates, time_zone=centre)
        self._zones = tuple(ZoneInfo(zone) for zone in zones)
        of = self._book.gates
        self._gates = (QuietHours(of), OpeningHours(of, ZoneInfo(centre)))
        self._release = Release(self._book, Retention(self._book))

    def candidate(self, at: float) -> Candidate:
        made = candidate(at, book=self._book, zone=self._zones[0].key)
        made.other_zones = self._zones[1:]
        return made

    def let_through(self, waiting: Candidate) -> bool:
        return all(gate.check(waiting)[0] for gate in self._gates)

    def released(self, at: float) -> float | None:
        waiting = self.candidate(at)
        found = self._release.after_hours(waiting, self._gates)
        assert (waiting.at, waiting.verdicts) == (at, [])
        return found

    def first_minute(self, at: float) -> float | None:
        """Return the same, minute by minute."""
        probe = self.candidate(at // MINUTE * MINUTE)
        while (probe := replace(probe, at=probe.at + MINUTE)).at <= at + LONGEST_S:
            if self.let_through(probe):
                return probe.at
        return None


OPEN: dict[str, Any] = {"desk": {"wed": "07:00-13:20", "thu": "09:10-17:00"}}
QUIET = [{"start": "12:00", "end": "13:10"}]


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-06-10 12:07", "2026-06-10 13:10"),  # a Wednesday
        ("2026-06-10 13:20", "2026-06-11 09:10"),  # closed from 13:20 on
        ("2026-06-11 12:00", "2026-06-11 13:10"),
        ("2026-06-11 17:00", None),  # closed until the 17th
    ],
)
def test_the_first_moment_at_which_everything_is_open(at: str, expected: str | None) -> None:
    found = Hours(quiet_hours=QUIET, opening_hours=OPEN).released(utc(at))

    assert found == (None if expected is None else utc(expected))


def test_however_short_it_is_open() -> None:
    # From 13:10 until the desk leaves at 13:11.
    open_for_a_minute = {"desk": {"wed": "07:00-13:11"}}
    found = Hours(quiet_hours=QUIET, opening_hours=open_for_a_minute).released(AT)

    assert found == utc("2026-06-10 13:10")


@pytest.mark.parametrize(("days", "found"), [(4, True), (5, False)])
def test_it_looks_ahead_over_a_long_weekend_and_no_further(days: int, found: bool) -> None:
    # Open on Mondays from 12:00, the 15th; 12:00 of the 11th is four days before.
    at = f"2026-06-{15 - days} 12:00"
    hours = Hours(opening_hours={"desk": {"mon": "12:00-17:00"}})

    assert LONGEST_S == 4 * DAY
    assert hours.released(utc(at)) == (utc("2026-06-15 12:00") if found else None)


CHANGES = {
    "America/New_York": ("2026-03-08 07:00", "2026-11-01 06:00", "2027-03-14 07:00"),
    "Europe/Berlin": ("2026-03-29 01:00", "2026-10-25 01:00", "2027-03-28 01:00"),
    "Australia/Lord_Howe": ("2026-04-04 15:00", "2026-10-03 15:30", "2027-04-03 15:00"),
    "America/Sao_Paulo": ("2018-11-04 03:00", "2019-02-17 02:00"),  # at midnight
    "Europe/Moscow": ("2014-10-25 22:00",),
}
"""Moments at which clocks change."""


def some_time(random: Random, *, end: bool = False) -> str:
    """Return a time of day; every third lies where clocks change."""
    hour = random.choice((random.randrange(24), random.randrange(24), random.randrange(4)))
    minute = random.choice((0, 30, 45, random.randrange(60)))
    return "24:00" if end and random.random() < 0.1 else f"{hour:02}:{minute:02}"


def random_hours(random: Random) -> tuple[Hours, float]:
    """Return hours of any kind, and a moment within two days of a change of a clock."""
    centre = random.choice(sorted(CHANGES))
    zones = random.choices(sorted(CHANGES), k=random.choice((1, 1, 2)))
    changed_at = utc(random.choice(CHANGES[random.choice((centre, *zones))]))
    at = changed_at + random.uniform(-2 * DAY, DAY)
    quiet, spans = [], {}
    for _ in range(random.choice((0, 1, 1, 2))):
        start, end = some_time(random), some_time(random, end=True)
        if start != end:
            quiet.append({"start": start, "end": end, "holidays": random.random() < 0.5})
    for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun"):
        start, end = sorted((some_time(random), some_time(random, end=True)))
        if start != end and random.random() < 0.7:
            spans[day] = f"{start}-{end}"
    holiday: list[str] = []
    if random.random() < 0.5:
        holiday = [str(local_date(at + random.choice((0, DAY)), ZoneInfo(centre)))]
    gates = {"quiet_hours": quiet, "opening_hours": {"desk": spans}, "holidays": holiday}
    return Hours(tuple(dict.fromkeys(zones)), centre, **gates), at


@pytest.mark.parametrize("first", range(0, 120, 30))
def test_it_is_the_first_minute_at_which_the_gates_let_through(first: int) -> None:
    held = 0
    for seed in range(first, first + 30):
        hours, at = random_hours(Random(seed))
        if not hours.let_through(hours.candidate(at)):
            held += 1
            assert hours.released(at) == hours.first_minute(at), seed

    assert held > 10
