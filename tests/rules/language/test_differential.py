"""Generated code and the interpreter share nothing but the tree: they must agree on everything."""

from typing import Any

import pytest

from detectors.customer import Customer
from detectors.event import Event
from rules.fused import Condition, fuse_check
from rules.language.interpreter import Interpreter
from rules.language.parser import parse
from tests.rules.language.fuzz import SCOPE, VOCABULARY, ZONE, run


def generated(text: str, raw: dict[str, Any]) -> bool:
    data = {n[6:]: v for n, v in raw.items() if n.startswith("event.") and n != "event.at"}
    holds = fuse_check(Condition(SCOPE, parse(text)), VOCABULARY, ZONE)
    event = Event("1", "s", "t", raw["event.at"], "c", data)
    return holds(event, Customer("c"), {}, {}, {}, 0.0)


def test_generated_code_agrees_with_the_interpreter() -> None:
    tally = run(40_000, seed=20260105)

    assert tally.differences == []
    assert tally.evaluations >= 40_000
    # Enough on either side to tell a difference.
    assert 0.05 < tally.held / tally.evaluations < 0.95


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("event.n1 != 1", False),
        ("event.x1 != 'a'", False),
        ("event.x1 not in ['a']", False),
        ("event.n1 not in [1]", False),
        ("event.x1 == event.x2", False),
        ("event.n1 == event.n2", False),
        ("event.b1", False),
        ("not event.b1", True),
        ("not (event.n1 > 5)", True),
        ("has(event.n1) or has(event.x1) or has(event.b1)", False),
        ("event.n1 + 1 > 0 or event.n1 * 0 == 0 or -event.n1 < 1", False),
        ("min(event.n1, 1) <= 1 or abs(event.n1) >= 0", False),
        ("hour_of_day(event.m1) >= 0", False),
        ("1 / 0 > 0 or 1 / 0 <= 0", False),
        ("starts_with(event.x1, '') or contains('a', event.x1)", False),
    ],
)
def test_missing_is_false(text: str, *, holds: bool) -> None:
    assert generated(text, {"event.at": 0.0}) is holds
    assert Interpreter(dict.fromkeys(SCOPE).get, ZONE).holds(parse(text)) is holds


def test_hour_is_that_of_the_playbooks_zone() -> None:
    # 1999-01-01 00:00:31 in Jerusalem, two hours ahead of UTC in winter.
    raw = {"event.at": 915141631.0}

    assert generated("hour_of_day(event.at) == 0", raw)


def test_a_long_chain_compiles() -> None:
    text = " and ".join(["event.b1"] * 100)

    assert generated(text, {"event.at": 0.0, "event.b1": True})
