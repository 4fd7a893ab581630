"""Random rules on random events: generated code, with and without index, against the interpreter.

The interpreter shares nothing with the generated code but the tree, and reads one rule at a time.
"""

import functools
import math
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from detectors.customer import Customer
from detectors.event import Event
from detectors.features import Feature
from detectors.schema import Kind, Name
from rules.fused import Condition, On, Work, fuse, fuse_check
from rules.language.checker import check
from rules.language.interpreter import Interpreter, Value
from rules.language.nodes import Node
from rules.language.parser import parse
from rules.language.vocabulary import Vocabulary
from rules.temporal.state import State

ZONE = ZoneInfo("Asia/Jerusalem")
RULES = 30
SITUATIONS = 20
KINDS: dict[str, Kind] = {
    "n1": "num",
    "n2": "num",
    "d1": "duration",
    "d2": "duration",
    "m1": "time",
    "x1": "text",
    "x2": "text",
    "e1": "enum",
    "b1": "bool",
    "b2": "bool",
}
LIMITED = tuple(f"l{index}" for index in range(8))
RARE: dict[str, Kind] = {"k1": "text", "y1": "text", "y2": "text", "z1": "bool"}
RARE |= dict.fromkeys(LIMITED, "num")
"""Fields of the event of which each is read by few rules, and only where it is needed."""
ENUM = ("a", "b", "c")
CUSTOMER: dict[str, Any] = {}
NULLABLE = {"n2", "d2", "x2", "b2"}
"""Fields that generated code may not take for granted; of the others it may."""
VOCABULARY = Vocabulary(
    events={
        "t": {
            key: Name(key, kind, "", "", key in NULLABLE, ENUM if kind == "enum" else ())
            for key, kind in {**KINDS, **RARE}.items()
        }
    },
    customer={
        key: Feature(key, kind, "", get=functools.partial(lambda key, *_: CUSTOMER.get(key), key))
        for key, kind in KINDS.items()
        if kind != "enum"
    },
    scores={"n1": Name("n1", "num", "", nullable=True)},
    signals={"n2": Name("n2", "num", "")},
)
FACTS: dict[str, Kind] = {"fact_n": "num", "fact_x": "text", "fact_b": "bool"}
SCOPE = VOCABULARY.scope("t", {name: Name(name, kind, "") for name, kind in FACTS.items()})

NUMBERS = (0.0, -0.0, 1.0, 2.5, 3.0, 90.0, -1.0, 1e300, 915141631.5, math.inf, -math.inf)
TEXTS = ("", "a", "ab", "b'\"é", "\u2028", "c", "b")
# To an expression all of it is missing.
FOREIGN: dict[str, tuple[Any, ...]] = {
    "num": (None, math.nan, "1", True, [], 10**400),
    "text": (None, 1.0, True, {}),
    "bool": (None, 1, "true", math.nan),
}


class Fact:
    """A fact whose value lies in the state as it is."""

    of = ""

    def __init__(self, slot: str) -> None:
        self.slot = slot

    def add(self, state: State, at: float, newest: float, value: Any = None) -> None:
        state[self.slot] = value

    def value(self, state: State, _at: float) -> Any:
        return state.get(self.slot)

    def later(self, _state: State, _at: float) -> list[float]:
        return []

    def forget(self, state: State, newest: float) -> None:
        pass

    def bytes(self, text: int = 36) -> int:
        return text


OPERATORS = {name: Fact(name) for name in FACTS}


