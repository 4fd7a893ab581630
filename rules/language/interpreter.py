"""Tree -> value, one part at a time: for explanations, and to hold generated code against.

Shares nothing with the code generator. A missing value is None, whatever its type.
"""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from rules.language.nodes import Binary, Call, Constant, Constants, Node, Reference, Unary

Value = float | str | bool | None


class Interpreter:
    """Evaluates expressions over values looked up by name.

    Parameters
    ----------
    lookup
        Full name -> value; ``None`` for a missing one.
    zone
        Zone of ``hour_of_day``.

    Examples
    --------
    >>> from rules.language.parser import parse
    >>> interpreter = Interpreter({"score.repeat": None}.get, ZoneInfo("UTC"))
    >>> interpreter.holds(parse("score.repeat > 0.5")), interpreter.holds(parse("1 < 2"))
    (False, True)
    """

    def __init__(self, lookup: Callable[[str], Value], zone: ZoneInfo) -> None:
        self._lookup = lookup
        self._zone = zone

    def holds(self, node: Node) -> bool:
        """Return whether a condition is true; a missing one is not."""
        return self._value(node) is True

    def _value(self, node: Node) -> Value:  # noqa: PLR0911 - one per kind of node
        match node:
            case Constant(value=value):
                return value
            case Reference(name=name):
                return _tidy(self._lookup(name))
            case Unary(operator="not", operand=operand):
                return not self.holds(operand)
            case Unary(operand=operand):
                amount = self._value(operand)
                return None if amount is None else -float(amount)
            case Binary(operator="and", left=left, right=right):
                return self.holds(left) and self.holds(right)
            case Binary(operator="or", left=left, right=right):
                return self.holds(left) or self.holds(right)
            case Binary():
                return self._binary(node)
            case Call():
                return self._call(node)
            case Constants():
                msg = "a list has no value of its own"
                raise TypeError(msg)

    def _binary(self, node: Binary) -> Value:
        left = self._value(node.left)
        if isinstance(node.right, Constants):
            found = any(left == item.value for item in node.right.items)
            return left is not None and found is (node.operator == "in")
        right = self._value(node.right)
        if node.operator in {"+", "-", "*", "/"}:
            if left is None or right is None:
                return None
            return _arithmetic(node.operator, float(left), float(right))
        if left is None or right is None:
            return False
        return _compare(node.operator, left, right)

    def _call(self, node: Call) -> Value:
        values = [self._value(argument) for argument in node.arguments]
        if node.function == "has":
            return values[0] is not None
        if node.function in {"starts_with", "contains"}:
            text, part = values
            if not isinstance(text, str) or not isinstance(part, str):
                return False
            return text.startswith(part) if node.function == "starts_with" else part in text
        numbers = [float(value) for value in values if value is not None]
        if len(numbers) < len(values):
            return None
        if node.function == "hour_of_day":
            return _hour(numbers[0], self._zone)
        return abs(numbers[0]) if node.function == "abs" else _extreme(node.function, numbers)


def _tidy(value: Value) -> Value:
    """Return NaN, the missing number of the generated code, as None."""
    return None if isinstance(value, float) and value != value else value  # noqa: PLR0124


def _arithmetic(operator: str, left: float, right: float) -> float | None:
    result: float | None
    match operator:
        case "+":
            result = left + right
        case "-":
            result = left - right
        case "*":
            result = left * right
        case _:
            result = left / right if right else None
    return None if result is None or result != result else result  # noqa: PLR0124


def _compare(operator: str, left: float | str, right: float | str) -> bool:
    match operator:
        case "==":
            return left == right
        case "!=":
            return left != right
        case "<":
            return float(left) < float(right)
        case "<=":
            return float(left) <= float(right)
        case ">":
            return float(left) > float(right)
        case _:
            return float(left) >= float(right)


def _extreme(function: str, numbers: list[float]) -> float:
    return min(numbers) if function == "min" else max(numbers)


def _hour(at: float, zone: ZoneInfo) -> float | None:
    try:
        return float(datetime.fromtimestamp(at, zone).hour)
    except (ValueError, OverflowError, OSError):
        return None
