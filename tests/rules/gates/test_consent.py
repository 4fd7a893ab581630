"""Consent at the gate: class by class."""

from typing import Any

import pytest

from detectors.event import Event
from rules.gates.config import GatesConfig
from rules.gates.consent import Consent
from tests.rules.gates.build import candidate, config, customer, rule, send

AT = 1_000_000.0


def consent(kind: str, at: float, **data: Any) -> Event:
    fields = {key.rstrip("_"): value for key, value in data.items()}
    return Event(f"{kind}-{at}", "crm", f"consent.{kind}", at, "c-1", fields)


def check(class_: str, *said: Event, of: GatesConfig | None = None) -> tuple[bool, str]:
    who = customer(at=AT - 9999.0)
    for event in said:
        who.update(event)
    wanted = rule(channel="mail", **{"class": class_})
    return Consent(of or config()).check(candidate(AT, of=wanted, who=who))


def test_unknown_is_no_for_what_sells_and_yes_for_what_serves() -> None:
    assert check("promotional") == (False, "never granted for promotional")
    assert check("service") == (True, "nothing said; legal basis of service: contract")
    assert check("critical") == (True, "critical needs none")


@pytest.mark.parametrize("class_", ["promotional", "service"])
def test_the_customers_word_holds(class_: str) -> None:
    granted = consent("granted", AT - 7200.0, class_=class_, channel="mail")
    withdrawn = consent("withdrawn", AT - 3600.0, class_=class_, channel="*")

    assert check(class_, granted) == (True, "granted 2 h ago")
    assert check(class_, granted, withdrawn) == (False, "withdrawn 1 h ago")
    assert check(class_, withdrawn, granted) == (False, "withdrawn 1 h ago")
    now = consent("granted", AT, class_=class_, channel="mail")
    assert check(class_, withdrawn, now) == (True, "granted 0 s ago")


def test_critical_goes_out_against_the_customers_word() -> None:
    assert check("critical", consent("withdrawn", 1.0, class_="*", channel="*"))[0]


def test_a_word_about_another_channel_or_class_says_nothing() -> None:
    other = consent("granted", 1.0, class_="promotional", channel="sms")
    assert not check("promotional", other)[0]
    other = consent("granted", 1.0, class_="service", channel="mail")
    assert not check("promotional", other)[0]


def test_a_kind_of_contact_point_stands_for_the_channels_that_reach_it() -> None:
    email = config(contact_points={"mail": "email"})
    assert check("promotional", consent("granted", 1.0, class_="*", channel="email"), of=email)[0]


@pytest.mark.parametrize(
    ("basis", "passes"),
    [
        ({"*": "contract"}, True), ({"*": "contract", "mail": "consent"}, False),
        ({"*": "consent", "mail": "contract"}, True), ({"crm": "contract"}, False),
    ],
)  # fmt: skip
def test_service_follows_the_legal_basis_of_its_channel(
    basis: dict[str, str], passes: bool
) -> None:
    assert check("service", of=config(consent={"service": basis}))[0] is passes


def test_a_channel_without_a_legal_basis_needs_consent() -> None:
    assert check("service", of=config(consent={"service": {"crm": "contract"}})) == (
        False, "nothing said; legal basis of service: consent",
    )  # fmt: skip


def test_a_contact_points_consent_is_about_it_alone() -> None:
    who = customer(at=0.0)
    who.update(consent("granted", 1.0, class_="promotional", channel="*", contact_point="+1"))
    gate = Consent(config())
    waiting = candidate(AT, of=rule(**{"class": "promotional"}), who=who)
    waiting.contact_point = "+2"
    assert not gate.check(waiting)[0]
    waiting.contact_point = "+1"
    assert gate.check(waiting)[0]


def test_what_waits_is_unwanted_only_after_a_withdrawal() -> None:
    who = customer(at=0.0)
    gate = Consent(config())
    assert not gate.is_withdrawn(who, send(AT))
    who.update(consent("withdrawn", 1.0, class_="service", channel="crm"))
    assert gate.is_withdrawn(who, send(AT))
    assert not gate.is_withdrawn(who, send(AT, channel="mail"))
    who.update(consent("withdrawn", 2.0, class_="*", channel="*"))
    assert gate.is_withdrawn(who, send(AT, channel="mail"))
    assert not gate.is_withdrawn(who, send(AT, class_="critical"))
