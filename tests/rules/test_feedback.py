from typing import Any

import pytest

from detectors.event import Event
from rules.feedback import caused_by, is_echo


def event(**data: Any) -> Event:
    return Event("1", "precede", "action.rejected", 0.0, "c-1", data)


@pytest.mark.parametrize(
    ("data", "is_refused"),
    [
        ({}, False),
        ({"cause_depth": 2, "cause_rule": "b c"}, False),
        ({"cause_depth": 3, "cause_rule": "b"}, True),
        ({"cause_depth": 2.5}, False),
        ({"cause_depth": 1e300}, True),
        ({"cause_rule": "b a"}, True),
        ({"cause_rule": "b c d"}, True),  # three rules are a depth of three
        ({"cause_rule": "aa"}, False),
        ({"cause_depth": "9", "cause_rule": ["a"]}, False),  # of other types: as if not there
        ({"cause_depth": float("nan")}, False),
        ({"cause_depth": True, "cause_rule": None}, False),
    ],
)
def test_what_a_rule_refuses(data: dict[str, Any], *, is_refused: bool) -> None:
    assert is_echo("a", event(**data)) is is_refused


def test_three_rules_that_answer_each_other_come_to_an_end() -> None:
    seen = event()
    rules: list[str] = []
    while not is_echo(rule := "abcde"[len(rules)], seen):
        rules.append(rule)
        seen = event(**caused_by(rule, seen))

    assert rules == ["a", "b", "c"]
    assert seen.data == {"cause_depth": 3, "cause_rule": "a b c"}
