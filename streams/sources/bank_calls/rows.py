"""One row of the call log: what it says, or why it cannot be read.

A row is a finished call, 17 columns separated by tabs [1]_. What January 1999 (31,599 rows) shows
beyond the documentation, and what is made of it:

- 240 rows are of outcome PHANTOM ("a virtual call to be ignored"), 45 of them of type TT. They are
  read like all others; whoever replays the file leaves them out.
- 33 calls leave the VRU before they enter it. In each of them `vru_entry` lies inside the time in
  the queue, while `q_start`, `q_exit` and `q_time` agree: the entry is what is wrong, so it is set
  to the exit, and the wait stays as recorded.
- 21 services and one wait end after midnight with the date of the day before. Every time of day is
  taken at the occurrence that is nearest to the time before it, at most 12 h away.
- Service starts before the queue (or, without one, the VRU) ends in 23,000 rows, nearly always by
  1 or 2 s: it is moved to that end. In two rows it starts five and fourteen minutes later: kept.
- `outcome` wins over the service times: 83 calls that hung up carry some (ignored), 42 answered
  calls carry none (a service of 0 s at the end of the wait).
- 1,198 calls hung up before any queue. Nobody waited, so this is no abandonment.
- Two rows have the type AA, which the documentation does not name: topic ``other``.
- 24 rows have a customer id of two digits and an exponent, such as ``3.27E+11``: a spreadsheet's
  rounding of ids of 12 digits. The call took its place in the queue like any other, so the row is
  readable; who called is lost. The rounded text is no key, because it would merge people, and an
  action could reach the wrong one. Such a call counts as not identified. No history is torn apart
  by this: the spreadsheet rounded every occurrence of such an id.
- `call_id` repeats between the VRU lines; date, line and call_id together do not.

References
----------
.. [1] I. Guedj, A. Mandelbaum, '"Anonymous Bank" Call-Center Data', Technion, 2000.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

from detectors.event import InvalidEventError

Outcome = Literal["answered", "abandoned", "hung_up"]

COLUMNS = (
    "vru+line",
    "call_id",
    "customer_id",
    "priority",
    "type",
    "date",
    "vru_entry",
    "vru_exit",
    "vru_time",
    "q_start",
    "q_exit",
    "q_time",
    "outcome",
    "ser_start",
    "ser_exit",
    "ser_time",
    "server",
)

TOPICS = {
    "PS": "regular",
    "PE": "regular-english",
    "IN": "internet",
    "NE": "stock-exchange",
    "NW": "prospect",
    "TT": "returned-call",
    "AA": "other",
}

MAX_ROW_BYTES = 1000
"""The longest row of January has 116 bytes."""

DAY_S = 24 * 3600

_LINE = re.compile(r"[A-Z]{2}[0-9]{4}", re.ASCII)
_CALL_ID = re.compile(r"[0-9]{1,10}", re.ASCII)
_CUSTOMER_ID = re.compile(r"[0-9]{1,12}", re.ASCII)
_ROUNDED_ID = re.compile(r"[0-9](\.[0-9]{1,6})?E\+[0-9]{2}", re.ASCII)
_DATE = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{2})", re.ASCII)
_TIME = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9])", re.ASCII)
_SECONDS = re.compile(r"-?[0-9]{1,6}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Row:
    """A finished call. Its times are seconds since midnight of `day`, local, and never decrease.

    Parameters
    ----------
    call
        Unique id of the contact: date, line and call id, such as ``990101-AA0101-33116``.
    customer_id
        Who called; ``None`` when the log does not say.
    rounded_id
        Whether the log named the customer, but a spreadsheet has rounded the number away.
    priority
        ``high`` for priority 2, ``regular`` for 0 and 1.
    topic
        What the call was about, see `TOPICS`.
    returned
        Whether the bank called the customer (type TT).
    phantom
        Whether the row is no call at all.
    day
        Local date of the call's start.
    started
        Entry into the VRU; negative when it lies before midnight.
    queued
        Start of the wait; ``None`` when the call never waited.
    left
        End of the wait, by an answer or by hanging up; for a call that did neither, of the VRU.
    answered
        Start of the service; ``None`` when nobody answered.
    ended
        End of the call.
    outcome
        ``abandoned`` is a caller who hung up while waiting, ``hung_up`` one who never waited.
    """

    call: str
    customer_id: str | None
    rounded_id: bool
    priority: Literal["regular", "high"]
    topic: str
    returned: bool
    phantom: bool
    day: date
    started: int
    queued: int | None
    left: int
    answered: int | None
    ended: int
    outcome: Outcome


def parse_row(line: bytes | str) -> Row:
    r"""Return the row's call.

    Raises
    ------
    InvalidEventError
        Names the first column that cannot be read, and what it must hold.

    Examples
    --------
    >>> row = parse_row(
    ...     "AA0102\t28748\t0\t0\tPS\t990105\t23:59:15\t23:59:34\t19\t0:00:00\t0:00:00\t0\t"
    ...     "AGENT\t23:59:33\t0:03:40\t247\tBENSION"
    ... )
    >>> row.call, row.answered - row.started, row.ended - 24 * 3600  # ends after midnight
    ('990105-AA0102-28748', 19, 220)
    """
    fields = _split(line)
    line_name = _match(_LINE, 0, fields, "two capital letters and four digits")[0]
    call_id = _match(_CALL_ID, 1, fields, "1 to 10 digits")[0]
    customer_id, rounded_id = _customer(fields)
    priority = _one_of(("0", "1", "2"), 3, fields)
    kind = _one_of(tuple(TOPICS), 4, fields)
    day = _day(fields)
    vru_entry, vru_exit = _time(6, fields), _time(7, fields)
    _duration(8, fields)
    q_start, q_exit = _time(9, fields), _time(10, fields)
    has_waited = bool(q_start or q_exit) | bool(_duration(11, fields))
    outcome = _one_of(("AGENT", "HANG", "PHANTOM"), 12, fields)
    ser_start, ser_exit = _time(13, fields), _time(14, fields)
    has_service = bool(ser_start or ser_exit) | bool(_duration(15, fields))

    left = _nearest(vru_exit, vru_entry)
    started = min(vru_entry, left)
    queued = None
    if has_waited:
        queued = max(left, _nearest(q_start, left))
        left = max(queued, _nearest(q_exit, queued))
    answered = None
    ended = left
    if outcome == "AGENT":
        answered = left
        if has_service:
            start = _nearest(ser_start, left)
            answered = max(left, start)
            ended = _nearest(ser_exit, start)
        left = answered
        ended = max(answered, ended)
    return Row(
        call=f"{fields[5]}-{line_name}-{call_id}",
        customer_id=customer_id,
        rounded_id=rounded_id,
        priority="high" if priority == "2" else "regular",
        topic=TOPICS[kind],
        returned=kind == "TT",
        phantom=outcome == "PHANTOM",
        day=day,
        started=started,
        queued=queued,
        left=left,
        answered=answered,
        ended=ended,
        outcome=_outcome(answered, queued),
    )


def _split(line: bytes | str) -> list[str]:
    if len(line) > MAX_ROW_BYTES:
        start = line[:20] if isinstance(line, str) else line[:20].decode("ascii", "replace")
        msg = f"row must be at most {MAX_ROW_BYTES} bytes; got a longer one: {start!r}..."
        raise InvalidEventError(msg)
    text = line if isinstance(line, str) else line.decode(errors="replace")
    if "\ufffd" in text:  # what decoding puts in place of bytes that are no text
        before = text.partition("\ufffd")[0]
        msg = f"row must be text in UTF-8; got other bytes after {before[-20:]!r}"
        raise InvalidEventError(msg)
    fields = [field.strip() for field in text.split("\t")]
    if len(fields) != len(COLUMNS):
        msg = f"row must have {len(COLUMNS)} columns separated by tabs; got {len(fields)}"
        raise InvalidEventError(msg)
    return fields


def _refuse(column: int, fields: list[str], expected: str) -> InvalidEventError:
    text = fields[column]
    shown = repr(text) if len(text) <= 20 else f"{text[:20]!r}..."  # noqa: PLR2004
    return InvalidEventError(f"{COLUMNS[column]} must be {expected}; got {shown}")


def _match(
    pattern: re.Pattern[str], column: int, fields: list[str], expected: str
) -> re.Match[str]:
    match = pattern.fullmatch(fields[column])
    if match is None:
        raise _refuse(column, fields, expected)
    return match


def _one_of(values: tuple[str, ...], column: int, fields: list[str]) -> str:
    if fields[column] not in values:
        raise _refuse(column, fields, f"one of {', '.join(values)}")
    return fields[column]


def _customer(fields: list[str]) -> tuple[str | None, bool]:
    text = fields[2]
    if _ROUNDED_ID.fullmatch(text):
        return None, True
    number = int(_match(_CUSTOMER_ID, 2, fields, "1 to 12 digits, 0 for nobody identified")[0])
    return (str(number) if number else None), False


def _day(fields: list[str]) -> date:
    expected = "YYMMDD"
    year, month, day = map(int, _match(_DATE, 5, fields, expected).groups())
    try:
        # The log is of 1999; two digits are read as POSIX does.
        return date(year + (1900 if year >= 69 else 2000), month, day)  # noqa: PLR2004
    except ValueError:
        raise _refuse(5, fields, expected) from None


def _time(column: int, fields: list[str]) -> int:
    hours, minutes, seconds = _match(_TIME, column, fields, "a time H:MM:SS").groups()
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds)


def _duration(column: int, fields: list[str]) -> int:
    return int(_match(_SECONDS, column, fields, "whole seconds")[0])


def _nearest(time: int, reference: int) -> int:
    """Return the occurrence of a time of day nearest to `reference`, 12 h before to 12 h after."""
    half = DAY_S // 2
    return reference + (time - reference + half) % DAY_S - half


def _outcome(answered: int | None, queued: int | None) -> Outcome:
    if answered is not None:
        return "answered"
    return "hung_up" if queued is None else "abandoned"
