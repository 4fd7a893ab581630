"""All friction signals, in one table."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from detectors.customer import Customer
from detectors.event import Event
from detectors.signals.abandonment import abandonment
from detectors.signals.queue_wait import queue_wait
from detectors.signals.repeat_contact import repeat_contact

Signal = Callable[[Event, Customer, float], float]

REGISTRY: Mapping[str, Signal] = MappingProxyType(
    {"queue_wait": queue_wait, "abandonment": abandonment, "repeat_contact": repeat_contact}
)
"""Name without its namespace -> how strong it is: event, customer, time -> [0, 1]."""

_SIGNALS = tuple(REGISTRY.items())


def detect(event: Event, customer: Customer, at: float) -> dict[str, float]:
    """Return every signal of the customer as of `at`; call after `Customer.update`.

    Parameters
    ----------
    event
        The event that is looked at; for a timer the one that armed it.
    at
        Event time, the event's own or the timer's deadline.

    Returns
    -------
    Name -> strength in [0, 1]; all names, in the registry's order.
    """
    return {name: signal(event, customer, at) for name, signal in _SIGNALS}
