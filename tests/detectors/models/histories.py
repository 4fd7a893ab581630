"""For each model an event that it scores, and the customer as after it."""

from collections.abc import Callable
from typing import Any

from detectors.contacts import DAY_S
from detectors.customer import Customer
from detectors.event import Event
from tests.detectors.build import contact, happened

Made = tuple[Event, Customer]

STAGES = (("started", 0.0), ("queued", 5.0), ("answered", 40.0), ("ended", 90.0))


def _applied(*events: Event) -> Made:
    customer = Customer("c-1")
    for event in events:
        customer.update(event)
    return events[-1], customer


def _call(until: str, **data: Any) -> Made:
    names = [stage for stage, _ in STAGES]
    stages = STAGES[: names.index(until) + 1]
    return _applied(*(contact(stage, at, **data) for stage, at in stages))


def _friction(**data: Any) -> Made:
    return _applied(
        contact("started", 0.0, **data),
        contact("ended", 50.0, **data),
        *(happened("login.failed", 100.0 + i, reason="locked") for i in range(3)),
        happened("payment.failed", 200.0, **({"payment": "p", "hard": True} | data)),
    )


def _review(**data: Any) -> Made:
    return _applied(
        happened("profile.updated", 0.0, **({"plan": "gold", "autopay": False} | data)),
        happened("usage.session", 0.5, **data),
        happened("order.placed", 1.0, **({"amount": 20.0} | data)),
        contact("started", DAY_S, **data),
        contact("ended", DAY_S + 60.0, **data),
        happened("feedback.received", DAY_S + 90.0, **({"scale": "csat", "score": 1} | data)),
        happened("review.due", 60 * DAY_S),
    )


def _text(**data: Any) -> Made:
    usual: dict[str, Any] = {"feedback": "f", "text": "never again, спасибо", "topic": "fees"}
    usual |= {"scale": "csat", "score": 1}
    return _applied(happened("feedback.received", 0.0, **(usual | data)))


HISTORIES: dict[str, Callable[..., Made]] = {
    "abandon": lambda **data: _call("queued", **data),
    "repeat": lambda **data: _call("ended", **data),
    "contact": _friction,
    "churn": _review,
    "silence": _review,
    "sentiment": _text,
    "topic": _text,
}
"""Name of the model -> what makes its event; more fields override the usual ones."""
