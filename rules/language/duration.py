"""How long: written as 90s, 15m, 24h or 7d, kept as seconds."""

import re

UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_WRITTEN = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)([smhd])", re.ASCII)


def parse_duration(text: str) -> float:
    """Return the seconds of a duration.

    >>> parse_duration("15m"), parse_duration("1.5h"), parse_duration("0s")
    (900.0, 5400.0, 0.0)
    """
    match = _WRITTEN.fullmatch(text)
    if match is None:
        msg = f"{text!r} is not a duration; write 90s, 15m, 24h, 7d"
        raise ValueError(msg)
    return float(match[1]) * UNITS[match[2]]


def format_duration(seconds: float) -> str:
    """Return the shortest way to write it, to the whole unit where that is exact.

    >>> [format_duration(s) for s in (90, 900, 86400, 604800, 0.5)]
    ['90s', '15m', '1d', '7d', '0.5s']
    """
    for unit, size in (("d", 86400.0), ("h", 3600.0), ("m", 60.0)):
        if seconds and seconds % size == 0:
            return f"{seconds / size:.0f}{unit}"
    return f"{seconds:g}s"


def read_duration(value: object) -> object:
    """Return what an author wrote, in seconds; anything but a text or a whole number as it is.

    >>> read_duration("24h")
    86400.0

    Raises
    ------
    ValueError
        Also for a bare whole number: 24 of what?
    """
    if isinstance(value, int) and value and not isinstance(value, bool):
        value = str(value)
    return parse_duration(value) if isinstance(value, str) else value
