"""Tree -> Python text of a condition.

What an author wrote never becomes Python: the text is put together from fixed pieces, names of our
own and the ``repr`` of constants. A missing number is NaN, a missing text or bool is None, and
every condition comes out as True or False.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from math import nan
from typing import Any
from zoneinfo import ZoneInfo

from rules.language.checker import kind_of
from rules.language.nodes import Binary, Call, Constant, Constants, Node, Reference, Unary
from rules.language.vocabulary import Scope

_NUMBERS = {"num", "duration", "time"}
TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
"""Comparison -> the same with its sides exchanged."""
_EXACT = 2.0**53
"""Below it, whole numbers and floats compare alike whichever is turned into the other."""
HUGE = 2**1024 - 2**970
"""The first whole number that no float can stand for."""
_FEW = 3
"""Constants in a list, up to which they are compared one by one."""


def number(value: object) -> float:
    """Return a number as a float, NaN for anything else.

    >>> number(3), number("3"), number(True)
    (3.0, nan, nan)
    """
    kind = value.__class__
    if kind is int:
        try:
            return float(value)  # type: ignore[arg-type]
        except OverflowError:
            return nan
    return value if kind is float else nan  # type: ignore[return-value]


def hour_of_day(zone: ZoneInfo) -> Callable[[float], float]:
    """Return a function from a time to the hour on the wall, 0 to 23; NaN where it has none."""

    def hour(at: float) -> float:
        try:
            return float(datetime.fromtimestamp(at, zone).hour)
        except (ValueError, OverflowError, OSError):
            return nan

    return hour


def _least(*values: float) -> float:
    return min(values) if all(value == value for value in values) else nan  # noqa: PLR0124


def _largest(*values: float) -> float:
    return max(values) if all(value == value for value in values) else nan  # noqa: PLR0124


def environment(zone: ZoneInfo) -> dict[str, Any]:
    """Return what generated text may call; there are no builtins in it."""
    return {
        "__builtins__": {},
        "NAN": nan,
        "HUGE": HUGE,
        "str": str,
        "bool": bool,
        "float": float,
        "int": int,
        "number": number,
        "least": _least,
        "largest": _largest,
        "absolute": abs,
        "hour_of_day": hour_of_day(zone),
    }


class Writer:
    """Writes conditions over one scope.

    Parameters
    ----------
    scope
        The names with their types; each expression must have passed `check` with it.
    reads
        Name -> Python text that gives its value.
    raws
        The same where the value may be of any type: cheaper, and enough to compare it with a text,
        or with true.
    promised
        The same for a number that should be there; the text that comes out may raise a TypeError,
        and whatever reading raises, where it is not.
    """

    def __init__(
        self,
        scope: Scope,
        reads: Mapping[str, str],
        raws: Mapping[str, str] | None = None,
        promised: Mapping[str, str] | None = None,
    ) -> None:
        self._scope = scope
        self._reads = reads
        self._raws = reads if raws is None else raws
        self._promised = promised or {}
        self._temporaries = 0

    def condition(self, node: Node) -> str:
        """Return text that is True or False."""
        match node:
            case Binary(operator="and" | "or" as operator, left=left, right=right):
                return f"({self.condition(left)} {operator} {self.condition(right)})"
            case Unary(operator="not", operand=operand):
                return f"(not {self.condition(operand)})"
            case Reference(name=name):
                return f"({self._raws[name]} is True)"
            case _:
                return self._value(node)

    def _value(self, node: Node) -> str:
        match node:
            case Constant(value=value):
                return _literal(value)
            case Reference(name=name):
                return self._reads[name]
            case Unary(operator="-", operand=operand):
                return f"(-{self._value(operand)})"
            case Binary(operator="and" | "or") | Unary():
                return self.condition(node)
            case Binary():
                return self._binary(node)
            case Call():
                return self._call(node)
        msg = f"a {type(node).__name__} has no value of its own"
        raise TypeError(msg)

    def _named(self, node: Node) -> tuple[str, str]:
        """Return text that gives the value and keeps it, and text to read it again."""
        if isinstance(node, Constant):
            return (_literal(node.value),) * 2
        if isinstance(node, Reference) and self._reads[node.name].isidentifier():
            return (self._reads[node.name],) * 2
        return self._kept(self._value(node))

    def _kept(self, text: str) -> tuple[str, str]:
        self._temporaries += 1
        name = f"t{self._temporaries}"
        return f"({name} := {text})", name

    def _binary(self, node: Binary) -> str:
        match node.operator:
            case "<" | "<=" | ">" | ">=" if text := self._limited(node):
                return text
            case "+" | "-" | "*" | "<" | "<=" | ">" | ">=":
                return f"({self._value(node.left)} {node.operator} {self._value(node.right)})"
            case "/":
                divisor, again = self._named(node.right)
                # The condition is evaluated first, so `again` is set when the left side is.
                return f"({self._value(node.left)} / {again} if {divisor} else NAN)"
            case "in" | "not in":
                return self._membership(node)
            case _:
                return self._equality(node)

    def _limited(self, node: Binary) -> str:
        """Return text that compares a promised number with a limit, empty for anything else.

        Most comparisons are false, and what is no number is never true: so what was compared is
        looked at only where it passes.
        """
        match node:
            case Binary(left=Reference(name=name), right=Constant(value=float(to))):
                sign: str = node.operator
            case Binary(left=Constant(value=float(to)), right=Reference(name=name)):
                sign = TURNED[node.operator]
            case _:
                return ""
        read = self._promised.get(name)
        if read is None or abs(to) >= _EXACT:
            return ""
        is_float, is_int = "r.__class__ is float", "r.__class__ is int"
        there = "r < HUGE" if sign in {">", ">="} else "r > -HUGE"
        if to.is_integer():
            # Two whole numbers, or two floats, are compared faster than one with the other.
            whole = f"r {sign} {int(to):d} and {there} if (r := {read}).__class__ is int"
            return f"({whole} else r {sign} {to!a} and {is_float})"
        return f"((r := {read}) {sign} {to!a} and ({is_float} or {is_int} and {there}))"

    def _present(self, again: str, node: Node) -> str:
        """Return text, to be joined on, that holds where a value is not missing."""
        if isinstance(node, Constant):
            return ""
        is_number = kind_of(node, self._scope) in _NUMBERS
        return f" and {again} == {again}" if is_number else f" and {again} is not None"

    def _equality(self, node: Binary) -> str:
        match node:
            case Binary(operator="==", left=Reference(name=name), right=Constant(value=str(value))):
                return f"({self._raws[name]} == {_literal(value)})"
        left, left_again = self._named(node.left)
        right, right_again = self._named(node.right)
        present = self._present(left_again, node.left)
        if node.operator == "==":
            # One side that is there is enough: a missing one differs from it.
            constant = isinstance(node.left, Constant) or isinstance(node.right, Constant)
            return f"({left} == {right}{'' if constant else present})"
        return f"({left} != {right}{present}{self._present(right_again, node.right)})"

    def _membership(self, node: Binary) -> str:
        if not isinstance(node.right, Constants):
            msg = "the right side of 'in' must be a list of constants"
            raise TypeError(msg)
        values = list(dict.fromkeys(_literal(item.value) for item in node.right.items))
        if node.operator == "in" and len(values) <= _FEW:
            # Faster than a search in a list so short.
            left, again = self._one_of(node.left, node.right)
            first, *more = values
            return f"({left} == {first}{''.join(f' or {again} == {other}' for other in more)})"
        left, again = self._named(node.left)
        # Python makes a constant of the set.
        present = self._present(again, node.left) if node.operator == "not in" else ""
        return f"({left} {node.operator} {{{', '.join(values)}}}{present})"

    def _one_of(self, node: Node, values: Constants) -> tuple[str, str]:
        """Return the texts of `_named` for what is compared with each of some constants."""
        if isinstance(node, Reference) and all(isinstance(v.value, str) for v in values.items):
            raw = self._raws[node.name]
            return (raw, raw) if raw.isidentifier() else self._kept(raw)
        return self._named(node)

    def _call(self, node: Call) -> str:
        first = node.arguments[0]
        match node.function:
            case "has":
                value, again = self._named(first)
                is_number = kind_of(first, self._scope) in _NUMBERS
                return f"({value} == {again})" if is_number else f"({value} is not None)"
            case "starts_with" | "contains":
                text, text_again = self._named(first)
                part, part_again = self._named(node.arguments[1])
                # Both are evaluated before either is used.
                there = "".join(
                    f"{value} is not None and "
                    for value, side in ((text, first), (part, node.arguments[1]))
                    if not isinstance(side, Constant)
                )
                if node.function == "contains":
                    return f"({there}{part_again} in {text_again})"
                return f"({there}{text_again}.startswith({part_again}))"
        function = {"abs": "absolute", "min": "least", "max": "largest"}.get(
            node.function, "hour_of_day"
        )
        return f"{function}({', '.join(self._value(argument) for argument in node.arguments)})"


def _literal(value: float | str | bool) -> str:
    # ascii() leaves nothing in a text that could end the literal or the line.
    return ascii(value)
