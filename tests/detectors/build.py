"""Build events and customers for the tests."""

from typing import Any

from detectors.customer import Customer
from detectors.event import Event
from detectors.signals.registry import detect


def contact(stage: str, at: float, call: str = "a", customer: str = "c-1", **data: Any) -> Event:
    """Return a contact event; `data` overrides the usual fields."""
    usual: dict[str, Any] = {
        "call": call,
        "channel": "phone",
        "direction": "inbound",
        "topic": "regular",
        "priority": "regular",
    }
    if stage in {"answered", "abandoned", "ended"}:
        usual["wait_s"] = 0.0
    if stage == "ended":
        usual |= {"outcome": "answered", "service_s": 100.0}
    return Event(f"{call}-{stage}", "test", f"contact.{stage}", at, customer, usual | data)


def queue_state(at: float, **data: Any) -> Event:
    """Return a state of the queue named calls."""
    return Event(f"calls-{at}", "test", "queue.state", at, "", {"queue": "calls"} | data)


def happened(kind: str, at: float, customer: str = "c-1", /, **data: Any) -> Event:
    """Return an event of another type than contacts."""
    return Event(f"{kind}-{at}", "test", kind, at, customer, data)


def felt(name: str, at: float, *events: Event) -> float:
    """Return a signal's strength after some events of one customer."""
    customer = Customer(events[0].customer)
    for event in events:
        customer.update(event)
    return detect(events[-1], customer, at)[name]
