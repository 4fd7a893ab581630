"""Which rules are found by what the event says, and that nothing else changes by it."""

from math import inf, nan
from types import CodeType
from zoneinfo import ZoneInfo

import pytest

from detectors.customer import Customer
from detectors.event import Event
from detectors.schema import Name
from rules.fused import Condition, On, Work, fuse
from rules.language.interpreter import Interpreter
from rules.language.keys import MAX_VALUES, MIN_RULES, choose, keys
from rules.language.parser import parse
from rules.language.vocabulary import Vocabulary

VOCABULARY = Vocabulary(
    events={
        "t": {
            "topic": Name("topic", "text", ""),
            "queue": Name("queue", "enum", "", values=("a", "b", "c")),
            "wait": Name("wait", "num", ""),
            "known": Name("known", "bool", ""),
        }
    },
    customer={},
    scores={},
    signals={},
)
SCOPE = VOCABULARY.scope("t")
ZONE = ZoneInfo("UTC")


def fused(*texts: str) -> On:
    rules = [(index, Condition(SCOPE, parse(text)), None) for index, text in enumerate(texts)]
    return fuse(Work(rules=list(rules)), VOCABULARY, ZONE)


def hits(on: On, **data: object) -> tuple[int, ...]:
    found, _ = on(Event("1", "s", "t", 0.0, "c", data), Customer("c"), {}, {}, {}, 0.0, 0.0, False)
    return tuple(found)


def constants(on: On) -> set[object]:
    code = on.__code__
    assert isinstance(code, CodeType)
    return {part for c in code.co_consts for part in (c if isinstance(c, frozenset) else {c})}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('event.topic == "a"', [("event.topic", ("a",))]),
        ('"a" == event.topic and event.wait > 1', [("event.topic", ("a",))]),
        ('event.wait > 1 and (event.queue in ["a", "b", "a"])', [("event.queue", ("a", "b"))]),
        (
            'event.topic == "x" and event.queue == "a"',
            [("event.topic", ("x",)), ("event.queue", ("a",))],
        ),
        ('event.topic == "a" or event.wait > 1', []),
        ('not (event.topic == "a")', []),
        ('event.topic != "a"', []),
        ('event.topic not in ["a"]', []),
        ("event.wait == 1 and event.known", []),
        ("event.topic == event.queue", []),
        (f"event.topic in [{', '.join(f'{str(n)!r}' for n in range(MAX_VALUES + 1))}]", []),
    ],
)
def test_a_key_is_a_text_that_the_event_must_have(
    text: str, found: list[tuple[str, tuple[str, ...]]]
) -> None:
    assert [(key.field, key.values) for key in keys(parse(text), SCOPE)] == found


def test_a_rule_goes_by_the_field_that_tells_most_apart() -> None:
    texts = [f'event.queue == "{"ab"[n % 2]}" and event.topic == "t{n}"' for n in range(MIN_RULES)]
    chosen = choose([keys(parse(text), SCOPE) for text in texts])

    assert [key.field for key in chosen if key] == ["event.topic"] * MIN_RULES


def test_a_field_that_is_always_the_same_or_rare_is_no_index() -> None:
    same = ['event.topic == "a"'] * MIN_RULES
    rare = [f'event.topic == "t{n}"' for n in range(MIN_RULES - 1)]

    for texts in (same, rare):
        assert choose([keys(parse(text), SCOPE) for text in texts]) == [None] * len(texts)


def test_what_the_look_up_proves_is_not_asked_again() -> None:
    on = fused(*(f'event.topic == "t{n}" and event.wait > {n}' for n in range(MIN_RULES)))

    assert not constants(on) & {f"t{n}" for n in range(MIN_RULES)}
    assert hits(on, topic="t2", wait=3) == (2,)
    assert hits(on, topic="t2", wait=2) == ()


def test_hits_come_in_the_order_of_the_rules() -> None:
    on = fused(
        'event.topic == "b"',
        "event.wait > 1",
        'event.queue == "a" and event.wait > 1',
        'event.topic in ["a", "b"]',
        "event.wait > 1 and event.known",
        'event.queue == "b"',
        'event.topic == "a"',
        'event.queue in ["a", "c"]',
        'event.queue == "a"',
        'event.topic == "b" and event.wait > 1',
    )

    assert hits(on, topic="b", queue="a", wait=2, known=True) == (0, 1, 2, 3, 4, 7, 8, 9)
    assert hits(on, topic="a", queue="b", wait=0) == (3, 5, 6)


@pytest.mark.parametrize("foreign", [None, 1, 1.5, True, [], {}, ("t1",)])
def test_what_is_no_text_finds_no_rule(foreign: object) -> None:
    on = fused(*(f'event.topic == "t{n}"' for n in range(MIN_RULES)), "has(event.topic)")

    assert hits(on, topic=foreign) == ()
    assert hits(on) == ()
    assert hits(on, topic="t1") == (1, MIN_RULES)


