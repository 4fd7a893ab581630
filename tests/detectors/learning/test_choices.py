"""Live validation of a model that chooses, against what knows only how often each was it."""

import math
import random

import msgpack
import pytest

from detectors.learning.choices import ChoiceGate, Told
from detectors.learning.gate import MIN_LABELS
from detectors.learning.validation import Validation

NAMES = ("fees", "delivery", "app")
SHARES = (0.5, 0.3, 0.2)


def fed(knows: float, count: int = 2 * MIN_LABELS, gate: ChoiceGate | None = None) -> ChoiceGate:
    """Feed a model that knows the outcome so often, and is sure of itself by three quarters."""
    chance = random.Random(1)
    gate = gate or ChoiceGate()
    for at in range(count):
        (place,) = chance.choices(range(3), SHARES)
        said = place if chance.random() < knows else chance.randrange(3)
        told = Told(NAMES[place], 0.75 if said == place else 0.125, SHARES[place], int(place == 0))
        gate.choose(float(at), 0.75, SHARES[said], int(said == place), told)
    return gate


def test_a_model_that_knows_stays_and_its_figures_are_those_of_its_choices() -> None:
    gate = fed(knows=0.9)
    right, (usual_loss, usual_right) = gate.tally().base_rate(), gate.usual()

    assert not gate.withdrawn
    # Right when it knows, and by chance in a third of the rest.
    assert right == pytest.approx(0.9 + 0.1 / 3, abs=0.03)
    said = -right * math.log(0.75) - (1 - right) * math.log(0.125)
    assert gate.tally().log_loss() == pytest.approx(said)
    entropy = -sum(share * math.log(share) for share in SHARES)
    assert usual_loss == pytest.approx(entropy, abs=0.05)
    assert usual_right == pytest.approx(SHARES[0], abs=0.05)


def test_a_model_that_guesses_is_withdrawn_with_its_reason_and_comes_back() -> None:
    gate = fed(knows=0.0)

    assert gate.withdrawn
    assert gate.reason().startswith("withdrawn: gain over the usual ")
    assert "per label" in gate.reason()
    fed(knows=0.9, gate=gate, count=3 * MIN_LABELS)
    assert not gate.withdrawn


def test_a_good_loss_with_choices_worse_than_the_usual_one_is_not_enough() -> None:
    # Told "fees" in six of ten, it always hedges its bets and chooses another.
    gate = ChoiceGate()
    for at in range(2 * MIN_LABELS):
        is_fees = at % 10 < 6
        told = Told("fees", 0.45, 0.4, 1) if is_fees else Told("app", 0.5, 0.3, 0)
        gate.choose(float(at), 0.5, 0.3, int(not is_fees), told)

    assert gate.verdict().gain_rate > 0
    assert gate.withdrawn
    assert "gain over the usual choice -0.2" in gate.reason()


def test_the_gate_is_the_same_after_a_restart() -> None:
    one = fed(knows=0.5, count=700)
    again = ChoiceGate.from_list(msgpack.unpackb(msgpack.packb(one.to_list())))
    for gate in (one, again):
        fed(knows=0.4, count=300, gate=gate)

    assert again.to_list() == one.to_list()


def test_a_report_has_the_naive_figures_of_the_same_labels() -> None:
    validation = Validation()
    for at, (chance, share, usual) in enumerate(((0.5, 0.25, 0), (0.25, 0.5, 1))):
        told = Told("", chance, share, usual)
        validation.add("topic", float(at), 0.5, 0.5, 1 - usual, 0, True, told=told)
    validation.add("repeat", 0.0, 0.5, 0.5, 1, 0, True)
    found, other = validation.report("topic"), validation.report("repeat")

    assert found.log_loss == pytest.approx(-(math.log(0.5) + math.log(0.25)) / 2)
    assert found.usual_log_loss == pytest.approx(found.log_loss)
    assert (found.base_rate, found.usual_right) == (0.5, 0.5)
    assert other.log_loss == pytest.approx(math.log(2))
    assert math.isnan(other.usual_log_loss)
    assert math.isnan(other.usual_right)
