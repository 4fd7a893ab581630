"""Tokens -> tree, by precedence climbing (Pratt [1]_).

References
----------
.. [1] V. R. Pratt, "Top Down Operator Precedence", POPL 1973.
"""

from dataclasses import replace
from functools import lru_cache
from typing import cast

from rules.language.errors import ExpressionError
from rules.language.lexer import Token, tokenize
from rules.language.nodes import (
    Binary,
    BinaryOperator,
    Call,
    Constant,
    Constants,
    Node,
    Reference,
    Unary,
)

MAX_NODES = 200
MAX_DEPTH = 24

_COMPARISONS = {"==", "!=", "<", "<=", ">", ">=", "in", "not in"}
_BINDING = {"or": 1, "and": 2, **dict.fromkeys(_COMPARISONS, 4), "+": 5, "-": 5, "*": 6, "/": 6}
_NOT, _COMPARISON, _SUM, _MINUS = 3, 4, 5, 7
_FOREIGN = {
    "True": "write 'true'",
    "False": "write 'false'",
    "AND": "write 'and'",
    "OR": "write 'or'",
    "NOT": "write 'not'",
    "is": "write '==', or '!=' for 'is not'",
}
_BETWEEN = {
    "contains": 'write contains(event.topic, "loan")',
    "starts_with": 'write starts_with(event.topic, "loan")',
    "like": 'write contains(event.topic, "loan")',
    "between": "write event.wait_s >= 10s and event.wait_s <= 20s",
    "equals": "write '=='",
}
"""Words that other languages put between two values -> what is written here."""


