"""What must not go out any more, although it was decided: the word to dispatch."""

from dataclasses import dataclass
from typing import Any, Final, Literal
from uuid import UUID, uuid5

import orjson

from detectors.event import Event
from rules.action import NAMESPACE, SOURCE

CancelReason = Literal["no_consent", "suppressed_contact", "already_asked", "outcome"]
CANCEL: Final = "precede.cancel"
"""Type of the event."""


@dataclass(frozen=True, slots=True)
class Cancel:
    """The end of an action, if it has not left yet.

    Parameters
    ----------
    action_id, rule
        The action, and whose it is.
    customer, contact_point
        For whom, and where it would go to; the record lies next to the action's.
    reason
        What came after the decision: consent was withdrawn, the contact point taken away, the
        customer asked, or answered.
    at
        When that was, event time; no earlier than the decision.
    """

    action_id: UUID
    rule: str
    customer: str
    contact_point: str
    reason: CancelReason
    at: float


def cancel_event(cancel: Cancel, *, partition: int, offset: int) -> Event:
    """Return the cancel as it travels to dispatch.

    Parameters
    ----------
    partition, offset
        The record of interactions that led to it.
    """
    name = [str(cancel.action_id), cancel.reason, partition, offset]
    data: dict[str, Any] = {
        "action_id": str(cancel.action_id),
        "reason": cancel.reason,
        "at": cancel.at,
        "origin": {"partition": partition, "offset": offset},
    }
    id_ = str(uuid5(NAMESPACE, orjson.dumps(name).decode()))
    return Event(id_, SOURCE, CANCEL, cancel.at, cancel.contact_point, data)


def recall_event(cancel: Cancel, *, partition: int, offset: int) -> Event:
    """Return the cancel as it stands beside the customer's decisions, for whoever asks why."""
    told = cancel_event(cancel, partition=partition, offset=offset)
    data = {"customer": cancel.customer, "rule": cancel.rule, **told.data}
    return Event(told.id, SOURCE, CANCEL, cancel.at, cancel.customer, data)
