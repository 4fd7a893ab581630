"""Whether a team was there, by the wall clock alone.

The gate computes with stretches of absolute time; this says the same in another way, so that an
error in one of them shows.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from rules.gates.config import CENTRE, GatesConfig


def is_open(config: GatesConfig, team: str | None, zone: ZoneInfo, at: float) -> bool:
    """Return whether the stated hours hold an instant, half-open.

    Parameters
    ----------
    team
        Who acts; one without hours of its own, or none, keeps the centre's. Where neither is
        stated it is always open.
    zone
        Where the team's clock hangs. Of a time that it shows twice, both count.
    at
        Event time.
    """
    hours = config.opening_hours.get(team or CENTRE, config.opening_hours.get(CENTRE))
    if hours is None:
        return True
    here = datetime.fromtimestamp(at, zone)
    if here.date() in config.holidays:
        return False
    minutes = here.hour * 60 + here.minute
    return any(start <= minutes < end for start, end in hours.spans()[here.weekday()])
