"""A share of the interleavings of tests/long; and the checker notices when a gate fails."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from detectors.consent import Consent as Words
from rules.decide import Decider
from rules.gates.consent import Consent
from rules.gates.gate import Candidate, Gate
from rules.gates.hours import instant
from rules.gates.memory import REFUSALS, SETTLED
from rules.release import Release
from tests.rules.interleavings import STARTS, World, play

INTERLEAVINGS = 300
ZONE = "America/New_York"
TRIED = 10_000
"""Interleavings within which a fault must show."""


@pytest.mark.parametrize("number", range(len(STARTS)))
def test_nothing_goes_out_that_must_not(number: int) -> None:
    tally = play(sorted(STARTS)[number], number * 1000, INTERLEAVINGS)

    assert tally.violations == []
    assert sum(tally.reasons.values()) == tally.candidates
    assert sum(tally.held.values()) == (
        tally.candidates - tally.reasons["sent"] - tally.reasons["shadow"]
    )
    assert tally.reasons["sent"] > 0.1 * tally.candidates
    assert tally.released > 0


def test_every_reason_of_the_gates_comes_up() -> None:
    tally = play("Australia/Lord_Howe", 4, 5 * INTERLEAVINGS)

    assert {
        "sent", "shadow", "no_consent", "suppressed_contact", "already_asked", "cap", "quiet",
        "open_complaint", "cooldown", "lost_arbitration", "duplicate", "capacity",
    } <= set(tally.reasons)  # fmt: skip
    assert set(tally.cancels) >= {"already_asked", "no_consent"}
    assert {"allowed", "cap", "no_consent", "quiet", "suppressed_contact"} <= set(tally.answers)


def must_show(world: World, *, as_: str) -> None:
    """Play until the checker finds something, which it must, and look at what."""

    def until_it_shows() -> None:
        for seed in range(TRIED):
            world.play(seed)

    with pytest.raises(AssertionError, match=as_):
        until_it_shows()


@pytest.mark.parametrize(
    ("gate", "shows_as"),
    [
        ("already_asked", "asked"), ("consent", "consent"),
        ("contact_point", "contact point"), ("open_complaint", "class"),
        ("cooldown", "cooldown"), ("outcomes", "outcome|refused twice"), ("quiet_hours", "quiet"),
        ("opening_hours", "closed"), ("arbitration", "topic|cooldown"), ("cap", "cap"),
        ("once", "once"),
        ("usefulness", "stale"), ("capacity", "capacity"),
    ],
)  # fmt: skip
def test_the_checker_notices_when_a_gate_is_missing(gate: str, shows_as: str) -> None:
    world = World(ZONE)
    gates = world.decider._gates
    number = len(gates.alone) + len(gates.ranked)
    gates.alone = tuple(each for each in gates.alone if each.name != gate)
    gates.ranked = tuple(each for each in gates.ranked if each.name != gate)
    assert len(gates.alone) + len(gates.ranked) == number - 1

    must_show(world, as_=shows_as)


@pytest.mark.parametrize("cap", ["day", "selling", "mails", "number"])
def test_the_checker_notices_one_more_than_a_cap_allows(cap: str) -> None:
    world = World(ZONE)
    caps = world.decider._gates.caps
    caps._caps = [replace(one, max=one.max + (one.id == cap)) for one in caps._caps]

    must_show(world, as_=f"cap {cap}")


@pytest.mark.parametrize(
    ("gate", "shows_as"),
    [("already_asked", "asked"), ("consent", "consent"), ("open_complaint", "class"),
     ("cooldown", "cooldown"), ("outcomes", "outcome|refused twice"), ("quiet_hours", "quiet"),
     ("arbitration", "topic"), ("cap", "cap")],
)  # fmt: skip
def test_the_checker_notices_when_other_systems_pass_a_gate(gate: str, shows_as: str) -> None:
    world = World(ZONE)
    asked = world.decider._reservations
    asked._gates = tuple(each for each in asked._gates if each.name != gate)

    must_show(world, as_=shows_as)


HALF_PAST_NINE, QUARTER_TO_TWO, HALF_PAST_ONE, EIGHT = 1290, 105, 90, 1200


@pytest.mark.parametrize(
    ("hours", "minute", "by_s", "shows_as"),
    [
        ("quiet_hours", HALF_PAST_NINE, 1.0, "quiet"),  # begin a second late
        ("quiet_hours", QUARTER_TO_TWO, -1.0, "quiet"),
        ("quiet_hours", QUARTER_TO_TWO, 1e-3, "though not quiet"),  # their end is quiet, too
        ("opening_hours", HALF_PAST_ONE, -900.0, "closed"),
        ("opening_hours", EIGHT, 1.0, "closed"),
        ("opening_hours", EIGHT, -900.0, "though not closed"),
    ],
)
def test_the_checker_notices_a_second_of_quiet_or_closed_hours(
    hours: str, minute: int, by_s: float, shows_as: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def shifted(day: date, minutes: int, zone: ZoneInfo, *, later: bool) -> float:
        return instant(day, minutes, zone, later=later) + by_s * (minutes == minute)

    monkeypatch.setattr(f"rules.gates.{hours}.instant", shifted)

    must_show(World(ZONE), as_=shows_as)


def test_the_checker_notices_when_nothing_is_called_back(monkeypatch: pytest.MonkeyPatch) -> None:
    notice = Decider.notice
    monkeypatch.setattr(Decider, "notice", lambda *told: notice(*told) and [])

    must_show(World(ZONE), as_="what waits must die|who asked needs no offer")


def test_the_checker_notices_when_what_waits_outlives_the_consent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Consent, "is_withdrawn", lambda *_: False)

    must_show(World(ZONE), as_="what waits must die with the consent")


def test_the_checker_notices_when_caps_forget_what_may_have_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("rules.gates.caps.UNDELIVERED", SETTLED - REFUSALS)

    must_show(World(ZONE), as_="cap")


def test_the_checker_notices_when_a_withdrawal_is_not_heard(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Words, "withdraw", lambda *_: None)

    must_show(World(ZONE), as_="consent")


def test_the_checker_notices_when_hours_let_go_a_second_early(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    after_hours = Release.after_hours

    def early(self: Release, candidate: Candidate, gates: Sequence[Gate]) -> float | None:
        at = after_hours(self, candidate, gates)
        return None if at is None else at - 1.0

    monkeypatch.setattr(Release, "after_hours", early)

    must_show(World(ZONE), as_="released too early")
