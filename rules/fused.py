"""One Python function per event type: every condition on it, every name read once.

The text of such a function reads like this::

    def on(event, customer, scores, signals, state, now, late):
        at = event.at
        get = event.data.get
        v1 = number(get('wait_s'))
        v2 = UNSET
        hits = ()
        if (v1 > 10.0):
            add_0(state, at, now)
        if 'b1946ac9' in state and True:
            cancel_0(state, at)
        if not late:
            mask = 0
            if (v1 > 10.0): mask |= 1
            if mask and advance_0(state, mask, event): hits += (0,)
        if ((v2 if v2 is not UNSET else (v2 := ...)) > 3.0): hits += (1,)
        return hits
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from detectors.customer import Customer
from detectors.event import Event
from detectors.schema import Kind
from rules.language.codegen import Writer, environment
from rules.language.nodes import Node, Reference, walk
from rules.language.vocabulary import Scope, Vocabulary
from rules.temporal.counts import Count, Since, State

Scores = Mapping[str, float]
On = Callable[[Event, Customer, Scores, Scores, State, float, bool], tuple[int, ...]]
Check = Callable[[Event, Customer, Scores, Scores, State, float], bool]

_READERS: dict[Kind, str] = {
    "num": "number({})",
    "duration": "number({})",
    "time": "number({})",
    "text": "text({})",
    "enum": "text({})",
    "bool": "truth({})",
}
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
    facts: Mapping[str, Count | Since] = field(default_factory=dict)

    def nodes(self) -> list[Node]:
        """Return its expressions."""
        return [node for node in (self.if_, self.unless) if node is not None]


@dataclass(slots=True)
class Work:
    """Everything that an event of one type may set off, each with its condition.

    Parameters
    ----------
    adds
        Facts that take the event.
    cancels
        Slot and function of the absences that it ends.
    advances
        Index of the rule, positions of its sequence with their conditions, and what takes them.
    rules
        Index of the rule, its condition, and what to do once it no longer holds.
    """

    adds: list[tuple[Count | Since, Condition]] = field(default_factory=list)
    cancels: list[tuple[str, Callable[[State, float], None], Condition]] = field(
        default_factory=list
    )
    advances: list[tuple[int, list[tuple[int, Condition]], Callable[[State, int, Event], bool]]] = (
        field(default_factory=list)
    )
    rules: list[tuple[int, Condition, Callable[[State, Event], None] | None]] = field(
        default_factory=list
    )

    def conditions(self) -> list[Condition]:
        """Return every condition on the event."""
        steps = [condition for _, positions, _ in self.advances for _, condition in positions]
        return [
            *(condition for _, condition in self.adds),
            *(condition for *_, condition in self.cancels),
            *steps,
            *(condition for _, condition, _ in self.rules),
        ]


def fuse(work: Work, vocabulary: Vocabulary, zone: ZoneInfo) -> On:
    """Return the function that takes an event and says which rules it made true, by index."""
    source = _Source(vocabulary, zone, work.conditions())
    body: list[str] = []
    for count, condition in work.adds:
        add = source.bind("add", count.add)
        body += [f"if {source.text(condition)}:", f" {add}(state, at, now)"]
    for slot, ends, condition in work.cancels:
        cancel = source.bind("cancel", ends)
        body += [f"if {slot!r} in state and {source.text(condition)}:", f" {cancel}(state, at)"]
    if work.advances:
        body.append("if not late:")
    for index, positions, takes in work.advances:
        advance = source.bind("advance", takes)
        body.append(" mask = 0")
        for mask, condition in positions:
            body.append(f" if {source.text(condition)}: mask |= {mask:d}")
        body.append(f" if mask and {advance}(state, mask, event): hits += ({index:d},)")
    for index, condition, lapsed in work.rules:
        body.append(f"if {source.text(condition)}: hits += ({index:d},)")
        if lapsed is not None:
            body.append(f"else: {source.bind('lapse', lapsed)}(state, event)")
    header = "def on(event, customer, scores, signals, state, now, late):"
    return source.compile(header, ["hits = ()", *body, "return hits"])  # type: ignore[no-any-return]


def fuse_check(condition: Condition, vocabulary: Vocabulary, zone: ZoneInfo) -> Check:
    """Return the function that says whether one condition holds."""
    source = _Source(vocabulary, zone, [condition])
    text = source.text(condition)
    header = "def on(event, customer, scores, signals, state, now):"
    return source.compile(header, [f"return {text}"])  # type: ignore[no-any-return]


class _Source:
    def __init__(
        self, vocabulary: Vocabulary, zone: ZoneInfo, conditions: Sequence[Condition]
    ) -> None:
        self._vocabulary = vocabulary
        self._uses = Counter(
            self._key(condition, part.name)
            for condition in conditions
            for node in condition.nodes()
            for part in walk(node)
            if isinstance(part, Reference)
        )
        self._reads: dict[str, str] = {}
        self._loads: list[str] = []
        self._environment = environment(zone) | {
            "UNSET": _UNSET,
            "text": _text,
            "truth": _truth,
        }

    def bind(self, what: str, function: Callable[..., Any]) -> str:
        """Return the name under which the text may call a function."""
        name = f"{what}_{len(self._environment)}"
        self._environment[name] = function
        return name

    def text(self, condition: Condition) -> str:
        """Return the text of a condition."""
        names = {
            part.name
            for node in condition.nodes()
            for part in walk(node)
            if isinstance(part, Reference)
        }
        reads = {name: self._read(condition, name) for name in sorted(names)}
        writer = Writer(condition.scope, reads)
        positive = writer.condition(condition.if_) if condition.if_ else "True"
        if condition.unless is None:
            return positive
        return f"{positive} and not {writer.condition(condition.unless)}"

    def compile(self, header: str, body: list[str]) -> Any:
        """Return the function; its text holds nothing that an author wrote but constants."""
        opening = ["at = event.at", "get = event.data.get"] if "late" in header else []
        if any("get(" in load for load in self._loads) and not opening:
            opening = ["get = event.data.get"]
        lines = [header, *(f" {line}" for line in [*opening, *self._loads, *body])]
        namespace = self._environment
        exec(compile("\n".join(lines), "<fused rules>", "exec"), namespace)
        return namespace["on"]

    def _key(self, condition: Condition, name: str) -> str:
        fact = condition.facts.get(name)
        return name if fact is None else f"fact.{fact.slot}"

    def _read(self, condition: Condition, name: str) -> str:
        key = self._key(condition, name)
        if key not in self._reads:
            self._reads[key] = self._new_read(condition, name, key)
        return self._reads[key]

    def _new_read(self, condition: Condition, name: str, key: str) -> str:
        variable = f"v{len(self._reads)}"
        fact = condition.facts.get(name)
        if fact is not None:
            value = f"{self.bind('value', fact.value)}(state, now)"
        elif name == "event.at":
            return "event.at"
        else:
            space, _, field_name = name.partition(".")
            reader = _READERS[condition.scope[name].kind]
            if space == "event":
                # Fields are cheap and often shared: read at once.
                self._loads.append(f"{variable} = {reader.format(f'get({field_name!a})')}")
                return variable
            if space == "customer":
                feature = self.bind("get", self._vocabulary.customer[field_name].get)
                value = reader.format(f"{feature}(customer, now)")
            else:
                table = {"score": "scores", "signal": "signals"}[space]
                value = reader.format(f"{table}.get({field_name!a})")
        if self._uses[key] == 1:
            return value
        self._loads.append(f"{variable} = UNSET")
        return f"({variable} if {variable} is not UNSET else ({variable} := {value}))"


def _text(value: object) -> str | None:
    return value if value.__class__ is str else None


def _truth(value: object) -> bool | None:
    return value if value.__class__ is bool else None
