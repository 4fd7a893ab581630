from datetime import date, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from rules.gates.config import GatesConfig
from tests.rules.gates.build import DAY, config


def test_a_full_block_is_read_as_written() -> None:
    gates = config(
        caps=[
            {"id": "week", "class": "promotional", "channel": "mail", "max": "2", "window": "7d"}
        ],
        quiet_hours=[{"start": "22:00", "end": "08:00", "channels": "mail", "holidays": "true"}],
        opening_hours={"centre": {"sun": "07:00-24:00", "fri": ["07:00-12:00", "12:00-14:00"]}},
        holidays=["2026-12-25", date(2027, 1, 1)],
        capacity=[{"team": "desk", "max": "40"}],
        contact_window="36h",
    )

    assert (gates.caps[0].class_, gates.caps[0].max, gates.caps[0].window) == (
        "promotional",
        2,
        "7d",
    )
    assert gates.quiet_hours[0].start == "22:00"
    assert gates.quiet_hours[0].channels == ("mail",)
    assert gates.quiet_hours[0].holidays is True
    assert gates.opening_hours["centre"].spans() == (
        (), (), (), (), ((420, 720), (720, 840)), (), ((420, 1440),),
    )  # fmt: skip
    assert gates.holidays == (date(2026, 12, 25), date(2027, 1, 1))
    assert (gates.capacity[0].team, gates.capacity[0].max) == ("desk", 40)
    assert gates.contact_window_s == 1.5 * DAY


def test_an_empty_block_caps_nothing_and_spaces_a_topic_by_a_day() -> None:
    gates = config()

    assert (gates.caps, gates.quiet_hours, gates.capacity) == ((), (), ())
    assert gates.contact_window_s == DAY


def test_what_was_read_can_be_written_and_read_again() -> None:
    gates = config(
        caps=[{"id": "day", "class": "service", "max": 1, "window": "calendar day"}],
        opening_hours={"desk": {"mon": "closed", "tue": "00:00-24:00"}},
        holidays=["2026-12-25"],
    )

    assert GatesConfig.model_validate_json(gates.model_dump_json(by_alias=True)) == gates


@pytest.mark.parametrize(
    ("blocks", "message"),
    [
        ({"quiet_hours": [{"start": 1320, "end": "08:00"}]}, "a time of day must be text"),
        ({"quiet_hours": [{"start": "24:00", "end": "08:00"}]}, "a time of day must be text"),
        (
            {"quiet_hours": [{"start": "08:00", "end": "08:00"}]},
            "must not start and end at the same",
        ),
        ({"quiet_hours": [{"start": "22:00", "end": "08:00", "channels": []}]}, "at least 1"),
        ({"quiet_hours": [{"start": "22:00", "end": "08:00", "classes": ["vip"]}]}, "'service'"),
        (
            {"opening_hours": {"centre": {"mon": "19:00-07:00"}}},
            "past midnight goes on the next day",
        ),
        ({"opening_hours": {"centre": {"mon": 7}}}, "hours must be text"),
        (
            {"opening_hours": {"centre": {"mon": ["09:00-12:00", "11:59-13:00"]}}},
            "in order and apart",
        ),
        ({"opening_hours": {"centre": {"monday": "09:00-12:00"}}}, "Extra inputs"),
        ({"holidays": ["2026-02-30"]}, "a holiday must be a date such as 2026-12-25"),
        ({"holidays": [20261225]}, "a holiday must be a date such as 2026-12-25"),
        ({"holidays": [datetime(2026, 12, 25, 1)]}, "a holiday must be a date"),  # noqa: DTZ001
        ({"caps": [{"id": "a", "max": 0, "window": "7d"}]}, "greater than or equal to 1"),
        ({"caps": [{"id": "a", "max": 33, "window": "7d"}]}, "less than or equal to 32"),
        ({"caps": [{"id": "a", "max": 1, "window": "weekly"}]}, "a window must be a duration"),
        ({"caps": [{"id": "a", "max": 1, "window": "7d", "scope": "household"}]}, "'customer'"),
        ({"caps": [{"id": "a", "max": 1, "window": "7d"}] * 2}, "caps must name each id"),
        ({"capacity": [{"team": "a", "max": 1}] * 2}, "capacity must name each id or team once"),
        ({"capacity": [{"team": "a", "max": -1}]}, "greater than or equal to 0"),
        ({"contact_window": "0s"}, "greater than 0"),
        ({"contact_window": "401d"}, "less than or equal to"),
        ({"contact_window": "soon"}, "is not a duration"),
        ({"quiet": []}, "Extra inputs"),
    ],
)
def test_refuses(blocks: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        config(**blocks)


def test_touching_spans_and_the_limits_themselves_are_allowed() -> None:
    gates = config(
        caps=[{"id": "a", "max": 32, "window": "400d"}],
        capacity=[{"team": "a", "max": 0}],
        quiet_hours=[{"start": "00:00", "end": "24:00"}],
        contact_window="400d",
    )

    assert (gates.caps[0].max, gates.contact_window_s) == (32, 400 * DAY)
