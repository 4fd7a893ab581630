"""The event of a caller who still waits, as the queue's newest state finds them."""

from typing import Final

from detectors.customer import Customer
from detectors.event import Event

WAITING: Final = "contact.waiting"
"""Event type; made by the engine, never in the log."""


def still_waiting(state: Event, customer: Customer, call: str) -> Event | None:
    """Return the event, or None when the contact waits no more.

    Parameters
    ----------
    state
        The state of the queue.
    customer
        Who waits; nothing is changed.
    call
        Their contact.

    Examples
    --------
    >>> customer = Customer("c-1")
    >>> customer.update(Event("1", "bank", "contact.queued", 0.0, "c-1", {"call": "a"}))
    >>> event = still_waiting(Event("q-7", "bank", "queue.state", 40.0), customer, "a")
    >>> event.id, event.data["wait_s"]
    ('q-7:a', 40.0)
    """
    contact = customer.contacts.open.get(call)
    if contact is None or contact.stage != "queued" or not contact.inbound:
        return None
    data = {
        "call": call,
        "direction": "inbound",
        "topic": contact.topic,
        "priority": customer.contacts.priority,
        "wait_s": max(0.0, state.at - contact.queued_at),
    }
    return Event(f"{state.id}:{call}", state.source, WAITING, state.at, customer.id, data)
