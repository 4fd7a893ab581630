"""Faults put into a source file, one at a time: what a test that is any good must notice.

The operators are those of mutmut [1]_, and two of the classics that it lacks: a statement that is
left out, and a condition that is turned round [2]_. Unlike mutmut itself this also changes what
stands outside functions, such as the constants of a module and the limits of a playbook's fields.

Left alone is what cannot be a fault at run time or is noticed by the type checker: annotations,
``Literal[...]``, ``Final``, docstrings, decorators, ``__slots__``. Of a text only its wording is
changed, not its case as well.

References
----------
.. [1] mutmut, github.com/boxed/mutmut, ``mutmut/mutation/mutators.py``.
.. [2] A. Offutt, G. Rothermel, C. Zapf, "An experimental evaluation of selective mutation",
   ICSE 1993; M. Deng, J. Offutt, N. Li, "Empirical evaluation of the statement deletion mutation
   operator", ICST 2013.
"""

from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass, fields
from difflib import unified_diff
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.mutators import mutation_operators

Operator = Callable[[Any], Iterator[cst.CSTNode]]


@dataclass(frozen=True, slots=True)
class Fault:
    """One change of one file.

    Parameters
    ----------
    file
        Path from the root of the project.
    line
        Where it begins.
    function
        Qualified name of the function or method around it; empty outside of functions.
    operator
        What kind of change it is.
    change
        Lines taken out and put in, as a diff has them.
    source
        The whole file with the change.
    """

    file: str
    line: int
    function: str
    operator: str
    change: str
    source: str


def faults(
    file: str,
    root: Path,
    sample: int = 0,
    seed: int = 0,
    lines: Set[str] | None = None,
) -> list[Fault]:
    """Return the faults that the operators make of a file, in the order of the file.

    Parameters
    ----------
    file, root
        Path of the file from the root, and where the root is.
    sample
        At most so many, drawn with `seed`; 0 for all.
    lines
        Only those of code that touches one of these lines, as they are written; ``None`` for all.
    """
    text = (root / file).read_text(encoding="utf-8")
    written = text.splitlines()
    wrapper = MetadataWrapper(cst.parse_module(text))
    visitor = _Places()
    wrapper.visit(visitor)
    possible = [
        (place, operator, node)
        for place in visitor.places
        if lines is None or not lines.isdisjoint(written[place.line - 1 : place.end])
        for operator, node in _changes(place.node)
    ]
    drawn = list(range(len(possible)))
    Random(f"{seed} {file}").shuffle(drawn)
    found: dict[str, tuple[int, Fault]] = {}
    for number in drawn:
        if sample and len(found) >= sample:
            break
        place, operator, node = possible[number]
        source = place.with_other(node)
        if source != text and _compiles(source):
            diff = unified_diff(text.splitlines(), source.splitlines(), n=0, lineterm="")
            change = "\n".join(list(diff)[3:])
            found[source] = (
                number,
                Fault(file, place.line, place.function, operator, change, source),
            )
    return [fault for _, fault in sorted(found.values(), key=lambda pair: pair[0])]


@dataclass(frozen=True, slots=True)
class _Place:
    node: cst.CSTNode
    around: tuple[cst.CSTNode, ...]  # the module first
    line: int
    end: int
    function: str

    def with_other(self, new: cst.CSTNode) -> str:
        """Return the source with another node in this place."""
        old = self.node
        for parent in reversed(self.around):
            new, old = parent.with_changes(**_with_other(parent, old, new)), parent
        assert isinstance(new, cst.Module)
        return new.code


def _with_other(parent: cst.CSTNode, old: cst.CSTNode, new: cst.CSTNode) -> dict[str, Any]:
    for field in fields(parent):
        value = getattr(parent, field.name)
        if value is old:
            return {field.name: new}
        if isinstance(value, list | tuple) and any(each is old for each in value):
            return {field.name: [new if each is old else each for each in value]}
    msg = f"{type(old).__name__} must be a child of {type(parent).__name__}"
    raise LookupError(msg)


class _Places(cst.CSTVisitor):
    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self) -> None:
        super().__init__()
        self.places: list[_Place] = []
        self._around: list[cst.CSTNode] = []

    def on_visit(self, node: cst.CSTNode) -> bool:
        if _is_left_alone(node):
            return False
        position = self.get_metadata(PositionProvider, node, None)
        if position is not None:
            around = tuple(self._around)
            first, last = position.start.line, position.end.line
            place = _Place(node, around, first, last, _function((*around, node)))
            self.places.append(place)
        self._around.append(node)
        return True

    def on_leave(self, original_node: cst.CSTNode) -> None:
        if self._around and self._around[-1] is original_node:
            self._around.pop()


def _function(around: Sequence[cst.CSTNode]) -> str:
    """Return the qualified name of the outermost function whose body this is in."""
    names: list[str] = []
    for node, inner in pairwise(around):
        if isinstance(node, cst.ClassDef):
            names.append(node.name.value)
        elif isinstance(node, cst.FunctionDef):
            return ".".join([*names, node.name.value]) if inner is node.body else ""
    return ""


def _is_left_alone(node: cst.CSTNode) -> bool:
    match node:
        case cst.Annotation() | cst.Decorator() | cst.Import() | cst.ImportFrom():
            return True
        case cst.Subscript(value=cst.Name(value="Literal" | "Final" | "Mapping" | "Callable")):
            return True
        case cst.Expr(value=cst.SimpleString() | cst.ConcatenatedString()):
            return True
        case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value="__slots__"))]):
            return True
    return False


def _changes(node: cst.CSTNode) -> Iterator[tuple[str, cst.CSTNode]]:
    for kind, operator in mutation_operators:
        if isinstance(node, kind):
            name = operator.__name__.removeprefix("operator_")
            changed: Sequence[cst.CSTNode] = list(operator(node))
            yield from ((name, each) for each in (changed[:1] if name == "string" else changed))
    match node:
        case cst.If() | cst.IfExp() | cst.CompIf() | cst.While():
            yield "condition", node.with_changes(test=_negated(node.test))
        case cst.SimpleStatementLine(body=[cst.Expr(value=cst.Call() | cst.Yield())]):
            yield "statement", node.with_changes(body=[cst.Pass()])


def _negated(test: cst.BaseExpression) -> cst.BaseExpression:
    inner = test.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    return cst.UnaryOperation(cst.Not(), inner, lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


def _compiles(source: str) -> bool:
    try:
        compile(source, "", "exec")
    except SyntaxError:
        return False
    return True
