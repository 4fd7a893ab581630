"""What could not be read or processed, kept with its reason and its bytes."""

import base64
import uuid

from detectors.event import Event, encode_event
from streams.engine.contract import Outgoing, Record
from streams.sources.cloudevents import CONTENT_TYPE

NAMESPACE = uuid.UUID("9b6cf6a5-6f0e-5d0c-8a52-2f6e3b8f6f10")


def dead_letter(
    record: Record, code: str, reason: str, stage: str, at: float, *, about: str = ""
) -> Outgoing:
    """Return the dead letter of a record.

    The id follows from the record's position, so a record gives the same letter however often it
    is processed. The original travels whole, in base64.

    Parameters
    ----------
    code
        One of ``streams.metric_labels.DEAD_LETTER_REASONS``.
    reason
        What must hold, what was got, what to do.
    stage
        Who refused it: ``normalise``, ``engine`` or ``dispatch``.
    at
        Event time of the letter, Unix seconds; the record's own time where it has none.
    about
        Which of several things that went wrong at this record.
    """
    value = record.value or b""
    position = f"{record.topic}/{record.partition}/{record.offset}"
    cause = f"{stage}|{position}|{about}" if about else f"{stage}|{position}"
    event = Event(
        id=str(uuid.uuid5(NAMESPACE, cause)),
        source=f"precede/{stage}",
        type="precede.dead-letter",
        at=at,
        data={
            "stage": stage,
            "code": code,
            "reason": reason,
            "topic": record.topic,
            "partition": record.partition,
            "offset": record.offset,
            "bytes": len(value),
            "original_base64": base64.b64encode(value).decode(),
        },
    )
    return Outgoing(
        "dead_letters", record.key, encode_event(event),
        headers=(CONTENT_TYPE,), since_ms=record.timestamp,
    )  # fmt: skip
