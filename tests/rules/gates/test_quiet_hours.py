import math
from typing import Any

import pytest

from rules.gates.quiet_hours import QuietHours
from tests.rules.gates.build import candidate, config, rule, utc

NIGHT = {"start": "22:00", "end": "08:00"}


def gate(*hours: dict[str, Any], holidays: tuple[str, ...] = ()) -> QuietHours:
    return QuietHours(config(quiet_hours=list(hours), holidays=holidays))


@pytest.mark.parametrize(
    ("clock", "passes"),
    [
        ("21:59:59.999", True), ("22:00", False), ("23:59:59.999", False), ("00:00", False),
        ("07:59:59.999", False), ("08:00", True), ("12:00", True),
    ],
)  # fmt: skip
def test_quiet_over_midnight_is_half_open(clock: str, passes: bool) -> None:
    passed, _ = gate(NIGHT).check(candidate(utc(f"2026-06-10 {clock}")))

    assert passed is passes


@pytest.mark.parametrize(
    ("clock", "passes"), [("12:59", True), ("13:00", False), ("14:59", False), ("15:00", True)]
)
def test_quiet_within_a_day_is_half_open(clock: str, passes: bool) -> None:
    passed, _ = gate({"start": "13:00", "end": "15:00"}).check(
        candidate(utc(f"2026-06-10 {clock}"))
    )

    assert passed is passes


@pytest.mark.parametrize(
    ("end", "clock", "passes"),
    [
        ("24:00", "23:59", False),
        ("24:00", "00:00", True),
        ("00:00", "23:59", False),
        ("00:00", "00:00", True),
    ],
)
def test_quiet_may_end_at_midnight(end: str, clock: str, passes: bool) -> None:
    passed, _ = gate({"start": "20:00", "end": end}).check(candidate(utc(f"2026-06-10 {clock}")))

    assert passed is passes


def test_yesterday_is_the_customers() -> None:
    # 20:30 on the 9th in New York, where it has been quiet since 22:00 on the 8th.
    passed, _ = gate({"start": "22:00", "end": "21:00"}).check(
        candidate(utc("2026-06-10 00:30"), zone="America/New_York")
    )

    assert not passed


def test_all_day_is_always_quiet() -> None:
    all_day = gate({"start": "00:00", "end": "24:00"})

    assert not any(
        all_day.check(candidate(utc("2026-06-10 00:00") + minutes * 60.0))[0]
        for minutes in range(0, 3000, 15)
    )


# (zone, start, end, instant in UTC, passes); the zones' rules are in test_hours.py.
DAYLIGHT_SAVING = [
    # The end 02:30 is skipped: quiet until the skip at 07:00, free from there.
    ("America/New_York", "22:00", "02:30", "2026-03-08 06:59:59", False),
    ("America/New_York", "22:00", "02:30", "2026-03-08 07:00", True),
    # The start 02:30 is skipped: quiet from the skip.
    ("America/New_York", "02:30", "08:00", "2026-03-08 06:59:59", True),
    ("America/New_York", "02:30", "08:00", "2026-03-08 07:00", False),
    # The whole stretch is skipped: never quiet that night.
    ("America/New_York", "02:00", "03:00", "2026-03-08 06:59:59", True),
    ("America/New_York", "02:00", "03:00", "2026-03-08 07:00", True),
    # The end 01:30 comes twice: quiet until the second, in between as well.
    ("America/New_York", "22:00", "01:30", "2026-11-01 05:45", False),
    ("America/New_York", "22:00", "01:30", "2026-11-01 06:29:59", False),
    ("America/New_York", "22:00", "01:30", "2026-11-01 06:30", True),
    # The start 01:30 comes twice: quiet from the first.
    ("America/New_York", "01:30", "08:00", "2026-11-01 05:29:59", True),
    ("America/New_York", "01:30", "08:00", "2026-11-01 05:30", False),
    ("America/New_York", "01:30", "08:00", "2026-11-01 06:15", False),
    # 08:00 is 13:00 UTC in winter and 12:00 UTC in summer.
    ("America/New_York", "22:00", "08:00", "2026-03-07 12:59:59", False),
    ("America/New_York", "22:00", "08:00", "2026-03-07 13:00", True),
    ("America/New_York", "22:00", "08:00", "2026-03-08 11:59:59", False),
    ("America/New_York", "22:00", "08:00", "2026-03-08 12:00", True),
    ("America/New_York", "22:00", "08:00", "2027-03-14 12:00", True),
    ("America/New_York", "22:00", "08:00", "2027-11-07 12:59:59", False),
    ("Europe/Berlin", "22:00", "02:30", "2026-03-29 00:59:59", False),
    ("Europe/Berlin", "22:00", "02:30", "2026-03-29 01:00", True),
    ("Europe/Berlin", "22:00", "02:30", "2026-10-25 01:29:59", False),
    ("Europe/Berlin", "22:00", "02:30", "2026-10-25 01:30", True),
    ("Europe/Berlin", "22:00", "08:00", "2027-03-28 05:59:59", False),
    ("Europe/Berlin", "22:00", "08:00", "2027-03-28 06:00", True),
    ("Europe/Berlin", "22:00", "08:00", "2027-10-31 06:59:59", False),
    ("Europe/Berlin", "22:00", "08:00", "2027-10-31 07:00", True),
    ("Asia/Jerusalem", "23:00", "02:15", "2026-03-26 23:59:59", False),
    ("Asia/Jerusalem", "23:00", "02:15", "2026-03-27 00:00", True),
    ("Asia/Jerusalem", "23:00", "01:15", "2026-10-24 23:14:59", False),
    ("Asia/Jerusalem", "23:00", "01:15", "2026-10-24 23:15", True),
    ("Asia/Jerusalem", "23:00", "07:00", "2027-03-26 04:00", True),
    ("Asia/Jerusalem", "23:00", "07:00", "2027-10-31 04:59:59", False),
    ("Australia/Lord_Howe", "22:00", "01:45", "2026-04-04 15:14:59", False),
    ("Australia/Lord_Howe", "22:00", "01:45", "2026-04-04 15:15", True),
    ("Australia/Lord_Howe", "22:00", "02:15", "2026-10-03 15:29:59", False),
    ("Australia/Lord_Howe", "22:00", "02:15", "2026-10-03 15:30", True),
    ("Australia/Lord_Howe", "22:00", "08:00", "2027-04-03 21:29:59", False),
    ("Australia/Lord_Howe", "22:00", "08:00", "2027-10-02 21:00", True),
    ("Europe/Moscow", "22:00", "08:00", "2026-03-29 04:59:59", False),
    ("Europe/Moscow", "22:00", "08:00", "2027-10-31 05:00", True),
    ("America/Sao_Paulo", "22:00", "08:00", "2026-10-18 10:59:59", False),
    ("America/Sao_Paulo", "22:00", "08:00", "2027-02-21 11:00", True),
]


