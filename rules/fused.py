"""One Python function per event type: every condition on it, every name read once.

The text of such a function reads like this::

    def on(event, customer, scores, signals, state, now, newest, waits):
        at = event.at
        data = event.data
        try: v1 = data['wait_s']
        except BrokenPromise: v1 = data.get('wait_s', NAN)
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
        mixed = False
        try:
            if (v1 > 60.0):
                if (v2 if v2 is not UNSET else (v2 := ...)) > 3.0: found.append(1)
            if found: mixed = True
            k = where_0(data.get('topic'))
            if k is not None:
                if k < 1:
                    if ((r := data['fee']) > 9.9 and (r.__class__ is float ...)): found.append(0)
                else:
                    ...
        except BrokenPromise: found = careful(event, ...)
        if mixed: found.sort()
        return found, steps

Rules that need a text of the event to have one of a few values are found by it, and what the
look-up proves is not asked again. Parts that several rules share are asked once for all of them
(`rules.blocks`), and what costs least is asked first: parts have no effects, so order is free.

Rules trust what the vocabulary says of events: a field that cannot be missing is read as one that
is there, and a number is compared before it is known to be one. Where that raises, the event is not
what it should be, and all is asked again by a function that trusts nothing, made when it is needed
first. The two never differ but in time.
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
from rules.blocks import Asked, Part, all_of, block, hit, indented
from rules.costs import bound_of, cost_of, share_of
from rules.language.codegen import Writer
from rules.language.keys import Key, choose, keys
from rules.language.nodes import Node, Reference, conjuncts, walk
from rules.language.vocabulary import Vocabulary
from rules.reads import Condition, Reads
from rules.temporal.absence import ARMED
from rules.temporal.state import History, State
from rules.temporal.waiting import Steps

__all__ = ["Check", "Condition", "Look", "On", "Scores", "Work", "fuse", "fuse_check"]

Scores = Mapping[str, float | str]
On = Callable[
    [Event, Customer, Scores, Scores, State, float, float, bool], tuple[Sequence[int], Steps]
]
Check = Callable[[Event, Customer, Scores, Scores, State, float], bool]
_Careful = Callable[..., Sequence[int]]

_AT = re.compile(r"\bat\b")
_DATA = re.compile(r"\bdata[.\[]")
_GET = re.compile(r"(?<![\w.])get\(")
_HIT = re.compile(r"found\.append\((\d+)\)")
_PARAMETERS = "event, customer, scores, signals, state, now, newest, waits"


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


def fuse(
    work: Work,
    vocabulary: Vocabulary,
    zone: ZoneInfo,
    *,
    indexed: bool = True,
    trusting: bool = True,
) -> On:
    """Return the function that takes an event and says which rules it made true, by index.

    Parameters
    ----------
    indexed
        Without it every rule is looked at on every event; the result is the same.
    trusting
        Without it nothing is taken for granted of the fields of an event; the result is the same.
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
    if trusting:
        source.careful = _careful(work, vocabulary, zone, indexed=indexed)
    body: list[str] = []
    for fact, condition in work.adds:
        add = source.reads.bind("add", fact.add)
        value = f", get({fact.of!a})" if fact.of else ""
        body += [f"if {source.text(condition)}:", f" {add}(state, at, newest{value})"]
    body += source.steps(work.steps)
    body += source.rules(found)
    body.append("return found, steps")
    return source.compile(f"def on({_PARAMETERS}):", body)  # type: ignore[no-any-return]


