"""When what time alone holds back could be let through."""

from typing import Any
from zoneinfo import ZoneInfo

from rules.gates.memory import Retention, Send
from rules.release import DAYS_AHEAD, MAX_TIMES, Release
from tests.rules.gates.build import DAY, HOUR, candidate, customer, playbook, rule, send, utc

AT = utc("2026-06-10 12:00")


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
