from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.sources.bank_calls.rows import DAY_S, parse_row
from streams.sources.bank_calls.stages import cut, instants
from tests.streams.sources.bank_calls.test_rows import NO_QUEUE, NO_SERVICE, columns, line, parse


def stages(**changes: str) -> dict[str, dict[str, Any]]:
    return {event.type: dict(event.data) for event in cut(parse(**changes))}


def test_answered_after_a_wait() -> None:
    events = cut(parse())

    assert [event.type for event in events] == [
        "contact.started",
        "contact.queued",
        "contact.answered",
        "contact.ended",
    ]
    started, queued, answered, ended = events
    assert started.id == "990101-AA0101-33118-started"
    assert started.source == "bank-calls"
    assert {event.customer for event in events} == {"27997683"}
    # Israel is two hours ahead of UTC in winter.
    assert started.at == datetime(1999, 1, 1, 4, 55, 20, tzinfo=UTC).timestamp()
    assert (queued.at - started.at, answered.at - queued.at, ended.at - answered.at) == (6, 17, 54)
    contact = {
        "call": "990101-AA0101-33118",
        "channel": "phone",
        "direction": "inbound",
        "topic": "regular",
        "priority": "high",
    }
    assert started.data == queued.data == contact
    assert answered.data == contact | {"wait_s": 17.0}
    assert ended.data == contact | {"outcome": "answered", "wait_s": 17.0, "service_s": 54.0}


def test_answered_without_a_wait() -> None:
    found = stages(**NO_QUEUE)

    assert list(found) == ["contact.started", "contact.answered", "contact.ended"]
    assert found["contact.answered"]["wait_s"] == 0.0


def test_abandoned() -> None:
    found = stages(outcome="HANG", **NO_SERVICE)

    assert list(found) == [
        "contact.started",
        "contact.queued",
        "contact.abandoned",
        "contact.ended",
    ]
    assert found["contact.abandoned"]["wait_s"] == 17.0
    assert found["contact.ended"]["outcome"] == "abandoned"
    assert found["contact.ended"]["service_s"] == 0.0


def test_hung_up_before_any_queue() -> None:
    found = stages(outcome="HANG", **NO_QUEUE, **NO_SERVICE)

    assert list(found) == ["contact.started", "contact.ended"]
    assert found["contact.ended"]["outcome"] == "hung_up"
    assert found["contact.ended"]["wait_s"] == 0.0


def test_returned_call_is_outbound() -> None:
    assert stages(type="TT")["contact.started"]["direction"] == "outbound"


def test_nobody_identified_is_keyed_by_the_call() -> None:
    event = cut(parse(customer_id="0"))[0]

    assert event.customer == "call:990101-AA0101-33118"
    assert not event.identified


@given(columns, st.dates(date(1999, 1, 1), date(1999, 12, 31)))
def test_times_never_go_back_on_any_day(changes: dict[str, str], day: date) -> None:
    events = cut(parse_row(line(**changes | {"date": f"{day:%y%m%d}"})))

    times = [event.at for event in events]
    assert times == sorted(times)
    for event in events[1:]:
        if "wait_s" in event.data:
            assert event.data["wait_s"] >= 0


@pytest.mark.parametrize("day", [date(1999, 4, 2), date(1999, 9, 3)])
def test_clocks_change_on_these_days_of_1999(day: date) -> None:
    zone = ZoneInfo("Asia/Jerusalem")
    before = datetime(day.year, day.month, day.day, tzinfo=zone).utcoffset()

    assert before is not None
    after = (datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(days=1)).utcoffset()
    assert before != after


def test_spring_has_no_hour_after_two() -> None:
    before, after = instants(date(1999, 4, 2), [2 * 3600 - 1, 3 * 3600])

    assert after - before == 1


def test_time_that_spring_leaves_out_does_not_go_back() -> None:
    left_out, after = instants(date(1999, 4, 2), [2 * 3600 + 1800, 3 * 3600])

    assert after == left_out


def test_autumn_has_the_hour_before_two_twice() -> None:
    before, first, after = instants(date(1999, 9, 3), [3600 - 1, 3600, 2 * 3600])

    assert (first - before, after - first) == (1, 2 * 3600)


def test_call_over_the_end_of_summer_time_does_not_go_back() -> None:
    # Ends at 1:00:05 of the second pass, which the row does not tell from the first.
    _, answered, ended = cut(
        parse(
            date="990903", vru_entry="1:59:40", vru_exit="1:59:45", ser_start="1:59:45",
            ser_exit="1:00:05", **NO_QUEUE,
        )
    )  # fmt: skip

    assert ended.at == answered.at


def test_night_before_the_clocks_change_is_counted_in_full() -> None:
    at_night, next_day = instants(date(1999, 9, 2), [DAY_S - 1, DAY_S + 3 * 3600])

    assert next_day - at_night == 4 * 3600 + 1