class Texts:
    """Draws the text of conditions."""

    def __init__(self, draw: random.Random) -> None:
        self._draw = draw

    def name(self, *kinds: Kind) -> str:
        return self._draw.choice([name for name in SCOPE if SCOPE[name].kind in kinds])

    def amount(self, kind: Kind, depth: int) -> str:  # noqa: PLR0911 - one per form
        """Return an expression of a number, a duration or a time."""
        pick = self._draw.choice
        what = self._draw.randrange(8 if depth else 3)
        if what < 2 or (what == 2 and kind == "time"):
            return self.name(kind)
        if what == 2:
            return pick(("0", "1", "2.5", "1e300", "3") if kind == "num" else ("0s", "90s", "1.5m"))
        same = self.amount(kind, depth - 1)
        if what == 3:
            return f"{pick(('min', 'max'))}({same}, {self.amount(kind, depth - 1)})"
        if kind == "time":
            return f"({same} {pick('+-')} {self.amount('duration', depth - 1)})"
        if what == 4:
            return pick((f"-{same}", f"abs({same})"))
        if what == 5:
            other, time = pick(("+", "-")), self.amount("time", depth - 1)
            if kind == "num":
                return f"hour_of_day({time})"
            return f"(({time} - {self.amount('time', depth - 1)}) {other} {same})"
        if kind == "duration":
            return f"({same} {pick('*/')} {self.amount('num', depth - 1)})"
        duration = self.amount("duration", depth - 1)
        if what == 6:
            return f"({duration} / {self.amount('duration', depth - 1)})"
        return f"({same} {pick('+-*/')} {self.amount('num', depth - 1)})"

    def condition(self, depth: int) -> str:  # noqa: PLR0911 - one per form
        """Return an expression that is true or false."""
        pick = self._draw.choice
        what = self._draw.randrange(12 if depth else 8)
        if what < 3:
            kind: Kind = pick(("num", "duration", "time"))
            sides = [self.amount(kind, min(depth, 2)) for _ in range(2)]
            return f"{sides[0]} {pick(('<', '<=', '>', '>=', '==', '!='))} {sides[1]}"
        if what == 3:
            return pick((self.name("bool"), self.name("bool"), "true", "false"))
        if what == 4:
            return f"{self._text()} {pick(('==', '!='))} {self._text()}"
        if what == 5:
            within = f"{pick(('in', 'not in'))} {pick(('[0, 2.5, -1]', '[1, 3, 90, -1, 0, 1]'))}"
            return f"{self.amount('num', min(depth, 2))} {within}"
        if what == 6:
            return f"has({self.name(*KINDS.values())})"
        if what == 7:
            return f"{pick(('starts_with', 'contains'))}({self._text()}, {self._text()})"
        inner = self.condition(depth - 1)
        if what == 8:
            return f"not ({inner})"
        if what == 9:
            return f"({inner}) {pick(('==', '!='))} ({self.condition(depth - 1)})"
        return f"({inner} {pick(('and', 'and', 'or'))} {self.condition(depth - 1)})"

    def keyed(self) -> str:
        """Return a comparison by which a rule may be found."""
        pick = self._draw.choice
        name = pick(("event.x1", "event.x2", "event.e1"))
        values = ENUM if name == "event.e1" else ("a", "ab", "", "c", "é")
        what = self._draw.randrange(4)
        if what == 0:
            listed = ", ".join(f"'{pick(values)}'" for _ in range(self._draw.randrange(1, 5)))
            return f"{name} in [{listed}]"
        value = f"'{pick(values)}'"
        return f"{value} == {name}" if what == 1 else f"{name} == {value}"

    def limited(self) -> str:
        """Return a comparison with a limit, of which many rules have one on the same value."""
        pick = self._draw.choice
        rare = f"event.{pick(LIMITED)}"
        name = pick(("event.n1", "score.n1", rare, rare, rare, rare))
        limit = pick(("0", "1", "2.5", "3", "90", "9007199254740992", "1e300"))
        sign = pick(("<", "<=", ">", ">="))
        return pick((f"{name} {sign} {limit}", f"{limit} {sign} {name}"))

    def narrow(self) -> str:
        """Return the condition of a rule that few events come to, and that reads few fields."""
        pick = self._draw.choice
        parts = [
            f'event.k1 == "{pick(("a", "ab", "b", "c"))}"' if self._draw.random() < 0.9 else "true"
        ]
        for _ in range(self._draw.randrange(1, 4)):
            rare, value = pick(("event.y1", "event.y2")), pick(("'a'", "'ab'", "''"))
            text = pick((f"{rare} == {value}", f"{rare} in [{value}, 'c']", "event.z1"))
            part = self.limited() if self._draw.random() < 0.7 else text
            parts.append(pick((part, part, f"not ({part})", f"({part} or {self.limited()})")))
        self._draw.shuffle(parts)
        return " and ".join(parts)

    def rule(self) -> str:
        """Return the condition of a rule, more often than not with a key."""
        parts = [self.condition(2) for _ in range(self._draw.randrange(1, 3))]
        if self._draw.random() < 0.6:
            parts.append(self.keyed())
        parts += [self.limited() for _ in range(self._draw.randrange(3))]
        if self._draw.random() < 0.2:
            # No key: the other side lets any value through.
            parts.append(
                f"({self.keyed()}) {self._draw.choice(('or', '=='))} ({self.condition(1)})"
            )
        self._draw.shuffle(parts)
        return " and ".join(f"({part})" for part in parts)

    def _text(self) -> str:
        if self._draw.random() < 0.6:
            return self.name("text")
        return self._draw.choice(("'a'", '"ab"', "''", "'é'", '"\'"'))


@dataclass(slots=True)
class Situation:
    """What every name is worth to an expression, and what stands in its place."""

    values: dict[str, Value] = field(default_factory=dict)
    raw: dict[str, Any] = field(default_factory=dict)

    def space(self, prefix: str) -> dict[str, Any]:
        """Return what an event, a customer, scores or signals hold."""
        size = len(prefix)
        return {n[size:]: v for n, v in self.raw.items() if n.startswith(prefix)}


