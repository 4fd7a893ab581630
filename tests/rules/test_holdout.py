from dataclasses import replace
from math import sqrt
from typing import Any

import pytest

from detectors.customer import Customer
from rules.decide import Decider
from rules.decision import Decision, decision_event
from rules.holdout import BUCKETS, MAX_EXPOSURES, Holdout, Layer, bucket
from rules.playbook.models import Playbook
from rules.plays.place import Place
from tests.rules.gates.build import DAY, HOUR, customer, match, playbook, rule

AT = 1_000_000.0
HELD, FREE = "c-2", "c-42"  # buckets 1582 and 5840 of tenant "acme" and salt "global-2026Q4"


def book(*rules: dict[str, Any], **changes: Any) -> Playbook:
    """Return a playbook of the tenant that the reference's vectors are of."""
    made = playbook(*rules)
    return Playbook.model_validate(made.model_dump(by_alias=True) | {"name": "acme"} | changes)


def decide(of: Playbook, who: Customer, at: float = AT, **found: Any) -> Decision:
    """Return what becomes of the first rule's match."""
    [decision] = Decider(of, 0, 1, "log").decide(who, [match(of.rules[0], at, **found)])
    return decision


def shared(percent: int, salt: str = "global-2026Q4") -> dict[str, Any]:
    return {"holdout": {"percent": percent, "salt": salt}}


@pytest.mark.parametrize(("unit", "expected"), [("c-1", 1782), ("c-2", 1582), ("c-42", 5840)])
def test_buckets_are_those_of_the_reference(unit: str, expected: int) -> None:
    assert bucket("acme", "global-2026Q4", unit) == expected


