"""The score: the customer will contact us within 24 hours, because something got in the way."""

import math
from types import MappingProxyType

from detectors.centre import Centre
from detectors.contacts import HALF_LIVES_S
from detectors.customer import Customer
from detectors.event import Event
from detectors.learning.labels import CONTACT_HORIZON_S, PendingLabel, subject
from detectors.models.inputs import FELT, HOURS
from detectors.models.linear import LinearHead
from detectors.models.repeat import HALF_COUNT, fading_counts, log_rate
from detectors.models.scored import Scored
from detectors.models.shapes import rounded
from detectors.signals.registry import detect

MEDIUM = 1.0
"""Sum of the strengths of all signals from which on it is scored: one strong or two notable."""

FIRST_WEIGHTS = MappingProxyType(
    {
        "rate_30d": 0.3,
        "rate_7d": 0.3,
        "friction": 0.5,
        "felt.error_click": 0.5,
        "felt.rage_click": 0.4,
        "felt.dead_click": 0.2,
        "felt.login_failure": 0.5,
        "felt.payment_failure": 0.5,
        "felt.promise_at_risk": 0.5,
        "felt.delivery_delay": 0.5,
        "open_contact": -0.5,
    }
)
"""Set by hand, fitted to no data: in the proportions 5, 4 and 2 of errors, rage and dead clicks
that products for session replay use; who is in touch with us anyway need not call."""

_BASE_RATE = 0.1


class ContactModel:
    """Logistic regression on what the customer is going through, and on how often they call.

    Scored at an event that may be friction, when the signals of the customer add up to medium. The
    baseline is the count n of earlier contacts, as n / (n + 4).
    """

    name = "contact"
    event_types = (
        "ui.click",
        "app.error",
        "form.abandoned",
        "search.done",
        "login.failed",
        "payment.failed",
        "card.declined",
        "shipment.eta_changed",
        "delivery.failed",
        "promise.broken",
        "case.reopened",
        "feedback.received",
    )
    watched = ("friction", "rate_7d")

    __slots__ = ("head",)

    def __init__(self, learning_rate: float = 0.05, caution: float = 1.0) -> None:
        self.head = LinearHead(_BASE_RATE, FIRST_WEIGHTS, learning_rate, caution)

    def score(self, event: Event, customer: Customer, centre: Centre) -> Scored | None:
        """Return the score of a customer whom something gets in the way of; else None."""
        if not customer.identified or _is_plain_click(event):
            return None
        x = features(event, customer, centre)
        if x.get("friction", 0.0) < MEDIUM:
            return None
        earlier = customer.contacts.total
        baseline = earlier / (earlier + HALF_COUNT)
        return Scored(self.name, self.head.score(x), baseline, x, earlier, identified=True)

    def open(self, scored: Scored, event: Event) -> PendingLabel | None:
        """Return the label to wait for."""
        return scored.pending(
            subject(self.name, event.customer, event.at), event.at, CONTACT_HORIZON_S
        )


def features(event: Event, customer: Customer, centre: Centre) -> dict[str, float]:
    """Return the inputs, zeros left out: the signals, their sum, and the rates of contacts."""
    at, contacts = event.at, customer.contacts
    felt = detect(event, customer, at)
    x: dict[str, float] = {}
    friction = 0.0
    for signal, name in FELT.items():
        strength = felt[signal]
        if strength:
            x[name] = strength
            friction += strength
    x["friction"] = min(friction, 4.0)
    counts = fading_counts(contacts, at)
    observed_s = centre.observed_s(at)
    for name, i in (("rate_30d", 3), ("rate_7d", 2), ("rate_3d", 1)):
        x[name] = log_rate(counts[i], HALF_LIVES_S[i], observed_s)
    x["contacts_1d"] = math.log1p(counts[0])
    if not contacts.total:
        x["first"] = 1.0
    if any(contact.inbound for contact in contacts.open.values()):
        x["open_contact"] = 1.0
    x[HOURS.of(centre.hour_of_week(at) % 24)] = 1.0
    return rounded(x)


def _is_plain_click(event: Event) -> bool:
    get = event.data.get
    return event.type == "ui.click" and not (get("rage") or get("dead") or get("error"))
