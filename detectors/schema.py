"""Every name that a rule may use about events, scores and signals: the vocabulary, as data."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Kind = Literal["num", "text", "enum", "bool", "duration", "time"]


@dataclass(frozen=True, slots=True)
class Name:
    """A name with a value, as rules and their authors see it.

    Parameters
    ----------
    name
        The name without its namespace, such as ``wait_s``.
    kind
        Type of the value; a ``duration`` is in seconds, a ``time`` in Unix seconds UTC.
    meaning
        What it says, in words for a person who writes rules.
    unit
        Unit of the value, empty where it has none.
    nullable
        Whether the value may be missing.
    values
        The closed list of values of an ``enum``.
    """

    name: str
    kind: Kind
    meaning: str
    unit: str = ""
    nullable: bool = False
    values: tuple[str, ...] = ()


DIRECTIONS = ("inbound", "outbound")
PRIORITIES = ("regular", "high")
OUTCOMES = ("answered", "abandoned", "hung_up")


def _fields(*names: Name) -> Mapping[str, Name]:
    return MappingProxyType({name.name: name for name in names})


_CONTACT = (
    Name("call", "text", "The contact's own id"),
    Name("channel", "enum", "How the customer reached the company", values=("phone",)),
    Name("direction", "enum", "Who called whom: inbound is the customer's call", values=DIRECTIONS),
    Name("topic", "text", "What the contact is about, by the line that was dialled"),
    Name("priority", "enum", "Priority of the customer in the queue", values=PRIORITIES),
)
_WAIT = Name("wait_s", "duration", "How long the customer waited in the queue", "s")

EVENTS: Mapping[str, Mapping[str, Name]] = MappingProxyType(
    {
        "contact.started": _fields(*_CONTACT),
        "contact.queued": _fields(*_CONTACT),
        "contact.answered": _fields(*_CONTACT, _WAIT),
        "contact.abandoned": _fields(*_CONTACT, _WAIT),
        "contact.ended": _fields(
            *_CONTACT,
            Name("outcome", "enum", "How the contact ended", values=OUTCOMES),
            _WAIT,
            Name("service_s", "duration", "How long the customer spoke to an agent", "s"),
        ),
        "queue.state": _fields(
            Name("queue", "text", "Name of the queue"),
            Name("length", "num", "How many wait", "customers"),
            Name("longest_wait_s", "duration", "Longest wait among those who wait now", "s"),
            Name("answered_10m", "num", "Answered from the queue in the last 10 min", "contacts"),
            Name("abandoned_10m", "num", "Hung up in the queue in the last 10 min", "contacts"),
            Name(
                "mean_wait_10m_s",
                "duration",
                "Mean wait of those who left the queue in the last 10 min",
                "s",
                nullable=True,
            ),
            Name(
                "length_high", "num", "How many wait with high priority", "customers", nullable=True
            ),
            Name("in_service", "num", "How many speak to an agent", "contacts", nullable=True),
            Name("last_wait_s", "duration", "Wait of the last one answered", "s", nullable=True),
            Name("served_10m", "num", "Answered in the last 10 min", "contacts", nullable=True),
        ),
        "progress": _fields(
            Name("raw", "num", "Number of the raw partition"),
            Name("of_n", "num", "How many raw partitions there are"),
            Name("event_time", "time", "How far this raw partition has come"),
            Name("lateness_s", "duration", "How late an event of it may still be", "s"),
            Name("idle", "bool", "Whether no source writes to it"),
        ),
        "control.playbook": _fields(Name("hash", "text", "The playbook that holds from here on")),
        "source.opened": _fields(
            Name("clock", "enum", "Which clock times the source", values=("log", "live")),
            Name("ordered", "bool", "Whether its events come in order of time"),
            Name("reacts", "bool", "Whether customers can react to what we do"),
            Name("lateness_s", "duration", "How late an event of it may be", "s"),
        ),
        "source.closed": _fields(),
    }
)
"""Event type -> field -> its description."""

SCORES: Mapping[str, Name] = _fields(
    Name("abandon", "num", "Will hang up before an agent answers", "probability", nullable=True),
    Name("repeat", "num", "Will contact again within 24 h", "probability", nullable=True),
)
"""Score name -> its description; missing where the event is not one the model scores."""

SIGNALS: Mapping[str, Name] = _fields(
    Name("queue_wait", "num", "A long wait: 0.5 from 60 s on, 1 from 180 s on", "strength"),
    Name("abandonment", "num", "Hung up in the queue within 24 h: once 0.5, more 1", "strength"),
    Name("repeat_contact", "num", "Inbound contacts in 7 d: the second 0.5, more 1", "strength"),
)
"""Signal name -> its description. Every strength is in [0, 1]: 0.5 notable, 1 strong."""
