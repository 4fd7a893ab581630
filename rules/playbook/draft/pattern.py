"""How often something must happen, or what must not follow: one line of plain words."""

import re
from dataclasses import dataclass

from rules.language.duration import parse_duration

EXAMPLES = (
    "once",
    "3 in 24h",
    "then no contact.started for 15m",
    "2 in 10m then no contact.started for 15m",
    "silent for 14d",
)
_PATTERN = re.compile(
    r"(?P<once>once)?"
    r"(?:(?P<times>[0-9]+)(?: times)? (?:in|within) (?P<within>\S+))?"
    r"(?:(?:^| )then no (?P<absent>\S+) for (?P<wait>\S+))?"
    r"(?:silent for (?P<silent>\S+))?"
)


@dataclass(frozen=True, slots=True)
class Pattern:
    """What the event must do in time.

    Parameters
    ----------
    times, within
        How often it must come, within which time as written.
    absent, wait
        The event type that must not come afterwards, and for how long; empty for none.
    silent
        How long the event itself must stay away after it came; empty for no such condition.
    """

    times: int = 1
    within: str = ""
    absent: str = ""
    wait: str = ""
    silent: str = ""


def parse_pattern(text: str) -> Pattern:
    """Return what a line of words means.

    >>> parse_pattern("2 in 24h")
    Pattern(times=2, within='24h', absent='', wait='', silent='')
    >>> parse_pattern("once then no contact.started for 15m").wait
    '15m'

    Raises
    ------
    ValueError
        When it means nothing here.
    """
    said = " ".join(text.split())
    found = _PATTERN.fullmatch(said)
    if found is None or not said or (found["silent"] and not said.startswith("silent")):
        msg = (
            f"{text!r} is no pattern; write one such as {'; '.join(EXAMPLES)}; "
            "a time is a number and s, m, h or d, with nothing in between"
        )
        raise ValueError(msg)
    times = int(found["times"] or 1)
    if found["times"] and not 2 <= times <= 32:  # noqa: PLR2004 - what a count remembers
        msg = f"a pattern counts 2 to 32 times; got {times}; write once, or 3 in 24h"
        raise ValueError(msg)
    durations = [found[name] for name in ("within", "wait", "silent") if found[name]]
    for duration in durations:
        if not parse_duration(duration):
            msg = f"a time must be longer than nothing; got {duration}; write 90s, 15m, 24h, 7d"
            raise ValueError(msg)
    within = found["within"] or ""
    return Pattern(times, within, found["absent"] or "", found["wait"] or "", found["silent"] or "")