@lru_cache(maxsize=4096)  # a rule is read when it is checked, and again when it is compiled
def parse(text: str) -> Node:
    """Return the tree of an expression.

    Raises
    ------
    ExpressionError
        With the place of the first token that cannot stand where it stands.

    Examples
    --------
    >>> node = parse("score.repeat >= 0.5 and not customer.identified")
    >>> node.operator, node.right.operator
    ('and', 'not')
    """
    return _Parser(tokenize(text)).parse()


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._next = 0
        self._nodes = 0
        self._depth = 0

    def parse(self) -> Node:
        if self._peek().kind == "end":
            raise ExpressionError(0, 1, "the expression is empty", "leave the key out instead")
        node = self._expression(0)
        token = self._peek()
        if token.kind != "end":
            raise self._unexpected(token)
        return node

    def _peek(self) -> Token:
        return self._tokens[self._next]

    def _advance(self) -> Token:
        token = self._tokens[self._next]
        self._next += 1
        return token

    def _is(self, symbol: str) -> bool:
        token = self._peek()
        return token.kind == "symbol" and token.value == symbol

    def _expect(self, symbol: str, opened: Token) -> Token:
        if not self._is(symbol):
            token = self._peek()
            if token.kind == "end":
                message = f"{opened.value!r} is never closed"
                raise ExpressionError(opened.at, opened.end, message, f"add {symbol!r}")
            raise self._unexpected(token, f"expected {symbol!r}")
        return self._advance()

    def _comma(self, closing: str, opened: Token) -> None:
        self._expect("," if self._peek().kind != "end" else closing, opened)

    def _unexpected(self, token: Token, help_: str = "") -> ExpressionError:
        if token.kind == "end":
            return ExpressionError(
                token.at, token.at + 1, "the expression ends too early", help_ or "add the rest"
            )
        shown = token.value if isinstance(token.value, str) else f"{token.value:g}"
        if token.kind == "name" and shown in _FOREIGN:
            help_ = _FOREIGN[shown]
        elif token.kind == "name":
            help_ = help_ or _BETWEEN.get(shown, "")
        elif shown == ",":
            help_ = help_ or "write 1000 for 1,000"
        return ExpressionError(token.at, token.end, f"unexpected {shown[:40]!r}", help_)

    def _count(self, at: int) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            message = f"an expression has at most {MAX_NODES} parts"
            raise ExpressionError(at, at + 1, message, "split the rule in two")

    def _deeper(self, token: Token) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            message = f"an expression is at most {MAX_DEPTH} levels deep"
            raise ExpressionError(token.at, token.end, message, "split the rule in two")

    def _operator(self) -> str | None:
        token = self._peek()
        if token.kind == "symbol" and token.value in _BINDING:
            return str(token.value)
        if token.kind == "name" and token.value in {"and", "or", "in"}:
            return str(token.value)
        if token.kind == "name" and token.value == "not":
            after = self._tokens[self._next + 1]
            return "not in" if after.kind == "name" and after.value == "in" else None
        return None

    def _expression(self, binding: int) -> Node:
        self._deeper(self._peek())
        left = self._prefix()
        links = 0
        while (operator := self._operator()) is not None and _BINDING[operator] > binding:
            token = self._advance()
            if operator == "not in":
                self._advance()
            if operator not in {"and", "or"}:
                # A chain such as a + b + c + ... is a tree as deep as it is long.
                links += 1
                self._deeper(token)
            left = self._binary(operator, token, left)
        self._depth -= 1 + links
        return left

    def _binary(self, operator: str, token: Token, left: Node) -> Node:
        if operator in _COMPARISONS and _is_bare_comparison(left):
            message = "comparisons cannot be chained"
            raise ExpressionError(token.at, token.end, message, "write a < b and b < c")
        right = self._expression(_BINDING[operator])
        self._count(token.at)
        return Binary(left.at, right.end, cast("BinaryOperator", operator), left, right, token.at)

    def _prefix(self) -> Node:
        token = self._advance()
        self._count(token.at)
        match token.kind, token.value:
            case ("num" | "duration" | "text") as kind, value:
                return Constant(token.at, token.end, kind, value)
            case "name", str(word):
                return self._word(token, word)
            case "symbol", "-":
                operand = self._expression(_MINUS)
                return Unary(token.at, operand.end, "-", operand)
            case "symbol", "(":
                inner = self._expression(0)
                closed = self._expect(")", token)
                return replace(inner, at=token.at, end=closed.end)
            case "symbol", "[":
                return self._constants(token)
        raise self._unexpected(token)

    def _word(self, token: Token, word: str) -> Node:
        if word in {"true", "false"}:
            return Constant(token.at, token.end, "bool", word == "true")
        if word == "not":
            operand = self._expression(_NOT)
            return Unary(token.at, operand.end, "not", operand)
        if word in {"and", "or", "in"} or word in _FOREIGN:
            raise self._unexpected(token)
        return self._call(token, word) if self._is("(") else Reference(token.at, token.end, word)

    def _call(self, token: Token, name: str) -> Node:
        opened = self._advance()
        arguments: list[Node] = []
        while not self._is(")"):
            if arguments:
                self._comma(")", opened)
            arguments.append(self._expression(0))
        closed = self._advance()
        return Call(token.at, closed.end, name, tuple(arguments))

    def _constants(self, opened: Token) -> Node:
        items: list[Constant] = []
        while not self._is("]"):
            if items:
                self._comma("]", opened)
            start = self._peek()
            item = self._expression(_SUM)
            match item:
                case Constant():
                    items.append(item)
                case Unary(operator="-", operand=Constant(kind="num" | "duration") as number):
                    value = -float(number.value)
                    items.append(Constant(item.at, item.end, number.kind, value))
                case _:
                    message = "a list holds constants only"
                    raise ExpressionError(start.at, item.end, message, 'write ["a", "b"]')
        closed = self._advance()
        return Constants(opened.at, closed.end, tuple(items))


def _is_bare_comparison(node: Node) -> bool:
    # With parentheses around it, it ends after its right side.
    return isinstance(node, Binary) and node.operator in _COMPARISONS and node.end == node.right.end