def test_buckets_are_even_and_salts_deal_independently() -> None:
    n = 20_000
    names = [f"c-{number}" for number in range(n)]
    first = {name for name in names if bucket("acme", "one", name) < BUCKETS // 10}
    second = {name for name in names if bucket("acme", "two", name) < BUCKETS // 10}

    # Binomial with 10 % and with 1 %: four standard deviations.
    assert abs(len(first) - 0.1 * n) < 4 * sqrt(n * 0.1 * 0.9)
    assert abs(len(first & second) - 0.01 * n) < 4 * sqrt(n * 0.01 * 0.99)


@pytest.mark.parametrize(("drawn", "held"), [(0, True), (1999, True), (2000, False), (9999, False)])
def test_twenty_percent_are_the_first_two_thousand_buckets(drawn: int, held: bool) -> None:
    assert Layer("salt", drawn, 20).holds_out is held


@pytest.mark.parametrize("where", ["playbook", "rule"])
def test_raising_a_percentage_only_adds_customers(where: str) -> None:
    def held(percent: int) -> set[str]:
        of = book(rule(holdout=percent)) if where == "rule" else book(**shared(percent))
        return {
            name
            for name in (f"c-{n}" for n in range(500))
            if decide(of, Customer(name)).reason == "ghost"
        }

    assert held(0) == set()
    assert held(5) < held(10) < held(50)


def test_a_held_out_customer_gets_a_ghost_and_the_record_says_by_what_lots() -> None:
    of = book(**shared(20))
    held, free = decide(of, Customer(HELD)), decide(of, Customer(FREE))

    assert (held.reason, held.action) == ("ghost", None)
    assert free.reason == "sent"
    assert free.action is not None
    record = decision_event(held, playbook_hash="h", partition=0, offset=7)
    assert record.data["holdout"] == {
        "experiment": "call-back", "arm": "holdout", "layers": [["global-2026Q4", 1582, 20]],
    }  # fmt: skip
    record = decision_event(free, playbook_hash="h", partition=0, offset=7)
    assert record.data["holdout"]["arm"] == "treated"


def test_both_layers_are_drawn_and_either_holds_out() -> None:
    of = book(rule(holdout=50), **shared(50))
    found = [decide(of, Customer(f"c-{n}")) for n in range(200)]
    drawn = [decision.holdout for decision in found if decision.holdout is not None]

    assert len(drawn) == 200
    for assigned in drawn:
        of_all, own = assigned.layers
        assert (of_all.salt, own.salt) == ("global-2026Q4", "call-back")
        assert (assigned.arm == "holdout") is (of_all.bucket < 5000 or own.bucket < 5000)


def test_without_a_percentage_nothing_is_drawn_and_nothing_remembered() -> None:
    who = Customer(HELD)

    for of in (book(), book(rule(holdout=0)), book(**shared(0))):
        assert decide(of, who, at=AT + DAY * len(who.gates)).holdout is None
        assert "exposed" not in who.gates


@pytest.mark.parametrize("changes", [{"class": "critical"}, {"force": "fair-treatment"}])
def test_what_is_critical_or_owed_is_never_held_out(changes: dict[str, str]) -> None:
    of = book(rule(**changes), **shared(50))

    decisions = [decide(of, Customer(f"c-{n}")) for n in range(100)]
    assert {decision.reason for decision in decisions} == {"sent"}
    assert {decision.holdout for decision in decisions} == {None}


def test_a_shadow_rule_exposes_nobody() -> None:
    who = Customer(HELD)

    decision = decide(book(rule(mode="shadow", holdout=50), **shared(50)), who)
    assert (decision.reason, decision.holdout) == ("shadow", None)
    assert "exposed" not in who.gates


@pytest.mark.parametrize(
    ("before", "after", "unit", "expected"),
    [
        (10, 50, HELD, "sent"),  # 1582 is above 10 %, below 50 %
        (50, 10, HELD, "ghost"),
        (50, 10, FREE, "sent"),
        (50, 0, HELD, "sent"),  # the experiment is over
    ],
)
def test_another_percentage_flips_nobody_who_was_exposed(
    before: int, after: int, unit: str, expected: str
) -> None:
    who = Customer(unit)
    decide(book(**shared(before)), who)

    assert decide(book(**shared(after)), who, at=AT + DAY, occurrence="o-2").reason == expected


def test_another_percentage_decides_about_those_who_come_later() -> None:
    assert decide(book(**shared(10)), Customer(HELD)).reason == "sent"
    assert decide(book(**shared(50)), Customer(HELD)).reason == "ghost"


def test_another_salt_deals_anew() -> None:
    who = Customer(HELD)
    assert decide(book(**shared(20)), who).reason == "ghost"

    later = decide(book(**shared(20, "global-2027Q1")), who, at=AT + DAY, occurrence="o-2")
    assert later.holdout is not None
    [layer] = later.holdout.layers
    assert layer.bucket == bucket("acme", "global-2027Q1", HELD) != 1582


def test_what_is_remembered_of_exposures_is_bounded() -> None:
    who = Customer("c-1")
    rules = [rule(f"r-{n}", holdout=10) for n in range(MAX_EXPOSURES + 5)]
    of = book(*rules)
    holdout = Holdout(of)
    for each in of.rules:
        holdout.assign(each, each.first, who)

    # The oldest went first.
    assert list(who.gates["exposed"]) == [f"r-{n}" for n in range(5, MAX_EXPOSURES + 5)]


def test_a_ghost_uses_up_what_an_action_would() -> None:
    of = book(
        rule(cooldown="1h"), rule("other", topic="cards"), rule("third", topic="bills"),
        **shared(50),
        gates={"caps": [{"id": "two", "max": 2, "window": "7d"}], "capacity": [
            {"team": "desk", "max": 3}]},
    )  # fmt: skip
    who, decider = customer(HELD), Decider(of, 0, 1, "log")

    def at(when: float, rule_number: int, occurrence: str) -> str:
        found = match(of.rules[rule_number], when, occurrence=occurrence)
        return decider.decide(who, [found])[0].reason

    assert at(AT, 0, "o-1") == "ghost"
    assert at(AT + 60.0, 0, "o-1") == "duplicate"
    assert at(AT + 120.0, 0, "o-2") == "cooldown"
    assert at(AT + HOUR, 0, "o-2") == "lost_arbitration"
    assert at(AT + HOUR, 1, "o-1") == "ghost"
    assert at(AT + HOUR, 2, "o-1") == "cap"
    # Capacity as well: of three a day two are taken.
    assert decider.decide(Customer("x"), [match(of.rules[0], AT + HOUR)])[0].verdicts[-1][1]
    assert decider.decide(Customer("y"), [match(of.rules[0], AT + HOUR)])[0].reason == "capacity"


def test_action_ids_are_named_by_the_experiment() -> None:
    plain = decide(book(rule()), Customer("c-1"))
    same = decide(book(rule(experiment="call-back")), Customer("c-1"))
    renamed = decide(book(rule("new-name", experiment="call-back")), Customer("c-1"))
    other = decide(book(rule(experiment="another")), Customer("c-1"))

    assert plain.action_id == same.action_id == renamed.action_id
    assert other.action_id != plain.action_id


def test_a_play_that_was_begun_goes_on_whatever_the_lots_say() -> None:
    of = book(**shared(20))
    found = match(of.rules[0], AT)
    later = replace(found, play=Place("p", 2, 3, of.rules[0].first))

    for each, expected in ((found, "ghost"), (later, "sent")):
        [decision] = Decider(of, 0, 1, "log").decide(Customer(HELD), [each])
        assert decision.reason == expected
    assert decision.holdout is None
