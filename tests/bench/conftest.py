"""The stand that the comparisons run on, started once."""

from collections.abc import Iterator

import pytest

from bench.throughput_stand import Stand


@pytest.fixture(scope="session")
def stand() -> Iterator[Stand]:
    """Own Kafka, since every run leaves groups and changelogs behind."""
    with Stand() as running:
        yield running
