"""What a rule may ask of a customer: every name with its meaning and its value."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from detectors.contacts import DAY_S, STALE_S
from detectors.customer import Customer
from detectors.schema import OUTCOMES, PRIORITIES, SCALES, Kind, Name

Value = float | str | bool | None
_COUNTED = "exact up to 32"
_TOLD = "missing until the customer record or such an event told of the customer"
_RECORD: tuple[tuple[str, Kind, str], ...] = (
    ("plan", "text", "What the customer has, by the customer record"),
    ("segment", "text", "Which group of customers, by the customer record"),
    ("language", "text", "Two letters of the language to write in, by the customer record"),
    ("autopay", "bool", "Whether bills are paid by themselves, by the customer record"),
    ("alerts", "bool", "Whether account alerts are switched on, by the customer record"),
)


@dataclass(frozen=True, slots=True)
class Feature(Name):
    """A name of the customer and how to get it.

    Parameters
    ----------
    get
        Takes the customer and the event time as of which the value holds. Windows reach back from
        there: an event exactly 24 h before is no longer within 24 h, one exactly at that time is.
    """

    get: Callable[[Customer, float], Value] = lambda _customer, _at: None


def _open_contacts(customer: Customer, at: float) -> float:
    return float(sum(o.started_at > at - STALE_S for o in customer.contacts.open.values()))


def _started_within(window_s: float) -> Callable[[Customer, float], float]:
    def get(customer: Customer, at: float) -> float:
        return float(customer.contacts.count(at - window_s, at))

    return get


def _abandoned_24h(customer: Customer, at: float) -> float:
    return float(sum(at - DAY_S < then <= at for then, _ in customer.contacts.abandoned))


def _days_known(customer: Customer, at: float) -> float:
    return 0.0 if math.isnan(customer.first_at) else max(0.0, at - customer.first_at) / DAY_S


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


def _since(value: float, at: float) -> float | None:
    return None if math.isnan(value) else max(0.0, at - value)


def _open(family: str) -> Callable[[Customer, float], float | None]:
    def get(customer: Customer, at: float) -> float | None:
        standing = customer.standing
        if standing is None or not standing.knows(family):
            return None
        return float(len(standing.open_items(family, at)))

    return get


def _oldest_case(customer: Customer, at: float) -> float | None:
    standing = customer.standing
    cases = [] if standing is None else standing.open_items("case", at)
    return max((at - case.since for case in cases), default=None)


def _since_bad_feedback(customer: Customer, at: float) -> float | None:
    standing = customer.standing
    if standing is None or not standing.knows("feedback"):
        return None
    found = _since(standing.bad_at, at)
    return math.inf if found is None else found


def _active(half: int) -> Callable[[Customer, float], float]:
    def get(customer: Customer, at: float) -> float:
        standing = customer.standing
        return 0.0 if standing is None else float(standing.active_days(at)[half])

    return get


def _fact(name: str) -> Callable[[Customer, float], Value]:
    def get(customer: Customer, _at: float) -> Value:
        return None if customer.standing is None else customer.standing.facts.get(name)

    return get


def _waiting(customer: Customer, at: float) -> float:
    return max(
        (at - o.queued_at for o in customer.contacts.open.values() if o.stage == "queued"),
        default=0.0,
    )


_FEATURES = (
    Feature(
        "identified",
        "bool",
        "Whether we know who it is",
        get=lambda customer, _: customer.identified,
    ),
    Feature(
        "open_contacts",
        "num",
        "Contacts under way, of either side, that began less than 6 h ago",
        "contacts",
        get=_open_contacts,
    ),
    Feature(
        "contacts_24h",
        "num",
        f"Contacts the customer began within 24 h, this one included; {_COUNTED}",
        "contacts",
        get=_started_within(DAY_S),
    ),
    Feature(
        "contacts_7d",
        "num",
        f"Contacts the customer began within 7 days, this one included; {_COUNTED}",
        "contacts",
        get=_started_within(7 * DAY_S),
    ),
    Feature(
        "contacts_30d",
        "num",
        f"Contacts the customer began within 30 days, this one included; {_COUNTED}",
        "contacts",
        get=_started_within(30 * DAY_S),
    ),
    Feature(
        "contacts_total",
        "num",
        "Contacts the customer ever began, this one included",
        "contacts",
        get=lambda customer, _: float(customer.contacts.total),
    ),
    Feature(
        "outbound_total",
        "num",
        "How often the company ever called",
        "contacts",
        get=lambda customer, _: float(customer.contacts.outbound_total),
    ),
    Feature(
        "abandoned_24h",
        "num",
        "How often the customer hung up in the queue within 24 h; exact up to 8",
        "contacts",
        get=_abandoned_24h,
    ),
    Feature(
        "abandoned_total",
        "num",
        "How often the customer ever hung up in the queue",
        "contacts",
        get=lambda customer, _: float(customer.contacts.abandoned_total),
    ),
    Feature("days_known", "num", "Days since the first event", "days", get=_days_known),
    Feature(
        "days_seen",
        "num",
        "On how many days (UTC) the customer began a contact",
        "days",
        get=lambda customer, _: float(customer.contacts.days_seen),
    ),
    Feature(
        "waiting",
        "duration",
        "How long the customer has been in the queue now; 0 outside of it",
        "s",
        get=_waiting,
    ),
    Feature(
        "last_wait",
        "duration",
        "Wait in the queue of the last contact that ended",
        "s",
        nullable=True,
        get=lambda customer, _: _known(customer.contacts.last_wait_s),
    ),
    Feature(
        "last_service",
        "duration",
        "Time with an agent in the last contact that ended",
        "s",
        nullable=True,
        get=lambda customer, _: _known(customer.contacts.last_service_s),
    ),
    Feature(
        "last_outcome",
        "enum",
        "How the customer's last contact ended",
        nullable=True,
        values=OUTCOMES,
        get=lambda customer, _: customer.contacts.last_outcome or None,
    ),
    Feature(
        "since_last_contact",
        "duration",
        "Since the customer's newest contact began",
        "s",
        nullable=True,
        get=lambda customer, at: _since(customer.contacts.last_started_at, at),
    ),
    Feature(
        "since_last_outbound",
        "duration",
        "Since the company called last",
        "s",
        nullable=True,
        get=lambda customer, at: _since(customer.contacts.last_outbound_at, at),
    ),
    Feature(
        "priority",
        "enum",
        "Priority in the queue of the newest contact",
        nullable=True,
        values=PRIORITIES,
        get=lambda customer, _: customer.contacts.priority or None,
    ),
    Feature(
        "open_cases",
        "num",
        f"Cases that are not closed; {_TOLD}",
        "cases",
        nullable=True,
        get=_open("case"),
    ),
    Feature(
        "oldest_case",
        "duration",
        "How long the oldest open case has been open; missing when none is",
        "s",
        nullable=True,
        get=_oldest_case,
    ),
    Feature(
        "open_incidents",
        "num",
        f"Incidents that affect the customer now; {_TOLD}",
        "incidents",
        nullable=True,
        get=_open("incident"),
    ),
    Feature(
        "open_holds",
        "num",
        f"Holds on cards and transfers; {_TOLD}",
        "holds",
        nullable=True,
        get=_open("hold"),
    ),
    Feature(
        "open_orders",
        "num",
        f"Orders that have not arrived; {_TOLD}",
        "orders",
        nullable=True,
        get=_open("order"),
    ),
    Feature(
        "open_promises",
        "num",
        f"Promises that are not kept yet; {_TOLD}",
        "promises",
        nullable=True,
        get=_open("promise"),
    ),
    Feature(
        "since_bad_feedback",
        "duration",
        f"Since the last complaint or bad answer; longer than any duration when never; {_TOLD}",
        "s",
        nullable=True,
        get=_since_bad_feedback,
    ),
    Feature(
        "last_score",
        "num",
        "The newest answer to a survey, on its scale",
        "points",
        nullable=True,
        get=lambda customer, _: (
            None if customer.standing is None else _known(customer.standing.score)
        ),
    ),
    Feature(
        "last_scale",
        "enum",
        "Scale of the newest answer: csat 1 to 5, ces 1 to 7, nps 0 to 10",
        nullable=True,
        values=SCALES,
        get=lambda customer, _: (
            None if customer.standing is None else customer.standing.scale or None
        ),
    ),
    Feature(
        "active_days_28d",
        "num",
        "Days (UTC) with use among the last 28, today included",
        "days",
        get=_active(0),
    ),
    Feature(
        "active_days_before",
        "num",
        "Days (UTC) with use among the 28 before those",
        "days",
        get=_active(1),
    ),
    *(
        Feature(name, kind, meaning, nullable=True, get=_fact(name))
        for name, kind, meaning in _RECORD
    ),
)

CUSTOMER: Mapping[str, Feature] = MappingProxyType({feature.name: feature for feature in _FEATURES})
"""Name without its namespace -> feature."""
