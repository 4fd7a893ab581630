"""When what hours hold back may go out."""

from typing import Any

import pytest

from rules.gates.opening_hours import OpeningHours
from rules.gates.quiet_hours import QuietHours
from rules.plays.release import LONGEST_S, release_at
from tests.rules.gates.build import candidate, config, utc

OPEN: dict[str, Any] = {"desk": {"wed": "07:00-13:20", "thu": "09:10-17:00"}}
QUIET = [{"start": "12:00", "end": "13:10"}]


def released(at: str, **blocks: Any) -> float | None:
    of = config(**blocks)
    waiting = candidate(utc(at))
    gates = (QuietHours(of), OpeningHours(of, waiting.zone))
    found = release_at(waiting, gates)
    assert (waiting.at, waiting.verdicts) == (utc(at), [])
    return found


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-06-10 12:07", "2026-06-10 13:15"),  # a Wednesday
        ("2026-06-10 13:00", "2026-06-10 13:15"),
        ("2026-06-10 13:17", "2026-06-11 09:15"),  # closed from 13:20 to 09:10
        ("2026-06-10 13:15", "2026-06-11 09:15"),  # strictly after
    ],
)
def test_the_next_full_quarter_at_which_everything_is_open(at: str, expected: str) -> None:
    assert released(at, quiet_hours=QUIET, opening_hours=OPEN) == utc(expected)


@pytest.mark.parametrize(("days", "found"), [(4, True), (5, False)])
def test_it_looks_ahead_over_a_long_weekend_and_no_further(days: int, found: bool) -> None:
    # Open on Mondays from 12:00, the 15th; 12:00 of the 11th is four days before.
    at = f"2026-06-{15 - days} 12:00"
    hours = {"desk": {"mon": "12:00-17:00"}}

    assert LONGEST_S == 4 * 86400
    assert released(at, opening_hours=hours) == (utc("2026-06-15 12:00") if found else None)
