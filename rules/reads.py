"""How generated text gets the value of a name: each is read once per event, or not at all."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from detectors.schema import Kind
from rules.language.codegen import environment
from rules.language.nodes import Node
from rules.language.vocabulary import Scope, Vocabulary
from rules.temporal.state import History

_OFTEN = 0.75
"""Expected reads per event from which on a name is read at the start."""

_CLASS: dict[Kind, str] = {
    "num": "float",
    "duration": "float",
    "time": "float",
    "text": "str",
    "enum": "str",
    "bool": "bool",
}
_WHOLE = "{0} * 1.0 if {0}.__class__ is int and -1000000000 < {0} < 1000000000 else number({0})"
"""A small whole number as a float, without a call."""
_UNSET = object()


@dataclass(frozen=True, slots=True)
class Condition:
    """What decides whether a rule holds.

    Parameters
    ----------
    facts
        Name of a fact -> the operator that counts it.
    """

    scope: Scope
    if_: Node | None = None
    unless: Node | None = None
    facts: Mapping[str, History] = field(default_factory=dict)

    def nodes(self) -> list[Node]:
        """Return its expressions."""
        return [node for node in (self.if_, self.unless) if node is not None]

    def key(self, name: str) -> str:
        """Return what a name stands for: equal facts of several rules are one."""
        fact = self.facts.get(name)
        return name if fact is None else f"fact.{fact.slot}"


class Reads:
    """The names that a function reads.

    Parameters
    ----------
    expected
        `Condition.key` of a name -> how often an event reads it, roughly.
    uses
        The same -> how often it stands in the text.

    Attributes
    ----------
    environment
        Everything that the text may call.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        zone: ZoneInfo,
        expected: Mapping[str, float],
        uses: Mapping[str, int],
    ) -> None:
        self._vocabulary = vocabulary
        self._expected = expected
        self._uses = uses
        self._texts: dict[str, str] = {}
        self._raws: dict[str, str] = {}
        self._promised: dict[str, str] = {}
        self._given: list[tuple[str, str, str]] = []
        self._loads: list[str] = []
        self.environment = environment(zone) | {"UNSET": _UNSET, "NoKeyError": TypeError}
        self.environment["BrokenPromise"] = (KeyError, TypeError)

    def loads(self) -> list[str]:
        """Return lines that read values at the start."""
        if not self._given:
            return self._loads
        there = [f" {variable} = data[{name}]" for variable, name, _ in self._given]
        maybe = [f" {variable} = data.{raw}" for variable, _, raw in self._given]
        return ["try:", *there, "except BrokenPromise:", *maybe, *self._loads]

    def bind(self, what: str, value: Callable[..., Any]) -> str:
        """Return the name under which the text may call a function."""
        name = f"{what}_{len(self.environment)}"
        self.environment[name] = value
        return name

    def text(self, condition: Condition, name: str) -> str:
        """Return text that gives the value of a name in the type it has."""
        key = condition.key(name)
        if key not in self._texts:
            self._texts[key] = self._new(condition, name, key)
        return self._texts[key]

    def raw(self, condition: Condition, name: str) -> str:
        """Return text that gives the value of a name, which may be of a type it should not have.

        For what a value of another type never is, such as equal to a text.
        """
        text = self.text(condition, name)
        return self._raws.get(condition.key(name), text)

    def promised(self, condition: Condition, name: str) -> str:
        """Return text that reads a field as one that every event of the type has, or nothing.

        It raises a `KeyError` on an event that lacks the field all the same.
        """
        self.text(condition, name)
        return self._promised.get(condition.key(name), "")

    def _new(self, condition: Condition, name: str, key: str) -> str:
        if name == "event.at":
            return "at"
        kind = _CLASS[condition.scope[name].kind]
        variable = f"v{len(self._texts)}"
        fact = condition.facts.get(name)
        space, _, field_name = name.partition(".")
        if fact is not None:
            raw = f"{self.bind('value', fact.value)}(state, now)"
        elif space == "customer":
            raw = f"{self.bind('get', self._vocabulary.customer[field_name].get)}(customer, now)"
        else:
            source = {"event": "get", "score": "scores.get", "signal": "signals.get"}[space]
            raw = f"{source}({field_name!a}{', NAN' if kind == 'float' else ''})"
        is_cheap = fact is None and space != "customer"
        # A fact never at the start: the event itself counts, and is only counted below it.
        is_usual = self._expected.get(key, 0.0) >= (_OFTEN if is_cheap else 1.0) and fact is None
        if is_usual:
            if space == "event" and not condition.scope[name].nullable:
                self._given.append((variable, ascii(field_name), raw))
            else:
                self._loads.append(f"{variable} = {raw}")
            if kind == "float":
                other = _WHOLE.format(variable)
                self._loads.append(f"if {variable}.__class__ is not float: {variable} = {other}")
                return variable
            raw = variable
        elif not is_cheap and self._uses.get(key, 0) > 1:
            return self._once(variable, raw, kind)
        elif space == "event" and not condition.scope[name].nullable:
            self._promised[key] = f"data[{field_name!a}]"
        if kind == "float":
            # Only in an event's data is a whole number usual.
            return _typed(raw, kind, _WHOLE.format("r") if space == "event" else "number(r)")
        self._raws[key] = raw
        return _typed(raw, kind, "None")

    def _once(self, variable: str, raw: str, kind: str) -> str:
        value = _typed(raw, kind, "number(r)" if kind == "float" else "None")
        self._loads.append(f"{variable} = UNSET")
        return f"({variable} if {variable} is not UNSET else ({variable} := {value}))"


def _typed(raw: str, kind: str, other: str) -> str:
    """Return text of a value of one class: NaN or None stand for anything else."""
    return f"(r if (r := {raw}).__class__ is {kind} else {other})"
