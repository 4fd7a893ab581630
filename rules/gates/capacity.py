"""Not more than a team can do in a day."""

from collections.abc import Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

from rules.gates.config import GatesConfig
from rules.gates.gate import Candidate
from rules.gates.hours import local_date
from rules.reason import Reason

KEPT_DAYS: Final = 32
"""Days per team that are remembered; one before them is over, and nothing is added to it."""


def share(total: int, partition: int, of_n: int) -> int:
    """Return a partition's part of a total, as even as can be; all parts add up to the total.

    >>> [share(10, partition, 4) for partition in range(4)]
    [3, 3, 2, 2]
    """
    return (total + of_n - 1 - partition) // of_n


class Capacity:
    """Holds back what a team could not take on that day, by the playbook's clock.

    The stated total is split over the partitions of interactions, each of which counts for
    itself, so that the parts add up to the total exactly. Everything handed to a team counts,
    also while no limit is stated, so that a limit stated at noon knows the morning.

    Parameters
    ----------
    partition, of_n
        Number of the partition, from 0, and how many there are.
    zone
        Where the teams' clock hangs.
    """

    name = "capacity"
    reason: Reason = "capacity"

    def __init__(self, config: GatesConfig, partition: int, of_n: int, zone: ZoneInfo) -> None:
        self._shares = {limit.team: share(limit.max, partition, of_n) for limit in config.capacity}
        self._totals = {limit.team: limit.max for limit in config.capacity}
        self._zone = zone
        self._taken: dict[str, dict[str, list[int]]] = {}  # team -> day -> [live, shadow]

    def check(self, candidate: Candidate) -> tuple[bool, str]:
        """Return whether the team can take one more on that day."""
        team = candidate.step.to
        if team is None:
            return True, "no team acts"
        if team not in self._shares:
            return True, f"no limit for {team}"
        day = local_date(candidate.at, self._zone).isoformat()
        days = self._taken.get(team, {})
        if len(days) == KEPT_DAYS and day < min(days):
            return False, f"{team}: {day} is over"
        live, shadow = days.get(day, (0, 0))
        used = live + shadow if candidate.shadow else live
        limit = self._shares[team]
        detail = f"{team}: {used} of {limit} on {day}, this partition's share of "
        return used < limit, detail + str(self._totals[team])

    def reserve(self, candidate: Candidate) -> None:
        """Count what was let through."""
        team = candidate.step.to
        if team is None:
            return
        days = self._taken.setdefault(team, {})
        day = local_date(candidate.at, self._zone).isoformat()
        days.setdefault(day, [0, 0])[candidate.shadow] += 1
        if len(days) > KEPT_DAYS:
            del days[min(days)]

    def snapshot(self) -> dict[str, Any]:
        """Return what was taken, as plain values; the same state gives the same order."""
        return {
            team: {day: list(self._taken[team][day]) for day in sorted(self._taken[team])}
            for team in sorted(self._taken)
        }

    def restore(self, taken: Mapping[str, Mapping[str, list[int]]]) -> None:
        """Take what `snapshot` returned."""
        self._taken = {
            team: {day: list(counts) for day, counts in days.items()}
            for team, days in taken.items()
        }
