import math

import pytest

from detectors.contacts import DAY_S, STALE_S
from detectors.customer import Customer
from detectors.features import CUSTOMER
from tests.detectors.build import contact, happened

HOUR_S = 3600.0


@pytest.fixture
def customer() -> Customer:
    """A customer with three contacts, the last one in the queue, and much under way besides."""
    one = Customer("c-1")
    for event in (
        contact("started", 0.0, "a"),
        contact("queued", 5.0, "a"),
        contact("abandoned", 65.0, "a", wait_s=60.0),
        contact("ended", 65.0, "a", wait_s=60.0, outcome="abandoned"),
        contact("started", DAY_S, "b"),
        contact("answered", DAY_S + 10.0, "b"),
        contact("ended", DAY_S + 130.0, "b", service_s=120.0),
        contact("started", DAY_S + HOUR_S, "back", direction="outbound"),
        contact("ended", DAY_S + HOUR_S, "back", direction="outbound"),
        contact("started", DAY_S + 2 * HOUR_S, "c", priority="high"),
        contact("queued", DAY_S + 2 * HOUR_S + 10.0, "c", priority="high"),
        happened("profile.updated", 0.0, plan="family", segment="young", language="ru"),
        happened("profile.updated", 1.0, autopay=False, alerts=True),
        happened("usage.session", 0.0),
        happened("usage.session", DAY_S),
        happened("case.opened", HOUR_S, case="k1", topic="fees"),
        happened("case.opened", 2 * HOUR_S, case="k2", topic="cards"),
        happened("case.closed", 3 * HOUR_S, case="k2"),
        happened("incident.opened", HOUR_S, incident="i1", service="internet"),
        happened("fraud.hold_placed", HOUR_S, hold="h1", reason="series"),
        happened("transfer.held", HOUR_S, transfer="t1", reason="check"),
        happened("order.placed", HOUR_S, order="o1", promised_at=DAY_S),
        happened("promise.made", HOUR_S, promise="p1", due_at=DAY_S),
        happened("feedback.received", HOUR_S, source="survey", scale="nps", score=5),
    ):
        one.update(event)
    return one


AT = DAY_S + 2 * HOUR_S + 40.0


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("identified", True),
        ("open_contacts", 1.0),
        ("contacts_24h", 2.0),
        ("contacts_7d", 3.0),
        ("contacts_30d", 3.0),
        ("contacts_total", 3.0),
        ("outbound_total", 1.0),
        ("abandoned_24h", 0.0),
        ("abandoned_total", 1.0),
        ("days_known", AT / DAY_S),
        ("days_seen", 2.0),
        ("waiting", 30.0),
        ("last_wait", 0.0),
        ("last_service", 120.0),
        ("last_outcome", "answered"),
        ("since_last_contact", 40.0),
        ("since_last_outbound", HOUR_S + 40.0),
        ("priority", "high"),
        ("open_cases", 1.0),
        ("oldest_case", AT - HOUR_S),
        ("open_incidents", 1.0),
        ("open_holds", 2.0),
        ("open_orders", 1.0),
        ("open_promises", 1.0),
        ("since_bad_feedback", AT - HOUR_S),
        ("last_score", 5.0),
        ("last_scale", "nps"),
        ("active_days_28d", 2.0),
        ("active_days_before", 0.0),
        ("plan", "family"),
        ("segment", "young"),
        ("language", "ru"),
        ("autopay", False),
        ("alerts", True),
    ],
)
def test_values_as_derived_by_hand(customer: Customer, name: str, expected: object) -> None:
    assert CUSTOMER[name].get(customer, AT) == expected


def test_every_feature_has_a_derived_value_above() -> None:
    marks = test_values_as_derived_by_hand.pytestmark  # type: ignore[attr-defined]

    assert {name for name, _ in marks[0].args[1]} == set(CUSTOMER)


def test_nothing_is_known_of_a_new_customer() -> None:
    customer = Customer("call:1")

    values = {name: feature.get(customer, 10.0) for name, feature in CUSTOMER.items()}
    assert values.pop("identified") is False
    nullable = {name for name, feature in CUSTOMER.items() if feature.nullable}
    assert {name for name, value in values.items() if value is None} == nullable
    assert all(values[name] == 0.0 for name in values.keys() - nullable)


def test_windows_end_at_the_time_asked_for(customer: Customer) -> None:
    within = CUSTOMER["contacts_24h"].get

    assert within(customer, DAY_S - 0.5) == 1.0
    assert within(customer, DAY_S) == 1.0  # the first contact is exactly 24 h ago: no longer within
    assert CUSTOMER["abandoned_24h"].get(customer, DAY_S + 64.0) == 1.0
    assert CUSTOMER["abandoned_24h"].get(customer, DAY_S + 65.0) == 0.0


def test_a_contact_that_never_ended_is_not_under_way_for_ever(customer: Customer) -> None:
    started_at = DAY_S + 2 * HOUR_S

    assert CUSTOMER["open_contacts"].get(customer, started_at + STALE_S - 1.0) == 1.0
    assert CUSTOMER["open_contacts"].get(customer, started_at + STALE_S) == 0.0


def test_values_are_of_their_kind(customer: Customer) -> None:
    types = {"num": float, "duration": float, "bool": bool, "enum": str, "text": str}
    for feature in CUSTOMER.values():
        value = feature.get(customer, AT)
        assert isinstance(value, types[feature.kind])
        if feature.kind == "enum":
            assert value in feature.values


OPEN = ("open_cases", "open_incidents", "open_holds", "open_orders", "open_promises")


@pytest.mark.parametrize("name", [*OPEN, "since_bad_feedback"])
def test_what_nobody_told_of_is_missing_and_not_zero(name: str) -> None:
    customer = Customer("c-1")
    customer.update(happened("ui.click", 0.0, rage=True))
    assert CUSTOMER[name].get(customer, 1.0) is None

    customer.update(happened("profile.updated", 1.0, plan="family"))
    never = math.inf if name == "since_bad_feedback" else 0.0
    assert CUSTOMER[name].get(customer, 2.0) == never


def test_one_familys_feed_says_nothing_of_another() -> None:
    customer = Customer("c-1")
    customer.update(happened("case.closed", 0.0, case="k1"))

    known = {name: CUSTOMER[name].get(customer, 1.0) for name in OPEN}
    assert known.pop("open_cases") == 0.0
    assert set(known.values()) == {None}
