"""That rules which share what they ask are found as if each were asked alone."""

from math import inf, nan
from random import Random

import pytest

from rules.blocks import Asked, Bound, Part, block, indented

LIMITS = (-1.0, 0.0, 0.5, 2.0)
VALUES = (nan, -inf, -1.0, -0.0, 0.0, 0.25, 0.5, 2.0, 3.0, inf)
SIGNS = ("<", "<=", ">", ">=")


def comparison(value: str, sign: str, limit: float) -> Part:
    is_above = sign[0] == ">"
    order = (limit if is_above else -limit, "=" not in sign)
    return Part(f"({value} {sign} {limit!r})", 2, 0.5, Bound(value, is_above, order))


def found_by(rules: list[Asked], **values: float) -> list[int]:
    found: list[int] = []
    exec("\n".join(["if True:", *indented([*block(rules), "pass"])]), {"found": found, **values})
    return found


def asked_alone(rules: list[Asked], **values: float) -> list[int]:
    return [
        rule.index for rule in rules if all(eval(part.text, dict(values)) for part in rule.parts)
    ]


def some_rules(draw: Random) -> list[Asked]:
    rules = []
    for index in range(draw.randrange(1, 30)):
        parts = [
            comparison(draw.choice("ab"), draw.choice(SIGNS), draw.choice(LIMITS))
            for _ in range(draw.randrange(4))
        ]
        if draw.random() < 0.3:
            parts.append(Part("(not a == b)", draw.choice((1, 20))))
        rules.append(Asked(tuple(parts), index))
    return rules


@pytest.mark.parametrize("seed", range(60))
def test_rules_are_found_as_if_each_were_asked_alone(seed: int) -> None:
    rules = some_rules(Random(seed))

    for a in VALUES:
        for b in VALUES:
            assert sorted(found_by(rules, a=a, b=b)) == asked_alone(rules, a=a, b=b)


def test_whoever_fails_at_one_limit_is_not_asked_for_the_next() -> None:
    rules = [Asked((comparison("a", ">", limit),), n) for n, limit in enumerate((3.0, 1.0, 2.0))]

    assert block(rules) == [
        "while True:",
        " if not (a > 1.0): break",
        " found.append(1)",
        " if not (a > 2.0): break",
        " found.append(2)",
        " if not (a > 3.0): break",
        " found.append(0)",
        " break",
    ]


def test_what_a_limit_proves_is_not_asked_again() -> None:
    seldom, often = comparison("a", ">=", 5.0), comparison("a", ">=", 1.0)
    rules = [Asked((often, seldom), 0), Asked((often,), 1)]

    assert block(rules) == [
        "while True:",
        " if not (a >= 1.0): break",
        " found.append(1)",
        " if not (a >= 5.0): break",
        " found.append(0)",
        " break",
    ]


def test_what_is_dear_is_asked_last_even_when_rules_share_it() -> None:
    dear, cheap = Part("(slow())", 50), Part("(a == b)", 2)

    lines = block([Asked((dear, cheap), 0), Asked((dear, Part("(a != b)", 2)), 1)])

    assert lines == [
        "if (a == b) and (slow()): found.append(0)",
        "if (a != b) and (slow()): found.append(1)",
    ]


def test_a_rule_without_a_condition_is_always_found() -> None:
    assert block([Asked((), 7)]) == ["found.append(7)"]
