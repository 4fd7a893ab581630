"""A share of the interleavings of tests/long; and the checker notices when a gate fails."""

from random import Random

import pytest

from tests.rules.interleavings import STARTS, World, play

INTERLEAVINGS = 150


@pytest.mark.parametrize("zone", sorted(STARTS))
def test_nothing_goes_out_that_must_not(zone: str) -> None:
    candidates, reasons, _ = play(zone, 1, INTERLEAVINGS)

    assert sum(reasons.values()) == candidates
    assert reasons["sent"] > 0.1 * candidates


def test_every_reason_of_the_gates_comes_up() -> None:
    _, reasons, cancels = play("Australia/Lord_Howe", 4, 2 * INTERLEAVINGS)

    assert {
        "sent", "shadow", "no_consent", "suppressed_contact", "already_asked", "cap", "quiet",
        "open_complaint", "cooldown", "lost_arbitration", "duplicate",
    } <= set(reasons)  # fmt: skip
    assert set(cancels) >= {"already_asked", "no_consent", "suppressed_contact"}


def play_many(world: World, random: Random) -> None:
    for _ in range(1000):
        world.play(random)


@pytest.mark.parametrize(
    "gate",
    [
        "already_asked", "consent", "contact_point", "open_complaint", "cooldown", "outcomes",
        "quiet_hours", "opening_hours", "arbitration", "cap", "once",
    ],
)  # fmt: skip
def test_the_checker_notices_when_a_gate_is_missing(gate: str) -> None:
    world, random = World("America/New_York"), Random(7)
    gates = world.decider._gates
    number = len(gates.alone) + len(gates.ranked)
    gates.alone = tuple(each for each in gates.alone if each.name != gate)
    gates.ranked = tuple(each for each in gates.ranked if each.name != gate)
    assert len(gates.alone) + len(gates.ranked) == number - 1

    with pytest.raises(AssertionError):
        play_many(world, random)


def test_the_checker_notices_when_nothing_is_called_back(monkeypatch: pytest.MonkeyPatch) -> None:
    world, random = World("America/New_York"), Random(7)
    monkeypatch.setattr(world.decider, "notice", lambda *_: [])

    with pytest.raises(AssertionError):
        play_many(world, random)
