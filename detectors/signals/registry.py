"""All friction signals, in one table."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from detectors.customer import Customer
from detectors.event import Event
from detectors.signals.abandonment import abandonment
from detectors.signals.case_reopened import case_reopened
from detectors.signals.dead_click import dead_click
from detectors.signals.delivery_delay import delivery_delay
from detectors.signals.error_click import error_click
from detectors.signals.form_abandonment import form_abandonment
from detectors.signals.login_failure import login_failure
from detectors.signals.negative_feedback import negative_feedback
from detectors.signals.page_loop import page_loop
from detectors.signals.payment_failure import payment_failure
from detectors.signals.promise_at_risk import promise_at_risk
from detectors.signals.queue_wait import queue_wait
from detectors.signals.rage_click import rage_click
from detectors.signals.repeat_contact import repeat_contact
from detectors.signals.search_without_result import search_without_result

Signal = Callable[[Event, Customer, float], float]

REGISTRY: Mapping[str, Signal] = MappingProxyType(
    {
        "queue_wait": queue_wait,
        "abandonment": abandonment,
        "repeat_contact": repeat_contact,
        "rage_click": rage_click,
        "dead_click": dead_click,
        "error_click": error_click,
        "page_loop": page_loop,
        "form_abandonment": form_abandonment,
        "search_without_result": search_without_result,
        "login_failure": login_failure,
        "payment_failure": payment_failure,
        "delivery_delay": delivery_delay,
        "promise_at_risk": promise_at_risk,
        "negative_feedback": negative_feedback,
        "case_reopened": case_reopened,
    }
)
"""Name without its namespace -> how strong it is: event, customer, time -> [0, 1]."""


class Felt(Mapping[str, float]):
    """Every signal of a customer as of one moment, each computed when it is first asked for.

    Most events meet rules that read no signal, and then nothing is computed. Ask before the
    customer changes.
    """

    __slots__ = ("_at", "_customer", "_event", "_found")

    def __init__(self, event: Event, customer: Customer, at: float) -> None:
        self._event = event
        self._customer = customer
        self._at = at
        self._found: dict[str, float] | None = None

    def __getitem__(self, name: str) -> float:
        found = self._found
        if found is None:
            found = self._found = {}
        if name not in found:
            found[name] = REGISTRY[name](self._event, self._customer, self._at)
        return found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(REGISTRY)

    def __len__(self) -> int:
        return len(REGISTRY)


def detect(event: Event, customer: Customer, at: float) -> Felt:
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
    return Felt(event, customer, at)
