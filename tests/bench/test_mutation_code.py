"""How a fault is put into what is imported already."""

import functools
from pathlib import Path
from types import FunctionType

import pytest

from bench.mutation_code import known_now, put_in

SOURCE = """
class Gate:
    def __init__(self, limit):
        self.limit = limit

    @property
    def most(self):
        return max(x for x in (self.limit, 1))


def closed(n):
    def inner():
        return n > 1
    return inner()
"""


def module(path: Path) -> dict[str, object]:
    names: dict[str, object] = {}
    exec(compile(SOURCE, str(path), "exec"), names)
    return names


def test_a_function_gets_the_faulty_code_whatever_wraps_it(tmp_path: Path) -> None:
    path = tmp_path / "gate.py"
    names = module(path)
    gate = names["Gate"](5)  # type: ignore[operator]
    closed = names["closed"]
    assert isinstance(closed, FunctionType)
    cached = functools.lru_cache(closed)
    assert (gate.most, cached(2)) == (5, True)

    known = known_now()
    for function, old, new in (("Gate.most", "max(", "min("), ("closed", "n > 1", "n > 2")):
        faulty = {"file": str(path), "function": function, "source": SOURCE.replace(old, new)}
        put_in(faulty, known)

    assert (gate.most, cached(2)) == (1, False)


def test_what_is_not_known_cannot_be_put_in(tmp_path: Path) -> None:
    fault = {"file": str(tmp_path / "other.py"), "function": "closed", "source": SOURCE}
    with pytest.raises(LookupError):
        put_in(fault, known_now())
