import pytest

from detectors.schema import Name
from rules.language.checker import MAX_SUGGESTIONS, check, suggest
from rules.language.parser import parse
from rules.language.vocabulary import VOCABULARY

SCOPE = {
    "event.wait_s": Name("wait_s", "duration", ""),
    "event.channel": Name("channel", "enum", "", values=("phone", "chat")),
    "event.topic": Name("topic", "text", ""),
    "event.at": Name("at", "time", ""),
    "customer.calls": Name("calls", "num", ""),
    "customer.known": Name("known", "bool", ""),
    "customer.last_wait": Name("last_wait", "duration", "", nullable=True),
    "score.repeat": Name("repeat", "num", "", nullable=True),
}


@pytest.mark.parametrize(
    "text",
    [
        "customer.known",
        "customer.calls > 3 and event.wait_s >= 90s",
        "event.wait_s / 60s > 2 and event.wait_s * 2 < 10m",
        "event.channel in ['phone'] and event.topic != 'x'",
        "hour_of_day(event.at) >= 8",
        "event.at - 10m < event.at and event.at - event.at == 0s",
        "min(customer.calls, 3) == abs(-3)",
        "has(customer.last_wait) and customer.last_wait > 1m",
        "starts_with(event.topic, 'a') or contains(event.topic, event.channel)",
        "(customer.calls > 1) == customer.known",
        "event.channel == event.topic",
        "has(score.repeat) and not (score.repeat > 0.5)",
    ],
)
def test_sound_conditions(text: str) -> None:
    assert check(parse(text), SCOPE) == []


@pytest.mark.parametrize(
    ("text", "at", "message", "help_"),
    [
        ("customer.cals > 1", 0, "unknown name 'customer.cals'", "did you mean 'customer.calls'?"),
        ("customer.calls", 0, "a condition is true or false, not a number", "compare it"),
        ("customer.calls > 90s", 0, "a number cannot be compared with a duration", "write 90s"),
        ("event.wait_s > 10", 0, "a duration such as 15m cannot be compared with", "write 90s"),
        ("event.channel == 'sms'", 17, "event.channel is never 'sms'", "values: phone, chat"),
        ("event.channel == 'fone'", 17, "event.channel is never 'fone'", "did you mean 'phone'?"),
        ("event.channel in ['chat', 'sms']", 26, "event.channel is never 'sms'", "values"),
        ("customer.calls in ['a']", 19, "a number is never a text", ""),
        ("event.topic < 'b'", 0, "a text has no order", "use == or !="),
        ("customer.known and 1", 19, "'and' takes true or false, not a number", ""),
        ("not customer.calls", 4, "'not' takes true or false, not a number", ""),
        ("lenght(event.topic) > 1", 0, "unknown function 'lenght'", "functions: has"),
        ("has(1)", 4, "has() takes a name", "has(customer.last_wait)"),
        ("abs(1, 2) > 1", 0, "abs() takes 1, got 2", ""),
        ("max(1) > 1", 0, "max() takes two or more, got 1", ""),
        ("max(1, 2s) > 1", 0, "max() compares like with like", "same unit"),
        ("hour_of_day(customer.calls) > 1", 12, "hour_of_day() takes a time, not a number", ""),
        ("event.topic + 'a' == 'b'", 0, "a text + a text has no meaning", ""),
        ("event.wait_s * 2s > 1s", 0, "a duration such as 15m * a duration", ""),
        ("customer.calls in customer.calls", 18, "'in' takes a list", ""),
        ("customer.calls in []", 18, "the list is empty", ""),
        ("[1] == [1]", 0, "a list stands only after 'in'", ""),
        ("-event.topic == 'a'", 1, "minus takes a number or a duration such as 15m", ""),
    ],
)
def test_flaws_name_their_place(text: str, at: int, message: str, help_: str) -> None:
    flaw = check(parse(text), SCOPE)[0]

    assert flaw.at == at
    assert flaw.message.startswith(message)
    assert help_ in flaw.help


def test_all_flaws_are_found_in_the_order_of_the_text() -> None:
    flaws = check(parse("a.x > 1 and event.channel == 'sms' and not b.y"), SCOPE)

    assert [flaw.at for flaw in flaws] == [0, 29, 43]


def test_a_name_that_may_be_missing_under_not_is_a_warning() -> None:
    [flaw] = check(parse("customer.known and not (score.repeat > 0.5)"), SCOPE)

    assert flaw.severity == "warning"
    assert flaw.at == 24
    assert "has(score.repeat)" in flaw.help


def test_nothing_close_is_suggested_for_nothing_close() -> None:
    assert suggest("zzzz", ["when", "within"]) == ""


def test_only_the_first_wrong_names_have_a_suggestion() -> None:
    names = [f"customer.contacts_{number}x" for number in range(MAX_SUGGESTIONS + 3)]

    flaws = check(parse(" and ".join(f"{name} > 1" for name in names)), VOCABULARY.scope(None))

    assert [flaw.message for flaw in flaws] == [f"unknown name {name!r}" for name in names]
    helped = [bool(flaw.help) for flaw in flaws]
    assert helped == [True] * MAX_SUGGESTIONS + [False] * 3
