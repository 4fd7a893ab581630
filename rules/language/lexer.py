"""Text of an expression -> tokens. Anything that is not in the language ends here, with a place."""

import math
import re
from dataclasses import dataclass
from typing import Literal

from rules.language.duration import UNITS
from rules.language.errors import ExpressionError

MAX_CHARACTERS = 2000

TokenKind = Literal["num", "duration", "text", "name", "symbol", "end"]

_SPACE = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")
_SYMBOL = re.compile(r"==|!=|<=|>=|[<>+\-*/()\[\],]")
_HELP = {
    "=": "use '==' to compare",
    "&": "write 'and'",
    "|": "write 'or'",
    "!": "write 'not', or '!=' to compare",
    "{": "lists are written [1, 2, 3]",
    ":": "use '==' to compare, and whole hours: hour_of_day(event.at) >= 9",
    **dict.fromkeys("$\u20ac\u00a3\u20bd\u20aa", "write the amount alone, such as 5"),
    "%": "write a share such as 50 % as 0.5",
    **dict.fromkeys("\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb", "use straight quotes"),
    "\u00a0": "replace this space by an ordinary one",
}
_NEVER_IN_TEXT = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\\]")


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text with its place; `value` is a number, seconds, a text or a symbol."""

    kind: TokenKind
    at: int
    end: int
    value: float | str


def tokenize(text: str) -> list[Token]:
    """Return the tokens, a token of kind ``end`` last.

    Raises
    ------
    ExpressionError
        With the place of the first character that is not in the language.

    Examples
    --------
    >>> [(token.kind, token.value) for token in tokenize("event.wait_s > 1.5m")]
    [('name', 'event.wait_s'), ('symbol', '>'), ('duration', 90.0), ('end', '')]
    """
    if len(text) > MAX_CHARACTERS:
        message = f"an expression has at most {MAX_CHARACTERS:,} characters; got {len(text):,}"
        raise ExpressionError(MAX_CHARACTERS, MAX_CHARACTERS + 1, message, "split the rule in two")
    tokens: list[Token] = []
    at = 0
    while True:
        space = _SPACE.match(text, at)
        at = space.end() if space else at
        if at == len(text):
            tokens.append(Token("end", at, at, ""))
            return tokens
        token = _token(text, at)
        tokens.append(token)
        at = token.end


def _token(text: str, at: int) -> Token:
    if found := _NUMBER.match(text, at):
        return _number(text, found)
    if found := _WORD.match(text, at):
        return Token("name", at, found.end(), found[0])
    if text[at] in "\"'":
        return _text(text, at)
    if found := _SYMBOL.match(text, at):
        return Token("symbol", at, found.end(), found[0])
    message = f"unexpected {text[at]!a}"
    raise ExpressionError(at, at + 1, message, _HELP.get(text[at], ""))


def _number(text: str, found: re.Match[str]) -> Token:
    at, end = found.span()
    value = float(found[0])
    if not math.isfinite(value):
        message = f"{found[0][:40]} is too large for a number"
        raise ExpressionError(at, end, message, "numbers go up to 1.7e308")
    unit = text[end : end + 1]
    tail = _WORD.match(text, end)
    if tail is None:
        if unit == ".":
            raise ExpressionError(end, end + 1, "unexpected '.'", "write 1.5, not 1. or .5")
        return Token("num", at, end, value)
    if tail[0] in UNITS and math.isfinite(value * UNITS[tail[0]]):
        return Token("duration", at, tail.end(), value * UNITS[tail[0]])
    message = f"{(found[0] + tail[0])[:40]!r} is neither a number nor a duration"
    raise ExpressionError(at, tail.end(), message, "write 90s, 15m, 24h, 7d")


def _text(text: str, at: int) -> Token:
    end = text.find(text[at], at + 1)
    if end < 0:
        raise ExpressionError(at, len(text), "this text does not end", f"close it with {text[at]}")
    value = text[at + 1 : end]
    if bad := _NEVER_IN_TEXT.search(value):
        where = at + 1 + bad.start()
        message = f"a text must not contain {bad[0]!a}"
        raise ExpressionError(where, where + 1, message, "write letters, digits and punctuation")
    return Token("text", at, end + 1, value)
