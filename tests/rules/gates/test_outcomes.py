"""What earlier actions came to decides about the next."""

from typing import Any

import pytest

from rules.decide import Decider
from rules.gates.memory import Send
from rules.gates.outcomes import Outcomes
from rules.plays.place import Place
from tests.rules.gates.build import (
    DAY,
    HOUR,
    candidate,
    config,
    customer,
    match,
    playbook,
    rule,
    send,
)

AT = 100 * DAY
TWICE = {"outcome": "rejected", "times": 2, "within": "30d", "for": "60d"}


def check(*sends: Send, **blocks: Any) -> tuple[bool, str]:
    return Outcomes(config(**blocks)).check(candidate(AT, who=customer(sends=sends)))


@pytest.mark.parametrize(
    ("outcome", "waits"),
    [
        ("", True), ("parked", True), ("delivered", True), ("opened", True), ("unknown", True),
        ("accepted", False), ("rejected", False), ("opted_out", False), ("expired", False),
        ("cancelled", False), ("refused", False), ("failed", False),
    ],
)  # fmt: skip
def test_a_topic_waits_for_the_outcome_of_its_last_action(outcome: str, waits: bool) -> None:
    last = send(AT - DAY, rule="other", outcome=outcome)
    assert check(last, until_outcome="2d")[0] is not waits
    assert check(last, until_outcome="1d")[0]
    assert check(last)[0]
    assert check(send(AT - DAY, rule="other", topic="cards"), until_outcome="2d")[0]


def test_a_rule_waits_for_its_own_last_action_but_a_play_goes_on() -> None:
    who = customer(sends=[send(AT - DAY)])
    first = candidate(AT, who=who)
    gate = Outcomes(config(until_outcome="2d"))
    assert gate.check(first) == (False, "call-back of 24 h ago has no outcome yet")

    first.match.play = Place("p", 2, 3, first.step)
    assert gate.check(first)[0]
    assert not gate.check(candidate(AT, who=customer(sends=[send(AT - DAY, rule="other")])))[0]


def test_it_says_what_it_waits_for() -> None:
    assert check(send(AT - 2 * HOUR, rule="other"), until_outcome="1d") == (
        False, "other of 2 h ago has no outcome yet",
    )  # fmt: skip


def test_what_waits_for_an_outcome_ends_as_a_cooldown() -> None:
    book = playbook(rule(topic="calls"), gates={"until_outcome": "2d", "contact_window": "1h"})
    who = customer(sends=[send(AT - DAY, rule="other")])
    (decision,) = Decider(book, 0, 1, "log").decide(who, [match(book.rules[0], AT)])

    assert (decision.reason, decision.verdicts[-1].gate) == ("cooldown", "outcomes")


def test_another_systems_contact_has_no_outcome_to_wait_for() -> None:
    contact = send(AT - HOUR, rule="", action_id=b"", system="campaigns")
    assert check(contact, until_outcome="1d")[0]


def refused(age_days: float, **more: Any) -> Send:
    at = AT - age_days * DAY
    return send(at, outcome="rejected", outcome_at=at, **more)


@pytest.mark.parametrize(
    ("ages", "passes"),
    [
        ([20], True), ([20, 10], False), ([60, 31], False), ([89.9, 60], True),
        ([60, 30], True), ([59.9, 30], False), ([99, 69.5, 59.9], False),
    ],
)  # fmt: skip
def test_who_refused_twice_within_thirty_days_is_left_alone_for_sixty(
    ages: list[float], passes: bool
) -> None:
    # 60 and 31: 29 days apart, the later 31 days ago. 89.9 and 60: the rest is just over.
    # 60 and 30: exactly 30 days apart. 69.5 and 59.9: a pair, the earliest counts for nothing.
    assert check(*(refused(age) for age in ages), suppress_after=[TWICE])[0] is passes


@pytest.mark.parametrize(
    ("per", "other", "passes"),
    [
        ("topic", {"topic": "cards"}, True), ("topic", {"rule": "other"}, False),
        ("rule", {"rule": "other"}, True), ("rule", {"topic": "cards"}, False),
        ("all", {"rule": "other", "topic": "cards"}, False),
    ],
)  # fmt: skip
def test_refusals_count_per_topic_rule_or_all_together(
    per: str, other: dict[str, str], passes: bool
) -> None:
    twice = (refused(3), refused(2, **other))
    assert check(*twice, suppress_after=[TWICE | {"per": per}])[0] is passes


@pytest.mark.parametrize(
    ("outcome", "age_days", "passes"),
    [("", 2.9, True), ("", 3.0, False), ("delivered", 5, False), ("accepted", 5, True),
     ("expired", 5, True), ("", 12.9, False), ("", 13.0, True)],
)  # fmt: skip
def test_silence_is_an_outcome_after_a_time(outcome: str, age_days: float, passes: bool) -> None:
    ignored = {"outcome": "ignored", "times": 1, "within": "30d", "for": "10d"}
    earlier = send(AT - age_days * DAY, topic="calls", rule="other", outcome=outcome)
    found = Outcomes(config(until_outcome="3d", suppress_after=[ignored])).check(
        candidate(AT, who=customer(sends=[earlier]))
    )
    # Within three days it is still waited for.
    waits = outcome == "" and age_days < 3
    assert found[0] is (passes and not waits)
    assert ("no outcome yet" in found[1]) is waits


@pytest.mark.parametrize(("age_days", "passes"), [(2.9, True), (3.0, False)])
def test_what_may_still_be_answered_was_not_ignored(age_days: float, passes: bool) -> None:
    ignored = {"outcome": "ignored", "times": 1, "within": "30d", "for": "10d", "per": "all"}
    elsewhere = send(AT - age_days * DAY, topic="cards", rule="other")
    assert check(elsewhere, until_outcome="3d", suppress_after=[ignored])[0] is passes
