"""One Python function per event type: every condition on it, every name read once.

The text of such a function reads like this::

    def on(event, customer, scores, signals, state, now, newest, waits):
        at = event.at
        get = event.data.get
        v1 = get('wait_s', NAN)
        if v1.__class__ is not float: v1 = number(v1)
        v2 = UNSET
        hits = ()
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
        try: k = where_0(get('topic'), -1)
        except NoKeyError: k = -1
        if k >= 0:
            if k < 1:
                if (v1 > 5.0): found.append(2)
            else:
                ...
        if found: hits += ordered(found)
        return hits, steps

Rules that need a text of the event to have one of a few values are found by it, and what the
look-up proves is not asked again. Parts that several rules share are asked once for all of them,
and what costs least is asked first: parts have no effects and never raise, so order is free.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

from detectors.customer import Customer
from detectors.event import Event
from rules.language.codegen import Writer
from rules.language.keys import Key, choose, keys
from rules.language.nodes import Binary, Call, Node, Reference, children, conjuncts, walk
from rules.language.vocabulary import Vocabulary
from rules.reads import Condition, Reads
from rules.temporal.absence import ARMED
from rules.temporal.state import History, State
from rules.temporal.waiting import Steps

__all__ = ["Check", "Condition", "Look", "On", "Scores", "Work", "fuse", "fuse_check"]

Scores = Mapping[str, float]
On = Callable[
    [Event, Customer, Scores, Scores, State, float, float, bool], tuple[tuple[int, ...], Steps]
]
Check = Callable[[Event, Customer, Scores, Scores, State, float], bool]

_DEAR = 8
"""Cost from which on a part is not asked before the cheaper ones, even when rules share it."""
_AT = re.compile(r"\bat\b")
_DEEPEST = 6
"""Shared parts that stand one within the other, at most."""


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
    body = ["hits = steps = ()", *body, "return hits, steps"]
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


@dataclass(frozen=True, slots=True)
class _Asked:
    """A rule as text: what is still to be asked, with its cost, and what to do then."""

    parts: tuple[tuple[str, int], ...]
    index: int


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
        return _all(text for text, _ in self._parts(_Rule(0, condition)))

    def steps(self, all_steps: Sequence[tuple[str, str, list[Look]]]) -> list[str]:
        """Return lines that add what the event is to patterns to the steps."""
        lines = []
        if any(look.when_armed for *_, looks in all_steps for look in looks):
            lines.append(f"armed = state.get({ARMED!r}, ())")
        for slot, ended, looks in all_steps:
            lines.append("mask = 0")
            for look in looks:
                text = self.text(look.condition)
                if look.when_armed:
                    text = f"(waits or {look.when_armed!r} in armed) and {text}"
                elif look.is_further:
                    text = f"mask and {text}"
                lines.append(f"if {text}: mask |= {look.bits:d}")
            ends = f" or waits or {ended!r} in state" if ended else ""
            lines.append(f"if mask{ends}: steps += (({slot!r}, mask),)")
        return lines

    def rules(self, found: Sequence[_Rule]) -> list[str]:
        """Return lines that add the indexes of rules that hold to the hits, in their order."""
        lines = ["found = []"]
        always: list[_Asked] = []
        blocks: dict[str, dict[str, list[_Asked]]] = {}
        reads: dict[str, str] = {}
        for rule in found:
            asked = _Asked(tuple(self._parts(rule)), rule.index)
            if rule.lapsed is not None:
                lapse = self.reads.bind("lapse", rule.lapsed)
                lines.append(f"if {_all(text for text, _ in asked.parts)}: {_hit(rule.index)}")
                lines.append(f"elif state: {lapse}(state, event)")
            elif rule.key is None:
                always.append(asked)
            else:
                name = rule.key.field
                reads[name] = self.reads.text(rule.condition, name)
                for value in rule.key.values:
                    blocks.setdefault(name, {}).setdefault(value, []).append(asked)
        lines += _block(always)
        for name, values in blocks.items():
            where = {value: number for number, value in enumerate(values)}
            find = self.reads.bind("where", where.get)
            if reads[name].isidentifier():
                lines.append(f"k = {find}({reads[name]}, -1)")
            else:
                # What is no text is no key either; what cannot be one is told by an error.
                raw = f"get({name.removeprefix('event.')!a})"
                lines += ["try:", f" k = {find}({raw}, -1)", "except NoKeyError:", " k = -1"]
            lines.append("if k >= 0:")
            lines += _indented(_tree([_block(block) for block in values.values()], 0))
        ordered = self.reads.bind("ordered", _ordered)
        return [*lines, f"if found: hits += {ordered}(found)"] if found else []

    def _parts(self, rule: _Rule) -> list[tuple[str, int]]:
        parts = []
        for cost, node, must_hold in rule.parts:
            names = dict.fromkeys(p.name for p in walk(node) if isinstance(p, Reference))
            reads = {name: self.reads.text(rule.condition, name) for name in names}
            text = Writer(rule.condition.scope, reads).condition(node)
            parts.append((text if must_hold else f"(not {text})", cost))
        return parts

    def compile(self, header: str, body: list[str]) -> Any:
        """Return the function; its text holds nothing that an author wrote but constants."""
        inner = [*self.reads.loads, *body]
        opening = ["at = event.at"] if any(_AT.search(line) for line in inner) else []
        if any("get(" in line for line in inner):
            opening.append("get = event.data.get")
        lines = [header, *_indented([*opening, *inner])]
        namespace = self.reads.environment
        exec(compile("\n".join(lines), "<fused rules>", "exec"), namespace)
        return namespace["on"]


def _cost(node: Node, condition: Condition) -> int:
    """Return about how long an expression takes, in the time of reading a local variable."""
    cost = sum(_cost(child, condition) for child in children(node))
    match node:
        case Reference(name=name):
            return 1 if name.startswith(("event.", "score.", "signal.")) else _DEAR
        case Call(function=function):
            return cost + (20 * _DEAR if function == "hour_of_day" else 3)
        case Binary():
            return cost + 1
    return cost


def _block(rules: Sequence[_Asked], depth: int = 0) -> list[str]:
    """Return lines for rules of which any may hold; what several ask first is asked once."""
    shared = Counter(
        text for rule in rules for text, cost in dict.fromkeys(rule.parts) if cost < _DEAR
    )
    groups: dict[str, list[_Asked]] = {}
    for rule in rules:
        first = max(
            (text for text, cost in rule.parts if cost < _DEAR), key=shared.__getitem__, default=""
        )
        alone = shared[first] < 2 or depth == _DEEPEST  # noqa: PLR2004 - shared by nobody
        groups.setdefault(f"\0{rule.index}" if alone else first, []).append(rule)
    lines = []
    for text, group in groups.items():
        if text.startswith("\0"):
            parts = [part for part, _ in group[0].parts]
            lines.append(
                f"if {_all(parts)}: {_hit(group[0].index)}" if parts else _hit(group[0].index)
            )
            continue
        inner = [
            _Asked(tuple(part for part in rule.parts if part[0] != text), rule.index)
            for rule in group
        ]
        lines += [f"if {text}:", *_indented(_block(inner, depth + 1))]
    return lines


def _tree(blocks: Sequence[list[str]], first: int) -> list[str]:
    """Return lines that find block number `k` in as few questions as can be."""
    if len(blocks) == 1:
        return blocks[0]
    half = len(blocks) // 2
    return [
        f"if k < {first + half:d}:",
        *_indented(_tree(blocks[:half], first)),
        "else:",
        *_indented(_tree(blocks[half:], first + half)),
    ]


def _all(parts: Iterable[str]) -> str:
    return " and ".join(parts) or "True"


def _hit(index: int) -> str:
    return f"found.append({index:d})"


def _indented(lines: Iterable[str]) -> list[str]:
    return [f" {line}" for line in lines]


def _ordered(found: list[int]) -> tuple[int, ...]:
    return tuple(sorted(found))
