"""What the parts of a condition say of one name together, and whether any value fits."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from detectors.schema import Name
from rules.language.nodes import Binary, Call, Constant, Constants, Node, Reference, Unary
from rules.language.vocabulary import Scope

Value = float | str | bool

_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
_SHARES = {"probability", "strength"}  # units of names in [0, 1]


@dataclass(frozen=True, slots=True)
class Literal:
    """A part of a condition that ``and``, ``or`` and ``not`` join.

    Parameters
    ----------
    holds
        Whether it must hold, or must not.
    shown
        As written.
    in_unless
        Whether it stands in ``unless``, where a missing value suppresses.
    """

    node: Node
    holds: bool
    shown: str
    in_unless: bool


@dataclass(frozen=True, slots=True)
class _Says:
    """What a literal says of one name: an operator and values, or that it is there."""

    literal: Literal
    name: str
    operator: str
    values: tuple[Value, ...]


@dataclass(slots=True)
class _Range:
    """What is left of a name's values; `by` is the literal that bounds it there."""

    low: float = -math.inf
    high: float = math.inf
    low_open: bool = False
    high_open: bool = False
    low_by: Literal | None = None
    high_by: Literal | None = None
    allowed: set[Value] | None = None
    allowed_by: Literal | None = None
    denied: dict[Value, Literal] = field(default_factory=dict)


def contradiction(parts: Sequence[Literal], scope: Scope) -> tuple[Literal, Literal] | None:
    """Return two parts that cannot both be as they must; twice the same when it alone cannot."""
    said: dict[str, list[_Says]] = {}
    for part in parts:
        if (says := _read(part)) is not None:
            said.setdefault(says.name, []).append(says)
    for name, together in said.items():
        if name in scope and (pair := _clash(scope[name], together)) is not None:
            return pair
    return None


def _clash(name: Name, said: list[_Says]) -> tuple[Literal, Literal] | None:
    absent = next((s for s in said if s.operator == "has" and not s.literal.holds), None)
    is_there = not name.nullable
    for says in said:
        if says.literal.in_unless or says.literal.holds:
            is_there = is_there or says.operator != "has" or says.literal.holds
        if absent is not None and says.literal.holds and says is not absent:
            return absent.literal, says.literal
    left = _initial(name)
    for says in said:
        if says.operator == "has":
            continue
        if not says.literal.holds and not is_there:
            continue  # where the value is missing, it does not hold
        if (pair := _narrow(left, says)) is not None:
            return pair
    return None


def _initial(name: Name) -> _Range:
    left = _Range()
    if name.kind == "bool":
        left.allowed = {True, False}
    elif name.values:
        left.allowed = set(name.values)
    elif name.unit in _SHARES:
        left.low, left.high = 0.0, 1.0
    return left


def _narrow(left: _Range, says: _Says) -> tuple[Literal, Literal] | None:
    """Take what a literal leaves; return it with the one that leaves nothing else, if so."""
    by, operator = says.literal, says.operator
    if not by.holds:
        operator = {"in": "not in", "not in": "in"}.get(operator) or _OPPOSITE[operator]
    if operator in {"<", "<=", ">", ">="}:
        _bound(left, operator, says.values[0], by)
    elif operator in {"==", "in"}:
        wanted = set(says.values)
        left.allowed = wanted if left.allowed is None else left.allowed & wanted
        if not left.allowed:
            return left.allowed_by or by, by
        left.allowed_by = by
    else:
        left.denied |= dict.fromkeys(says.values, by)
    return _nothing_left(left, by)


def _bound(left: _Range, operator: str, value: Value, by: Literal) -> None:
    limit, is_open = float(value), operator in {"<", ">"}
    if operator in {">", ">="} and (limit, is_open) > (left.low, left.low_open):
        left.low, left.low_open, left.low_by = limit, is_open, by
    elif operator in {"<", "<="} and (-limit, is_open) > (-left.high, left.high_open):
        left.high, left.high_open, left.high_by = limit, is_open, by


def _nothing_left(left: _Range, by: Literal) -> tuple[Literal, Literal] | None:
    is_empty = left.low > left.high or (left.low == left.high and (left.low_open or left.high_open))
    if is_empty:
        return left.low_by or by, left.high_by or by
    if left.allowed is None:
        return None
    for value in left.allowed:
        if value not in left.denied and _is_within(value, left):
            return None
    denier = next((left.denied[value] for value in left.denied if value in left.allowed), None)
    other = left.low_by or left.high_by
    return left.allowed_by or by, denier or other or by


def _is_within(value: Value, left: _Range) -> bool:
    if isinstance(value, str | bool):
        return True
    is_above = value > left.low or (value == left.low and not left.low_open)
    is_below = value < left.high or (value == left.high and not left.high_open)
    return is_above and is_below


def _read(part: Literal) -> _Says | None:
    """Return what a literal says of a single name, nothing where it says something else."""
    match part.node:
        case Reference(name=name):
            return _Says(part, name, "==", (True,))
        case Call(function="has", arguments=(Reference(name=name),)):
            return _Says(part, name, "has", ())
        case Binary(operator="in" | "not in" as operator, left=Reference(name=name), right=right):
            values = right.items if isinstance(right, Constants) else ()
            return _Says(part, name, operator, tuple(item.value for item in values))
        case Binary(operator=operator, left=left, right=right) if operator in _OPPOSITE:
            for one, other, how in ((left, right, operator), (right, left, _MIRRORED[operator])):
                value = _constant(other)
                if isinstance(one, Reference) and value is not None:
                    return _Says(part, one.name, how, (value,))
    return None


def _constant(node: Node) -> Value | None:
    match node:
        case Constant(value=value):
            return value
        case Unary(operator="-", operand=Constant(value=value)) if not isinstance(value, str):
            return -float(value)
    return None
