"""Whether those who must act are there."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from rules.gates.config import CENTRE, WEEKDAYS, GatesConfig, WeekHours
from rules.gates.gate import Candidate
from rules.gates.hours import instant, local_date
from rules.reason import Reason

_DAY = timedelta(days=1)


class _Week:
    def __init__(self, hours: WeekHours, holidays: frozenset[date], zone: ZoneInfo) -> None:
        self._spans = hours.spans()
        self._holidays = holidays
        self._zone = zone

    def closes_at(self, at: float) -> float | None:
        """Return when the stretch that holds `at` ends; ``None`` when closed."""
        today = local_date(at, self._zone)
        for day in (today - _DAY, today, today + _DAY):
            if day in self._holidays:
                continue
            for start, end in self._spans[day.weekday()]:
                # Where the clock shows a time twice they come at the second and go at the first;
                # a day begins with its first midnight.
                opens = instant(day, start, self._zone, later=start > 0)
                closes = instant(day, end, self._zone, later=False)
                if opens <= at < closes:
                    return closes
        return None


class OpeningHours:
    """Holds back while the team that must act is closed: outside ``[opens, closes)``.

    A team without hours of its own keeps the centre's, a step without a team too; where neither
    is stated it is always open. Hours are by the playbook's clock. A time that the clock skips
    counts as the moment of the skip; of a time that it shows twice, the second opens and the
    first closes.

    Parameters
    ----------
    zone
        Where the teams' clock hangs.
    """

    name = "opening_hours"
    reason: Reason = "quiet"

    def __init__(self, config: GatesConfig, zone: ZoneInfo) -> None:
        holidays = frozenset(config.holidays)
        self._zone = zone
        self._weeks = {
            team: _Week(hours, holidays, zone) for team, hours in config.opening_hours.items()
        }

    def check(self, candidate: Candidate) -> tuple[bool, str]:
        """Return whether the team is there now."""
        team, week = self._week_of(candidate)
        if week is None:
            return True, f"{team} is always open"
        here = datetime.fromtimestamp(candidate.at, self._zone)
        clock = f"{WEEKDAYS[here.weekday()]} {here.hour:02}:{here.minute:02} in {self._zone.key}"
        is_open = week.closes_at(candidate.at) is not None
        return is_open, f"{team} is {'open' if is_open else 'closed'}, {clock}"

    def closes_at(self, candidate: Candidate, limit: float) -> float:
        """Return when the team closes for what passed, event time; `limit` if not before."""
        _, week = self._week_of(candidate)
        if week is None:
            return limit
        closes: float | None = candidate.at
        until = candidate.at
        # One who closes at midnight and opens at midnight does not close.
        while closes is not None and until < limit:
            until = closes
            closes = week.closes_at(until)
        return min(until, limit)

    def _week_of(self, candidate: Candidate) -> tuple[str, _Week | None]:
        team = candidate.step.to or CENTRE
        return team, self._weeks.get(team) or self._weeks.get(CENTRE)
