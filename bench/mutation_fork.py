"""How the mutation check runs tests: in forks that end at the first failure."""

import os
import resource
import signal
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import hypothesis
import pytest

EXAMPLES = 8
"""Of each property."""
MEMORY_BYTES = 3 << 30
GREEN, RED = 0, 1


class _Tests:
    """A plugin that shortens properties, and hands the collected tests to `run`."""

    def __init__(self, run: Callable[[pytest.Session], None]) -> None:
        self._run = run

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if not item.get_closest_marker("kafka")]
        for item in items:
            if isinstance(item, pytest.Function) and hypothesis.is_hypothesis_test(item.function):
                _shorten(item.function)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if session.testsfailed:
            msg = "all tests must be collected"
            raise RuntimeError(msg)
        self._run(session)
        return True


def _shorten(test: Any) -> None:
    if hasattr(test, "_hypothesis_internal_use_settings"):
        given = test._hypothesis_internal_use_settings
        test._hypothesis_internal_use_settings = hypothesis.settings(
            given,
            max_examples=min(EXAMPLES, given.max_examples),
            derandomize=True,
            database=None,
            deadline=None,
            phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),
        )


class Failed:
    """A plugin that ends the process at the first failure, and tells which test failed."""

    def __init__(self, tell: int) -> None:
        self._tell = tell

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            os.write(self._tell, report.nodeid.encode())
            os._exit(RED)


def collect(paths: Iterable[str], run: Callable[[pytest.Session], None]) -> int:
    """Collect tests and hand them to `run`; return pytest's exit status."""
    arguments = [
        "-q",
        "--tb=native",
        "-p",
        "no:cacheprovider",
        "-W",
        "ignore::pytest.PytestAssertRewriteWarning",
    ]
    return int(pytest.main([*arguments, *paths], plugins=[_Tests(run)]))


def run_items(session: pytest.Session, items: Sequence[pytest.Item]) -> None:
    for item, following in zip(items, [*items[1:], None], strict=True):
        session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)


def forked(work: Callable[[int], None], seconds: float) -> tuple[int | None, str]:
    """Do work in a fork; return its exit status, and what it told.

    Parameters
    ----------
    work
        Gets a file descriptor to tell on.
    seconds
        Processor time after which it is ended, and a quarter of the time on the clock. The status
        is ``None`` then.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        signal.setitimer(signal.ITIMER_PROF, seconds)
        signal.setitimer(signal.ITIMER_REAL, 4 * seconds)
        try:
            work(writer)
        except BaseException as error:
            os.write(writer, f"{type(error).__name__}: {error}".encode()[:500])
            os._exit(RED)
        os._exit(GREEN)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        told = pipe.read().decode()
    _, status = os.waitpid(child, 0)
    return (None if os.WIFSIGNALED(status) else os.waitstatus_to_exitcode(status)), told


def hush() -> None:
    """Let nothing that faulty code prints reach anybody, and let it not eat the memory."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
