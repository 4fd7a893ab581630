"""When the customer is not to be disturbed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from rules.gates.config import GatesConfig
from rules.gates.gate import Candidate
from rules.gates.hours import DAY_MINUTES, instant, local_date, parse_time_of_day
from rules.gates.zones import DEFAULT
from rules.playbook.steps import Step
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

    Where the customer's zone is not certain it must not be quiet in any of those that it may be.
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
        """Return whether the customer may be reached now, in every zone where they may be."""
        at = candidate.at
        covering = [quiet for quiet in self._quiet if quiet.covers(candidate.step)]
        for zone in candidate.zones:
            for quiet in covering:
                for start, end in quiet.stretches(at, zone):
                    if start <= at < end:
                        return False, f"{_clock(candidate, zone)}, {quiet.text}"
        others = len(candidate.other_zones)
        more = f" and {others} more zones" if others else ""
        return True, _clock(candidate, candidate.zone) + more

    def next_after(self, candidate: Candidate) -> float:
        """Return when it gets quiet next for what passed, event time; infinite for never."""
        at = candidate.at
        return min(
            (
                start
                for quiet in self._quiet
                if quiet.covers(candidate.step)
                for zone in candidate.zones
                for start, _ in quiet.stretches(at, zone)
                if start > at
            ),
            default=float("inf"),
        )


def _clock(candidate: Candidate, zone: ZoneInfo) -> str:
    told = "" if candidate.zone_told == DEFAULT else f", by {candidate.zone_told}"
    local = datetime.fromtimestamp(candidate.at, zone)
    return f"{local.hour:02}:{local.minute:02} in {zone.key}{told}"
