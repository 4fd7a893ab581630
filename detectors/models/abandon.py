"""The score: the caller will hang up before an agent answers."""

import math
from array import array
from types import MappingProxyType

from detectors.centre import Centre
from detectors.contacts import text
from detectors.customer import Customer
from detectors.event import Event
from detectors.learning.labels import ABANDON_HORIZON_S, PendingLabel
from detectors.models.inputs import HISTORY, HOURS, QUEUE, TOPICS
from detectors.models.linear import LinearHead
from detectors.models.scored import Scored

FIRST_WEIGHTS = MappingProxyType(
    {
        "length": 0.3,
        "length_topic": 0.3,
        "length_high": 0.3,
        "longest_wait": 0.3,
        "mean_wait": 0.3,
        "in_service": -0.3,
        "abandon_share": 1.0,
        "earlier": -0.3,
    }
)
"""Set by hand, fitted to no data: a longer queue and longer waits drive callers away, more agents
keep them, who hung up before will do so again, frequent callers know how long it takes."""

_SHARE = 0.2  # one queued caller in five hangs up (Brown et al. 2005)
_SHARE_WEIGHT = 2.0


class AbandonModel:
    """Logistic regression on the queue, the hour and the caller's history.

    Scored when an inbound contact enters the queue, identified or not. The baseline is the share
    of queued callers who hung up in this hour of the day so far.
    """

    name = "abandon"
    event_types = ("contact.queued",)
    watched = ("length", "longest_wait", "in_service", "served")

    __slots__ = ("head",)

    def __init__(self, learning_rate: float = 0.15, caution: float = 3.0) -> None:
        # One in ten hangs up in an empty queue.
        self.head = LinearHead(0.1, FIRST_WEIGHTS, learning_rate, caution)

    def score(self, event: Event, customer: Customer, centre: Centre) -> Scored | None:
        """Return the score of a contact that was queued; None for a returned call."""
        if event.data.get("direction") == "outbound":
            return None
        x = features(event, customer, centre)
        return Scored(
            self.name,
            self.head.score(x),
            centre.abandon_rate(event.at),
            x,
            max(0, customer.contacts.total - 1),
            customer.identified,
        )

    def open(self, scored: Scored, event: Event) -> PendingLabel:
        """Return the label to wait for."""
        return scored.pending(text(event.data.get("call")), event.at, ABANDON_HORIZON_S)


def features(event: Event, customer: Customer, centre: Centre) -> dict[str, float]:
    """Return the inputs, zeros left out; one-hots come after numbers, always in the same order.

    The queue is the one named like the topic, or the only one there is.
    """
    contacts, data, at = customer.contacts, event.data, event.at
    topic = text(data.get("topic"))
    queue = centre.queue(topic)
    waiting = queue.length_by_topic.get(topic, 0.0)
    log1p = math.log1p
    numbers = array(
        "f",
        (
            log1p(queue.length) / 2.0,
            log1p(waiting) / 2.0,
            log1p(queue.length_high) / 2.0,
            log1p(queue.longest_wait_s) / 5.0,
            log1p(queue.mean_wait_10m_s) / 5.0,
            log1p(queue.last_wait_s) / 5.0,
            log1p(queue.in_service) / 2.0,
            log1p(queue.answered_10m) / 3.0,
            log1p(queue.abandoned_10m) / 2.0,
            log1p(queue.served_10m) / 3.0,
            min(2.0, waiting / (1.0 + queue.served_10m)),
        ),
    )
    x = {name: number for name, number in zip(QUEUE, numbers, strict=True) if number}
    if customer.identified:
        earlier = max(0, contacts.total - 1)
        share = (contacts.abandoned_total + _SHARE * _SHARE_WEIGHT) / (earlier + _SHARE_WEIGHT)
        history = array(
            "f", (log1p(earlier) / 2.0, share - _SHARE, log1p(contacts.abandoned_7d(at)))
        )
        x |= {name: number for name, number in zip(HISTORY, history, strict=True) if number}
        if not earlier:
            x["first"] = 1.0
        if contacts.last_outcome == "abandoned":
            x["last_abandoned"] = 1.0
    else:
        x["unidentified"] = 1.0
    x[HOURS.of(centre.hour_of_week(at) % 24)] = 1.0
    if data.get("priority") == "high":
        x["high_priority"] = 1.0
    topic_input = TOPICS.get(topic)
    if topic_input is not None:
        x[topic_input] = 1.0
    return x
