"""One Python function per event type: every condition on it, every name read once.

The text of such a function reads like this::

    def on(event, customer, scores, signals, state, now, newest, waits):
        at = event.at
        get = event.data.get
        v1 = get('wait_s', NAN)
        if v1.__class__ is not float: v1 = number(v1)
        v2 = UNSET
        if (v1 > 10.0):
            add_0(state, at, newest)
        steps = ()
        armed = state.get('!', ())
        mask = 0
        if (v1 > 10.0): mask |= 1
        if (waits or 'aQx7f' in armed) and (v1 > 5.0): mask |= 2
        if mask: steps += (('aQx7f', mask),)
        found = []
        if (v1 > 60.0):
            if (v2 if v2 is not UNSET else (v2 := ...)) > 3.0: found.append(1)
        try: k = where_0(get('topic'))
        except NoKeyError: k = None
        if k is not None:
            if k < 1:
                if (v1 > 5.0): found.append(2)
            else:
                ...
        if found: found.sort()
        return found, steps

Rules that need a text of the event to have one of a few values are found by it, and what the
look-up proves is not asked again. Parts that several rules share are asked once for all of them
(`rules.blocks`), and what costs least is asked first: parts have no effects and never raise, so
order is free.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

from detectors.customer import Customer
from detectors.event import Event
from rules.blocks import DEAR, Asked, Bound, Part, all_of, block, hit, indented
from rules.language.codegen import Writer
from rules.language.keys import Key, choose, keys
from rules.language.nodes import (
    Binary,
    Call,
    Constant,
    Constants,
    Node,
    Reference,
    children,
    conjuncts,
    walk,
)
from rules.language.vocabulary import Vocabulary
from rules.reads import Condition, Reads
from rules.temporal.absence import ARMED
from rules.temporal.state import History, State
from rules.temporal.waiting import Steps

__all__ = ["Check", "Condition", "Look", "On", "Scores", "Work", "fuse", "fuse_check"]

Scores = Mapping[str, float]
On = Callable[
    [Event, Customer, Scores, Scores, State, float, float, bool], tuple[Sequence[int], Steps]
]
Check = Callable[[Event, Customer, Scores, Scores, State, float], bool]

_ORDERS = {"<": (False, True), "<=": (False, False), ">": (True, True), ">=": (True, False)}
"""Comparison -> whether the left side must be above, and whether it must not be equal."""
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
"""Comparison -> the same with its sides exchanged."""
_AT = re.compile(r"\bat\b")
_GET = re.compile(r"(?<![\w.])get\(")


@dataclass(frozen=True, slots=True)
class Look:
    """One step of a rule that asks for an order: which events it looks at, and what they are.

    Parameters
    ----------
    bits
        What the event is to the rule's pattern when the condition holds.
    when_armed
        Slot that must be armed for it to matter; empty where it always does.
    is_further
        Whether it only matters on an event for which an earlier look held.
    """

    event_type: str
    bits: int
    condition: Condition
    when_armed: str = ""
    is_further: bool = False


@dataclass(slots=True)
class Work:
    """Everything that an event of one type may set off, each with its condition.

    Parameters
    ----------
    adds
        Facts that take the event.
    steps
        Per pattern its slot, the slot of a strict sequence that other events end, or nothing,
        and what it looks at.
    rules
        Index of the rule, its condition, and what to do once it no longer holds; that must do
        nothing when the state is empty.
    """

    adds: list[tuple[History, Condition]] = field(default_factory=list)
    steps: list[tuple[str, str, list[Look]]] = field(default_factory=list)
    rules: list[tuple[int, Condition, Callable[[State, Event], None] | None]] = field(
        default_factory=list
    )

    def others(self) -> list[Condition]:
        """Return every condition on the event but those of rules."""
        looks = [look.condition for *_, looks in self.steps for look in looks]
        return [*(condition for _, condition in self.adds), *looks]


def fuse(work: Work, vocabulary: Vocabulary, zone: ZoneInfo, *, indexed: bool = True) -> On:
    """Return the function that takes an event and says which rules it made true, by index.

    Parameters
    ----------
    indexed
        Without it every rule is looked at on every event; the result is the same.
    """
    # What lapses must be told when its condition is false, so it is always looked at.
    candidates = [
        keys(condition.if_, condition.scope) if indexed and lapsed is None else []
        for _, condition, lapsed in work.rules
    ]
    found = [
        _Rule(index, condition, lapsed, key)
        for (index, condition, lapsed), key in zip(work.rules, choose(candidates), strict=True)
    ]
    source = _Source(vocabulary, zone, [_Rule(0, condition) for condition in work.others()] + found)
    body: list[str] = []
    for fact, condition in work.adds:
        add = source.reads.bind("add", fact.add)
        value = f", get({fact.of!a})" if fact.of else ""
        body += [f"if {source.text(condition)}:", f" {add}(state, at, newest{value})"]
    body += source.steps(work.steps)
    body += source.rules(found)
    header = "def on(event, customer, scores, signals, state, now, newest, waits):"
    body.append("return found, steps")
    return source.compile(header, body)  # type: ignore[no-any-return]


def fuse_check(condition: Condition, vocabulary: Vocabulary, zone: ZoneInfo) -> Check:
    """Return the function that says whether one condition holds."""
    source = _Source(vocabulary, zone, [_Rule(0, condition)])
    text = source.text(condition)
    header = "def on(event, customer, scores, signals, state, now):"
    return source.compile(header, [f"return {text}"])  # type: ignore[no-any-return]


@dataclass(slots=True)
class _Rule:
    """A rule with the key by which it is found, if any; `weight` is how often an event does."""

    index: int
    condition: Condition
    lapsed: Callable[[State, Event], None] | None = None
    key: Key | None = None
    parts: list[tuple[int, Node, bool]] = field(init=False)
    """What must hold or must not, beside the key, with its cost; the cheapest first."""

    def __post_init__(self) -> None:
        proved = self.key.part if self.key is not None else None
        condition = self.condition
        parts = [(node, True) for node in conjuncts(condition.if_)] if condition.if_ else []
        if condition.unless is not None:
            parts.append((condition.unless, False))
        self.parts = [
            (_cost(node, condition), node, must) for node, must in parts if node is not proved
        ]
        self.parts.sort(key=itemgetter(0))


class _Source:
    def __init__(self, vocabulary: Vocabulary, zone: ZoneInfo, all_rules: Sequence[_Rule]) -> None:
        expected: dict[str, float] = defaultdict(float)
        uses: Counter[str] = Counter()
        fields: dict[str, set[str]] = {}
        for rule in all_rules:
            if rule.key is not None:
                fields.setdefault(rule.key.field, set()).update(rule.key.values)
        for rule in all_rules:
            key, condition = rule.key, rule.condition
            weight = len(key.values) / len(fields[key.field]) if key is not None else 1.0
            for number, (_, node, _) in enumerate(rule.parts):
                for part in walk(node):
                    if isinstance(part, Reference):
                        name = condition.key(part.name)
                        # About every second part is true, and the next one is asked.
                        expected[name] += weight / 2**number
                        uses[name] += 1
        self.reads = Reads(vocabulary, zone, expected, uses)

    def text(self, condition: Condition) -> str:
        """Return the text of a condition."""
        return all_of(part.text for part in self._parts(_Rule(0, condition)))

    def steps(self, all_steps: Sequence[tuple[str, str, list[Look]]]) -> list[str]:
        """Return lines that add what the event is to patterns to the steps."""
        lines = ["steps = ()"]
        if any(look.when_armed for *_, looks in all_steps for look in looks):
            lines.append(f"armed = state.get({ARMED!r}, ())")
        for is_end, group in groupby(all_steps, _only_ends):
            inner = [line for each in group for line in self._step(*each)]
            # Most customers wait for nothing, so that nothing can end it.
            lines += ["if waits or armed:", *indented(inner)] if is_end else inner
        return lines

    def _step(self, slot: str, ended: str, looks: Sequence[Look]) -> list[str]:
        lines = ["mask = 0"]
        for look in looks:
            asked = [part.text for part in self._parts(_Rule(0, look.condition))]
            if look.when_armed:
                asked.insert(0, f"(waits or {look.when_armed!r} in armed)")
            elif look.is_further:
                asked.insert(0, "mask")
            lines.append(f"if {all_of(asked)}: mask |= {look.bits:d}")
        ends = f" or waits or {ended!r} in state" if ended else ""
        return [*lines, f"if mask{ends}: steps += (({slot!r}, mask),)"]

    def rules(self, found: Sequence[_Rule]) -> list[str]:
        """Return lines that find the indexes of rules that hold, in their order."""
        lines = ["found = []"]
        always: list[Asked] = []
        blocks: dict[str, dict[str, list[Asked]]] = {}
        reads: dict[str, str] = {}
        for rule in found:
            asked = Asked(tuple(self._parts(rule)), rule.index)
            if rule.lapsed is not None:
                lapse = self.reads.bind("lapse", rule.lapsed)
                lines.append(f"if {all_of(part.text for part in asked.parts)}: {hit(rule.index)}")
                lines.append(f"elif state: {lapse}(state, event)")
            elif rule.key is None:
                always.append(asked)
            else:
                name = rule.key.field
                reads[name] = self.reads.raw(rule.condition, name)
                for value in rule.key.values:
                    blocks.setdefault(name, {}).setdefault(value, []).append(asked)
        lines += block(always)
        for name, values in blocks.items():
            where = {value: number for number, value in enumerate(values)}
            find = self.reads.bind("where", where.get)
            # What is no text is no key either; what cannot be one is told by an error.
            lines += ["try:", f" k = {find}({reads[name]})", "except NoKeyError:", " k = None"]
            lines.append("if k is not None:")
            lines += indented(_tree([block(each) for each in values.values()], 0))
        return [*lines, "if found: found.sort()"] if found else lines

    def _parts(self, rule: _Rule) -> list[Part]:
        parts = []
        for cost, node, must_hold in rule.parts:
            names = dict.fromkeys(p.name for p in walk(node) if isinstance(p, Reference))
            reads = {name: self.reads.text(rule.condition, name) for name in names}
            raws = {name: self.reads.raw(rule.condition, name) for name in names}
            text = Writer(rule.condition.scope, reads, raws).condition(node)
            if must_hold:
                parts.append(Part(text, cost, _share(node), _bound(node, reads)))
            else:
                parts.append(Part(f"(not {text})", cost))
        return parts

    def compile(self, header: str, body: list[str]) -> Any:
        """Return the function; its text holds nothing that an author wrote but constants."""
        inner = [*self.reads.loads, *body]
        opening = ["at = event.at"] if any(_AT.search(line) for line in inner) else []
        if any(_GET.search(line) for line in inner):
            opening.append("get = event.data.get")
        lines = [header, *indented([*opening, *inner])]
        namespace = self.reads.environment
        exec(compile("\n".join(lines), "<fused rules>", "exec"), namespace)
        return namespace["on"]


def _cost(node: Node, condition: Condition) -> int:
    """Return about how long an expression takes, in the time of reading a local variable."""
    cost = sum(_cost(child, condition) for child in children(node))
    match node:
        case Reference(name=name):
            return 1 if name.startswith(("event.", "score.", "signal.")) else DEAR
        case Call(function=function):
            return cost + (20 * DEAR if function == "hour_of_day" else 3)
        case Binary():
            return cost + 1
    return cost


def _only_ends(step: tuple[str, str, list[Look]]) -> bool:
    """Return whether what a pattern looks at matters only while it waits."""
    _, ended, looks = step
    return not ended and all(look.when_armed for look in looks)


def _share(node: Node) -> float:
    """Return how often a part holds; nothing is known but what it asks."""
    match node:
        case Binary(operator="==", right=Constant()):
            return 0.2
        case Binary(operator="in", right=Constants()):
            return 0.4
    return 0.5


def _bound(node: Node, reads: Mapping[str, str]) -> Bound | None:
    match node:
        case Binary(operator=sign, left=Reference(name=name), right=Constant(value=float(limit))):
            order = _ORDERS.get(sign)
        case Binary(operator=sign, left=Constant(value=float(limit)), right=Reference(name=name)):
            order = _ORDERS.get(_TURNED.get(sign, ""))
        case _:
            return None
    if order is None:
        return None
    is_above, is_strict = order
    return Bound(reads[name], is_above, (limit if is_above else -limit, is_strict))


def _tree(blocks: Sequence[list[str]], first: int) -> list[str]:
    """Return lines that find block number `k` in as few questions as can be."""
    if len(blocks) == 1:
        return blocks[0]
    half = len(blocks) // 2
    return [
        f"if k < {first + half:d}:",
        *indented(_tree(blocks[:half], first)),
        "else:",
        *indented(_tree(blocks[half:], first + half)),
    ]
