from dataclasses import replace

import pytest

from rules.language.vocabulary import VOCABULARY
from rules.playbook.levels import check_level
from rules.playbook.models import Rule
from rules.playbook.tree import read_rule

WITH_PAYMENTS = replace(VOCABULARY, events={**VOCABULARY.events, "payment.failed": {}})
ANSWERED = 'event.outcome == "answered"'
QUIET = {"absent": "contact.started", "for": "30m"}


def claim(
    level: int, keys: dict[str, object], do: str = "task", kind: str | None = None
) -> str | None:
    """What is wrong with a rule that claims a level; nothing when it deserves it."""
    step = {"do": do, "to": "desk", "channel": "task-desk", "template": "t", "kind": kind}
    given = {
        "id": "a",
        "owner": "desk",
        "description": "d",
        "pyramid_level": level,
        "goal": "g",
        "topic": "calls",
        "cooldown": "1h",
        "then": [step],
        "explain": "e",
    }
    tree, flaws = read_rule(Rule.model_validate(given | keys), {}, WITH_PAYMENTS)
    assert flaws == []
    found = check_level(tree)
    return found and found[0]


@pytest.mark.parametrize(
    "keys",
    [
        {"when": "contact.ended", "if": f"{ANSWERED} and score.repeat > 0.5"},
        {"when": "contact.ended", "if": f"score.repeat > 0.5 and {ANSWERED}"},
        {"when": "contact.ended", "if": 'event.outcome in ["answered"] and signal.queue_wait > 0'},
        {"when": "contact.queued", "if": 'event.direction == "outbound" and score.repeat > 0.5'},
        {"sequence": [{"event": "contact.ended", "if": ANSWERED}, QUIET]},
        {"sequence": [{"event": "contact.ended"}, QUIET], "if": ANSWERED},
        {"when": "payment.failed"},
    ],
)
def test_level_four_is_deserved(keys: dict[str, object]) -> None:
    assert claim(4, keys) is None


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ({"when": "contact.queued", "if": "score.abandon > 0.5"}, "the customer is asking"),
        ({"when": "contact.abandoned", "if": "score.repeat > 0.5"}, "nobody answered"),
        ({"when": "contact.ended", "if": "score.repeat > 0.5"}, "may not have been answered"),
        (
            {"when": "contact.ended", "if": f"{ANSWERED} or score.repeat > 0.5"},
            "may not have been answered",
        ),
        (
            {"when": "contact.ended", "if": f"not ({ANSWERED}) and score.repeat > 0.5"},
            "may not have been answered",
        ),
        (
            {"when": "contact.ended", "if": 'event.outcome in ["answered", "abandoned"]'},
            "may not have been answered",
        ),
        ({"sequence": [{"event": "contact.abandoned"}, QUIET]}, "nobody answered"),
        (
            {
                "sequence": [{"event": "contact.abandoned"}, {"event": "contact.ended"}, QUIET],
                "within": "1h",
                "if": ANSWERED,
            },
            "nobody answered",
        ),
        ({"when": "contact.ended", "if": ANSWERED}, "observed or predicted"),
    ],
)
def test_level_four_is_not_deserved(keys: dict[str, object], why: str) -> None:
    assert why in str(claim(4, keys))


def test_level_four_changes_something() -> None:
    keys: dict[str, object] = {"when": "payment.failed"}

    assert "must change something" in str(claim(4, keys, "offer"))
    assert "more than a message" in str(claim(4, keys, "message"))
    assert "more than a message" in str(claim(3, keys, "message"))
    assert claim(3, keys, "offer") is None
    assert claim(2, keys, "message") is None


def test_level_five_needs_a_step_that_makes_better_off() -> None:
    keys: dict[str, object] = {"when": "payment.failed"}

    assert "teach, protect or grow" in str(claim(5, keys))
    for kind in ("teach", "protect", "grow"):
        assert claim(5, keys, "task", kind) is None


def test_only_teaching_is_done_by_words() -> None:
    keys: dict[str, object] = {"when": "payment.failed"}

    assert claim(5, keys, "message", "teach") is None
    assert "more than a message" in str(claim(5, keys, "message", "protect"))
    assert "must change something" in str(claim(5, keys, "offer", "grow"))
    # Below the highest level, teaching is telling.
    assert "more than a message" in str(claim(4, keys, "message", "teach"))
    assert "more than a message" in str(claim(3, keys, "message", "teach"))


def test_level_five_comes_before_an_ask_too() -> None:
    keys: dict[str, object] = {"when": "contact.queued", "if": "score.abandon > 0.5"}

    assert "the customer is asking" in str(claim(5, keys, "message", "teach"))


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ({"when": "case.opened"}, "nobody has settled"),
        ({"when": "case.reopened"}, "nobody has settled"),
        ({"when": "feedback.received", "if": "event.score < 3"}, "may be a complaint"),
        (
            {"when": "feedback.received", "if": 'event.source in ["survey", "complaint"]'},
            "may be a complaint",
        ),
        ({"absence": {"of": "contact.queued", "for": "5m"}}, "the customer is asking"),
    ],
)
def test_other_asks_that_are_open(keys: dict[str, object], why: str) -> None:
    assert why in str(claim(4, keys))


@pytest.mark.parametrize(
    "keys",
    [
        {"when": "feedback.received", "if": 'event.source == "survey"'},
        {"when": "feedback.received", "if": 'event.source != "complaint"'},
        {"when": "feedback.received", "if": 'event.source in ["survey", "review"]'},
        {"when": "feedback.received", "if": 'event.source not in ["complaint", "social"]'},
        {"absence": {"of": "contact.started", "for": "30d"}},
        {"absence": {"of": "usage.session", "for": "5m"}},
    ],
)
def test_what_is_no_ask(keys: dict[str, object]) -> None:
    assert claim(4, keys) is None
