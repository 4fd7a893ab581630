import pytest

from rules.gates.already_asked import AlreadyAsked
from tests.rules.gates.build import HOUR, candidate, customer, ended, started

AT = 1_000_000.0


def test_another_contact_under_way_holds_back() -> None:
    who = customer()
    who.update(started("call-1", AT - 90.0))

    assert AlreadyAsked().check(candidate(AT, who=who)) == (
        False, "contact call-1 under way for 1.5 min",
    )  # fmt: skip


def test_a_contact_may_begin_at_the_very_moment() -> None:
    who = customer()
    who.update(started("call-1", AT))

    assert AlreadyAsked().check(candidate(AT, who=who)) == (
        False, "contact call-1 under way for 0 s",
    )  # fmt: skip


def test_the_triggers_own_contact_does_not_count() -> None:
    who = customer()
    who.update(started("call-1", AT - 60.0))

    assert AlreadyAsked().check(candidate(AT, who=who, call="call-1"))[0]
    assert not AlreadyAsked().check(candidate(AT, who=who, call="call-2"))[0]


def test_a_contact_that_ended_does_not_count() -> None:
    who = customer()
    who.update(started("call-1", AT - 60.0))
    who.update(ended("call-1", AT - 30.0))

    assert AlreadyAsked().check(candidate(AT, who=who)) == (True, "no other contact under way")


def test_what_the_company_began_does_not_count() -> None:
    who = customer()
    who.update(started("call-1", AT - 60.0, "outbound"))

    assert AlreadyAsked().check(candidate(AT, who=who))[0]


@pytest.mark.parametrize(("age_s", "passes"), [(6 * HOUR - 0.5, False), (6 * HOUR, True)])
def test_a_contact_whose_end_was_lost_counts_for_six_hours(age_s: float, passes: bool) -> None:
    who = customer()
    who.update(started("call-1", AT - age_s))

    assert AlreadyAsked().check(candidate(AT, who=who))[0] is passes


@pytest.mark.parametrize(("started_at", "passes"), [(AT - 300.0, True), (AT - 299.5, False)])
def test_asking_after_the_match_holds_back(started_at: float, passes: bool) -> None:
    who = customer()
    who.update(started("call-1", started_at))
    who.update(ended("call-1", started_at + 60.0))
    passed, detail = AlreadyAsked().check(candidate(AT, who=who, matched_at=AT - 300.0))

    assert passed is passes
    assert detail == (
        "no other contact under way" if passes else "asked within the 5 min since the trigger"
    )
