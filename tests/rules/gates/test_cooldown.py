import pytest

from rules.gates.cooldown import Cooldown
from tests.rules.gates.build import HOUR, candidate, customer, rule, send

AT = 1_000_000.0


@pytest.mark.parametrize(
    ("age_s", "passes"), [(0.0, False), (HOUR - 0.5, False), (HOUR, True), (HOUR + 0.5, True)]
)
def test_a_cooldown_ends_when_it_has_passed(age_s: float, passes: bool) -> None:
    who = customer(sends=[send(AT - age_s)])

    assert Cooldown().check(candidate(AT, of=rule(cooldown="1h"), who=who))[0] is passes


def test_the_newest_send_counts_whatever_their_order() -> None:
    who = customer(sends=[send(AT - 60), send(AT - 2 * HOUR)])

    assert Cooldown().check(candidate(AT, who=who)) == (
        False, "last acted 1 min ago, cool-down 1 h",
    )  # fmt: skip


def test_other_rules_do_not_count() -> None:
    who = customer(sends=[send(AT - 60, rule="another")])

    assert Cooldown().check(candidate(AT, who=who)) == (True, "not acted lately")


def test_no_cooldown_lets_the_same_moment_pass() -> None:
    who = customer(sends=[send(AT)])

    assert Cooldown().check(candidate(AT, of=rule(cooldown="0s"), who=who))[0]


def test_a_live_rule_does_not_see_its_time_as_a_shadow() -> None:
    who = customer(sends=[send(AT - 60, shadow=True)])

    assert Cooldown().check(candidate(AT, who=who))[0]
    assert not Cooldown().check(candidate(AT, who=who, shadow=True))[0]
