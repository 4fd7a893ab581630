"""Selling and tone against what the customer goes through."""

from typing import Any

import pytest

from detectors.event import Event
from detectors.schema import EVENTS
from rules.gates.contact_point import ContactPoint
from rules.gates.sincerity import Sincerity
from rules.gates.tone import FAILURES, Tone
from rules.playbook.templates import Template
from tests.rules.gates.build import DAY, candidate, config, customer, rule

AT = 100 * DAY


def happened(type_: str, at: float, **data: Any) -> Event:
    return Event(f"{type_}-{at}", "crm", type_, at, "c-1", data)


COMPLAINT = {"source": "complaint", "feedback": "f"}


def sells(*events: Event, class_: str = "promotional") -> tuple[bool, str]:
    who = customer(at=0.0)
    for event in events:
        who.update(event)
    return Sincerity(config()).check(candidate(AT, of=rule(**{"class": class_}), who=who))


@pytest.mark.parametrize("flag", ["complaint", "incident", "bereavement", "fraud"])
def test_nothing_is_sold_while_a_flag_is_raised(flag: str) -> None:
    raised = happened("customer.flagged", 1.0, flag=flag)
    assert sells(raised) == (False, f"{flag} open")
    assert sells(raised, class_="service")[0]
    assert sells(raised, class_="critical")[0]
    assert sells(raised, happened("customer.unflagged", 2.0, flag=flag)) == (True, "nothing open")


def test_nothing_is_sold_during_an_incident_or_a_hold() -> None:
    incident = happened("incident.opened", AT - DAY, incident="i")
    assert sells(incident) == (False, "incident open")
    assert sells(incident, happened("incident.resolved", AT - 1, incident="i"))[0]
    assert sells(happened("fraud.hold_placed", AT - 1, hold="h")) == (False, "hold open")


@pytest.mark.parametrize(("age_s", "passes"), [(0.0, False), (7 * DAY - 1, False), (7 * DAY, True)])
def test_nothing_is_sold_for_seven_days_after_a_complaint(age_s: float, passes: bool) -> None:
    assert sells(happened("feedback.received", AT - age_s, **COMPLAINT))[0] is passes


def test_it_says_how_long_ago_the_complaint_was() -> None:
    assert sells(happened("feedback.received", AT, **COMPLAINT)) == (
        False, "complaint or bad answer 0 s ago",
    )  # fmt: skip


def test_the_playbook_says_for_how_long() -> None:
    who = customer(at=0.0)
    who.update(happened("feedback.received", AT - 2 * DAY, **COMPLAINT))
    selling = candidate(AT, of=rule(**{"class": "promotional"}), who=who)

    assert Sincerity(config(after_bad_feedback="2d")).check(selling)[0]
    assert Sincerity(config(after_bad_feedback="3d")).check(selling) == (
        False, "complaint or bad answer 2 days ago",
    )  # fmt: skip


def tone(
    name: str, *events: Event, class_: str = "service", trigger: str = "usage.session"
) -> tuple[bool, str]:
    who = customer(at=0.0)
    for event in events:
        who.update(event)
    waiting = candidate(AT, of=rule(**{"class": class_}), who=who)
    waiting.match.event.type = trigger
    templates = [Template.model_validate({"id": "plain", "text": "t", "tone": name})]
    return Tone(templates, config()).check(waiting)


@pytest.mark.parametrize("flag", ["complaint", "bereavement"])
def test_nothing_is_urgent_for_who_complained_or_mourns(flag: str) -> None:
    raised = happened("customer.flagged", 1.0, flag=flag)
    assert tone("urgent", raised) == (False, f"urgent, {flag} open")
    assert tone("urgent", raised, class_="critical")[0]
    assert tone("neutral", raised) == (True, "neutral")
    assert tone("urgent", happened("customer.flagged", 1.0, flag="fraud"))[0]


def test_nothing_is_urgent_soon_after_a_bad_answer() -> None:
    assert not tone("urgent", happened("feedback.received", AT - 1, **COMPLAINT))[0]
    assert tone("urgent", happened("feedback.received", AT - 7 * DAY, **COMPLAINT))[0]


def test_an_apology_needs_something_that_went_wrong() -> None:
    assert tone("apologetic") == (False, "apologetic, but nothing went wrong")
    assert tone("apologetic", happened("customer.flagged", 1.0, flag="incident"))[0]
    assert tone("apologetic", happened("incident.opened", AT - 1, incident="i"))[0]
    assert tone("apologetic", happened("feedback.received", AT - 1, **COMPLAINT))[0]
    assert not tone("apologetic", happened("feedback.received", AT - 7 * DAY, **COMPLAINT))[0]


def test_every_failure_is_in_the_vocabulary() -> None:
    assert EVENTS.keys() >= FAILURES


@pytest.mark.parametrize("trigger", sorted(FAILURES))
def test_the_trigger_may_be_what_went_wrong(trigger: str) -> None:
    assert tone("apologetic", trigger=trigger) == (True, f"apologetic, {trigger}")


def test_without_a_contact_point_nothing_goes_out() -> None:
    waiting = candidate(AT)
    assert ContactPoint().check(waiting) == (True, "by the customer's id")
    waiting.contact_point, waiting.contact_point_told = None, "no phone that may be used: stop"
    assert ContactPoint().check(waiting) == (False, "no phone that may be used: stop")
