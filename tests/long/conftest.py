"""Tests that take minutes: run by `make test-long`, left out of `make test`."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.conftest import kafka, prefix, settings

__all__ = ["kafka", "prefix", "settings"]

HERE = Path(__file__).parent
TOLD = pytest.StashKey[list[str]]()

Tell = Callable[[str], None]
"""Takes a line that is shown at the end of the run, passed or failed."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.long)


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Tell:
    told = request.config.stash.setdefault(TOLD, [])
    return lambda line: told.append(f"{request.node.name}: {line}")


@pytest.fixture
def show(request: pytest.FixtureRequest) -> Tell:
    """Return what shows a line at once, whatever is captured: how far a long test has come."""
    capturing = request.config.pluginmanager.getplugin("capturemanager")
    terminal = request.config.pluginmanager.getplugin("terminalreporter")

    def now(line: str) -> None:
        with capturing.global_and_fixture_disabled():
            terminal.write_line(f"{request.node.name}: {line}")

    return now


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    for line in config.stash.get(TOLD, []):
        terminalreporter.write_line(line)