@pytest.mark.parametrize(("zone", "start", "end", "at", "passes"), DAYLIGHT_SAVING)
def test_daylight_saving(zone: str, start: str, end: str, at: str, passes: bool) -> None:
    passed, _ = gate({"start": start, "end": end}).check(candidate(utc(at), zone=zone))

    assert passed is passes


@pytest.mark.parametrize(
    ("channels", "classes", "passes"),
    [
        (["*"], ["*"], False),
        (["crm"], ["service"], False),
        (["mail"], ["service"], True),
        (["mail", "crm"], ["promotional", "service"], False),
        (["crm"], ["promotional"], True),
    ],
)
def test_quiet_holds_for_its_channels_and_classes(
    channels: list[str], classes: list[str], passes: bool
) -> None:
    quiet = gate(NIGHT | {"channels": channels, "classes": classes})
    passed, _ = quiet.check(candidate(utc("2026-06-10 23:00"), of=rule(channel="crm")))

    assert passed is passes


@pytest.mark.parametrize(
    ("at", "passes"),
    [
        ("2026-12-24 22:59:59", True), ("2026-12-24 23:00", False),  # Berlin is at UTC+1
        ("2026-12-25 22:59:59", False), ("2026-12-25 23:00", True),
    ],
)  # fmt: skip
def test_a_holiday_is_quiet_all_day_where_stated(at: str, passes: bool) -> None:
    noon = {"start": "12:00", "end": "13:00"}
    whole = gate(noon | {"holidays": True}, holidays=("2026-12-25",))
    hours_only = gate(noon, holidays=("2026-12-25",))

    assert whole.check(candidate(utc(at), zone="Europe/Berlin"))[0] is passes
    assert hours_only.check(candidate(utc(at), zone="Europe/Berlin"))[0]


def test_the_detail_says_what_the_clock_shows() -> None:
    at = utc("2026-06-10 20:15")  # 22:15 in Berlin

    assert gate(NIGHT).check(candidate(at, zone="Europe/Berlin")) == (
        False, "22:15 in Europe/Berlin, quiet 22:00-08:00",
    )  # fmt: skip
    assert gate().check(candidate(at, zone="Europe/Berlin")) == (True, "22:15 in Europe/Berlin")


@pytest.mark.parametrize(
    ("at", "next_at"),
    [
        ("2026-06-10 08:00", "2026-06-10 22:00"),
        ("2026-06-10 21:59", "2026-06-10 22:00"),
        ("2026-12-24 23:30", "2026-12-25 00:00"),
    ],
)
def test_next_quiet_is_the_earliest_start(at: str, next_at: str) -> None:
    late = {"start": "23:45", "end": "23:50", "channels": "mail"}
    gates = gate(
        late, {"start": "22:00", "end": "23:30", "holidays": True}, holidays=("2026-12-25",)
    )

    assert gates.next_after(candidate(utc(at))) == utc(next_at)


def test_the_start_itself_is_not_next() -> None:
    # Asked at the very start: the next one is tomorrow's.
    assert gate(NIGHT).next_after(candidate(utc("2026-06-10 22:00"))) == utc("2026-06-11 22:00")


def test_without_quiet_hours_it_never_gets_quiet() -> None:
    assert gate().next_after(candidate(0.0)) == math.inf
