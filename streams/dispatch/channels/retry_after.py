"""The header in which a server says when to come back."""

from datetime import UTC
from email.utils import parsedate_to_datetime


def retry_after_s(value: str | None, now: float) -> float | None:
    """Return the seconds of a Retry-After header [1]_; None without a readable one.

    Parameters
    ----------
    value
        Whole seconds, or an HTTP date.
    now
        Wall clock, Unix seconds.

    Examples
    --------
    >>> retry_after_s("120", now=0)
    120.0
    >>> retry_after_s("Thu, 01 Jan 1970 00:01:00 GMT", now=10)
    50.0
    >>> retry_after_s("soon", now=0)

    References
    ----------
    .. [1] RFC 9110, HTTP Semantics, section 10.2.3.
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, moment.timestamp() - now)
