"""How the mutation check changes functions that are imported already."""

import ast
import functools
import gc
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

CALLED = "__called__"
"""Name that marked functions say their own to."""


@dataclass(frozen=True, slots=True)
class Known:
    """What was imported: functions by file and qualified name, whatever wraps them; and caches."""

    functions: Mapping[tuple[str, str], list[FunctionType]]
    caches: list[Any]


def known_now() -> Known:
    """Return what this process has imported so far."""
    functions: dict[tuple[str, str], list[FunctionType]] = {}
    caches = []
    for each in gc.get_objects():
        if isinstance(each, FunctionType):
            code = each.__code__
            functions.setdefault((code.co_filename, code.co_qualname), []).append(each)
        elif isinstance(each, functools._lru_cache_wrapper):
            caches.append(each)
    return Known(functions, caches)


def put_in(fault: Mapping[str, Any], known: Known) -> None:
    """Give the function of a fault its faulty code, everywhere it is known in this process.

    Raises
    ------
    LookupError
        When it is not known, or cannot be changed in place.
    """
    path = str(Path(fault["file"]).absolute())
    code = _code_of(compile(fault["source"], path, "exec", dont_inherit=True), fault["function"])
    found = known.functions.get((path, fault["function"]), [])
    if code is None or not found:
        raise LookupError(fault["function"])
    for function in found:
        if len(function.__code__.co_freevars) != len(code.co_freevars):
            raise LookupError(fault["function"])
        function.__code__ = code
    for cached in known.caches:
        cached.cache_clear()


def mark(file: str, known: Known) -> None:
    """Let every function and method of a file say that it is called."""
    path = str(Path(file).absolute())
    tree = ast.parse(Path(file).read_text(encoding="utf-8"))
    names = []
    for name, node in _outermost(tree.body, ""):
        node.body[:0] = ast.parse(f"{CALLED}.add({f'{file}:{name}'!r})").body
        names.append(name)
    code = compile(tree, path, "exec", dont_inherit=True)
    for name in names:
        marked = _code_of(code, name)
        for function in known.functions.get((path, name), []):
            if marked is not None and function.__code__.co_freevars == marked.co_freevars:
                function.__code__ = marked


def _code_of(code: CodeType, name: str) -> CodeType | None:
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            if inner.co_qualname == name:
                return inner
            if name.startswith(f"{inner.co_qualname}."):
                found = _code_of(inner, name)
                if found is not None:
                    return found
    return None


def _outermost(body: Sequence[ast.stmt], prefix: str) -> Iterator[tuple[str, ast.FunctionDef]]:
    for node in body:
        if isinstance(node, ast.FunctionDef):
            yield f"{prefix}{node.name}", node
        elif isinstance(node, ast.ClassDef):
            yield from _outermost(node.body, f"{prefix}{node.name}.")
