"""Playbooks as somebody writes them who writes one for the first time."""

import pytest

from rules.playbook.errors import PlaybookError, Problem
from rules.playbook.loader import load, load_with_warnings
from tests.rules.playbook.texts import RULE, broken, replaced, texts

BLOCK = 'if: >\n      event.direction == "inbound"\n      and event.wait_s > 10s'
ASK = 'event.direction == "inbound"'
WAIT = "event.wait_s > 10s"
EXPLAIN = 'explain: "waited {event.wait_s}"'
SILENT = RULE[RULE.index("      - name: hung up at once") :]

MISTAKES = {
    # names
    "a key": ("cooldown: 24h", "^coldown: 24h", "unknown key", "did you mean 'cooldown'?"),
    "a name": (WAIT, "^event.wait > 10s", "unknown name", "did you mean 'event.wait_s'?"),
    "an event": ("when: contact.a", "when: ^contact.ab", "unknown event", "contact.abandoned"),
    "tests": ("    tests:\n", "    ^test:\n", "unknown key 'test'", "did you mean 'tests'?"),
    "a field of a test": ("wait_s: 11s", "^wait: 11s", "unknown name", "did you mean 'wait_s'?"),
    # the language
    "one =": (ASK, 'event.direction ^= "inbound"', "unexpected '='", "use '==' to compare"),
    "is": (WAIT, "event.wait_s ^is 10s", "unexpected 'is'", "write '=='"),
    "&&": (f"and {WAIT}", f"^&& {WAIT}", "unexpected '&'", "write 'and'"),
    "AND": (f"and {WAIT}", f"^AND {WAIT}", "unexpected 'AND'", "write 'and'"),
    "no quotes": (ASK, "event.direction == ^inbound", "unknown name", 'a text: "inbound"'),
    "quotes of a word processor": (
        ASK,
        "event.direction == ^\u201cinbound\u201d",
        "unexpected",
        "use straight quotes",
    ),
    "a percentage": (WAIT, "score.repeat > 50^%", "unexpected '%'", "50 % as 0.5"),
    "a list of parts": (
        BLOCK,
        f"if:\n      ^- {ASK}\n      - {WAIT}",
        "if must be a text; got a list",
        "with 'and' or 'or' between",
    ),
    # types
    "a number for a time": (WAIT, "^event.wait_s > 10", "cannot be compared", "write 90s"),
    "a text for a number": ("level: 2", "level: ^two", "must be a whole number; got 'two'", ""),
    "a day": ("cooldown: 24h", "cooldown: ^1 day", "is not a duration", "write 90s, 15m"),
    "a space in a duration": ("cooldown: 24h", "cooldown: ^24 h", "is not a duration", "24h"),
    "yes": ("mode: live", "mode: ^yes", "must be 'draft', 'shadow'", ""),
    "none": ("expect: []", "expect: ^none", "expect must be a list", "write [] for none"),
    # quotes and brackets
    "a colon in a text": (
        "Call back who",
        "Call back^: who",
        "this ':' cannot stand here",
        "put quotes around",
    ),
    "an open quote": (
        EXPLAIN,
        'explain: ^"waited {event.wait_s}',
        'has no closing "',
        "close it",
    ),
    "quotes in quotes": (
        BLOCK,
        'if: "event.direction == "^inbound""',
        "the text has ended before this",
        "put ' around",
    ),
    "a brace first": (
        EXPLAIN,
        "explain: {event.wait_s} ^waited",
        "the text has ended before this",
        "put quotes around the whole text",
    ),
    "an at sign first": ("Call back who", "^@desk calls who", "cannot begin with '@'", "quotes"),
    "an open bracket": (
        "then: [{do: task, to: desk, channel: task-desk, template: call-back, due: 30m}]",
        "then: ^[{do: task, to: desk, channel: task-desk, template: call-back, due: 30m}",
        "this '[' is never closed",
        "add ']'",
    ),
    "an open brace": ("due: 30m}]", "due: 30m^]", "expected ',' or '}'", "close the '{'"),
    # columns
    "a tab": ("    topic: calls", "^\ttopic: calls", "a tab cannot indent", "with spaces"),
    "a tab after a key": ("topic: calls", "topic:^\tcalls", "a tab cannot", "with spaces"),
    "too far right, below a text": (
        "    topic: calls",
        "      ^topic: calls",
        "'topic' has become part of the text of 'if'",
        "begin it in the same column",
    ),
    "too far right": (
        "goal: fewer-calls\n    when",
        "^goal: fewer-calls\n      when",
        "the line below begins further right",
        "begin both in the same column",
    ),
    "too far left": ("    topic: c", "   ^topic: c", "in another column", "in the same column"),
    "at the margin": ("    topic: c", "^topic: c", "the line below begins further right", "same"),
    "no dash": ("  - id: call-b", "    ^id: call-b", "must be a list", "begin each entry"),
    "no space after the dash": ("  - id: call-b", "  ^-id: call-b", "the line below", "after '-'"),
    "no space after the colon": ("topic: calls", "^topic:calls", "'key: value'", "and a space"),
    "a space that does not break": ("topic: calls", "^topic:\u00a0calls", "'key: v", "no-break"),
    # words of other languages, and of people
    "null": (WAIT, "event.topic != ^null", "unknown name 'null'", "ask has(NAME)"),
    "is not in": (WAIT, "event.topic ^is not in ['a']", "unexpected 'is'", "'!=' for 'is not'"),
    "between": (WAIT, "event.wait_s ^between 1s and 2s", "unexpected 'between'", ">= 10s and"),
    "contains in the middle": (
        WAIT,
        "event.topic ^contains 'loan'",
        "unexpected 'contains'",
        'write contains(event.topic, "loan")',
    ),
    "a comma in a number": (WAIT, "score.repeat > 1^,000", "unexpected ','", "write 1000 for"),
    "an amount of money": (WAIT, "score.repeat > ^$5", "unexpected '$'", "the amount alone"),
    "a date": (WAIT, "^event.at > 2026-01-01", "a time cannot be compared", "no date can be"),
    "an hour of a clock": (WAIT, "hour_of_day(event.at) > 9^:00", "unexpected ':'", "whole hours"),
    "a text for a score": (WAIT, "^score.repeat > 'high'", "cannot be", "stands without quotes"),
    "a fact that nobody counts": (WAIT, "^calls >= 2", "unknown name", "count it under 'facts'"),
    # words where a form is wanted
    "a sequence of names": (
        "when: contact.abandoned",
        "sequence: [^contact.abandoned]",
        "an entry of sequence must be keys",
        "write {event: contact.abandoned}",
    ),
    "what is done in words": (
        "[{do: task, to: desk, channel: task-desk, template: call-back, due: 30m}]",
        "^call the customer",
        "then must be a list",
        "begin each entry with '- '",
    ),
    "a channel for what is done": ("do: task", "do: ^sms", "do must be", "for the customer"),
    "a percent sign": ("mode: live", "mode: canary\n    percent: ^10%", "whole number", "write 10"),
    "a share": ("mode: live", "mode: canary\n    percent: ^0.1", "a whole number", "digits alone"),
    "an importance": ("mode: live", "mode: live\n    priority: ^high", "whole number", "digits"),
    "an id of words": ("id: call-back-soon", "id: ^Call back soon", "joined", "'call-back-soon'"),
    "a cap in words": (
        "gates: {}",
        "gates: {caps: [{id: few, max: 3, window: 7d, ^per: week}]}",
        "unknown key 'per'",
        "keys: id, scope, class, channel, max, window",
    ),
    # what is missing
    "no case that stays silent": (
        SILENT,
        "",
        "must have a test in which it stays silent",
        "add it under 'tests'",
    ),
    "no tests": (RULE[RULE.index("    tests:") :], "", "must have a test that fires", "add it"),
    "no template": ("template: call-back, ", "", "'template' is missing", "add 'template: ...'"),
    "no value": ("topic: calls", "^topic:", "'topic' has no value", ""),
}  # fmt: skip
PLACES = {"no case that stays silent": (2, 9), "no tests": (2, 9), "no template": (14, 12)}


