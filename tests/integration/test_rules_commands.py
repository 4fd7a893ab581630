"""`rules names --topic` and `rules record` on a real Kafka."""

import asyncio
import json
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from typer.testing import CliRunner

from detectors.event import Event, encode_event
from streams.cli.main import app
from streams.engine.transaction import partition_of
from streams.kafka.client import client_options
from streams.kafka.topics import create_topics
from streams.settings import Settings
from tests.integration.conftest import MakeSettings
from tests.rules.playbook.texts import texts

RUN = CliRunner()


async def write(settings: Settings, events: list[Event]) -> None:
    topic = (await create_topics(settings)).interactions
    producer = AIOKafkaProducer(**client_options(settings))
    await producer.start()
    try:
        for event in events:
            key = event.customer.encode()
            partition = partition_of(key, settings.partitions)
            await producer.send(topic, encode_event(event), key=key, partition=partition)
    finally:
        await producer.stop()


def test_names_and_record_read_the_topic_of_interactions(
    settings: MakeSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = settings()
    monkeypatch.setenv("PRECEDE_BOOTSTRAP_SERVERS", made.bootstrap_servers or "")
    monkeypatch.setenv("PRECEDE_TOPIC_PREFIX", made.topic_prefix)
    for name, text in texts().items():
        (tmp_path / name).write_text(text)
    events = [
        Event(f"{name}-{at}", "centre", "contact.abandoned", at, name,
              {"call": f"{name}-{at}", "direction": "inbound", "wait_s": 20.0})
        for name in ("ann", "ben", "cem")
        for at in (1_767_600_000.0, 1_767_600_600.0)
    ]  # fmt: skip
    asyncio.run(write(made, events))

    names = RUN.invoke(app, ["rules", "names", "wait", "--topic", "--json"])
    words = ["rules", "record", "ben", "--playbook", str(tmp_path), "--json"]
    record = RUN.invoke(app, words)

    assert names.exit_code == 0, names.output
    seen = json.loads(names.stdout)["events"]["contact.abandoned"]
    assert (seen["count"], seen["sources"]) == (6, ["centre"])
    assert record.exit_code == 0, record.output
    test = json.loads(record.stdout)["test"]
    assert [event["at"] for event in test["events"]] == ["0s", "10m"]
    assert [each["at"] for each in test["expect"]] == ["0s", "10m"]
