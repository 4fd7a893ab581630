from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.gates.opening_hours import OpeningHours
from rules.proof.opening import is_open
from tests.rules.gates.build import candidate, config, rule, utc

JERUSALEM = ZoneInfo("Asia/Jerusalem")
HOURS = config(
    opening_hours={
        "centre": {
            "sun": "07:00-24:00",
            "fri": ["00:00-02:30", "07:00-14:00"],
            "sat": "19:00-24:00",
        },
        "desk": {"mon": "09:00-17:00"},
    },
    holidays=["1999-01-10"],
)


@pytest.mark.parametrize(
    ("local", "team", "expected"),
    [
        ("1999-01-03 06:59", None, False),  # a Sunday
        ("1999-01-03 07:00", None, True),
        ("1999-01-03 23:59", None, True),
        ("1999-01-04 00:00", None, False),
        ("1999-01-08 13:59", None, True),
        ("1999-01-08 14:00", None, False),
        ("1999-01-10 12:00", None, False),  # a Sunday again, but a holiday
        ("1999-01-04 12:00", None, False),  # a Monday: the centre says nothing
        ("1999-01-04 12:00", "desk", True),
        ("1999-01-03 12:00", "desk", False),  # a team's hours replace the centre's
        ("1999-01-03 12:00", "shop", True),  # a team without hours keeps the centre's
    ],
)
def test_hours_are_by_the_wall_clock(local: str, team: str | None, expected: bool) -> None:
    at = datetime.fromisoformat(local).replace(tzinfo=JERUSALEM).timestamp()

    assert is_open(HOURS, team, JERUSALEM, at) is expected


def test_without_stated_hours_it_is_always_open() -> None:
    assert is_open(config(), "desk", JERUSALEM, 0.0)
    assert is_open(config(opening_hours={"desk": {"mon": "09:00-17:00"}}), None, JERUSALEM, 0.0)


@given(
    st.integers(int(utc("1998-01-01 00:00")), int(utc("2001-01-01 00:00"))),
    st.sampled_from(["desk", "shop"]),
)
def test_what_the_gate_lets_through_was_open(second: int, team: str) -> None:
    at = float(second)
    gate = OpeningHours(HOURS, JERUSALEM)
    passed, _ = gate.check(candidate(at, of=rule(to=team), zone="Asia/Jerusalem"))

    by_the_clock = is_open(HOURS, team, JERUSALEM, at)
    # Where the clock shows a time twice the gate keeps to the stricter one.
    offsets = {
        datetime.fromtimestamp(at + shift, JERUSALEM).utcoffset() for shift in (-7200.0, 7200.0)
    }
    assert passed == by_the_clock or (len(offsets) > 1 and by_the_clock)


def test_of_a_time_shown_twice_both_count() -> None:
    # On Friday, 3 September 1999, at 02:00 the clocks of Jerusalem went back to 01:00.
    first = utc("1999-09-02 22:30")
    shown = [datetime.fromtimestamp(at, JERUSALEM) for at in (first, first + 3600)]
    assert [f"{time:%a %H:%M}" for time in shown] == ["Fri 01:30", "Fri 01:30"]
    assert shown[0].utcoffset() == (shown[1].utcoffset() or timedelta()) + timedelta(hours=1)

    hours = config(opening_hours={"centre": {"fri": "01:00-02:00"}})
    assert [is_open(hours, None, JERUSALEM, at) for at in (first, first + 3600)] == [True, True]
