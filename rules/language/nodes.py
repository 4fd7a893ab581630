"""The parts of an expression. `at` and `end` are its characters, `end` exclusive."""

from dataclasses import dataclass
from typing import Literal

BinaryOperator = Literal[
    "and", "or", "in", "not in", "==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/"
]
LiteralKind = Literal["num", "text", "bool", "duration"]


@dataclass(frozen=True, slots=True)
class Constant:
    """A number, a text, true or false, or a duration in seconds."""

    at: int
    end: int
    kind: LiteralKind
    value: float | str | bool


@dataclass(frozen=True, slots=True)
class Reference:
    """A name with its namespace, such as ``event.wait_s``, or the name of a fact."""

    at: int
    end: int
    name: str


@dataclass(frozen=True, slots=True)
class Constants:
    """A list of constants, the right side of ``in``."""

    at: int
    end: int
    items: tuple[Constant, ...]


@dataclass(frozen=True, slots=True)
class Unary:
    """``not`` or minus."""

    at: int
    end: int
    operator: Literal["not", "-"]
    operand: "Node"


@dataclass(frozen=True, slots=True)
class Binary:
    """Two sides and what joins them; `operator_at` is where the operator stands."""

    at: int
    end: int
    operator: BinaryOperator
    left: "Node"
    right: "Node"
    operator_at: int


@dataclass(frozen=True, slots=True)
class Call:
    """A function of the language with its arguments."""

    at: int
    end: int
    function: str
    arguments: tuple["Node", ...]


Node = Constant | Reference | Constants | Unary | Binary | Call


def children(node: Node) -> tuple[Node, ...]:
    """Return the parts directly below a node, from left to right."""
    # Asked of every part of every rule, so without the cost of patterns.
    if isinstance(node, Reference | Constant):
        return ()
    if isinstance(node, Binary):
        return (node.left, node.right)
    if isinstance(node, Unary):
        return (node.operand,)
    return node.arguments if isinstance(node, Call) else node.items


def walk(node: Node) -> list[Node]:
    """Return the node and everything below it, from left to right."""
    found: list[Node] = []
    waiting = [node]
    while waiting:
        part = waiting.pop()
        found.append(part)
        if isinstance(part, Binary):
            waiting += (part.right, part.left)
        elif not isinstance(part, Reference | Constant):
            waiting += reversed(children(part))
    return found


def references(node: Node) -> dict[str, Reference]:
    """Return the names that an expression reads, each where it stands first."""
    found: dict[str, Reference] = {}
    for part in walk(node):
        if isinstance(part, Reference):
            found.setdefault(part.name, part)
    return found


def leaves(node: Node) -> list[Node]:
    """Return the parts that ``and``, ``or`` and ``not`` join, from left to right."""
    match node:
        case Binary(operator="and" | "or", left=left, right=right):
            return leaves(left) + leaves(right)
        case Unary(operator="not", operand=operand):
            return leaves(operand)
        case _:
            return [node]


def conjuncts(node: Node) -> list[Node]:
    """Return the parts that must all hold, from left to right."""
    match node:
        case Binary(operator="and", left=left, right=right):
            return conjuncts(left) + conjuncts(right)
        case _:
            return [node]
