"""What the actions topic holds: actions, and what is said about them afterwards."""

from enum import StrEnum

from detectors.event import Event, decode_event
from streams.dispatch.entry import InvalidActionError
from streams.engine.forgotten import FORGET

# The entry holds the action and must fit into one record of a transaction.
MAX_ACTION_BYTES = 128 * 1024


class Kind(StrEnum):
    """Types of the events that the actions topic holds."""

    ACTION = "precede.action"
    CANCEL = "precede.cancel"  # by the engine, as it follows from the log
    WITHDRAW = "precede.withdraw"  # by a person
    REPLAY = "precede.replay"  # likewise
    FORGET = FORGET


def read_incoming(value: bytes) -> tuple[Kind, Event]:
    """Return what a record of the actions topic is, and its event.

    Raises
    ------
    InvalidEventError
        When it is no event.
    InvalidActionError
        When it is too large, or an event of another type.
    """
    if len(value) > MAX_ACTION_BYTES:
        msg = f"an action must fit into {MAX_ACTION_BYTES} bytes; got {len(value)}"
        raise InvalidActionError(msg, "too_large")
    event = decode_event(value)
    if event.type not in set(Kind):
        msg = f"type must be one of {', '.join(Kind)}; got {event.type[:64]!r}"
        raise InvalidActionError(msg, "unknown_type")
    return Kind(event.type), event
