"""Puts faults into a copy of the project and runs the tests that concern them; pytest's plugin.

    python -m bench.mutation_runner FAULTS RESULTS

It stands in the copy, which is the current folder. A fault inside a function is put into a fork of
a process that has collected all tests: the function gets the code of the faulty file, which costs a
few milliseconds. A fault outside of functions is written into the file of the copy, and a fresh
fork imports everything anew. Which test concerns which function is seen by running each once.
Property tests run few examples, the same ones each time.
"""

import builtins
import gc
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, TextIO

import pytest

from bench.mutation_code import CALLED, Known, known_now, mark, put_in
from bench.mutation_fork import GREEN, RED, Failed, collect, forked, hush, run_items

OURS = ("rules", "streams", "detectors", "tests", "bench")
BUDGET_S = 3.0
"""Processor time of the tests of one fault, as measured once; those that concern it most first."""
PATIENCE_S = 10.0
"""Added to five times the expected time before a fault counts as noticed: it does not end."""
HEADROOM = 5
NOT_IN = 3
"""Exit status of a fork whose function could not be made faulty."""
HOUR_S, DAY_S = 3600.0, 86400.0

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Seen:
    """What one test does: its time, and which functions it calls, as ``file:function``."""

    test: str
    seconds: float
    calls: frozenset[str]


def watch(session: pytest.Session, files: Sequence[str], known: Known) -> list[Seen]:
    """Run every test once without a fault; return which functions of the files each calls."""
    seen: list[Seen] = []
    called: set[str] = set()

    class Timed:
        @pytest.hookimpl(wrapper=True)
        def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
            called.clear()
            started = time.process_time()
            result = yield
            spent_s = time.process_time() - started
            seen.append(Seen(item.nodeid, spent_s, frozenset(called)))
            return result

    def work(tell: int) -> None:
        hush()
        setattr(builtins, CALLED, called)
        for file in files:
            mark(file, known)
        session.config.pluginmanager.register(Timed())
        session.config.pluginmanager.register(Failed(tell))
        run_items(session, session.items)
        for one in seen:
            row = {"test": one.test, "seconds": one.seconds, "calls": sorted(one.calls)}
            os.write(tell, json.dumps(row).encode() + b"\n")

    status, told = forked(work, HOUR_S)
    if status != GREEN:
        msg = f"all tests must pass without a fault; got a failure of {told}; run it by itself"
        raise RuntimeError(msg)
    rows = [json.loads(line) for line in told.splitlines()]
    return [Seen(row["test"], row["seconds"], frozenset(row["calls"])) for row in rows]


def concerning(fault: Row, seen: Sequence[Seen]) -> tuple[list[str], float]:
    """Return the tests of a fault, the likeliest first, and the processor time that they take."""
    file, function = fault["file"], fault["function"]
    mirror = (f"tests/{Path(file).parent}/test_{Path(file).stem}.py", file)
    calls = f"{file}:{function}"  # outside of functions: whoever calls any, and the mirror
    found = [
        one
        for one in seen
        if calls in one.calls
        or (not function and (one.test.startswith(mirror) or _calls_any(one, calls)))
    ]
    found.sort(key=lambda one: (not one.test.startswith(mirror), one.seconds))
    chosen: list[str] = []
    spent = 0.0
    for one in found:
        if chosen and spent + one.seconds > BUDGET_S:
            continue
        chosen.append(one.test)
        spent += one.seconds
    return chosen, spent


def _calls_any(one: Seen, prefix: str) -> bool:
    return any(call.startswith(prefix) for call in one.calls)


@contextmanager
def written(fault: Row) -> Iterator[None]:
    """Write a fault into its file of the copy for a while."""
    path = Path(fault["file"])
    sound = path.read_bytes()
    path.write_text(fault["source"], encoding="utf-8")
    try:
        yield
    finally:
        path.write_bytes(sound)


