"""The gates that have one thing to check."""

import pytest

from rules.gates.facts import Facts
from rules.gates.identified import Identified
from rules.gates.once import Once
from rules.gates.usefulness import Usefulness
from tests.rules.gates.build import candidate, customer, rule, send

AT = 1_000_000.0


def test_nobody_acts_on_an_unidentified_contact() -> None:
    unknown = customer("call:990101-1")

    assert Identified().check(candidate(AT, who=unknown)) == (
        False, "nobody identified behind this contact",
    )  # fmt: skip
    assert Identified().check(candidate(AT)) == (True, "known customer")


def test_a_missing_fact_holds_back_and_is_named() -> None:
    missing = candidate(AT, missing=("customer.last_wait", "name"))

    assert Facts().check(missing) == (False, "no value of customer.last_wait, name")
    assert Facts().check(candidate(AT)) == (True, "all known")
    missing.match.withdrawn = ("score.repeat is withdrawn: drift", "score.churn: too few labels")
    assert Facts().check(missing)[1] == (
        "no value of customer.last_wait, name; score.repeat is withdrawn: drift; "
        "score.churn: too few labels"
    )


def test_the_same_action_goes_out_once() -> None:
    same, other = send(AT - 60.0, action_id=b"n" * 16), send(AT - 60.0, action_id=b"m" * 16)

    assert Once().check(candidate(AT, who=customer(sends=[other, same]))) == (
        False, "went out 1 min ago",
    )  # fmt: skip
    assert Once().check(candidate(AT, who=customer(sends=[other]))) == (True, "first time")


def test_an_action_of_a_shadow_rule_did_not_go_out() -> None:
    who = customer(sends=[send(AT - 60.0, action_id=b"n" * 16, shadow=True)])

    assert Once().check(candidate(AT, who=who))[0]
    assert not Once().check(candidate(AT, who=who, shadow=True))[0]


@pytest.mark.parametrize(("late_s", "passes"), [(0.0, True), (899.5, True), (900.0, False)])
def test_what_was_due_before_is_stale(late_s: float, passes: bool) -> None:
    late = candidate(AT, of=rule(due="15m"), matched_at=AT - late_s)

    assert Usefulness().check(late)[0] is passes


def test_a_step_without_a_limit_is_never_stale() -> None:
    assert Usefulness().check(candidate(AT, matched_at=0.0)) == (True, "no time limit")
