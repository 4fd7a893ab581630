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


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "long: takes minutes; runs with -m long alone")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    long = [item for item in items if HERE in item.path.parents]
    for item in long:
        item.add_marker(pytest.mark.long)
    if "long" not in config.option.markexpr:
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Tell:
    told = request.config.stash.setdefault(TOLD, [])
    return lambda line: told.append(f"{request.node.name}: {line}")


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    for line in config.stash.get(TOLD, []):
        terminalreporter.write_line(line)
