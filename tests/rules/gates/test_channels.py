"""Where a channel's actions go to."""

from typing import Any

import pytest

from detectors.customer import Customer
from detectors.event import Event
from rules.gates.channels import Channels
from rules.playbook.steps import Step
from tests.rules.gates.build import config, customer

CHANNELS = Channels(config(contact_points={"sms": "phone", "mail": "email"}))


def told(*events: tuple[str, dict[str, Any]]) -> Customer:
    who = customer(at=0.0)
    for at, (kind, data) in enumerate(events, start=1):
        who.update(Event(f"e-{at}", "crm", f"contact_point.{kind}", float(at), "c-1", data))
    return who


PHONE = ("added", {"kind": "phone", "contact_point": "+1"})
MAIL = ("added", {"kind": "email", "contact_point": "a@b.example"})


def point(who: Customer, channel: str, class_: str = "service") -> tuple[str | None, str]:
    step = Step.model_validate(
        {"do": "message", "channel": channel, "template": "plain", "class": class_}
    )
    return CHANNELS.contact_point(who, step)


def test_a_channel_is_known_by_its_name_and_by_what_it_reaches() -> None:
    assert tuple(CHANNELS.names("sms")) == ("sms", "phone")
    assert tuple(CHANNELS.names("crm")) == ("crm",)


def test_each_channel_reaches_its_kind_of_contact_point() -> None:
    who = told(PHONE, MAIL)

    assert point(who, "sms") == ("+1", "newest phone")
    assert point(who, "mail") == ("a@b.example", "newest email")
    # A channel without a kind reaches the customer by the id, as who has told nothing.
    assert point(who, "crm") == ("", "by the customer's id")
    assert point(customer(), "sms") == ("", "by the customer's id")


@pytest.mark.parametrize(("channel", "barred"), [("sms", True), ("call", False)])
def test_a_stop_holds_for_its_channel_and_not_for_what_is_critical(
    channel: str, barred: bool
) -> None:
    stop = {"contact_point": "+1", "reason": "stop", "channel": channel}
    who = told(PHONE, ("suppressed", stop))
    stopped = (None, "no phone that may be used: stop")

    assert point(who, "sms") == (stopped if barred else ("+1", "newest phone"))
    assert point(who, "sms", "critical") == ("+1", "newest phone")
