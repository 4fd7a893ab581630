"""CloudEvents as Kafka records carry them: structured and binary mode."""

from collections.abc import Sequence
from typing import Any

import orjson

from detectors.event import MAX_ID_LENGTH, Event, InvalidEventError, decode_event, parse_time

CONTENT_TYPE = ("content-type", b"application/cloudevents+json; charset=UTF-8")
MAX_RECORD_BYTES = 256 * 1024
"""Of an event, as it comes and as it goes on. A decision repeats fields of its event several times
and must fit into Kafka's limit of 1 MB; CloudEvents asks that 64 KiB be taken."""


class TooLargeError(InvalidEventError):
    """More bytes than an event may have."""


def decode_record(value: bytes | None, headers: Sequence[tuple[str, bytes]]) -> Event:
    """Return the CloudEvent of a record [1]_.

    A ``content-type`` that starts with ``application/cloudevents`` means structured mode; without
    ``ce_specversion`` the value is taken for structured mode too, since that is what most clients
    mean who forget the header. In binary mode attributes are headers ``ce_*``; a value that is no
    JSON travels as text in ``data["row"]``.

    Raises
    ------
    InvalidEventError
        When it is no CloudEvent.

    References
    ----------
    .. [1] CloudEvents 1.0, Kafka protocol binding, github.com/cloudevents/spec.
    """
    if value is None:
        msg = "an event must have a value; got a tombstone"
        raise InvalidEventError(msg)
    if len(value) > MAX_RECORD_BYTES:
        msg = f"an event must be at most {MAX_RECORD_BYTES} bytes; got {len(value)}"
        raise TooLargeError(msg)
    named = {name.lower(): text or b"" for name, text in headers}  # Kafka knows null headers
    kind = named.get("content-type", b"").lower()
    if kind.startswith(b"application/cloudevents") or "ce_specversion" not in named:
        return decode_event(value)
    return _binary(value, kind, named)


def _binary(value: bytes, kind: bytes, named: dict[str, bytes]) -> Event:
    def attribute(name: str, at_least: int = 1) -> str:
        raw = named.get(f"ce_{name}")
        if raw is None:
            msg = f"binary mode must have the header ce_{name}; it is missing"
            raise InvalidEventError(msg)
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            msg = f"header ce_{name} must be UTF-8; it is not"
            raise InvalidEventError(msg) from None
        if not at_least <= len(text) <= MAX_ID_LENGTH:
            msg = (
                f"header ce_{name} must be a text of {at_least} to {MAX_ID_LENGTH} characters; "
                f"got {len(text)} characters"
            )
            raise InvalidEventError(msg)
        return text

    if (version := attribute("specversion")) != "1.0":
        msg = f"header ce_specversion must be '1.0'; got {version[:8]!r}"
        raise InvalidEventError(msg)
    data: Any
    if b"json" in kind:
        try:
            data = orjson.loads(value)
        except ValueError as error:
            msg = f"data must be JSON as its content-type says; {error}"
            raise InvalidEventError(msg) from None
        if not isinstance(data, dict):
            msg = f"data must be a JSON object; got {type(data).__name__}"
            raise InvalidEventError(msg)
    else:
        data = {"row": value.decode(errors="replace")}
    at = parse_time(attribute("time"))
    subject = attribute("subject", 0) if "ce_subject" in named else ""
    return Event(attribute("id"), attribute("source"), attribute("type"), at, subject, data)
