"""Generated code and the interpreter share nothing but the tree: they must agree on everything."""

import functools
import math
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from detectors.customer import Customer
from detectors.event import Event
from detectors.features import Feature
from detectors.schema import Kind, Name
from rules.fused import Condition, fuse_check
from rules.language.checker import check
from rules.language.interpreter import Interpreter, Value
from rules.language.parser import parse
from rules.language.vocabulary import Vocabulary

ZONE = ZoneInfo("Asia/Jerusalem")
TEXTS = ("", "a", "ab", "b'\"é", "\u2028")
KINDS: dict[str, Kind] = {
    "n1": "num",
    "n2": "num",
    "d1": "duration",
    "d2": "duration",
    "m1": "time",
    "x1": "text",
    "x2": "text",
    "b1": "bool",
    "b2": "bool",
}
NUMBERS = ("0", "1", "2.5", "1e300", "3")
DURATIONS = ("0s", "90s", "1.5m", "24h")
CUSTOMER: dict[str, Any] = {}
VOCABULARY = Vocabulary(
    events={"t": {key: Name(key, kind, "") for key, kind in KINDS.items()}},
    customer={
        key: Feature(key, kind, "", get=functools.partial(lambda key, *_: CUSTOMER.get(key), key))
        for key, kind in KINDS.items()
    },
    scores={"n1": Name("n1", "num", "", nullable=True)},
    signals={"n2": Name("n2", "num", "")},
)
SCOPE = VOCABULARY.scope("t")


@functools.cache
def names(kind: Kind) -> st.SearchStrategy[str]:
    return st.sampled_from(sorted(name for name in SCOPE if SCOPE[name].kind == kind))


def joined(*parts: st.SearchStrategy[str] | str) -> st.SearchStrategy[str]:
    strategies = [st.just(part) if isinstance(part, str) else part for part in parts]
    return st.tuples(*strategies).map(" ".join)


def one(values: tuple[str, ...]) -> st.SearchStrategy[str]:
    return st.sampled_from(values)


def text_literal() -> st.SearchStrategy[str]:
    return st.sampled_from(["'a'", '"ab"', "''", "'é'", '"\'"'])


@functools.cache
def amounts(kind: Kind, depth: int) -> st.SearchStrategy[str]:
    """Expressions of a number, a duration or a time."""
    literal = {"num": one(NUMBERS), "duration": one(DURATIONS)}.get(kind, names(kind))
    if depth == 0:
        return names(kind) | literal
    same = amounts(kind, depth - 1)
    options = [names(kind), literal]
    if kind == "num":
        duration, time = amounts("duration", depth - 1), amounts("time", depth - 1)
        options += [joined("(", same, one(("+", "-", "*", "/")), same, ")")]
        options += [joined("(", duration, "/", duration, ")"), joined("hour_of_day(", time, ")")]
    elif kind == "duration":
        number, time = amounts("num", depth - 1), amounts("time", depth - 1)
        options += [joined("(", same, one(("+", "-")), same, ")")]
        options += [joined("(", same, one(("*", "/")), number, ")")]
        options += [joined("(", time, "-", time, ")")]
    else:
        options += [joined("(", same, one(("+", "-")), amounts("duration", depth - 1), ")")]
    if kind != "time":
        options += [joined("-", same), joined("abs(", same, ")")]
    options += [joined(one(("min(", "max(")), same, ",", same, ")")]
    return st.one_of(options)


@functools.cache
def conditions(depth: int) -> st.SearchStrategy[str]:
    """Expressions that are true or false."""
    text = names("text") | text_literal()
    order = one(("<", "<=", ">", ">=", "==", "!="))
    equality = one(("==", "!="))
    kinds: tuple[Kind, ...] = ("num", "duration", "time")
    size = min(depth, 2)
    options = [joined(amounts(kind, size), order, amounts(kind, size)) for kind in kinds]
    options += [
        names("bool"),
        one(("true", "false")),
        joined(text, equality, text),
        joined(names("text"), one(("in", "not in")), "[ 'a' , 'ab' ]"),
        joined(amounts("num", size), one(("in", "not in")), "[ 0 , 2.5 , -1 ]"),
        joined("has(", names("num") | names("text") | names("bool"), ")"),
        joined(one(("starts_with(", "contains(")), text, ",", text, ")"),
    ]
    if depth:
        inner = conditions(depth - 1)
        options += [
            joined("(", inner, one(("and", "or")), inner, ")"),
            joined("not (", inner, ")"),
            joined("(", inner, ")", equality, "(", inner, ")"),
        ]
    return st.one_of(options)