def in_place(
    session: pytest.Session, fault: Row, tests: Sequence[str], seconds: float, known: Known
) -> tuple[int | None, str]:
    """Run tests in a fork whose function is faulty; status `NOT_IN` where it cannot be made so."""
    items = {item.nodeid: item for item in session.items}

    def work(tell: int) -> None:
        hush()
        try:
            put_in(fault, known)
        except LookupError:
            os._exit(NOT_IN)
        session.config.pluginmanager.register(Failed(tell))
        run_items(session, [items[test] for test in tests])

    return forked(work, seconds)


def anew(fault: Row, tests: Sequence[str], seconds: float) -> tuple[int | None, str]:
    """Run tests in a fork that imports the faulty file; an import that fails is noticed."""

    def work(tell: int) -> None:
        hush()

        def run(session: pytest.Session) -> None:
            session.config.pluginmanager.register(Failed(tell))
            items = {item.nodeid: item for item in session.items}
            run_items(session, [items[test] for test in tests])

        if collect(dict.fromkeys(test.partition("::")[0] for test in tests), run) != GREEN:
            os.write(tell, b"import")
            os._exit(RED)

    with written(fault):
        return forked(work, seconds)


def preload(paths: Sequence[str]) -> None:
    """Import what others wrote, so that no fork has to; nothing of ours is imported here."""

    def work(tell: int) -> None:
        hush()
        collect(paths, lambda _session: None)
        names = [name for name in sys.modules if name.partition(".")[0] not in OURS]
        os.write(tell, "\n".join(names).encode())

    _, told = forked(work, 600.0)
    for name in told.splitlines():
        if not name.startswith(("__", "_pytest.", "xdist")):
            try:
                import_module(name)
            except Exception:  # imported by its package in another way
                continue


def main(order_file: str, results_file: str) -> None:
    sys.dont_write_bytecode = True
    order = json.loads(Path(order_file).read_text(encoding="utf-8"))
    faults: list[Row] = order["faults"]
    preload(order["tests"])
    with Path(results_file).open("a+", encoding="utf-8", buffering=1) as results:

        def work(_tell: int) -> None:
            status = collect(order["tests"], lambda session: _first_look(session, faults, results))
            if status != GREEN:
                msg = f"the tests must be collected and pass; got exit status {status} of pytest"
                raise RuntimeError(msg)

        status, told = forked(work, DAY_S)
        if status != GREEN:
            _write(results, {"error": told})
            raise SystemExit(told)
        results.seek(0)
        for row in [json.loads(line) for line in results]:
            if not row["settled"]:
                _write(results, _second_look(faults[row["fault"]], row))


def _first_look(session: pytest.Session, faults: Sequence[Row], results: TextIO) -> None:
    root = Path.cwd()
    if not str(sys.modules["rules"].__file__).startswith(f"{root}/"):
        msg = f"the copy in {root} must be imported; got {sys.modules['rules'].__file__}"
        raise RuntimeError(msg)
    known = known_now()
    seen = watch(session, sorted({fault["file"] for fault in faults}), known)
    gc.freeze()  # forks share what is here
    for number, fault in enumerate(faults):
        tests, expected_s = concerning(fault, seen)
        allowed_s = HEADROOM * expected_s + PATIENCE_S
        status: int | None = NOT_IN if fault["function"] == "" else GREEN
        told = ""
        if tests and status != NOT_IN:
            status, told = in_place(session, fault, tests, allowed_s, known)
        row = {"fault": number, "tests": tests, "allowed_s": allowed_s}
        _write(results, {**row, "settled": status != NOT_IN, **_result(status, told)})


def _second_look(fault: Row, row: Row) -> Row:
    tests = row["tests"]
    status, told = anew(fault, tests, row["allowed_s"]) if tests else (GREEN, "")
    return {**row, "settled": True, **_result(status, told)}


def _result(status: int | None, told: str) -> Row:
    return {"noticed": status != GREEN, "by": told or ("endless" if status is None else "")}


def _write(results: TextIO, row: Row) -> None:
    results.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
