"""Local hours as stretches of absolute time, exact at daylight-saving gaps and overlaps."""

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY_MINUTES = 24 * 60
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)


def parse_time_of_day(text: object, *, end: bool = False) -> int:
    """Return minutes since midnight of ``HH:MM``; ``24:00`` is allowed only as an end.

    >>> parse_time_of_day("21:00")
    1260
    >>> parse_time_of_day("24:00", end=True)
    1440

    Raises
    ------
    ValueError
        When it is no text of that form. A bare 21:00 that some YAML reader took for a number in
        base 60 arrives here as 1260 and is refused, too.
    """
    if end and text == "24:00":
        return DAY_MINUTES
    found = _TIME.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        last = '"24:00" as an end, ' if end else ""
        msg = f'a time of day must be text such as "07:30", {last}hours 00 to 23; got {text!r}'
        raise ValueError(msg)
    return int(found[1]) * 60 + int(found[2])


def parse_span(text: object) -> tuple[int, int]:
    """Return the minutes of ``HH:MM-HH:MM``, half-open, within one day.

    >>> parse_span("07:00-24:00")
    (420, 1440)

    Raises
    ------
    ValueError
        When it is no such text or does not end after it starts.
    """
    parts = text.split("-") if isinstance(text, str) else []
    if len(parts) != 2:  # noqa: PLR2004
        msg = f'hours must be text such as "07:00-19:00", or "closed"; got {text!r}'
        raise ValueError(msg)
    start = parse_time_of_day(parts[0].strip())
    end = parse_time_of_day(parts[1].strip(), end=True)
    if start >= end:
        msg = (
            f"hours must end after they start on the same day; got {text!r}; "
            "past midnight goes on the next day, from 00:00"
        )
        raise ValueError(msg)
    return start, end


def local_date(at: float, zone: ZoneInfo) -> date:
    """Return the calendar day of an instant in a zone."""
    return datetime.fromtimestamp(at, zone).date()


@lru_cache(maxsize=4096)
def instant(day: date, minutes: int, zone: ZoneInfo, *, later: bool) -> float:
    """Return the Unix seconds at which a local clock shows a time.

    Parameters
    ----------
    day
        Local calendar day.
    minutes
        Since its midnight, in [0, 1440]; 1440 is the next day's 00:00.
    zone
        Where the clock hangs.
    later
        Which of the two instants, where the clock shows the time twice. Where it skips the time
        both are the moment of the skip, the first valid one after.

    Examples
    --------
    >>> new_york = ZoneInfo("America/New_York")
    >>> skipped = instant(date(2026, 3, 8), 150, new_york, later=False)  # 02:30
    >>> datetime.fromtimestamp(skipped, new_york).strftime("%H:%M")
    '03:00'
    """
    wall = datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(minutes=minutes)
    early, late = sorted((wall.replace(fold=0).timestamp(), wall.replace(fold=1).timestamp()))
    shown = datetime.fromtimestamp(late, zone).replace(tzinfo=None)
    if shown == wall.replace(tzinfo=None):
        return late if later else early
    # Skipped: `early` still has the old offset, `late` the new one. Zones change at full seconds.
    old = _offset(early, zone)
    before, after = int(early), int(late)
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(middle, zone) == old:
            before = middle
        else:
            after = middle
    return float(after)


def _offset(at: float, zone: ZoneInfo) -> timedelta | None:
    return datetime.fromtimestamp(at, UTC).astimezone(zone).utcoffset()
