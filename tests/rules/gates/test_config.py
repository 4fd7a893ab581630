from datetime import date, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from rules.gates.config import GatesConfig
from tests.rules.gates.build import DAY, config

IGNORED = {"outcome": "ignored", "times": 2, "within": "30d", "for": "60d"}


def test_what_is_said_of_consent_and_outcomes_is_read_as_written() -> None:
    gates = config(
        consent={"service": {"*": "contract", "sms": "consent"}},
        contact_points={"sms": "phone"},
        after_bad_feedback="0s",
        until_outcome="3d",
        suppress_after=[IGNORED],
    )

    assert gates.consent.service == {"*": "contract", "sms": "consent"}
    assert gates.contact_points == {"sms": "phone"}
    assert (gates.after_bad_feedback_s, gates.until_outcome_s) == (0.0, 3 * DAY)
    (each,) = gates.suppress_after
    assert (each.outcome, each.times, each.within_s, each.for_s, each.per) == (
        "ignored", 2, 30 * DAY, 60 * DAY, "topic",
    )  # fmt: skip


def test_by_default_service_is_part_of_the_contract_and_a_bad_answer_counts_for_a_week() -> None:
    gates = config()

    assert gates.consent.service == {"*": "contract"}
    assert (gates.contact_points, gates.until_outcome_s, gates.suppress_after) == ({}, None, ())
    assert gates.after_bad_feedback_s == 7 * DAY


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
        (
            {"capacity": [{"team": team, "max": 1} for team in "bacab"]},
            "capacity must name each id or team once; got a, b twice",
        ),
        ({"capacity": [{"team": "a", "max": -1}]}, "greater than or equal to 0"),
        ({"capacity": [{"team": "a", "max": 1_000_001}]}, "less than or equal to 1000000"),
        ({"capacity": [{"team": "", "max": 1}]}, "at least 1 character"),
        ({"capacity": [{"team": "a" * 65, "max": 1}]}, "at most 64 characters"),
        ({"suppress_after": [IGNORED | {"times": 33}]}, "less than or equal to 32"),
        ({"after_bad_feedback": "-1s"}, "is not a duration"),
        ({"contact_window": "0s"}, "greater than 0"),
        ({"contact_window": "401d"}, "less than or equal to"),
        ({"contact_window": "soon"}, "is not a duration"),
        ({"quiet": []}, "Extra inputs"),
        (
            {"caps": [{"id": "a", "max": 1, "window": "calendar day", "scope": "contact_point"}]},
            "cap per contact point must be a duration such as 7d; got 'calendar day'",
        ),
        ({"contact_points": {"mail": "fax"}}, "'phone', 'email', 'post' or 'push'"),
        ({"consent": {"promotional": {"*": "contract"}}}, "Extra inputs"),
        ({"consent": {"service": {"*": "duty"}}}, "'contract' or 'consent'"),
        ({"after_bad_feedback": "401d"}, "less than or equal to"),
        ({"until_outcome": "0s"}, "greater than 0"),
        ({"suppress_after": [IGNORED]}, "'ignored' must have a time after which it is so"),
        ({"suppress_after": [IGNORED | {"times": 0}]}, "greater than or equal to 1"),
        ({"suppress_after": [IGNORED | {"outcome": "expired"}]}, "'ignored'"),
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
