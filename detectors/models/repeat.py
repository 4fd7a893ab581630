"""The score: the customer will contact us again within 24 hours."""

import math
from array import array
from types import MappingProxyType

from detectors.centre import Centre
from detectors.contacts import DAY_S, HALF_LIVES_S, Contacts, text
from detectors.customer import Customer
from detectors.event import Event
from detectors.learning.labels import REPEAT_HORIZON_S, PendingLabel
from detectors.models.inputs import DAYS, RATE_BY_DAY, RATES, SERVICES_S, TOPICS
from detectors.models.linear import LinearHead
from detectors.models.scored import Scored

HALF_COUNT = 4.0
"""Earlier contacts at which the baseline says one half; only its order is judged."""
CUT_OFF_S = 8.0
"""A conversation shorter than this was cut off rather than ended."""
COMPANY_CALLED_S = DAY_S

PRIOR_CONTACTS = 0.3
PRIOR_DAYS = 3.0
"""Before we know a customer: 0.3 contacts in 3 days, the weight of what is assumed."""

FIRST_WEIGHTS = MappingProxyType(
    {
        "rate_30d": 0.3,
        "rate_7d": 0.3,
        "rate_3d": 0.3,
        "contacts_1d": 0.3,
        "unserved": 0.8,
        "service_s<8": 0.8,
        "service_s<64": -0.4,
        "service_s<256": -0.4,
        "service_s>=256": -0.4,
    }
)
"""Set by hand, fitted to no data: the odds are about in proportion to the rate, so the four rates
share a slope of about 1; who reached no agent or was cut off doubles the odds; a conversation that
settles something lowers them by a third."""

_DAYS_PER_LOG2 = DAY_S * math.log(2.0)


class RepeatModel:
    """Logistic regression on how often the customer contacts us, and on the contact that ended.

    Scored when an inbound contact of an identified customer ends. The baseline is the count n of
    earlier contacts, as n / (n + 4).
    """

    name = "repeat"
    event_types = ("contact.ended",)
    watched = ("rate_30d", "rate_7d", "contacts_1d")

    __slots__ = ("head",)

    def __init__(self, learning_rate: float = 0.05, caution: float = 1.0) -> None:
        self.head = LinearHead(0.25, FIRST_WEIGHTS, learning_rate, caution)

    def score(self, event: Event, customer: Customer, centre: Centre) -> Scored | None:
        """Return the score of a contact that ended; None for returned calls and strangers."""
        if not customer.identified or event.data.get("direction") == "outbound":
            return None
        earlier = max(0, customer.contacts.total - 1)
        x = features(event, customer, centre)
        baseline = earlier / (earlier + HALF_COUNT)
        return Scored(self.name, self.head.score(x), baseline, x, earlier, identified=True)

    def open(self, scored: Scored, event: Event) -> PendingLabel:
        """Return the label to wait for."""
        return scored.pending(text(event.data.get("call")), event.at, REPEAT_HORIZON_S)


def features(event: Event, customer: Customer, centre: Centre) -> dict[str, float]:
    """Return the inputs, zeros left out; one-hots come after numbers, always in the same order.

    A rate is the logarithm of contacts per day with a half-life of 3, 7 or 30 days, this contact
    left out, over the days that the centre has been observed with the same half-life: in the
    first weeks a low count says little. A week's rate has a slope of its own on each day of the
    week, because before a day of rest even a frequent caller does not call.
    """
    contacts, data, at = customer.contacts, event.data, event.at
    count_1d, count_3d, count_7d, count_30d = contacts.earlier_counts(at)
    observed_s = centre.observed_s(at) + DAY_S / 2.0
    numbers = array(
        "f",
        (
            log_rate(count_30d, HALF_LIVES_S[3], observed_s),
            log_rate(count_7d, HALF_LIVES_S[2], observed_s),
            log_rate(count_3d, HALF_LIVES_S[1], observed_s),
            math.log1p(count_1d),
        ),
    )
    x = {name: number for name, number in zip(RATES, numbers, strict=True) if number}
    rate_7d = numbers[1]
    day = centre.hour_of_week(at) // 24
    x[DAYS[day]] = 1.0
    x[RATE_BY_DAY[day]] = rate_7d
    if contacts.total <= 1:
        x["first"] = 1.0
    if data.get("outcome") != "answered":
        x["unserved"] = 1.0
        x["unserved*rate_7d"] = rate_7d
    else:
        service_s = contacts.last_service_s
        x[SERVICES_S.of(service_s)] = 1.0
        if service_s < CUT_OFF_S:
            x["cut_off*rate_7d"] = rate_7d
    if data.get("priority") == "high":
        x["high_priority"] = 1.0
    if at - contacts.last_outbound_at < COMPANY_CALLED_S:
        x["company_called"] = 1.0
    topic_input = TOPICS.get(text(data.get("topic")))
    if topic_input is not None:
        x[topic_input] = 1.0
    return x


def fading_counts(contacts: Contacts, at: float) -> list[float]:
    """Return the counts of inbound contacts as of `at`, in the order of `HALF_LIVES_S`."""
    age_s = max(0.0, at - contacts.decayed_at)
    return [
        count * 0.5 ** (age_s / half_life_s)
        for count, half_life_s in zip(contacts.decayed, HALF_LIVES_S, strict=True)
    ]


def log_rate(count: float, half_life_s: float, observed_s: float) -> float:
    """Return the logarithm of contacts per day, shifted so that one a week is about 0.

    Parameters
    ----------
    count
        Contacts, each halved after every half-life.
    observed_s
        Since when contacts have been counted.
    """
    # Days observed, each weighted as a contact of that day is: the integral of the decay.
    days = half_life_s / _DAYS_PER_LOG2 * (1.0 - 0.5 ** (observed_s / half_life_s))
    return math.log((count + PRIOR_CONTACTS) / (days + PRIOR_DAYS)) + 2.0
