import math
import random

import msgpack
import pytest

from detectors.models.linear import LinearHead

ODD = {
    "base_rate": 0.9,
    "weights": {"a": -2.0, "z": 1.0},
    "learning_rate": 1.0,
    "caution": 10.0,
    "l2": 0.1,
    "intercept_learning_rate": 0.0,
}
DEFAULT = {"base_rate": 0.2}


def _rows(n: int) -> list[tuple[dict[str, float], int]]:
    random_ = random.Random(3)
    names = list("abcdefgh")
    rows = []
    for _ in range(n):
        chosen = random_.sample(names, 4)
        x = {name: random_.gauss(0, 1) for name in chosen}
        rows.append((x, int(random_.random() < 1 / (1 + math.exp(-3 * x.get("a", 0.0))))))
    return rows


def _state(head: LinearHead) -> bytes:
    packed: bytes = msgpack.packb(head.snapshot())
    return packed


def test_before_any_label_it_says_the_base_rate() -> None:
    assert LinearHead(0.2).score({}) == pytest.approx(0.2)
    assert LinearHead(0.2).score({"a": 5.0}) == pytest.approx(0.2)


def test_first_weights_move_the_log_odds() -> None:
    head = LinearHead(0.5, {"a": 2.0})

    assert head.score({"a": 0.5}) == pytest.approx(1 / (1 + math.exp(-1.0)))
    assert head.contributions({"a": 0.5, "b": 9.0}) == {"a": 1.0, "b": 0.0}


def test_the_first_step_is_adagrad_as_published() -> None:
    head = LinearHead(0.5, learning_rate=0.1, caution=3.0)
    head.learn({"a": 2.0}, 1)

    gradient = (0.5 - 1.0) * 2.0
    weight = -0.1 * gradient / math.sqrt(3.0 + gradient**2)
    assert dict(head.snapshot()["weights"])["a"] == pytest.approx(weight)
    assert head.snapshot()["intercept"] == pytest.approx(0.01 * 0.5)


@pytest.mark.parametrize("parameters", [DEFAULT, ODD], ids=["default", "odd"])
def test_it_learns_and_scoring_does_not(parameters: dict[str, object]) -> None:
    head = LinearHead(**parameters)  # type: ignore[arg-type]
    before = _state(head)
    head.score({"a": 1.0, "new": 2.0})
    head.contributions({"a": 1.0, "new": 2.0})
    assert _state(head) == before

    for x, y in _rows(500):
        head.learn(x, y)
    assert head.score({"a": 2.0}) > head.score({"a": -2.0})


@pytest.mark.parametrize("parameters", [DEFAULT, ODD], ids=["default", "odd"])
def test_a_restored_head_continues_bit_by_bit(parameters: dict[str, object]) -> None:
    head, again = LinearHead(**parameters), LinearHead(**parameters)  # type: ignore[arg-type]
    rows = _rows(600)
    for x, y in rows[:300]:
        head.learn(x, y)
    for x, y in rows[:50]:
        again.learn(x, y)  # what it had learnt is forgotten

    again.restore(msgpack.unpackb(_state(head)))

    assert _state(again) == _state(head)
    for x, y in rows[300:]:
        assert again.score(x) == head.score(x)
        again.learn(x, y)
        head.learn(x, y)
    assert _state(again) == _state(head)


def test_the_snapshot_does_not_depend_on_the_order_of_names() -> None:
    one, other = LinearHead(0.2), LinearHead(0.2)
    one.learn({"a": 1.0, "b": 1.0}, 1)
    other.learn({"b": 1.0, "a": 1.0}, 1)

    assert _state(one) == _state(other)


@pytest.mark.parametrize("base_rate", [0.0, 1.0, -0.1, math.nan])
def test_the_base_rate_must_be_a_rate(base_rate: float) -> None:
    with pytest.raises(ValueError, match="base_rate must lie between 0 and 1"):
        LinearHead(base_rate)


@pytest.mark.parametrize("caution", [-0.1, math.nan])
def test_caution_must_not_be_negative(caution: float) -> None:
    with pytest.raises(ValueError, match="caution must be 0 or more"):
        LinearHead(0.2, caution=caution)


@pytest.mark.parametrize("caution", [0.0, 1.0, 3.0])
def test_its_step_is_rivers_bit_for_bit(caution: float) -> None:
    ours, river = (
        LinearHead(0.2, {"a": 0.5}, caution=caution),
        LinearHead(0.2, {"a": 0.5}, caution=caution),
    )
    rows = [*_rows(800), ({"a": 1000000.0, "b": -1000000.0}, 1), ({"a": 1000000.0}, 0), ({}, 1)]
    for x, y in rows:
        ours.learn(x, y)
        river._learn_by_river(x, y)

    assert _state(ours) == _state(river)


def test_a_fresh_head_knows_nothing_and_learns_alike() -> None:
    head = LinearHead(0.3, {"a": 2.0}, learning_rate=0.2, caution=2.0)
    fresh, expected = head.fresh(0.4), LinearHead(0.4, learning_rate=0.2, caution=2.0)
    for x, y in _rows(50):
        fresh.learn(x, y)
        expected.learn(x, y)

    assert _state(fresh) == _state(expected)


def test_weights_learnt_elsewhere_are_taken() -> None:
    head = LinearHead(0.5)
    head.take({"a": 1.5}, -0.5)

    assert head.score({"a": 1.0}) == pytest.approx(1 / (1 + math.exp(-1.0)))
