"""What a template must not say, and what it must not leave out."""

import pytest

from tests.rules.playbook.lints.build import warnings

TEXT = '"They waited {event.wait_s}"'
TASK = "{do: task, to: desk, channel: task-desk, template: call-back, due: 30m}"
MESSAGE = "{do: message, channel: task-desk, template: call-back}"


def said(text: str, step: str = TASK, level: int = 2) -> list[str]:
    found = warnings(
        TEXT, f'"{text}"', (TASK, step), ("pyramid_level: 2", f"pyramid_level: {level}")
    )
    return [problem.message for problem in found]


@pytest.mark.parametrize(
    ("text", "word", "kind"),
    [
        ("Hurry, call us", "Hurry", "urgency"),
        ("Last chance to call us", "Last chance", "urgency"),
        ("The offer expires soon", "expires soon", "urgency"),
        ("Only 3 places left", "Only 3 places left", "scarcity"),
        ("We are selling fast", "selling fast", "scarcity"),
        ("Are you sure you want to lose this?", "Are you sure you want to lose", "guilt"),
        ("You'll regret it", "You'll regret", "guilt"),
        ("Торопитесь позвонить", "Торопитесь", "urgency"),
    ],
)
def test_words_that_press(text: str, word: str, kind: str) -> None:
    assert said(text) == [f"{word!r} presses the customer ({kind})"]


@pytest.mark.parametrize(
    "text",
    [
        "The card is due on Friday; call us if you need more time",
        "Your place in the queue is kept",
        "The last one left at {event.wait_s}",
    ],
)
def test_plain_words_are_fine(text: str) -> None:
    assert said(text) == []


def test_the_mark_is_under_the_word() -> None:
    [problem] = warnings(TEXT, '"Please hurry"')

    assert problem.file == "playbook.yaml"
    assert problem.source[problem.column - 1 :][: problem.width] == "hurry"


def test_an_apology_names_its_cause_and_a_remedy() -> None:
    cause, remedy = "an apology must name its cause", "an apology must come with a remedy"
    tone = "an apology must have the tone that fits it"

    assert said("We apologise. Call us.", MESSAGE, 1) == [tone, cause, remedy]
    late = "We apologise for {event.wait_s} of waiting. Call us."
    assert said(late, MESSAGE, 1) == [tone, remedy]
    assert said("We apologise. We have put it right, call us.", MESSAGE, 1) == [tone, cause]
    # The task is the remedy.
    assert said("Apologise for {event.wait_s} of waiting", TASK) == []


def test_a_message_names_a_person() -> None:
    assert said("You waited {event.wait_s}", MESSAGE, 1) == [
        "the message 'call-back' names no way to a person"
    ]
    assert said("You waited {event.wait_s}. Call us.", MESSAGE, 1) == []
    assert said("They waited {event.wait_s}", TASK) == []


def test_a_promotion_says_the_way_out() -> None:
    sells = MESSAGE.replace("}", ", class: promotional}")

    assert said("Call us for a better plan", sells, 1) == [
        "the promotion 'call-back' says no way out"
    ]
    assert said("Call us for a better plan, or reply STOP", sells, 1) == []
    assert said("Call us for a better plan", MESSAGE, 1) == []
