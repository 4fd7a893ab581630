"""Texts that were written to do harm: refused with a place, at once, and never run."""

import builtins
from zoneinfo import ZoneInfo

import pytest

from rules.fused import Condition, fuse_check
from rules.language.checker import check
from rules.language.codegen import Writer, environment
from rules.language.errors import ExpressionError
from rules.language.lexer import tokenize
from rules.language.parser import parse
from rules.language.text import parse_wording
from rules.language.vocabulary import VOCABULARY

SCOPE = VOCABULARY.scope("contact.queued")
HOSTILE = {
    "nested parentheses": "(" * 20_000,
    "nested parentheses, closed": "(" * 900 + "1" + ")" * 900,
    "nested lists": "[" * 1_999,
    "nested not": "not " * 400 + "true",
    "nested minus": "-" * 1_500 + "1 > 0",
    "nested calls": "abs(" * 400 + "1" + ")" * 400 + " > 0",
    "a megabyte": "a" * 1_000_000,
    "a megabyte of spaces": " " * 1_000_000,
    "a long sum": "1" + "+1" * 900 + " > 0",
    "a long list": "1 in [" + "1," * 900 + "1]",
    "dunder": "event.__class__ == 'x'",
    "dunder alone": "__import__('os')",
    "attribute of a call": "has(event.call).__class__",
    "method": "event.call.upper() == 'A'",
    "lambda": "lambda: 1",
    "comprehension": "[x for x in event.call]",
    "f-string": "f'{1}' == 'a'",
    "subscript": "event.call[0] == 'a'",
    "walrus": "(x := 1) > 0",
    "power": "2 ** 999999999 > 1",
    "text times number": "'a' * 1000000000 == 'b'",
    "semicolon": "true; import os",
    "newline and statement": "true\nimport os",
    "comment": "true # x",
    "backslash": "'\\x41' == 'A'",
    "NUL": "event.call == 'a\x00b'",
    "NUL outside": "true\x00",
    "line separator": "true\u2028and true",
    "right-to-left override outside": "tr\u202eue",
    "full-width digits": "\uff11 > 0",
    "superscript": "2² > 1",
    "surrogate": "event.call == '\ud800'",
    "huge number": "1e999 > 0",
    "huge duration": "1e305d > 0s",
    "hexadecimal": "0x41 > 1",
    "underscored": "1_000 > 1",
    "unfinished text": "event.call == 'abc",
    "triple quotes": "'''a''' == 'a'",
    "conditional": "1 if true else 2",
    "star": "*event.call == 'a'",
    "unknown function": "eval('1') == 1",
    "keyword": "min(1, key=2) > 1",
    "boolean arithmetic": "true + true > 1",
    "chained": "1 < 2 < 3",
    "not a condition": "'text'",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_is_refused_with_a_place(text: str) -> None:
    try:
        flaws = check(parse(text), SCOPE)
    except ExpressionError as error:
        flaws = [error.flaw]

    assert flaws
    assert all(0 <= flaw.at < flaw.end <= len(text) + 1 for flaw in flaws)
    assert all(len(flaw.message) < 200 for flaw in flaws)


@pytest.mark.parametrize(
    "literal", ["'); import os; ('", "\"'''\"", "'{0}'", "'%s'", "'\u202e'", "'é'"]
)
def test_a_text_stays_a_text(literal: str) -> None:
    text = f"event.topic == {literal}"
    node = parse(text)
    [wanted] = [token.value for token in tokenize(text) if token.kind == "text"]
    source = Writer(SCOPE, {"event.topic": "topic"}).condition(node)
    namespace = {**environment(ZoneInfo("UTC")), "topic": wanted}

    assert eval(source, namespace) is True
    assert source.isascii()


def test_generated_code_has_no_builtins() -> None:
    holds = fuse_check(Condition(SCOPE, parse("true")), VOCABULARY, ZoneInfo("UTC"))

    assert holds.__globals__["__builtins__"] == {}
    assert not set(holds.__globals__) & set(vars(builtins)) - {"str", "bool", "float"}


@pytest.mark.parametrize(
    "text",
    ["{", "}", "{}", "{0}", "{a!r}", "{a.b[0]}", "{a:>99999999}", "{a:{b}}", "{a:.9f}", "{a b}"],
)
def test_a_wording_takes_names_only(text: str) -> None:
    with pytest.raises(ExpressionError):
        parse_wording(text)


def test_a_wording_reads_no_attributes() -> None:
    flaws = parse_wording("{event.__class__} {customer.id.real}").check(SCOPE)

    assert [flaw.message for flaw in flaws] == [
        "unknown name 'event.__class__'",
        "unknown name 'customer.id.real'",
    ]
