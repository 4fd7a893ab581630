"""Rules and events to measure engines on: the same conditions for every engine.

Thirty fields: 14 numbers with a fraction, 6 whole numbers, 4 bools, 6 texts. A rule joins three
comparisons. Mix A names no text, so no engine can look anything up. In mix B each rule names a key,
85 of 100 the queue (16 of them) and the others the country (20). In mix C no field leads: a rule
names a queue, a product (20) or a topic (40), each as often as the others.
"""

import random
from dataclasses import dataclass
from typing import Literal, cast

from detectors.event import Event
from detectors.schema import Name
from rules.fused import Condition
from rules.language.nodes import Binary, Constant, Constants, Node, Reference
from rules.language.parser import parse
from rules.language.vocabulary import Vocabulary

Mix = Literal["A", "B", "C"]
Value = float | int | bool | str

KEYS = {"queue": 16, "product": 20, "topic": 40}
_FLOATS = [f"f{index:02d}" for index in range(14)]
WHOLE = [f"n{index}" for index in range(6)]
_BOOLS = [f"b{index}" for index in range(4)]
_TEXTS = {"tier": 4, "country": 20, "plan": 5}
_SIZES = {**KEYS, **_TEXTS}

VOCABULARY = Vocabulary(
    events={
        "bench": {
            **{key: Name(key, "num", "") for key in (*_FLOATS, *WHOLE)},
            **{key: Name(key, "bool", "") for key in _BOOLS},
            **{key: Name(key, "text", "") for key in (*KEYS, *_TEXTS)},
        }
    },
    customer={},
    scores={},
    signals={},
)
SCOPE = VOCABULARY.scope("bench")


@dataclass(frozen=True, slots=True)
class RuleText:
    """A rule as our own text and as a tree."""

    text: str
    node: Node

    def condition(self) -> Condition:
        return Condition(SCOPE, self.node)


def rules(mix: Mix, count: int, seed: int = 1) -> list[RuleText]:
    """Return rules of a mix; the first ones of a larger count are those of a smaller."""
    draw = random.Random(f"{mix} {seed}")
    texts = [_rule(draw, mix) for _ in range(count)]
    return [RuleText(text, parse(text)) for text in texts]


def events(count: int, seed: int = 1) -> list[Event]:
    """Return events with a value in every field."""
    draw = random.Random(f"events {seed}")
    return [Event(str(i), "bench", "bench", float(i), "c", _data(draw)) for i in range(count)]


def _data(draw: random.Random) -> dict[str, Value]:
    data: dict[str, Value] = {key: draw.random() for key in _FLOATS}
    data |= {key: draw.randrange(20) for key in WHOLE}
    data |= {key: draw.random() < 0.5 for key in _BOOLS}
    return data | {key: f"{key}-{draw.randrange(size)}" for key, size in _SIZES.items()}


def _rule(draw: random.Random, mix: Mix) -> str:
    first, second, third = (_comparison(draw, mix) for _ in range(3))
    if mix != "A":
        key = draw.choice(sorted(KEYS)) if mix == "C" else _leading(draw)
        first = f'event.{key} == "{key}-{draw.randrange(_SIZES[key])}"'
    # About 4 % of the rules of mix A hold on an event, fewer of the others.
    rest = f"{second} and {third}" if draw.random() < 0.75 else f"({second} or {third})"
    return f"{first} and {rest}"


def _leading(draw: random.Random) -> str:
    return "queue" if draw.random() < 0.85 else "country"


def _comparison(draw: random.Random, mix: Mix) -> str:
    what = draw.random() * (0.88 if mix == "A" else 1.0)
    if what < 0.6:
        # A quarter of all values pass on average, as thresholds of alarms do.
        threshold = round(0.55 + 0.4 * draw.random(), 3)
        if draw.random() < 0.75:
            return f"event.{draw.choice(_FLOATS)} {draw.choice(['>', '>='])} {threshold}"
        return f"event.{draw.choice(_FLOATS)} {draw.choice(['<', '<='])} {round(1 - threshold, 3)}"
    if what < 0.8:
        return f"event.{draw.choice(WHOLE)} {draw.choice(['>', '>='])} {draw.randrange(10, 19)}"
    if what < 0.88:
        return f"event.{draw.choice(_BOOLS)}"
    name = draw.choice(sorted(_TEXTS))
    one, other = (f'"{name}-{draw.randrange(_TEXTS[name])}"' for _ in range(2))
    return f"event.{name} == {one}" if what < 0.96 else f"event.{name} in [{one}, {other}]"


def translated(node: Node, *, engine: Literal["zen", "cel", "rule-engine"]) -> str:
    """Return the text of a condition in another engine's language, names without ``event.``."""
    match node:
        case Binary(operator="in", left=left, right=Constants(items=items)):
            values = ", ".join(translated(item, engine=engine) for item in items)
            return f"({translated(left, engine=engine)} in [{values}])"
        case Binary(operator=operator, left=left, right=right):
            joins = {"and": "&&", "or": "||"} if engine == "cel" else {}
            if engine == "cel" and isinstance(left, Reference) and left.name[6:] in WHOLE:
                # CEL compares a whole number with a whole number only.
                right = Constant(right.at, right.end, "num", int(cast("Constant", right).value))
            sides = (translated(side, engine=engine) for side in (left, right))
            return f"({f' {joins.get(operator, operator)} '.join(sides)})"
        case Reference(name=name):
            return name.removeprefix("event.")
        case Constant(value=str(value)):
            return f'"{value}"'
        case Constant(value=value):
            return f"{value!r}"
    msg = f"the mixes hold no {type(node).__name__}"
    raise TypeError(msg)
