import math

import pytest

from detectors.schema import Kind
from rules.language.interpreter import Value
from rules.language.text import parse_wording
from rules.language.vocabulary import BROADCAST, VOCABULARY
from rules.playbook.wording import render
from tests.rules.playbook.texts import small


@pytest.mark.parametrize(
    ("text", "value", "kind", "shown"),
    [
        ("{x}", 3.0, "num", "3"),
        ("{x}", 2.5, "num", "2.5"),
        ("{x}", 1 / 3, "num", "0.33"),
        ("{x:.0f}", 2.6, "num", "3"),
        ("{x:.3f}", 2.0, "num", "2.000"),
        ("{x:.0%}", 0.714, "num", "71%"),
        ("{x}", 81.0, "duration", "1.4 min"),  # 81 / 60 = 1.35, which is 1.4 to one digit
        ("{x}", 59.0, "duration", "59 s"),
        ("{x}", math.inf, "duration", "never"),
        ("{x}", "phone", "enum", "phone"),
        ("{x}", True, "bool", "yes"),
        ("{x}", None, "num", "unknown"),
        ("{x}", None, "text", "unknown"),
        ("{{x}} is {x}", "{x}", "text", "{x} is {x}"),
        ("no name", None, "num", "no name"),
    ],
)
def test_values_are_shown(text: str, value: Value, kind: Kind, shown: str) -> None:
    assert parse_wording(text).fill({"x": value}, {"x": kind}) == shown


@pytest.mark.parametrize(
    ("text", "at", "message"),
    [
        ("a {event.wait_x} b", 2, "unknown name 'event.wait_x'"),
        ("{event.at}", 0, "event.at is a time, which has no wording"),
        ("{event.wait_s:.1f}", 0, "event.wait_s is no number, so it has no digits"),
    ],
)
def test_names_that_cannot_be_shown(text: str, at: int, message: str) -> None:
    [flaw] = parse_wording(text).check(VOCABULARY.scope("contact.abandoned"))

    assert (flaw.at, flaw.message) == (at, message)


def test_a_template_is_filled_with_what_the_rule_knew() -> None:
    playbook = small()
    facts: dict[str, Value] = {"event.wait_s": 90.0}

    assert render(playbook.templates[0].text, playbook.rules[0], facts) == "They waited 1.5 min"


def test_broadcast_events_are_known_and_trigger_nothing() -> None:
    assert set(BROADCAST) <= set(VOCABULARY.events)
    assert "contact.queued" in VOCABULARY.triggers()
    assert not set(BROADCAST) & set(VOCABULARY.triggers())
