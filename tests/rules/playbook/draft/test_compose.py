from pathlib import Path

import pytest

import rules.playbook
from rules.language.vocabulary import VOCABULARY
from rules.playbook.draft.compose import compose
from rules.playbook.draft.pattern import parse_pattern
from rules.playbook.draft.starter import STARTER
from rules.playbook.draft.wish import Wish, WishError
from rules.playbook.layout.formatting import format_file
from rules.playbook.loader import read_folder
from rules.playbook.testing import run_tests
from rules.playbook.words.sentence import explain_rule

DEFAULT = Path(rules.playbook.__file__).parent / "default"


def wish(event: str, condition: str = "", pattern: str = "once", do: str = "task") -> Wish:
    return Wish(
        id="new-rule",
        event=event,
        condition=condition,
        pattern=parse_pattern(pattern),
        do=do,
        to="service-desk" if do == "task" else "",
        text="Please help this customer.",
        owner="cx-team",
        goal="fewer-asks",
        channel="task-desk",
        topic="help",
    )


@pytest.mark.parametrize(
    ("condition", "pattern"),
    [
        ("", "once"),
        ("event.wait_s > 10s", "once"),
        ('event.wait_s >= 2m and event.topic in ["cards", "loans"]', "2 in 24h"),
        ("customer.contacts_7d >= 3 or event.wait_s > 5m", "3 in 7d"),
        ('not customer.identified and event.priority != "high"', "once"),
        ("score.repeat >= 0.35", "once"),
        ("hour_of_day(event.at) >= 18", "once"),
        ('starts_with(event.topic, "card") and has(customer.last_wait)', "once"),
        ("", "then no contact.started for 15m"),
        ("event.wait_s > 10s", "2 in 10m then no contact.started for 15m"),
        ("", "silent for 14d"),
        ("event.wait_s > 1m and customer.contacts_30d >= 4", "silent for 14d"),
        ("event.wait_s + 30s > 2 * customer.last_wait", "once"),
    ],
)
def test_what_is_asked_for_fires_and_its_tests_pass(condition: str, pattern: str) -> None:
    asked = wish("contact.abandoned", condition, pattern)
    text, playbook = compose(asked, "new.yaml", STARTER)

    assert [result.passed for result in run_tests(playbook)] == [True, True]
    assert format_file("new.yaml", text).after == text
    assert "mode: draft" in text


def test_why_it_fired_is_told_with_scores_in_percent() -> None:
    condition = 'score.repeat >= 0.35 and score.topic == "cards" and event.wait_s > 1m'
    _, playbook = compose(wish("contact.abandoned", condition), "new.yaml", STARTER)

    explain = playbook.rules[0].explain
    assert "{score.repeat:.0%}" in explain
    assert "{score.topic}" in explain
    assert "{event.wait_s}" in explain


@pytest.mark.parametrize("event", VOCABULARY.triggers())
def test_every_event_can_have_a_rule(event: str) -> None:
    _, playbook = compose(wish(event), "new.yaml", STARTER)

    assert playbook.rules[0].when == event
    assert len(explain_rule(playbook.rules[0], playbook)) > len(event)


@pytest.mark.parametrize(
    ("event", "do", "level"),
    [
        ("card.declined", "task", 4),
        ("contact.abandoned", "task", 2),
        ("card.declined", "message", 1),
        ("card.declined", "offer", 3),
    ],
)
def test_a_rule_claims_what_it_deserves(event: str, do: str, level: int) -> None:
    _, playbook = compose(wish(event, do=do), "new.yaml", STARTER)

    assert playbook.rules[0].pyramid_level == level


def test_beside_other_rules_their_firings_are_expected_too() -> None:
    asked = wish("contact.abandoned", 'event.wait_s > 10s and event.direction == "inbound"')
    files: dict[str, str | bytes] = {
        **read_folder(DEFAULT),
        "more.yaml": "teams:\n  - {id: service-desk, name: x}\n  - {id: cx-team, name: y}\n",
    }
    goal = "no-call-lost"
    text, playbook = compose(
        Wish(**{name: getattr(asked, name) for name in Wish.__slots__} | {"goal": goal}),
        "new.yaml",
        files,
    )

    assert "fires: callback-after-abandonment" in text
    own = [result for result in run_tests(playbook) if result.rule == "new-rule"]
    assert [result.passed for result in own] == [True, True]


@pytest.mark.parametrize(
    ("event", "condition", "pattern", "message", "help_"),
    [
        ("card.decline", "", "once", "unknown event", "did you mean 'card.declined'?"),
        ("card.declined", "event.amout > 3", "once", "unknown name 'event.amout'", "event.amount"),
        ("card.declined", "event.amount > ", "once", "ends too early", "add the rest"),
        ("card.declined", "event.amount > 3 and event.amount < 2", "once", "no values", "ever"),
        ("card.declined", "", "then no contact.begun for 1h", "unknown event 'contact.begun'", ""),
    ],
)
def test_what_cannot_be_is_told(
    event: str, condition: str, pattern: str, message: str, help_: str
) -> None:
    with pytest.raises(WishError, match=message) as caught:
        compose(wish(event, condition, pattern), "new.yaml", STARTER)

    assert help_ in caught.value.help


@pytest.mark.parametrize(
    "text", ["", "twice", "3 in", "1 in 24h", "99 in 24h", "silent for 0s", "3 in 24", "then no x"]
)
def test_no_pattern(text: str) -> None:
    with pytest.raises(ValueError, match=r"; write|longer than nothing"):
        parse_pattern(text)
