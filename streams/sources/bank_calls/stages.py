"""Cut a finished call into the events that were seen while it went on."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from detectors.event import UNIDENTIFIED, Event
from streams.sources.bank_calls.rows import Row

SOURCE = "bank-calls"
ZONE = ZoneInfo("Asia/Jerusalem")


def cut(row: Row) -> list[Event]:
    r"""Return the call's events in the order of its stages.

    Every call has ``contact.started`` and ``contact.ended``; ``contact.queued`` only if it waited,
    then ``contact.answered``, or ``contact.abandoned`` if it waited in vain.

    Examples
    --------
    >>> from streams.sources.bank_calls.rows import parse_row
    >>> row = parse_row(
    ...     "AA0101\t33116\t9664491\t2\tPS\t990101\t0:00:31\t0:00:36\t5\t0:00:36\t0:03:09\t153\t"
    ...     "HANG\t0:00:00\t0:00:00\t0\tNO_SERVER"
    ... )
    >>> [event.type for event in cut(row)]
    ['contact.started', 'contact.queued', 'contact.abandoned', 'contact.ended']
    """
    customer = row.customer_id or UNIDENTIFIED + row.call
    contact: dict[str, Any] = {
        "call": row.call,
        "channel": "phone",
        "direction": "outbound" if row.returned else "inbound",
        "topic": row.topic,
        "priority": row.priority,
    }
    waited = {"wait_s": 0.0 if row.queued is None else float(row.left - row.queued)}
    service_s = 0.0 if row.answered is None else float(row.ended - row.answered)

    stages: list[tuple[str, int, dict[str, Any]]] = [("started", row.started, contact)]
    if row.queued is not None:
        stages.append(("queued", row.queued, contact))
    if row.answered is not None:
        stages.append(("answered", row.answered, contact | waited))
    elif row.queued is not None:
        stages.append(("abandoned", row.left, contact | waited))
    end = contact | {"outcome": row.outcome} | waited | {"service_s": service_s}
    stages.append(("ended", row.ended, end))

    times = instants(row.day, [seconds for _, seconds, _ in stages])
    return [
        Event(f"{row.call}-{stage}", SOURCE, f"contact.{stage}", at, customer, data)
        for (stage, _, data), at in zip(stages, times, strict=True)
    ]


def instants(day: date, seconds: Sequence[int]) -> list[float]:
    """Return Unix seconds of local times, given as seconds since midnight of `day`.

    Where the clocks change, a time that exists twice is the first one, and a time may not precede
    the one before it in `seconds`: it is set to that.

    >>> instants(date(1999, 1, 1), [0, 31])  # two hours ahead of UTC
    [915141600.0, 915141631.0]
    """
    midnight, is_even = _midnight(day)
    if is_even:
        return [midnight + second for second in seconds]
    start = datetime.combine(day, time())
    found: list[float] = []
    for second in seconds:
        at = (start + timedelta(seconds=second)).replace(tzinfo=ZONE).timestamp()
        found.append(max(at, found[-1]) if found else at)
    return found


@lru_cache(maxsize=64)
def _midnight(day: date) -> tuple[float, bool]:
    """Return the day's first instant, and whether no clock changes within a day of it."""
    start = datetime.combine(day, time(), ZONE)
    offsets = {(start + timedelta(days=days)).utcoffset() for days in (-1, 0, 1, 2)}
    return start.timestamp(), len(offsets) == 1
