"""The score: the customer will cancel within the horizon."""

import math
from types import MappingProxyType

from detectors.centre import Centre
from detectors.contacts import DAY_S
from detectors.customer import Customer
from detectors.event import Event
from detectors.learning.labels import HORIZON_S, PendingLabel, subject
from detectors.models.inputs import CALLS_7D, CALLS_30D, IDLE, LOST_USE, SINCE_BAD, TENURE, USE
from detectors.models.linear import LinearHead
from detectors.models.repeat import fading_counts
from detectors.models.scored import Scored
from detectors.models.shapes import rounded
from detectors.standing import Standing

FIRST_WEIGHTS = MappingProxyType(
    {
        "tenure": -0.5,
        "lost_use": 0.4,
        "use_28d": -0.4,
        "calls_30d": 0.3,
        "bad_answer": 0.5,
        "open_cases": 0.2,
        "reopened": 0.3,
        "unpaid": 0.3,
        "downgraded": 0.5,
        "renewal_near": 0.5,
        "bad_answer*calls": 0.2,
    }
)
"""Set by hand, fitted to no data: who is new, uses less, complains or pays with trouble leaves."""
HALF_CALLS = 4.0
"""Contacts in about 30 days at which the baseline says one half; only its order is judged."""

_BASE_RATE = 0.05
_LATELY_S = 90 * DAY_S


class ChurnModel:
    """Logistic regression on how long, how much and how smoothly the customer is with us.

    Scored when a contact ends and at reviews, of customers whom the customer record knows. Numbers
    with a long tail enter by their logarithm, and lines may bend at a few knots; a few crosses
    have names. The baseline is the fading count n of contacts, as n / (n + 4).

    Parameters
    ----------
    horizon_s
        Within which the customer cancels, seconds.
    """

    name = "churn"
    event_types = ("contact.ended", "review.due")
    watched = ("tenure", "use_28d", "lost_use", "calls_30d")

    __slots__ = ("head", "horizon_s")

    def __init__(
        self,
        learning_rate: float = 0.05,
        caution: float = 1.0,
        horizon_s: float = HORIZON_S["churn"],
    ) -> None:
        self.head = LinearHead(_BASE_RATE, FIRST_WEIGHTS, learning_rate, caution)
        self.horizon_s = horizon_s

    def score(self, event: Event, customer: Customer, centre: Centre) -> Scored | None:
        """Return the score of a customer whom the customer record knows; else None."""
        standing = customer.standing
        if standing is None or not standing.facts or not customer.identified:
            return None
        x = features(event, customer, standing)
        calls = fading_counts(customer.contacts, event.at)[3]
        baseline = calls / (calls + HALF_CALLS)
        earlier = customer.contacts.total
        return Scored(self.name, self.head.score(x), baseline, x, earlier, identified=True)

    def open(self, scored: Scored, event: Event) -> PendingLabel | None:
        """Return the label to wait for."""
        return scored.pending(
            subject(self.name, event.customer, event.at), event.at, self.horizon_s
        )


def features(event: Event, customer: Customer, standing: Standing) -> dict[str, float]:
    """Return the inputs, zeros left out."""
    at, contacts, marks = event.at, customer.contacts, standing.marks
    unpaid = _marked(standing, "unpaid", at)
    by_hand = standing.facts.get("autopay") is False
    x: dict[str, float] = {}
    TENURE.put((at - customer.first_at) / DAY_S, x)
    now, before = standing.active_days(at)
    USE.put(float(now), x)
    LOST_USE.put(float(before - now), x)
    activity = customer.activity
    if activity is not None:
        IDLE.put((at - activity.last_at) / DAY_S, x)
        if at - activity.downgraded_at < _LATELY_S:
            x["downgraded"] = 1.0
        if at - activity.renewal_at < _LATELY_S:
            x["renewal_near"] = 1.0
    counts = fading_counts(contacts, at)
    CALLS_7D.put(counts[2], x)
    CALLS_30D.put(counts[3], x)
    bad_days = (at - standing.bad_at) / DAY_S  # NaN for never
    SINCE_BAD.put(bad_days, x)
    is_bad = bad_days * DAY_S < _LATELY_S
    flags = (
        ("bad_answer", is_bad),
        ("bad_answer*calls", is_bad and counts[3] > 1.0),
        ("pays_by_hand", by_hand),
        ("pays_by_hand*unpaid", by_hand and unpaid),
        ("unpaid", unpaid),
        ("reopened", _marked(standing, "reopened", at)),
        ("new*calls", at - customer.first_at < _LATELY_S and counts[3] > 1.0),
        ("never_used", now == 0 and before == 0),
    )
    for name, is_so in flags:
        if is_so:
            x[name] = 1.0
    cases = len(standing.open_items("case", at))
    if cases:
        x["open_cases"] = math.log1p(cases)
    if marks.count("login", at - DAY_S, at):
        x["locked_out"] = 1.0
    return rounded(x)


def _marked(standing: Standing, kind: str, at: float) -> bool:
    return standing.marks.count(kind, at - _LATELY_S, at) > 0
