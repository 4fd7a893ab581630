"""Whether and where a customer may be reached, from events."""

from typing import Any

import msgpack
import pytest

from detectors.customer import Customer, pack, unpack
from detectors.event import Event
from detectors.reach import UPDATES, Reach
from detectors.schema import EVENTS


def happened(type_: str, at: float, /, **data: Any) -> Event:
    fields = {key.rstrip("_"): value for key, value in data.items()}
    return Event(f"{type_}-{at}", "crm", type_, at, "c-1", fields)


def test_every_type_is_in_the_vocabulary() -> None:
    assert set(EVENTS) >= UPDATES


def test_customers_of_whom_nobody_told_keep_nothing() -> None:
    customer, other = Customer("c-1"), Customer("c-1")
    customer.update(happened("action.failed", 1.0, reason="gone", contact_point="+1"))
    customer.update(happened("consent.granted", 2.0, class_="unheard-of"))
    other.update(happened("seen", 1.0))
    other.update(happened("seen", 2.0))

    assert customer.reach is None
    assert len(pack(customer, 0.0)) == len(pack(other, 0.0))


def test_a_customer_packs_with_it() -> None:
    customer = Customer("c-1")
    customer.update(happened("consent.withdrawn", 1.0, class_="service", channel="*"))
    customer.update(happened("contact_point.added", 2.0, kind="phone", contact_point="+1"))
    customer.update(happened("customer.flagged", 3.0, flag="fraud"))
    again = unpack("c-1", pack(customer, 0.0))

    assert again.reach is not None
    assert customer.reach is not None
    assert again.reach.to_list() == customer.reach.to_list()
    assert msgpack.packb(again.reach.to_list()) == msgpack.packb(customer.reach.to_list())


@pytest.mark.parametrize("lowered_at", [1.0, 2.0, 3.0])
def test_a_flag_is_raised_until_it_is_lowered_later(lowered_at: float) -> None:
    raised = happened("customer.flagged", 2.0, flag="bereavement")
    lowered = happened("customer.unflagged", lowered_at, flag="bereavement")
    for order in ((raised, lowered), (lowered, raised)):
        reach = Reach()
        for event in order:
            reach.update(event)
        assert reach.flags() == ([] if lowered_at > 2.0 else ["bereavement"])


def test_flags_that_nobody_knows_are_none() -> None:
    reach = Reach()
    reach.update(happened("customer.flagged", 1.0, flag="vip"))
    reach.update(happened("customer.flagged", 1.0, flag="fraud"))
    reach.update(happened("customer.flagged", 1.0, flag="complaint"))

    assert reach.flags() == ["complaint", "fraud"]


def test_a_hard_bounce_closes_the_address_for_every_channel() -> None:
    reach = Reach()
    reach.update(happened("contact_point.added", 0.0, kind="email", contact_point="a@b"))
    reach.update(happened("action.failed", 1.0, channel="mail", contact_point="a@b",
                          reason="hard bounce: 550 5.1.1"))  # fmt: skip

    assert reach.points.choose("email", "newsletter", critical=False)[0] is None


def test_without_a_contact_point_the_customer_is_closed_for_that_channel() -> None:
    reach = Reach()
    reach.update(happened("action.opted_out", 1.0, channel="sms", contact_point="c-1"))
    assert reach.points.choose("phone", "sms", critical=False)[0] is None
    assert reach.points.choose("phone", "call", critical=False)[0] == ""

    reach.update(happened("consent.granted", 2.0, class_="*", channel="sms"))
    assert reach.points.choose("phone", "sms", critical=False)[0] == ""


def test_a_suppression_by_another_system() -> None:
    reach = Reach()
    reach.update(happened("contact_point.suppressed", 1.0, contact_point="+1", reason="stop"))
    assert reach.points.is_closed("+1", "sms", critical=False)


@pytest.mark.parametrize(("reason", "ends"), [("bounce", False), ("stop", True), ("odd", True)])
def test_a_reason_that_nobody_knows_counts_as_a_complaint(reason: str, ends: bool) -> None:
    reach = Reach()
    point = {"kind": "phone", "contact_point": "+1"}
    reach.update(happened("contact_point.added", 0.0, **point))
    reach.update(happened("contact_point.suppressed", 1.0, contact_point="+1", reason=reason))
    reach.update(happened("consent.granted", 2.0, class_="*", channel="*", contact_point="+1"))

    assert reach.points.is_closed("+1", "sms", critical=False) is not ends


def test_what_bounces_without_a_contact_point_closes_its_channel_alone() -> None:
    reach = Reach()
    reach.update(happened("action.failed", 1.0, channel="mail", reason="hard bounce"))

    assert reach.points.is_closed("", "mail", critical=True)
    assert not reach.points.is_closed("", "sms", critical=True)
