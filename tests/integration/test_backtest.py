"""A log in Kafka: exported, backtested by its prefix, and asked why."""

import asyncio
from pathlib import Path

import orjson
import pytest
from aiokafka import AIOKafkaProducer
from typer.testing import CliRunner

from detectors.event import encode_event
from rules.playbook.loader import load
from streams.backtest.log import find_log, read_values
from streams.cli.main import app
from streams.engine.processor import Processor
from streams.engine.transaction import partition_of
from streams.kafka.client import client_options
from streams.kafka.topics import Topics, create_topics
from streams.settings import Settings
from streams.sources.publish import publish, read_content
from tests.rules.playbook.texts import replaced, texts
from tests.streams.backtest.build import lost_calls
from tests.streams.engine.build import Read, only, playbook_switch

pytestmark = pytest.mark.kafka

PARTITIONS = 2
CALLS = 4
RULE = "call-back-soon"


@pytest.fixture
def settings(kafka: str, prefix: str) -> Settings:
    return Settings(
        bootstrap_servers=kafka, topic_prefix=prefix, clock="log", partitions=PARTITIONS
    )


def write(folder: Path, files: dict[str, str]) -> Path:
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder


async def fill(settings: Settings, folder: Path, tmp_path: Path) -> list[list[bytes]]:
    """Write a log of lost calls and what the engine decides on it; return the interactions."""
    await create_topics(settings)
    playbook = load(folder)
    await publish(playbook, read_content(folder), settings)
    topics = Topics(settings.topic_prefix)
    switch = encode_event(playbook_switch(playbook.hash))
    recorded = lost_calls(tmp_path / "recorded", CALLS, PARTITIONS)
    parts = [[switch, *read_values(file)] for file in recorded.partitions]
    async with AIOKafkaProducer(**client_options(settings)) as producer:
        for number, values in enumerate(parts):
            processor = Processor(number, PARTITIONS, "log", only(playbook))
            reads = [Read(value, offset) for offset, value in enumerate(values)]
            for value in values:
                await producer.send_and_wait(topics.interactions, value, partition=number)
            for made in processor.process(reads):
                if made.topic == "decisions":
                    await producer.send_and_wait(
                        topics.decisions, made.value, key=made.key, partition=number
                    )
    return parts


def test_a_log_in_kafka(settings: Settings, tmp_path: Path) -> None:
    book = write(tmp_path / "book", texts())
    later = write(tmp_path / "later", replaced("event.wait_s > 10s", "event.wait_s > 70s"))
    parts = asyncio.run(fill(settings, book, tmp_path))
    runner = CliRunner(
        env={
            "PRECEDE_BOOTSTRAP_SERVERS": settings.bootstrap_servers,
            "PRECEDE_TOPIC_PREFIX": settings.topic_prefix,
            "PRECEDE_PARTITIONS": str(PARTITIONS),
            "PRECEDE_CLOCK": "log",
            "COLUMNS": "200",
        }
    )

    exported = runner.invoke(app, ["log", "export", str(tmp_path / "log"), "--json"])
    assert exported.exit_code == 0, exported.output
    assert orjson.loads(exported.stdout)["records"] == sum(map(len, parts))
    assert [list(read_values(file)) for file in find_log(tmp_path / "log").partitions] == parts

    options = ["--from", settings.topic_prefix, "--processes", "1", "--json"]
    found = runner.invoke(app, ["rules", "backtest", str(later), "--against", str(book), *options])
    assert found.exit_code == 0, found.output
    told = orjson.loads(found.stdout)
    assert told["against"]["rules"][RULE]["fired"] == CALLS
    assert told["difference"][RULE]["missing"]["fired"] == CALLS  # all gave up after 60 s

    assert partition_of(b"c-1", PARTITIONS) == 1  # as it was written
    why = runner.invoke(app, ["why", "c-1", RULE])
    assert f"{RULE} went out to c-1 on Sat 02 Jan 1999, 20:01:00" in why.stdout, why.output
    why_not = runner.invoke(app, ["why-not", "c-1", RULE, "--at", "1999-01-02T19:00"])
    assert "c-1 is unknown: there is no event" in why_not.stdout, why_not.output


def test_topics_that_are_not_there_are_told(settings: Settings, tmp_path: Path) -> None:
    env = {"PRECEDE_BOOTSTRAP_SERVERS": settings.bootstrap_servers}
    book = write(tmp_path / "book", texts())
    arguments = ["rules", "backtest", str(book), "--from", "nobody-made-these."]

    missing = CliRunner(env=env).invoke(app, arguments)

    assert missing.exit_code == 1
    assert "nobody-made-these." in missing.stderr
