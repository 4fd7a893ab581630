"""The words of actions: languages, subjects, tone, and what they must not hold."""

# ruff: noqa: RUF001 - Russian letters that look like Latin ones

from typing import Any

import pytest

from rules.playbook.errors import PlaybookError
from rules.playbook.loader import load, load_with_warnings
from rules.playbook.templates import Template
from tests.rules.playbook.texts import PLAYBOOK, RULE, texts

PLAIN = 'templates: [{id: call-back, text: "They waited {event.wait_s}"}]'
MESSAGE = RULE.replace("do: task, to: desk", "do: message")
UNKNOWN = "unknown name 'event.nothing' in the words of rule call-back-soon"
REPLY = "Reply and a person answers."


def template(**keys: Any) -> Template:
    return Template.model_validate({"id": "t", **keys})


def written(templates: str, rule: str = RULE, more: str = "") -> dict[str, str]:
    """Return the small playbook with other templates."""
    assert PLAYBOOK.count(PLAIN) == 1
    return texts(rule, PLAYBOOK.replace(PLAIN, f"templates:\n{templates}") + more)


def wrong(files: dict[str, str]) -> list[tuple[int, str]]:
    """Return line and message of each error."""
    with pytest.raises(PlaybookError) as caught:
        load(files)
    return [(problem.line, problem.message) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("ru", ("ru", "Привет", "Тема")),
        ("RU-ru", ("ru", "Привет", "Тема")),
        ("en", ("en", "Hello", "Subject")),
        ("de", ("en", "Hello", "Subject")),
        ("", ("en", "Hello", "Subject")),
        (None, ("en", "Hello", "Subject")),
        (True, ("en", "Hello", "Subject")),
    ],
)
def test_a_customer_reads_the_own_language_or_the_first(
    language: object, expected: tuple[str, str, str]
) -> None:
    both = template(texts={"en": "Hello", "ru": "Привет"}, subjects={"en": "Subject", "ru": "Тема"})
    words = both.worded(language)

    assert (words.language, words.text, words.subject) == expected


def test_a_text_alone_is_for_everybody() -> None:
    words = template(text="Hello", subject="Subject").worded("ru")

    assert (words.language, words.text, words.subject) == ("", "Hello", "Subject")


def test_which_language_comes_first_is_part_of_the_playbooks_hash() -> None:
    one, other = (
        "  - {id: call-back, texts: {en: a, ru: b}}",
        "  - {id: call-back, texts: {ru: b, en: a}}",
    )

    assert load(written(one)).hash != load(written(other)).hash


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ("text: a, texts: {en: b}", "a template has either 'text' or 'texts'"),
        ("subject: a, texts: {en: b}", "a template has a subject for each text"),
        ("text: a, subjects: {en: b}", "a template has a subject for each text"),
        ("texts: {en: a, ru: b}, subjects: {en: c}", "a template has a subject for each text"),
        ("subject: a", "'text' is missing"),
        ("texts: {english: a}", "english"),
        ("text: a, tone: funny", "'neutral', 'apologetic' or 'urgent'"),
    ],
)
def test_a_template_that_is_none_is_told(keys: str, message: str) -> None:
    told = " ".join(message for _, message in wrong(written(f"  - {{id: call-back, {keys}}}")))

    assert message in told


def test_names_of_every_language_are_checked() -> None:
    files = written('  - {id: call-back, texts: {en: "a", ru: "{event.nothing}"}}')

    assert [message for _, message in wrong(files)] == [UNKNOWN]


def test_names_of_a_subject_are_checked() -> None:
    files = written('  - {id: call-back, text: "a", subject: "{event.nothing}"}')

    assert [message for _, message in wrong(files)] == [UNKNOWN]


def test_an_apology_must_name_its_cause_in_every_language() -> None:
    files = written(
        "  - id: call-back\n"
        "    tone: apologetic\n"
        "    texts:\n"
        '      en: "Sorry that {event.topic} took long. We have corrected it."\n'
        '      ru: "Извините. Мы уже всё исправили."\n'
    )
    line = files["playbook.yaml"].split("\n").index('      ru: "Извините. Мы уже всё исправили."')

    assert wrong(files) == [
        (line + 1, "the tone of 'call-back' is apologetic, so it must name the cause")
    ]