def problems(source: dict[str, str]) -> list[Problem]:
    with pytest.raises(PlaybookError) as raised:
        load(source)
    return list(raised.value.problems)


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_first_mistake_is_told_with_its_line_and_what_to_do(mistake: str) -> None:
    old, new, message, help_ = MISTAKES[mistake]
    if mistake in PLACES:
        source, place = texts(RULE.replace(old, new)), ("rules.yaml", *PLACES[mistake])
    else:
        source, place = broken(old, new)
    found = problems(source)

    [problem] = [p for p in found if message in p.message]
    assert (problem.file, problem.line, problem.column) == place
    assert help_ in problem.help
    # Nothing that is right is complained about elsewhere.
    assert {p.line for p in found} <= {problem.line, 2, 8}


def test_an_id_that_is_given_twice() -> None:
    [problem] = problems(texts(RULE + RULE.removeprefix("rules:\n")))

    assert (problem.line, problem.column) == (23, 9)
    assert problem.message == "'call-back-soon' is given twice"
    assert problem.help == "first in rules.yaml:2"


def test_a_file_that_cannot_be_read_is_the_only_one_to_blame() -> None:
    for file in ("playbook.yaml", "rules.yaml"):
        source = texts()
        source[file] += "\tx: 1\n"

        [problem] = problems(source)
        assert problem.file == file


def test_a_score_in_percent_is_told_to_be_a_share() -> None:
    source, place = broken(WAIT, "^score.repeat > 70")
    [warning] = load_with_warnings(source).warnings

    assert (warning.file, warning.line, warning.column) == place
    assert warning.message == "this rule can never fire: score.repeat > 70 never holds"
    assert warning.help == "a score lies between 0 and 1: 70 % is 0.7"


@pytest.mark.parametrize("braces", ["{{event.wait_s}}", "{{ event.wait_s }}"])
def test_a_value_in_double_braces_is_told_to_be_none(braces: str) -> None:
    source, place = broken('"They waited {event.wait_s}"', f'"They waited ^{braces}"')
    [warning] = load_with_warnings(source).warnings

    assert (warning.file, warning.line, warning.column) == place
    assert warning.message == f"{braces!r} shows the name in braces, not its value"
    assert warning.help == "write {event.wait_s}"


def test_braces_that_are_meant_are_left_alone() -> None:
    source = replaced('"They waited {event.wait_s}"', '"They waited {{long}}, {{event.other}}"')

    assert load_with_warnings(source).warnings == ()
