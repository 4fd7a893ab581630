"""What the tests on a real Apache Kafka share."""

import asyncio
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from streams.kafka.launcher import KafkaServer
from streams.kafka.topics import delete_topics
from streams.settings import Settings


class MakeSettings(Protocol):
    """Settings for this test's Kafka and prefix, with what else the test wants."""

    def __call__(self, **values: object) -> Settings: ...


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "kafka" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.kafka)


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Bootstrap servers of PRECEDE_BOOTSTRAP_SERVERS, else of a Kafka of this test session."""
    if servers := Settings().bootstrap_servers:
        yield servers
        return
    with KafkaServer(tmp_path_factory.mktemp("home")) as server:
        yield server.bootstrap


@pytest.fixture
def prefix(kafka: str) -> Iterator[str]:
    """Put before the topics and groups of one test."""
    unique = f"test-{uuid.uuid4().hex[:12]}."
    yield unique
    if Settings().bootstrap_servers:  # ours is thrown away as a whole
        asyncio.run(delete_topics(Settings(topic_prefix=unique)))


@pytest.fixture
def settings(kafka: str, prefix: str, tmp_path: Path) -> MakeSettings:
    """Make settings; HTTP on a free port."""

    def make(**values: object) -> Settings:
        own = {"bootstrap_servers": kafka, "topic_prefix": prefix, "home": tmp_path, "http_port": 0}
        return Settings.model_validate({**Settings().model_dump(), **own, **values})

    return make