@pytest.mark.parametrize(
    ("rule", "text", "is_wrong"),
    [
        (MESSAGE, f"Sorry about {{event.topic}}. {REPLY}", True),
        (MESSAGE, f"Sorry about {{event.topic}}. We have paid it back. {REPLY}", False),
        (RULE, "Sorry about {event.topic}.", False),  # a task changes something
    ],
)
def test_an_apology_must_name_a_remedy(rule: str, text: str, is_wrong: bool) -> None:
    files = written(f'  - {{id: call-back, tone: apologetic, texts: {{en: "{text}"}}}}', rule)
    if is_wrong:
        assert "must name a remedy" in wrong(files)[0][1]
    else:
        load(files)


def test_an_apology_in_another_tone_is_warned_of() -> None:
    loaded = load_with_warnings(
        written(
            '  - {id: call-back, text: "We are sorry about {event.topic}; we have paid. Call us."}',
            MESSAGE,
        )
    )

    assert [problem.message for problem in loaded.warnings] == [
        "an apology must have the tone that fits it"
    ]


@pytest.mark.parametrize(
    ("language", "text", "is_wrong"),
    [
        ("en", "It is done.", True),
        ("en", "It is done. Call us.", False),
        ("ru", "Готово.", True),
        ("ru", "Готово. Позвоните нам.", False),
        ("de", "Erledigt.", False),  # nobody here can tell
    ],
)
def test_every_message_names_a_way_to_a_person(language: str, text: str, is_wrong: bool) -> None:
    files = written(f'  - {{id: call-back, texts: {{{language}: "{text}"}}}}', MESSAGE)
    if is_wrong:
        assert wrong(files)[0][1] == "a message must name a way to a person"
    else:
        load(files)


FINANCIAL = "financial: true\n"


@pytest.mark.parametrize(
    "text",
    [
        "See https://bank.example/a",
        "See www.bank.example",
        "See bank.com/login",
        "See pay-now.bank.co today",
        "See {event.url}",
        "Please enter your password.",
        "Reply with the card number, please",
        "Confirm your PIN now.",
        "Введите пароль.",
        "Сообщите код из СМС",
    ],
)
def test_a_financial_company_sends_no_link_and_asks_for_no_credential(text: str) -> None:
    text = f"{text} {REPLY}"
    one = f'  - {{id: call-back, text: "{text}"}}'
    if "{event.url}" not in text:  # no event has such a field; a playbook with it is wrong anyway
        load(written(one, MESSAGE))
    told = [message for _, message in wrong(written(one, MESSAGE, FINANCIAL))]

    assert any("a message of a financial company" in message for message in told)


@pytest.mark.parametrize(
    "text",
    [
        "We never ask you to enter your password.",
        "Do not give us your PIN.",
        "Никогда не сообщайте код из СМС.",
        "Your card was opened. Your PIN stays the same.",
        "At 10.30 it was paid, i.e. today. Nothing else.",
        "Fee of 4.50 e.g. for a letter",
    ],
)
def test_a_warning_of_such_messages_is_no_request(text: str) -> None:
    load(written(f'  - {{id: call-back, text: "{text} {REPLY}"}}', MESSAGE, FINANCIAL))


def test_what_agents_read_may_hold_a_link() -> None:
    load(written("  - {id: call-back, text: See www.crm.example}", RULE, FINANCIAL))


def test_a_name_that_is_unknown_is_told_where_the_words_stand() -> None:
    shown = "  - {id: call-back, texts: {en: Hello, ru: 'Привет {event.wait}'}, "
    shown += "subjects: {en: 'Hello {event.topics}', ru: Тема}}"
    files = written(f"{shown}\n")
    with pytest.raises(PlaybookError) as caught:
        load(files)

    found = caught.value.problems
    line = files["playbook.yaml"].splitlines().index(shown) + 1
    assert [(p.file, p.line, p.message, p.help) for p in found] == [
        (
            "playbook.yaml",
            line,
            f"unknown name '{name}' in the words of rule call-back-soon",
            f"did you mean '{meant}'?",
        )
        for name, meant in (("event.wait", "event.wait_s"), ("event.topics", "event.topic"))
    ]
    begins = [shown[p.column - 1 :].partition("}")[0] for p in found]
    assert begins == ["{event.wait", "{event.topics"]
