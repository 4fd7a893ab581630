"""The stretch of time a cap counts over."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from rules.gates.hours import local_date
from rules.language.duration import format_duration, parse_duration

MAX_S: Final = 400 * 86400.0  # a customer without events is forgotten after 400 days
# A calendar day or week may be longer than its hours: clocks go back, by a whole day at most.
_CALENDAR_S: Final = {"day": 2 * 86400.0, "week": 8 * 86400.0}

Kind = Literal["rolling", "day", "week"]


@dataclass(frozen=True, slots=True)
class Window:
    """Over which earlier actions a cap counts.

    Parameters
    ----------
    kind
        ``rolling`` counts the last `length_s` seconds, ``(at - length_s, at]``; ``day`` and
        ``week`` count the calendar day, or the week from Monday, that `at` lies in.
    length_s
        How long an action can count at most, in seconds.
    text
        As a person reads it: ``7d``, ``calendar day``.
    """

    kind: Kind
    length_s: float
    text: str

    def holds(self, earlier: float, at: float, zone: ZoneInfo) -> bool:
        """Return whether an action sent `earlier`, no later than `at`, still counts at `at`."""
        if self.kind == "rolling":
            return at < earlier + self.length_s
        return self._first_day(earlier, zone) == self._first_day(at, zone)

    def _first_day(self, at: float, zone: ZoneInfo) -> date:
        day = local_date(at, zone)
        return day if self.kind == "day" else day - timedelta(days=day.weekday())


def parse_window(text: object) -> Window:
    """Return the window of ``7d`` (rolling), ``calendar day`` or ``calendar week``.

    >>> parse_window("7d")
    Window(kind='rolling', length_s=604800.0, text='7d')

    Raises
    ------
    ValueError
        When it is none of these.
    """
    if text == "calendar day":
        return Window("day", _CALENDAR_S["day"], "calendar day")
    if text == "calendar week":
        return Window("week", _CALENDAR_S["week"], "calendar week")
    try:
        length_s = parse_duration(text) if isinstance(text, str) else 0.0
    except ValueError:
        length_s = 0.0
    if not 0 < length_s <= MAX_S:
        msg = (
            "a window must be a duration such as 7d, at most 400d, or 'calendar day' or "
            f"'calendar week'; got {text!r}"
        )
        raise ValueError(msg)
    return Window("rolling", length_s, format_duration(length_s))
