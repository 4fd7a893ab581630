"""The wall clock of a place, computed from event time."""

import math
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

_STEP_S = 900.0  # offsets are full quarters of an hour since 1972, and so are their changes


class LocalTime:
    """Hour of the week in one time zone; looked up once per quarter of an hour.

    Parameters
    ----------
    zone
        IANA name of the zone.

    Examples
    --------
    >>> clock = LocalTime("Asia/Jerusalem")
    >>> hour = clock.hour_of_week(915141631.0)  # Friday, 1 January 1999, 00:00:31 there
    >>> hour, hour // 24, hour % 24
    (96, 4, 0)
    """

    __slots__ = ("_hour", "_step", "_zone")

    def __init__(self, zone: str) -> None:
        self._zone = ZoneInfo(zone)
        self._step = -math.inf
        self._hour = 0

    def hour_of_week(self, at: float) -> int:
        """Return the hour since Monday 00:00 local time, 0 to 167."""
        step = at // _STEP_S
        if step != self._step:
            local = datetime.fromtimestamp(step * _STEP_S, UTC).astimezone(self._zone)
            self._hour = local.weekday() * 24 + local.hour
            self._step = step
        return self._hour
