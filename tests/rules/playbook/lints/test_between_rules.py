"""What can only be seen of several rules, or of a rule and the rest of the playbook."""

import pytest

from rules.playbook.loader import load_with_warnings
from tests.rules.playbook.lints.build import warnings
from tests.rules.playbook.texts import PLAYBOOK, RULE, texts

IF = 'if: >\n      event.direction == "inbound"\n      and event.wait_s > 10s'


def beside(*changes: tuple[str, str]) -> list[str]:
    """Warnings of the rule beside one that goes first, holds more often and rests for 1 s."""
    better = RULE.removeprefix("rules:\n").replace("call-back-soon", "call-back-first")
    better = better.replace("cooldown: 24h", "cooldown: 1s\n    priority: 90")
    for old, new in changes:
        assert better.count(old) == 1, old
        better = better.replace(old, new)
    playbook = PLAYBOOK.replace("gates: {}", "gates: {contact_window: 1h}")
    both = RULE.replace("expect: [{at: 0s,", "expect: [{at: 0s, fires: call-back-first}, {at: 0s,")
    better = better.replace(
        "expect: [{at: 0s,", "expect: [{at: 0s, fires: call-back-soon}, {at: 0s,"
    )
    loaded = load_with_warnings(texts(both + better, playbook))
    return [problem.message for problem in loaded.warnings]


def test_a_rule_that_always_loses() -> None:
    shadowed = (
        "'call-back-first' holds whenever this rule does, and goes first on 'calls': "
        "this rule never acts"
    )

    assert beside() == [shadowed]
    assert beside(("      and event.wait_s > 10s\n", "")) == [shadowed]
    assert beside(("priority: 90", "priority: 1\n    value: 99")) == [shadowed]


@pytest.mark.parametrize(
    "change",
    [
        ("event.wait_s > 10s", "event.wait_s > 11s"),  # holds for others
        ("topic: calls", "topic: waits"),
        ("cooldown: 1s", "cooldown: 2h"),  # while it rests, the other one acts
        ("priority: 90", "priority: 10"),
        ("priority: 90", "value: 10"),
        ("priority: 90", "priority: 90\n    propensity: score.repeat"),  # it may be small
        ("priority: 90", "priority: 90\n    cost: 40"),  # a tie, which the id decides
        ("mode: live", "mode: shadow"),
        ("topic: calls", "topic: calls\n    unless: customer.open_contacts > 0"),
    ],
)
def test_a_rule_that_wins_sometimes(change: tuple[str, str]) -> None:
    assert beside(change) == []


def test_a_goal_that_no_rule_serves() -> None:
    goals = "goals: [{id: fewer-calls, name: Fewer calls}, {id: calm, name: Calm}]"
    [problem] = warnings("goals: [{id: fewer-calls, name: Fewer calls}]", goals)

    assert problem.message == "no rule serves the goal 'calm'"
    assert problem.file == "playbook.yaml"
    assert problem.source[problem.column - 1 :][: problem.width] == "calm"


def test_a_rule_that_was_retired_serves_nothing() -> None:
    [problem] = warnings("mode: live", "mode: retired")

    assert problem.message == "no rule serves the goal 'fewer-calls'"


def test_nothing_stands_in_the_way_of_who_leaves() -> None:
    sells = ("due: 30m}", "due: 30m, class: promotional}")
    [problem] = warnings("topic: calls", "topic: cancel-account", sells)

    assert problem.message == (
        "nothing may stand in the way of 'cancel-account'; a promotional task does"
    )
    assert warnings("topic: calls", "topic: cancel-account") == []
    assert warnings("topic: calls", "topic: cards", sells) == []
