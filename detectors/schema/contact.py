"""What a contact centre tells of a contact."""

from collections.abc import Mapping

from detectors.contacts import CHANNELS
from detectors.schema.name import Fields, Name, fields

DIRECTIONS = ("inbound", "outbound")
PRIORITIES = ("regular", "high")
OUTCOMES = ("answered", "abandoned", "hung_up")

_CONTACT = (
    Name("call", "text", "The contact's own id"),
    Name("channel", "enum", "How the customer reached the company", values=CHANNELS),
    Name("direction", "enum", "Who called whom: inbound is the customer's call", values=DIRECTIONS),
    Name("topic", "text", "What the contact is about, by the line that was dialled"),
    Name("priority", "enum", "Priority of the customer in the queue", values=PRIORITIES),
)
_WAIT = Name("wait_s", "duration", "How long the customer waited in the queue", "s")
_CALL = _CONTACT[0]
_DELIBERATE = Name(
    "deliberate",
    "bool",
    "Whether the step slows down on purpose, such as an identity check",
    nullable=True,
)
CALLBACK = (
    Name("callback", "text", "The promised call's own id"),
    Name("topic", "text", "What it is to be about", nullable=True),
    Name("action_id", "text", "The action that asked for it", nullable=True),
)

CONTACT_EVENTS: Mapping[str, Fields] = {
    "contact.started": fields(*_CONTACT),
    "contact.queued": fields(*_CONTACT),
    "contact.answered": fields(*_CONTACT, _WAIT),
    "contact.abandoned": fields(*_CONTACT, _WAIT),
    "contact.waiting": fields(*(name for name in _CONTACT if name.name != "channel"), _WAIT),
    "contact.transferred": fields(
        *_CONTACT,
        Name("warm", "bool", "Whether the agent told the next one what it is about", nullable=True),
        _DELIBERATE,
    ),
    "contact.held": fields(
        *_CONTACT,
        Name("hold_s", "duration", "How long the customer was on hold, once it is over", "s"),
        _DELIBERATE,
    ),
    "contact.analysed": fields(
        *_CONTACT,
        Name("longest_silence_s", "duration", "Longest time in which nobody spoke", "s"),
        Name("silent_share", "num", "Share of the conversation without speech, 0 to 1", "share"),
    ),
    "contact.sentiment": fields(
        *_CONTACT,
        Name("sentiment", "num", "Mood of what was said last, -1 to 1", "mood"),
    ),
    "contact.ended": fields(
        *_CONTACT,
        Name("outcome", "enum", "How the contact ended", values=OUTCOMES),
        _WAIT,
        Name("service_s", "duration", "How long the customer spoke to an agent", "s"),
    ),
    "ivr.step": fields(
        _CALL,
        Name("node", "text", "The menu's place, as the voice menu names it"),
        Name("agent_asked", "bool", "Whether the caller pressed 0 or asked for an agent"),
        Name("understood", "bool", "Whether the menu understood the caller"),
        _DELIBERATE,
    ),
    "callback.booked": fields(*CALLBACK, Name("due_at", "time", "When it was promised for")),
    "callback.done": fields(*CALLBACK),
    "callback.missed": fields(*CALLBACK),
}
"""Contacts of one customer, by their stages, and what was felt in them."""
