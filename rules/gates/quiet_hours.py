"""When the customer is not to be disturbed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from rules.gates.config import GatesConfig
from rules.gates.gate import Candidate
from rules.gates.hours import DAY_MINUTES, instant, local_date, parse_time_of_day
from rules.playbook.models import Step
from rules.reason import Reason

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Quiet:
    start: int
    end: int
    channels: frozenset[str]
    classes: frozenset[str]
    holidays: frozenset[date]
    text: str

    def covers(self, step: Step) -> bool:
        return bool({"*", step.channel} & self.channels and {"*", step.class_} & self.classes)

    def stretches(self, at: float, zone: ZoneInfo) -> Iterator[tuple[float, float]]:
        """Yield those that may hold `at` and the next one, half-open, in absolute time."""
        today = local_date(at, zone)
        for days in (-1, 0, 1, 2):
            day = today + days * _DAY
            last = day if self.start < self.end else day + _DAY
            # Where the clock shows a time twice it is quiet from the first to the second.
            yield (
                instant(day, self.start, zone, later=False),
                instant(last, self.end, zone, later=True),
            )
            if day in self.holidays:
                yield (
                    instant(day, 0, zone, later=False),
                    instant(day, DAY_MINUTES, zone, later=True),
                )


class QuietHours:
    """Holds back what would reach the customer in quiet hours of its channel and class.

    Half-open ``[start, end)`` by the customer's clock; an end before the start is on the next
    day. A time that the clock skips counts as the moment of the skip; of a time that it shows
    twice, the first begins the quiet and the second ends it.
    """

    name = "quiet_hours"
    reason: Reason = "quiet"

    def __init__(self, config: GatesConfig) -> None:
        holidays = frozenset(config.holidays)
        self._quiet = [
            _Quiet(
                parse_time_of_day(hours.start),
                parse_time_of_day(hours.end, end=True),
                frozenset(hours.channels),
                frozenset(hours.classes),
                holidays if hours.holidays else frozenset(),
                f"quiet {hours.start}-{hours.end}",
            )
            for hours in config.quiet_hours
        ]

    def check(self, candidate: Candidate) -> tuple[bool, str]:
        """Return whether the customer may be reached now."""
        at, zone = candidate.at, candidate.zone
        clock = f"{datetime.fromtimestamp(at, zone):%H:%M} in {zone.key}"
        for quiet in self._quiet:
            if quiet.covers(candidate.step):
                for start, end in quiet.stretches(at, zone):
                    if start <= at < end:
                        return False, f"{clock}, {quiet.text}"
        return True, clock

    def next_after(self, candidate: Candidate) -> float:
        """Return when it gets quiet next for what passed, event time; infinite for never."""
        at = candidate.at
        return min(
            (
                start
                for quiet in self._quiet
                if quiet.covers(candidate.step)
                for start, _ in quiet.stretches(at, candidate.zone)
                if start > at
            ),
            default=float("inf"),
        )
