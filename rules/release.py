"""When what time alone holds back could be let through."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from math import inf
from typing import Final

from rules.gates.gate import Candidate
from rules.gates.hours import DAY_MINUTES, instant, local_date, parse_time_of_day
from rules.gates.memory import Retention
from rules.gates.window import parse_window
from rules.playbook.models import Playbook

DAYS_AHEAD: Final = 15
"""A week and a row of holidays."""
MAX_TIMES: Final = 256


class Release:
    """Every moment at which a gate that looks at the time may change its mind.

    Those are the ends of windows of what was sent, the ends of quiet hours and the beginnings of
    days, so whoever asks the gates at each of them in order finds the first that lets through.
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
        self._minutes = sorted(ends | {0, DAY_MINUTES})
        self._retention = retention

    def times(self, candidate: Candidate) -> Iterator[float]:
        """Yield them in order, event times after the candidate's own, the first 256."""
        found = {*self._of_sends(candidate), *self._of_days(candidate)}
        yield from islice(sorted(at for at in found if candidate.at < at < inf), MAX_TIMES)

    def _of_sends(self, candidate: Candidate) -> Iterator[float]:
        for send in candidate.memory.sends(shadow=False):
            yield self._retention.until(send)
            for length_s in self._lengths_s:
                yield send.at + length_s
            if send.outcome:
                for length_s in self._of_outcomes_s:
                    yield send.outcome_at + length_s

    def _of_days(self, candidate: Candidate) -> Iterator[float]:
        for zone in candidate.zones:
            today = local_date(candidate.at, zone)
            for days in range(DAYS_AHEAD + 1):
                for minute in self._minutes:
                    # Of a time that the clock shows twice the quiet ends at the second.
                    yield instant(today + timedelta(days=days), minute, zone, later=True)
                    yield instant(today + timedelta(days=days), minute, zone, later=False)
