"""What a contact centre tells of a contact."""

from collections.abc import Mapping

from detectors.schema.name import Fields, Name, fields

DIRECTIONS = ("inbound", "outbound")
PRIORITIES = ("regular", "high")
OUTCOMES = ("answered", "abandoned", "hung_up")

_CONTACT = (
    Name("call", "text", "The contact's own id"),
    Name("channel", "enum", "How the customer reached the company", values=("phone",)),
    Name("direction", "enum", "Who called whom: inbound is the customer's call", values=DIRECTIONS),
    Name("topic", "text", "What the contact is about, by the line that was dialled"),
    Name("priority", "enum", "Priority of the customer in the queue", values=PRIORITIES),
)
_WAIT = Name("wait_s", "duration", "How long the customer waited in the queue", "s")

CONTACT_EVENTS: Mapping[str, Fields] = {
    "contact.started": fields(*_CONTACT),
    "contact.queued": fields(*_CONTACT),
    "contact.answered": fields(*_CONTACT, _WAIT),
    "contact.abandoned": fields(*_CONTACT, _WAIT),
    "contact.ended": fields(
        *_CONTACT,
        Name("outcome", "enum", "How the contact ended", values=OUTCOMES),
        _WAIT,
        Name("service_s", "duration", "How long the customer spoke to an agent", "s"),
    ),
}
"""Contacts of one customer, by their stages."""
