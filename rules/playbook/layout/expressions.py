"""The canonical form of an expression's text: the language's own words, one space between.

What comes in may hold what authors bring from other languages (``&&``, ``||``, ``!``, ``AND``,
``True``). A text that is no expression comes back as it is: formatting never hides an error.
"""

import re
from typing import Final

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<text>"[^"]*"|'[^']*')
      | (?P<number>[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?[A-Za-z_]*)
      | (?P<word>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)
      | (?P<symbol>&&|\|\||==|!=|<=|>=|[<>+\-*/()\[\],!])
    )""",
    re.VERBOSE,
)
FOREIGN: Final = {
    "&&": "and",
    "||": "or",
    "!": "not",
    "AND": "and",
    "OR": "or",
    "NOT": "not",
    "True": "true",
    "False": "false",
}
"""Spelling that is understood -> the language's own."""
_COMPARISONS = frozenset(("==", "!=", "<", "<=", ">", ">=", "in"))
_BEFORE_OPERAND = frozenset(("(", "[", ",", "and", "or", "not", "in", "+", "-", "*", "/"))


def tokens(text: str) -> list[str] | None:
    """Return the tokens in the language's own spelling, or nothing for what is no expression.

    A ``!`` binds as tightly as in the languages it comes from, so brackets keep its meaning.

    >>> tokens("!customer.identified == true && event.wait_s>1m")
    ['(', 'not', 'customer.identified', ')', '==', 'true', 'and', 'event.wait_s', '>', '1m']
    """
    raw: list[str] = []
    at = 0
    end = len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None:
            return None
        raw.append(found[0].strip())
        at = found.end()
    if not raw:
        return None
    return [_spelled(token) for token in _bound(raw)]


def canonical(text: str) -> str:
    """Return an expression in canonical form.

    >>> canonical("event.wait_s>1m   &&!( customer.identified||false )")
    'event.wait_s > 1m and not (customer.identified or false)'
    >>> canonical("event.topic in ['a','b'] and x == -1")
    'event.topic in ["a", "b"] and x == -1'
    """
    found = tokens(text)
    return text if found is None else " ".join(words(found))


def words(found: list[str]) -> list[str]:
    """Return tokens grouped so that a space or a line break fits between any two groups.

    >>> words(["min", "(", "a", ",", "-", "1", ")", "<", "2"])
    ['min(a,', '-1)', '<', '2']
    """
    groups: list[str] = []
    before = ""
    sticks = False  # whether the next token follows without a space
    for token in found:
        is_sign = token == "-" and (not before or before in _BEFORE_OPERAND | _COMPARISONS)
        opens_call = token == "(" and before.replace("_", "a").isalnum() and before not in _KEYWORDS
        if groups and (sticks or token in {")", "]", ","} or opens_call):
            groups[-1] += token
        else:
            groups.append(token)
        sticks = token in {"(", "["} or is_sign
        before = token
    return groups


_KEYWORDS = frozenset(("and", "or", "not", "in", "true", "false"))


def _spelled(token: str) -> str:
    if token[0] == "'" and '"' not in token:
        return f'"{token[1:-1]}"'
    return FOREIGN.get(token, token)


def _bound(raw: list[str]) -> list[str]:
    """Put brackets around ``!x`` where the language's ``not`` would reach further."""
    done: list[str] = []
    at = 0
    while at < len(raw):
        if raw[at] != "!":
            done.append(raw[at])
            at += 1
            continue
        first = at
        while at < len(raw) and raw[at] == "!":
            at += 1
        end = _operand_end(raw, at)
        inner = [*["not"] * (at - first), *_bound(raw[at:end])]
        follows = raw[end] if end < len(raw) else ""
        reaches = follows in _COMPARISONS or follows in {"+", "-", "*", "/"} or follows == "not"
        before = done[-1] if done else ""
        reached = before in _COMPARISONS | {"+", "-", "*", "/"}
        done += ["(", *inner, ")"] if reaches or reached else inner
        at = end
    return done


def _operand_end(raw: list[str], at: int) -> int:
    """Return where the operand that begins at a token ends: a name, a call or brackets."""
    depth = 0
    while at < len(raw):
        token = raw[at]
        depth += (token in {"(", "["}) - (token in {")", "]"})
        at += 1
        is_call = at < len(raw) and raw[at] == "(" and token[0].isalpha()
        if depth <= 0 and not is_call:
            break
    return at
