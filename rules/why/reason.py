"""Why a condition was false, part by part, in the words of a person."""

from collections.abc import Callable
from dataclasses import dataclass
from math import isinf
from typing import Any, Final

from detectors.schema import Kind
from rules.language.interpreter import Interpreter, Value
from rules.language.nodes import (
    Binary,
    Call,
    Constant,
    Constants,
    Node,
    Reference,
    Unary,
    conjuncts,
    references,
)
from rules.language.text import format_seconds

_NEEDS: Final = {
    ">": "more than {}", ">=": "at least {}", "<": "less than {}", "<=": "at most {}",
    "==": "{}", "!=": "anything but {}",
}  # fmt: skip
_MIRRORED: Final = {">": "<", ">=": "<=", "<": ">", "<=": ">=", "==": "==", "!=": "!="}


@dataclass(frozen=True, slots=True)
class Part:
    """One of the parts that must all hold.

    Parameters
    ----------
    text
        As written, in one line.
    holds
        Whether it held.
    values
        What its names stood for.
    """

    text: str
    holds: bool
    values: dict[str, Value]

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values; an endless duration is ``null``."""
        values = {
            name: None if isinstance(value, float) and isinf(value) else value
            for name, value in self.values.items()
        }
        return {"text": self.text, "holds": self.holds, "values": values}


class Reasons:
    """Explains one condition at one moment.

    Parameters
    ----------
    text
        The condition as written.
    value
        Gives the value of a name.
    kinds
        Name -> its type.
    """

    def __init__(
        self,
        text: str,
        interpreter: Interpreter,
        value: Callable[[str], Value],
        kinds: Callable[[str], Kind],
    ) -> None:
        self._text = text
        self._interpreter = interpreter
        self._value = value
        self._kind = kinds

    def parts(self, node: Node) -> list[Part]:
        """Return the parts that must all hold."""
        return [
            Part(
                self._written(part),
                self._interpreter.holds(part),
                {name: self._value(name) for name in references(part)},
            )
            for part in conjuncts(node)
        ]

    def why_false(self, node: Node) -> str:
        """Return why a condition that is false is so: every part that does not hold.

        >>> from zoneinfo import ZoneInfo
        >>> from rules.language.parser import parse
        >>> text = "event.wait_s > 10s and event.direction == 'inbound'"
        >>> values = {"event.wait_s": 8.0, "event.direction": "inbound"}
        >>> interpreter = Interpreter(values.get, ZoneInfo("UTC"))
        >>> Reasons(text, interpreter, values.get, lambda _: "duration").why_false(parse(text))
        'wait_s was 8 s, needs more than 10 s'
        """
        return " and ".join(
            self._false(part) for part in conjuncts(node) if not self._interpreter.holds(part)
        )

    def why_true(self, node: Node) -> str:
        """Return what made a condition true, as written, with the values of its names."""
        return f"`{self._written(node)}` held{self._values(node)}"

    def _false(self, node: Node) -> str:  # noqa: PLR0911 - one per kind of part
        match node:
            case Binary(operator="or", left=left, right=right):
                return f"neither {self._either(left)} nor {self._either(right)}"
            case Binary(operator="and"):
                return self.why_false(node)
            case Unary(operator="not", operand=operand):
                return f"`{self._written(operand)}` held and must not{self._values(operand)}"
            case Reference(name=name):
                return f"{_short(name)} was {self._shown(name)}, needs yes"
            case Call(function="has", arguments=(Reference(name=name),)):
                return f"{_short(name)} was unknown"
            case Binary(operator=sign, left=Reference(name=name), right=Constant(value=limit)):
                return self._compared(name, sign, limit)
            case Binary(operator=sign, left=Constant(value=limit), right=Reference(name=name)):
                return self._compared(name, _MIRRORED[sign], limit)
            case Binary(operator=sign, left=Reference(name=name), right=Constants(items=items)):
                listed = ", ".join(self._constant(name, item.value) for item in items)
                needs = f"one of {listed}" if sign == "in" else f"none of {listed}"
                return f"{_short(name)} was {self._shown(name)}, needs {needs}"
            case _:
                return f"`{self._written(node)}` did not hold{self._values(node)}"

    def _either(self, node: Node) -> str:
        return f"({self._false(node)})"

    def _compared(self, name: str, sign: str, limit: float | str | bool) -> str:
        shown, wanted = self._shown(name), self._constant(name, limit)
        value = self._value(name)
        if shown == wanted and value != limit and isinstance(value, float):
            unit = " s" if self._kind(name) == "duration" else ""
            shown = f"{value:.9g}{unit}"  # rounded they would look alike
        return f"{_short(name)} was {shown}, needs {_NEEDS[sign].format(wanted)}"

    def _written(self, node: Node) -> str:
        return " ".join(self._text[node.at : node.end].split())

    def _values(self, node: Node) -> str:
        told = [f"{_short(name)} was {self._shown(name)}" for name in references(node)]
        return f" ({', '.join(told)})" if told else ""

    def _shown(self, name: str) -> str:
        value = self._value(name)
        return "unknown" if value is None else self._constant(name, value)

    def _constant(self, name: str, value: float | str | bool) -> str:
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, str):
            return repr(value)
        if self._kind(name) == "duration":
            return "longer than any duration" if isinf(value) else format_seconds(value)
        return f"{value:.4g}" if abs(value) < _LARGE else f"{value:,.0f}"


_LARGE = 10_000.0


def _short(name: str) -> str:
    return name.removeprefix("event.")
