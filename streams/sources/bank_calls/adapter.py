"""Check that an event that says it comes from the call log has the form of one."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from detectors.event import UNIDENTIFIED, Event, InvalidEventError
from streams.sources.bank_calls.reader import ROW_TYPE
from streams.sources.bank_calls.rows import DAY_S, parse_row

MAX_CALLS = 100_000
"""Bound of every count in a state of the queue; the busiest hour of the log has 310 calls."""

_Text = Annotated[str, Field(min_length=1, max_length=64)]
_Seconds = Annotated[float, Field(ge=0, le=2 * DAY_S, allow_inf_nan=False)]
_Count = Annotated[int, Field(ge=0, le=MAX_CALLS)]


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Contact(_Data):
    call: _Text
    channel: Literal["phone"]
    direction: Literal["inbound", "outbound"]
    topic: _Text
    priority: Literal["regular", "high"]


class _Waited(_Contact):
    wait_s: _Seconds


class _Ended(_Waited):
    outcome: Literal["answered", "abandoned", "hung_up"]
    service_s: _Seconds


class _QueueState(_Data):
    queue: _Text
    length: _Count
    length_high: _Count
    length_by_topic: Annotated[dict[_Text, _Count], Field(max_length=64)]
    longest_wait_s: _Seconds
    in_service: _Count
    answered_10m: _Count
    abandoned_10m: _Count
    mean_wait_10m_s: _Seconds
    last_wait_s: _Seconds
    served_10m: _Count


class _Opened(_Data):
    clock: Literal["log"]
    ordered: bool
    reacts: bool
    lateness_s: _Seconds


_CONTACTS: dict[str, type[_Contact]] = {
    "contact.started": _Contact,
    "contact.queued": _Contact,
    "contact.answered": _Waited,
    "contact.abandoned": _Waited,
    "contact.ended": _Ended,
}
_BROADCASTS: dict[str, type[_Data]] = {
    "queue.state": _QueueState,
    "source.opened": _Opened,
    "source.closed": _Data,
}


def adapt(event: Event) -> Event:
    """Return the event as it is.

    Raises
    ------
    InvalidEventError
        When a field is missing, unknown, of the wrong type or out of range; when the id or the
        customer contradicts the data; for an unreadable row always, with what is wrong with it.

    Examples
    --------
    >>> adapt(Event("1", "bank-calls", "contact.transferred", 0.0))
    Traceback (most recent call last):
        ...
    detectors.event.InvalidEventError: type must be one of contact.started, ...
    """
    if event.type == ROW_TYPE:
        raise InvalidEventError(_why_unreadable(event.data))
    if event.type in _CONTACTS:
        _check(_CONTACTS[event.type], event.data)
        _check_identity(event)
    elif event.type in _BROADCASTS:
        _check(_BROADCASTS[event.type], event.data)
        if event.customer:
            msg = f"subject must be absent from {event.type}; got {event.customer[:40]!r}"
            raise InvalidEventError(msg)
    else:
        types = ", ".join([*_CONTACTS, *_BROADCASTS, ROW_TYPE])
        msg = f"type must be one of {types}; got {event.type[:40]!r}"
        raise InvalidEventError(msg)
    return event


def _check(model: type[_Data], data: Any) -> None:
    try:
        model.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        name = ".".join(["data", *map(str, first["loc"])])
        got = "" if first["type"] == "missing" else f"; got {repr(first['input'])[:40]}"
        msg = f"{name}: {first['msg'][0].lower()}{first['msg'][1:]}{got}"
        raise InvalidEventError(msg) from None


def _check_identity(event: Event) -> None:
    call = event.data["call"]
    expected = f"{call}-{event.type.removeprefix('contact.')}"
    if event.id != expected:
        msg = f"id must be the call and its stage, {expected!r}; got {event.id[:80]!r}"
        raise InvalidEventError(msg)
    is_number = event.customer.isascii() and event.customer.isdigit()
    if not is_number and event.customer != UNIDENTIFIED + call:
        msg = (
            f"subject must be the customer's number, or {UNIDENTIFIED + call!r} if nobody was "
            f"identified; got {event.customer[:40]!r}"
        )
        raise InvalidEventError(msg)


def _why_unreadable(data: Any) -> str:
    row = data.get("row")
    if not isinstance(row, str):
        return f"data of a {ROW_TYPE} must be the row as text; got {sorted(data)[:5]}"
    try:
        parse_row(row)
    except InvalidEventError as error:
        return str(error)
    return f"a {ROW_TYPE} must be a row that cannot be read; this one can: replay its file"
