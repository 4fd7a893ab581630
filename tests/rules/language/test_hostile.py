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
from tests.rules.language.hostile import EXPRESSIONS

SCOPE = VOCABULARY.scope("contact.queued")


@pytest.mark.parametrize("text", EXPRESSIONS.values(), ids=EXPRESSIONS.keys())
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
    assert not set(holds.__globals__) & set(vars(builtins)) - {"str", "bool", "float", "int"}


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