def test_a_rule_that_tells_when_it_lapses_is_always_looked_at() -> None:
    told: list[str] = []
    work = Work(
        rules=[
            (index, Condition(SCOPE, parse(f'event.topic == "t{index}"')), lapsed)
            for index, lapsed in enumerate(
                [None] * MIN_RULES + [lambda _state, event: told.append(event.id)]
            )
        ]
    )
    on = fuse(work, VOCABULARY, ZONE)
    event = Event("e1", "s", "t", 0.0, "c", {"topic": "t1"})

    assert on(event, Customer("c"), {}, {}, {"slot": 1}, 0.0, 0.0, False)[0] == [1]
    assert told == ["e1"]


@pytest.mark.parametrize("foreign", [1, 1.0, "true", None])
@pytest.mark.parametrize(
    "text",
    ["event.known", "event.known == true", "event.known in [true]", "event.known == event.known"],
)
def test_what_is_no_bool_is_not_true(text: str, foreign: object) -> None:
    # Read once where one rule asks, and at the start where many do.
    for on in (fused(text), fused(*[text] * 5)):
        assert hits(on, known=foreign) == ()
        assert 0 in hits(on, known=True)


def rare(text: str) -> On:
    """Return a function whose first rule alone reads a field, where it is needed."""
    others = (f'event.topic == "t{n}"' for n in range(1, MIN_RULES + 1))
    return fused(f'event.topic == "t0" and {text}', *others)


NUMBERS = (2, 3, -3, 2.0, 2.5, 3.0, -3.0, 0, -0.0, 2**53 + 1, -(2**60), 10**300, inf, -inf)
NO_NUMBERS: tuple[object, ...] = (nan, True, False, None, "3", [], {}, 10**400, -(10**400))


@pytest.mark.parametrize("limit", ["2", "2.5", "-0.0", "9007199254740992"])
@pytest.mark.parametrize("sign", ["<", "<=", ">", ">="])
def test_a_number_read_in_trust_is_compared_as_any_other(sign: str, limit: str) -> None:
    for text in (f"event.wait {sign} {limit}", f"not ({limit} {sign} event.wait)"):
        on = rare(text)
        assert "data" in on.__code__.co_varnames
        worth = [(value, float(value)) for value in NUMBERS] + [(v, None) for v in NO_NUMBERS]
        for value, number in worth:
            interpreter = Interpreter({"event.wait": number}.get, ZONE)
            expected = (0,) if interpreter.holds(parse(text)) else ()
            assert hits(on, topic="t0", wait=value) == expected, value
            assert hits(on, topic="t1", wait=value) == (1,)


def test_a_field_that_breaks_its_promise_changes_nothing_but_time() -> None:
    told: list[str] = []
    texts = [
        'event.topic == "t0" and event.known',
        'event.topic == "t0" and event.wait > 1',
        *(f'event.topic == "t{n}"' for n in range(MIN_RULES)),
        'event.queue == "b"',
    ]
    rules = [(n, Condition(SCOPE, parse(text)), None) for n, text in enumerate(texts)]
    lapses = (len(texts), Condition(SCOPE, parse("event.known")), lambda _, e: told.append(e.id))
    on = fuse(Work(rules=[*rules[:-1], lapses, rules[-1]]), VOCABULARY, ZONE)

    def found(**data: object) -> list[int]:
        event = Event("e1", "s", "t", 0.0, "c", data)
        return list(on(event, Customer("c"), {}, {}, {"slot": 1}, 0.0, 0.0, False)[0])

    assert found(topic="t0", known=True, wait=2, queue="b") == [0, 1, 2, 6, 7]
    assert told == []
    # What was found before it broke is not found twice, and what lapses is told once.
    assert found(topic="t0", known=True, queue="b") == [0, 2, 6, 7]
    assert found(topic="t0", known=True, wait="2", queue="b") == [0, 2, 6, 7]
    assert told == []
    assert found(topic="t0", known=False, wait=None) == [2]
    assert told == ["e1"]
    assert found(topic=[], known=False, queue="b") == [6]
    assert found(known=False) == []
    assert told == ["e1"] * 3


def test_a_field_that_may_be_missing_is_not_trusted() -> None:
    wait = Name("wait", "num", "", nullable=True)
    vocabulary = Vocabulary({"t": {**VOCABULARY.events["t"], "wait": wait}}, {}, {}, {})
    scope = vocabulary.scope("t")
    texts = ['event.topic == "t0" and event.wait > 1', *(f'event.topic == "t{n}"' for n in "0123")]
    rules = [(n, Condition(scope, parse(text)), None) for n, text in enumerate(texts)]
    on = fuse(Work(rules=list(rules)), vocabulary, ZONE)
    asked: list[str] = []

    def again(*_: object) -> tuple[int, ...]:
        asked.append("again")
        return ()

    environment = on.__globals__
    environment |= {name: again for name in environment if name.startswith("careful_")}

    assert hits(on, topic="t0") == (1,)
    assert hits(on, topic="t0", wait=None) == (1,)
    assert hits(on, topic="t0", wait="2") == (1,)
    assert asked == []
    assert hits(on, wait=2) == ()
    assert asked == []
    assert hits(on, topic=[]) == ()
    assert asked == ["again"]