def _careful(work: Work, vocabulary: Vocabulary, zone: ZoneInfo, *, indexed: bool) -> _Careful:
    """Return what finds the rules that hold, but those that lapse, and trusts no event."""
    rules = [rule for rule in work.rules if rule[2] is None]
    made: list[On] = []

    def careful(*arguments: Any) -> Sequence[int]:
        if not made:
            made.append(fuse(Work(rules=rules), vocabulary, zone, indexed=indexed, trusting=False))
        return made[0](*arguments)[0]

    return careful


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
            (cost_of(node, condition), node, must) for node, must in parts if node is not proved
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
        self.careful: _Careful | None = None

    def text(self, condition: Condition) -> str:
        """Return the text of a condition."""
        return all_of(part.text for part in self._parts(_Rule(0, condition), trusts=False))

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
            asked = [part.text for part in self._parts(_Rule(0, look.condition), trusts=False)]
            if look.when_armed:
                asked.insert(0, f"(waits or {look.when_armed!r} in armed)")
            elif look.is_further:
                asked.insert(0, "mask")
            lines.append(f"if {all_of(asked)}: mask |= {look.bits:d}")
        ends = f" or waits or {ended!r} in state" if ended else ""
        return [*lines, f"if mask{ends}: steps += (({slot!r}, mask),)"]

    def rules(self, found: Sequence[_Rule]) -> list[str]:
        """Return lines that find the indexes of rules that hold, in their order."""
        lines, lapsing = self._pure([rule for rule in found if rule.lapsed is None]), []
        for rule in found:
            if rule.lapsed is not None:
                lapse = self.reads.bind("lapse", rule.lapsed)
                texts = all_of(part.text for part in self._parts(rule, trusts=False))
                lapsing.append(f"if {texts}: {hit(rule.index)}; mixed = True")
                lapsing.append(f"elif state: {lapse}(state, event)")
        if not any("mixed = True" in line for line in (*lines, *lapsing)):
            return ["found = []", *lines]
        return ["found = []", "mixed = False", *lines, *lapsing, "if mixed: found.sort()"]

    def _pure(self, rules: Sequence[_Rule]) -> list[str]:
        """Return lines for rules that only have to be found."""
        trusts = self.careful is not None
        always: list[Asked] = []
        blocks: dict[str, dict[str, list[Asked]]] = {}
        reads: dict[str, str] = {}
        for rule in rules:
            asked = Asked(tuple(self._parts(rule, trusts=trusts)), rule.index)
            if rule.key is None:
                always.append(asked)
                continue
            name = rule.key.field
            raw = self.reads.raw(rule.condition, name)
            # A key is what senders leave out most often, so it is not trusted to be there.
            reads[name] = f"data.{raw}" if raw.startswith("get(") else raw
            for value in rule.key.values:
                blocks.setdefault(name, {}).setdefault(value, []).append(asked)
        lines = _ordered(block(always))
        for name, values in blocks.items():
            if lines:
                lines.append("if found: mixed = True")
            where = {value: number for number, value in enumerate(values)}
            look_up = f"k = {self.reads.bind('where', where.get)}({reads[name]})"
            # What is no text is no key either; what cannot be one is told by an error.
            careful = ["try:", f" {look_up}", "except NoKeyError:", " k = None"]
            lines += [look_up] if trusts else careful
            lines.append("if k is not None:")
            lines += indented(_tree([_ordered(block(each)) for each in values.values()], 0))
        if self.careful is None or not (blocks or any(_DATA.search(line) for line in lines)):
            return lines
        again = f"{self.reads.bind('careful', self.careful)}({_PARAMETERS})"
        return ["try:", *indented(lines), "except BrokenPromise:", f" found = {again}"]

    def _parts(self, rule: _Rule, *, trusts: bool) -> list[Part]:
        parts = []
        condition = rule.condition
        for cost, node, must_hold in rule.parts:
            names = dict.fromkeys(p.name for p in walk(node) if isinstance(p, Reference))
            reads = {name: self.reads.text(condition, name) for name in names}
            raws = {name: self.reads.raw(condition, name) for name in names}
            promised: dict[str, str] = {}
            if trusts:
                found = {name: self.reads.promised(condition, name) for name in names}
                promised = {name: text for name, text in found.items() if text}
            text = Writer(condition.scope, reads, raws | promised, promised).condition(node)
            if must_hold:
                parts.append(Part(text, cost, share_of(node), bound_of(node, reads)))
            else:
                parts.append(Part(f"(not {text})", cost))
        return parts

    def compile(self, header: str, body: list[str]) -> Any:
        """Return the function; its text holds nothing that an author wrote but constants."""
        inner = [*self.reads.loads(), *body]
        opening = ["at = event.at"] if any(_AT.search(line) for line in inner) else []
        gets = any(_GET.search(line) for line in inner)
        if any(_DATA.search(line) for line in inner):
            opening.append("data = event.data")
            opening += ["get = data.get"] if gets else []
        elif gets:
            opening.append("get = event.data.get")
        lines = [header, *indented([*opening, *inner])]
        namespace = self.reads.environment
        exec(compile("\n".join(lines), "<fused rules>", "exec"), namespace)
        return namespace["on"]


def _only_ends(step: tuple[str, str, list[Look]]) -> bool:
    """Return whether what a pattern looks at matters only while it waits."""
    _, ended, looks = step
    return not ended and all(look.when_armed for look in looks)


def _ordered(lines: list[str]) -> list[str]:
    """Return lines that tell when they may find rules in another order than theirs."""
    found = [int(index) for line in lines for index in _HIT.findall(line)]
    return lines if found == sorted(found) else [*lines, "mixed = True"]


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