FLOATS = st.sampled_from([0.0, -0.0, 1.0, 2.5, 90.0, -1.0, 1e300, 915141631.5, math.inf, -math.inf])
VALUES: dict[Kind, st.SearchStrategy[Value]] = {
    "num": FLOATS,
    "duration": FLOATS,
    "time": FLOATS,
    "text": st.sampled_from(TEXTS),
    "enum": st.sampled_from(TEXTS),
    "bool": st.booleans(),
}
# What a name may hold instead of a value of its type; to an expression all of it is missing.
FOREIGN: dict[str, tuple[Any, ...]] = {
    "num": (None, math.nan, "1", True, [], 10**400),
    "text": (None, 1.0, True, {}),
    "bool": (None, 1, "true", math.nan),
}
MISSING = object()


@st.composite
def situations(draw: st.DrawFn) -> tuple[dict[str, Value], dict[str, Any]]:
    """What every name is worth, and what stands in the event, the customer and the scores."""
    values: dict[str, Value] = {}
    raw: dict[str, Any] = {}
    for name in sorted(SCOPE):
        kind = SCOPE[name].kind
        if name == "event.at" or draw(st.integers(0, 3)):
            values[name] = raw[name] = draw(VALUES[kind])
        else:
            values[name] = None
            group = kind if kind in {"text", "bool"} else "num"
            raw[name] = draw(st.sampled_from([MISSING, *FOREIGN[group]]))
    return values, raw


def generated(text: str, raw: dict[str, Any]) -> bool:
    given = {name: value for name, value in raw.items() if value is not MISSING}
    CUSTOMER.clear()
    CUSTOMER.update({n[9:]: v for n, v in given.items() if n.startswith("customer.")})
    data = {n[6:]: v for n, v in given.items() if n.startswith("event.") and n != "event.at"}
    scores = {n[6:]: v for n, v in given.items() if n.startswith("score.")}
    signals = {n[7:]: v for n, v in given.items() if n.startswith("signal.")}
    holds = fuse_check(Condition(SCOPE, parse(text)), VOCABULARY, ZONE)
    event = Event("1", "s", "t", given["event.at"], "c", data)
    return holds(event, Customer("c"), scores, signals, {}, 0.0)


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(conditions(3), st.lists(situations(), min_size=3, max_size=3))
@example("event.x1 == customer.x1", [(dict.fromkeys(SCOPE), {"event.at": 0.0})])
@example("not (score.n1 > 1)", [(dict.fromkeys(SCOPE), {"event.at": 0.0})])
def test_generated_code_agrees_with_the_interpreter(
    text: str, cases: list[tuple[dict[str, Value], dict[str, Any]]]
) -> None:
    node = parse(text)
    assert [flaw for flaw in check(node, SCOPE) if flaw.severity == "error"] == []
    for values, raw in cases:
        expected = Interpreter(values.get, ZONE).holds(node)

        assert generated(text, raw) is expected


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("event.n1 != 1", False),
        ("event.x1 != 'a'", False),
        ("event.x1 not in ['a']", False),
        ("event.n1 not in [1]", False),
        ("event.x1 == event.x2", False),
        ("event.n1 == event.n2", False),
        ("event.b1", False),
        ("not event.b1", True),
        ("not (event.n1 > 5)", True),
        ("has(event.n1) or has(event.x1) or has(event.b1)", False),
        ("event.n1 + 1 > 0 or event.n1 * 0 == 0 or -event.n1 < 1", False),
        ("min(event.n1, 1) <= 1 or abs(event.n1) >= 0", False),
        ("hour_of_day(event.m1) >= 0", False),
        ("1 / 0 > 0 or 1 / 0 <= 0", False),
        ("starts_with(event.x1, '') or contains('a', event.x1)", False),
    ],
)
def test_missing_is_false(text: str, *, holds: bool) -> None:
    assert generated(text, {"event.at": 0.0}) is holds
    assert Interpreter(dict.fromkeys(SCOPE).get, ZONE).holds(parse(text)) is holds


def test_hour_is_that_of_the_playbooks_zone() -> None:
    # 1999-01-01 00:00:31 in Jerusalem, two hours ahead of UTC in winter.
    raw = {"event.at": 915141631.0}

    assert generated("hour_of_day(event.at) == 0", raw)


def test_a_long_chain_compiles() -> None:
    text = " and ".join(["event.b1"] * 100)

    assert generated(text, {"event.at": 0.0, "event.b1": True})
