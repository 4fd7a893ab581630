"""Values for which a condition holds, and values for which it just does not: what tests need.

Only values near those that the condition itself names are tried, in a fixed order, so the same
condition always gives the same examples.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, product
from zoneinfo import ZoneInfo

from detectors.schema import Name
from rules.language.interpreter import Interpreter, Value
from rules.language.nodes import Constant, Node, references, walk
from rules.language.vocabulary import Scope
from rules.playbook.timeline import START_AT

MAX_TRIED = 50_000
_HOUR_S = 3600.0


@dataclass(frozen=True, slots=True)
class Examples:
    """Values of every name of a condition.

    Parameters
    ----------
    holds
        For which it is true.
    fails
        For which it is false, as few changed as possible; ``None`` where it is always true.
    """

    holds: Mapping[str, Value]
    fails: Mapping[str, Value] | None


def find_examples(node: Node, scope: Scope, zone: ZoneInfo) -> Examples | None:
    """Return examples of a checked condition, or nothing when none was found.

    >>> from rules.language.parser import parse
    >>> from rules.language.vocabulary import VOCABULARY
    >>> found = find_examples(
    ...     parse("event.wait_s > 10s and not customer.identified"),
    ...     VOCABULARY.scope("contact.abandoned"),
    ...     ZoneInfo("UTC"),
    ... )
    >>> found.holds, found.fails
    ({'event.wait_s': 11.0, 'customer.identified': False}, {'event.wait_s': 10.0, ...})
    """
    names = list(references(node))
    options = [list(_candidates(node, name, scope[name])) for name in names]
    holds: dict[str, Value] | None = next(
        (
            dict(zip(names, values, strict=True))
            for values in islice(product(*options), MAX_TRIED)
            if _true(node, dict(zip(names, values, strict=True)), zone)
        ),
        None,
    )
    if holds is None:
        return None
    for name, values in zip(names, options, strict=True):
        near = sorted(values, key=lambda value, name=name: _distance(value, holds[name]))  # type: ignore[misc]
        for value in near:
            other = {**holds, name: value}
            if not _true(node, other, zone):
                return Examples(holds, other)
    fails: dict[str, Value] | None = next(
        (
            dict(zip(names, values, strict=True))
            for values in islice(product(*options), MAX_TRIED)
            if not _true(node, dict(zip(names, values, strict=True)), zone)
        ),
        None,
    )
    return Examples(holds, fails)


def sample(field: str, name: Name) -> Value:
    """Return a value that a field might have where nothing is asked of it."""
    match name.kind:
        case "enum":
            return name.values[0]
        case "bool":
            return False
        case "text":
            return f"{field}-1"
        case "time":
            return START_AT
        case "duration":
            return 60.0
        case _:
            return 1.0


def _true(node: Node, values: Mapping[str, Value], zone: ZoneInfo) -> bool:
    return Interpreter(values.get, zone).holds(node)


def _distance(value: Value, holds: Value) -> float:
    if isinstance(value, bool) or isinstance(holds, bool):
        return 0.0
    if isinstance(value, float) and isinstance(holds, float):
        return abs(value - holds)
    return 0.0


def _candidates(node: Node, full_name: str, name: Name) -> Iterator[Value]:
    """Yield values to try, the likeliest first."""
    constants = [part for part in walk(node) if isinstance(part, Constant)]
    if name.kind == "bool":
        yield from (True, False)
    elif name.kind in {"text", "enum"}:
        texts = [str(part.value) for part in constants if part.kind == "text"]
        known = [text for text in texts if not name.values or text in name.values]
        last = name.values or ("something-else",)
        yield from dict.fromkeys((*known, *last))
    elif name.kind == "time":
        yield from (START_AT + hour * _HOUR_S for hour in range(24))
        if full_name != "event.at":
            yield from (START_AT + day * 24 * _HOUR_S for day in (-7, -1, 1, 7, 30))
    else:
        yield from _amounts(constants, name)


def _amounts(constants: list[Constant], name: Name) -> Iterator[float]:
    kinds = {"duration"} if name.kind == "duration" else {"num"}
    values = [float(part.value) for part in constants if part.kind in kinds]
    for value in dict.fromkeys((*values, *(float(c.value) for c in constants if _number(c)))):
        is_share = name.unit in {"probability", "share", "strength"}
        step = 0.01 if is_share or 0 < abs(value) < 1 else 1.0
        near = (value, round(value + step, 6), round(value - step, 6))
        yield from (each for each in near if each >= 0 or value < 0)
    yield from (0.0, 1.0)


def _number(constant: Constant) -> bool:
    return constant.kind in {"num", "duration"}
