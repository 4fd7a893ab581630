"""When what time alone holds back could be let through."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from heapq import merge
from itertools import islice
from math import inf
from typing import Final
from zoneinfo import ZoneInfo

from rules.gates.gate import Candidate, Gate
from rules.gates.hours import DAY_MINUTES, instant, local_date, parse_time_of_day
from rules.gates.memory import Retention
from rules.gates.window import parse_window
from rules.playbook.models import Playbook

DAYS_AHEAD: Final = 15
"""A week and a row of holidays."""
MAX_TIMES: Final = 256
LONGEST_S: Final = 4 * 86400.0
"""As far ahead as something waits for hours: over a long weekend."""


class Release:
    """Every moment at which a gate that looks at the time may change its mind.

    Those are the ends of windows of what was sent, the ends of quiet hours, the beginnings of
    opening hours and of days, so whoever asks the gates at each of them in order finds the first
    that lets through.
    """

    def __init__(self, playbook: Playbook, retention: Retention) -> None:
        gates = playbook.gates
        windows = [parse_window(cap.window) for cap in gates.caps]
        until_s = gates.until_outcome_s or 0.0
        self._lengths_s = sorted(
            {window.length_s for window in windows if window.kind == "rolling"}
            | {gates.contact_window_s, until_s}
            | {rule.cooldown_s for rule in playbook.rules}
            | {until_s + each.for_s for each in gates.suppress_after}
        )
        self._of_outcomes_s = sorted({each.for_s for each in gates.suppress_after})
        ends = {parse_time_of_day(hours.end, end=True) for hours in gates.quiet_hours}
        self._quiet_ends = sorted(ends | {0, DAY_MINUTES})
        weeks = [week.spans() for week in gates.opening_hours.values()]
        self._openings = sorted({start for week in weeks for day in week for start, _ in day})
        self._zone = ZoneInfo(playbook.time_zone)
        self._retention = retention

    def times(self, candidate: Candidate) -> Iterator[float]:
        """Yield them in order, event times after the candidate's own, the first 256.

        Opening hours are left out: other systems have teams of their own.
        """
        of_sends = sorted(at for at in self._of_sends(candidate) if candidate.at < at < inf)
        places = [(zone, self._quiet_ends) for zone in candidate.zones]
        of_days = (at for at in _of_days(candidate.at, places) if candidate.at < at)
        yield from islice(_once(merge(of_sends, of_days)), MAX_TIMES)

    def after_hours(self, candidate: Candidate, gates: Sequence[Gate]) -> float | None:
        """Return the first moment at which all gates are open, if there is one within four days.

        Parameters
        ----------
        candidate
            Held back by one of the gates; it is as before afterwards.
        gates
            Those of quiet and opening hours: what they say depends on the time alone.
        """
        held_at = candidate.at
        places = [(zone, self._quiet_ends) for zone in candidate.zones]
        try:
            for at in _once(_of_days(held_at, [*places, (self._zone, self._openings)])):
                if at > held_at + LONGEST_S:
                    return None
                candidate.at = at
                if at > held_at and all(gate.check(candidate)[0] for gate in gates):
                    return at
        finally:
            candidate.at = held_at
        return None

    def _of_sends(self, candidate: Candidate) -> Iterator[float]:
        for send in candidate.memory.sends(shadow=False):
            yield self._retention.until(send)
            for length_s in self._lengths_s:
                yield send.at + length_s
            if send.outcome:
                for length_s in self._of_outcomes_s:
                    yield send.outcome_at + length_s


def _of_days(at: float, places: Sequence[tuple[ZoneInfo, Sequence[int]]]) -> Iterator[float]:
    """Yield in order when clocks show these minutes of the day, from the day of `at` on.

    Parameters
    ----------
    places
        Where clocks hang, and the minutes since midnight.
    """
    todays = [(zone, local_date(at, zone), minutes) for zone, minutes in places]
    waiting: set[float] = set()
    for days in range(DAYS_AHEAD + 1):
        ahead = timedelta(days=days)
        # A day's first hours may be those that the clock of the day before shows twice.
        begun = min(instant(today + ahead, 0, zone, later=False) for zone, today, _ in todays)
        yield from sorted(found for found in waiting if found < begun)
        waiting = {found for found in waiting if found >= begun}
        for zone, today, minutes in todays:
            for minute in minutes:
                # Of a time that the clock shows twice quiet ends at the second, as teams open.
                waiting.add(instant(today + ahead, minute, zone, later=True))
                waiting.add(instant(today + ahead, minute, zone, later=False))
    yield from sorted(waiting)


def _once(times: Iterable[float]) -> Iterator[float]:
    last = -inf
    for at in times:
        if at > last:
            yield at
            last = at
