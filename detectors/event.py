"""What happened: one event of the log, and its form on the wire."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

import orjson

MAX_ID_LENGTH = 256
UNIDENTIFIED = "call:"
EARLIEST, LATEST = -62_135_596_800.0, 253_402_300_799.0  # years 1 to 9999: what can be written


class InvalidEventError(ValueError):
    """The bytes are no event: what must hold, what was got, what to do."""


@dataclass(slots=True)
class Event:
    """Something that happened. Never changed after it was made.

    Parameters
    ----------
    id
        Unique within its source; a second event with the same id is a duplicate.
    source
        The system that saw it.
    type
        Dotted name, such as ``contact.queued``.
    at
        Event time, Unix seconds UTC.
    customer
        The customer it belongs to; ``call:<id>`` for a contact nobody identified; empty for what
        concerns everybody (queue state, progress, control).
    data
        The event's own fields.
    """

    id: str
    source: str
    type: str
    at: float
    customer: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def identified(self) -> bool:
        """Whether a known customer stands behind it."""
        return bool(self.customer) and not self.customer.startswith(UNIDENTIFIED)


def format_time(at: float) -> str:
    """Return RFC 3339 in UTC, to the microsecond.

    >>> format_time(915141631.5)
    '1998-12-31T22:00:31.500000Z'
    """
    # By hand, and the day remembered: on the way of every event, a fifth of strftime's time.
    seconds, micro = divmod(round(at * 1_000_000), 1_000_000)
    day, second = divmod(seconds, 86_400)
    minute = second // 60
    return f"{_day(day)}T{minute // 60:02}:{minute % 60:02}:{second % 60:02}.{micro:06}Z"


@lru_cache(maxsize=1024)
def _day(day: int) -> str:
    return (date(1970, 1, 1) + timedelta(days=day)).isoformat()


def parse_time(text: object) -> float:
    """Return Unix seconds of an RFC 3339 time, which must state its offset.

    >>> parse_time("1998-12-31T22:00:31.5Z")
    915141631.5
    """
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        msg = f"time must be RFC 3339 with an offset, such as 2026-01-31T08:00:00Z; got {text!r}"
        raise InvalidEventError(msg)
    at = moment.timestamp()
    if not EARLIEST <= at <= LATEST:  # an offset can lead out of the calendar
        msg = f"time must lie in the years 1 to 9999 in UTC; got {text!r}"
        raise InvalidEventError(msg)
    return at


def encode_event(event: Event) -> bytes:
    """Return CloudEvents 1.0 structured-mode JSON [1]_, keys in a fixed order.

    References
    ----------
    .. [1] CloudEvents 1.0, JSON event format, github.com/cloudevents/spec.
    """
    cloud_event: dict[str, Any] = {
        "specversion": "1.0",
        "id": event.id,
        "source": event.source,
        "type": event.type,
        "time": format_time(event.at),
    }
    if event.customer:
        cloud_event["subject"] = event.customer
    cloud_event["data"] = event.data
    return orjson.dumps(cloud_event)


def decode_event(value: bytes) -> Event:
    """Return the event of CloudEvents 1.0 structured-mode JSON.

    Raises
    ------
    InvalidEventError
        When a required attribute is missing, of the wrong type or too long.

    Examples
    --------
    >>> event = Event("1", "bank", "contact.queued", 0.5, "c-1", {"wait_s": 2.0})
    >>> decode_event(encode_event(event)) == event
    True
    """
    try:
        raw = orjson.loads(value)
    except ValueError as error:
        msg = f"an event must be JSON in UTF-8; {error}"
        raise InvalidEventError(msg) from None
    if not isinstance(raw, dict):
        msg = f"an event must be a JSON object; got {type(raw).__name__}"
        raise InvalidEventError(msg)
    get = raw.get
    if get("specversion") != "1.0":
        msg = f"specversion must be '1.0'; got {_shown(get('specversion'))}"
        raise InvalidEventError(msg)
    subject, data = get("subject") or "", get("data")
    if data is None:
        data = {}
    event_id, source, kind = get("id"), get("source"), get("type")
    if not (
        type(event_id) is str
        and type(source) is str
        and type(kind) is str
        and 0 < len(event_id) <= MAX_ID_LENGTH
        and 0 < len(source) <= MAX_ID_LENGTH
        and 0 < len(kind) <= MAX_ID_LENGTH
    ):
        name = next(name for name in ("id", "source", "type") if not _is_name(get(name)))
        msg = f"{name} must be a text of 1 to {MAX_ID_LENGTH} characters; got {_shown(get(name))}"
        raise InvalidEventError(msg)
    if type(subject) is not str or len(subject) > MAX_ID_LENGTH:
        msg = f"subject must be a text of at most {MAX_ID_LENGTH} characters; got {_shown(subject)}"
        raise InvalidEventError(msg)
    if type(data) is not dict:
        msg = f"data must be a JSON object; got {type(data).__name__}"
        raise InvalidEventError(msg)
    return Event(event_id, source, kind, parse_time(get("time")), subject, data)


def _is_name(text: object) -> bool:
    return isinstance(text, str) and 0 < len(text) <= MAX_ID_LENGTH


def _shown(value: object) -> str:
    # The text may be a customer's: only its length is told.
    return f"{len(value)} characters" if isinstance(value, str) else type(value).__name__