def situation(draw: random.Random) -> Situation:
    """Return a situation in which about every fifth name is missing, or not what it should be.

    In every second one that is so of the names alone that may be missing.
    """
    found = Situation()
    keeps_promise = draw.random() < 0.5
    for name in SCOPE:
        kind = SCOPE[name].kind
        group = kind if kind in {"text", "bool"} else "text" if kind == "enum" else "num"
        is_safe = keeps_promise and name.startswith("event.") and name[6:] not in NULLABLE
        if name != "event.at" and not is_safe and draw.random() < 0.2:
            found.values[name] = None
            if draw.random() < 0.7:
                found.raw[name] = draw.choice(FOREIGN[group])
            continue
        value: Value
        if group == "num":
            value = found.raw[name] = draw.choice(NUMBERS)
            if draw.random() < 0.3 and name != "event.at":
                found.raw[name] = draw.choice((0, 3, -7, 10**12, 2**53 + 1))
                value = float(found.raw[name])
        else:
            options = {"text": TEXTS, "bool": (True, False)}[group]
            value = found.raw[name] = draw.choice(ENUM if kind == "enum" else options)
        found.values[name] = value
    return found


@dataclass(slots=True)
class Tally:
    """What came out of a run."""

    evaluations: int = 0
    held: int = 0
    differences: list[str] = field(default_factory=list)


def run(evaluations: int, seed: int) -> Tally:
    """Compare until so many conditions were evaluated by each side."""
    draw = random.Random(seed)
    tally = Tally()
    while tally.evaluations < evaluations and len(tally.differences) < 10:
        _round(draw, tally)
    return tally


def _round(draw: random.Random, tally: Tally) -> None:
    texts = Texts(draw)
    is_narrow = draw.random() < 0.4
    draw_rule = texts.narrow if is_narrow else texts.rule
    pairs = [
        (draw_rule(), texts.condition(1) if draw.random() < 0.3 else None) for _ in range(RULES)
    ]
    conditions = [
        Condition(SCOPE, _read(if_), _read(unless) if unless is not None else None, OPERATORS)
        for if_, unless in pairs
    ]
    lapsed: list[int] = []
    work = Work()
    for index, condition in enumerate(conditions):
        tells = draw.random() < (0.01 if is_narrow else 0.2)
        tell = functools.partial(_tell, lapsed, index) if tells else None
        work.rules.append((index, condition, tell))
    functions = {
        "indexed": fuse(work, VOCABULARY, ZONE),
        "not indexed": fuse(work, VOCABULARY, ZONE, indexed=False),
        "trusting nothing": fuse(work, VOCABULARY, ZONE, trusting=False),
    }
    alone = fuse_check(conditions[0], VOCABULARY, ZONE)
    telling = [index for index, _, tells in work.rules if tells is not None]
    for _ in range(SITUATIONS):
        now = situation(draw)
        interpreter = Interpreter(now.values.get, ZONE)
        expected = tuple(
            index
            for index, condition in enumerate(conditions)
            if _holds(interpreter, condition.if_)
            and not (condition.unless is not None and interpreter.holds(condition.unless))
        )
        tally.evaluations += len(conditions)
        tally.held += len(expected)
        state = {name: now.raw[name] for name in FACTS if name in now.raw}
        silent = [index for index in telling if index not in expected] if state else []
        for how, on in functions.items():
            lapsed.clear()
            got = _call(on, now, state)
            if got != expected or lapsed != silent:
                wrong = sorted({*got} ^ {*expected})
                rules = [pairs[index] for index in wrong]
                tally.differences.append(f"{how}: {rules} on {now.raw}, lapsed {lapsed}")
        event = Event("1", "s", "t", now.raw["event.at"], "c", now.space("event."))
        scores, signals = now.space("score."), now.space("signal.")
        if alone(event, Customer("c"), scores, signals, state, 0.0) is not (0 in expected):
            tally.differences.append(f"alone: {pairs[0]} on {now.raw}")


def _call(on: On, now: Situation, state: Mapping[str, Any]) -> tuple[int, ...]:
    CUSTOMER.clear()
    CUSTOMER.update(now.space("customer."))
    at = now.raw["event.at"]
    event = Event("1", "s", "t", at, "c", now.space("event."))
    scores, signals = now.space("score."), now.space("signal.")
    hits, _ = on(event, Customer("c"), scores, signals, dict(state), at, at, False)
    return tuple(hits)


def _tell(lapsed: list[int], index: int, _state: State, _event: Event) -> None:
    lapsed.append(index)


def _read(text: str) -> Node:
    node = parse(text)
    errors = [flaw.message for flaw in check(node, SCOPE) if flaw.severity == "error"]
    if errors:
        msg = f"{text}: {errors}"
        raise AssertionError(msg)
    return node


def _holds(interpreter: Interpreter, node: Node | None) -> bool:
    return node is None or interpreter.holds(node)
