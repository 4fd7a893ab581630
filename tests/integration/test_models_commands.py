"""`precede models` on a real Kafka: what a partition committed is shown and can be taken along."""

import asyncio
import json
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from typer.testing import CliRunner

from detectors.models.weights import WEIGHTS
from streams.cli.main import app
from streams.kafka.client import client_options
from streams.kafka.reading import newest_values
from streams.kafka.topics import create_topics
from streams.settings import Settings
from tests.integration.conftest import MakeSettings
from tests.streams.engine.build import interactions, processor

RUN = CliRunner()


async def write_state(settings: Settings) -> None:
    """Write what two partitions would commit after a recorded day."""
    topic = (await create_topics(settings)).state
    producer = AIOKafkaProducer(**client_options(settings))
    await producer.start()
    try:
        for partition in (0, 1):
            worker = processor(partition)
            worker.process(interactions(1)[partition])
            for record in worker.checkpoint():
                await producer.send(topic, record.value, key=record.key, partition=partition)
    finally:
        await producer.stop()


def test_models_are_listed_shown_exported_and_imported(
    settings: MakeSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = settings()
    monkeypatch.setenv("PRECEDE_BOOTSTRAP_SERVERS", made.bootstrap_servers or "")
    monkeypatch.setenv("PRECEDE_TOPIC_PREFIX", made.topic_prefix)
    asyncio.run(write_state(made))
    file, picture = tmp_path / "weights.json", tmp_path / "abandon.svg"

    listed = RUN.invoke(app, ["models", "list", "--json"])
    shown = RUN.invoke(app, ["models", "show", "abandon", "--svg", str(picture)])
    exported = RUN.invoke(app, ["models", "export", "abandon", "--to", str(file)])
    imported = RUN.invoke(app, ["models", "import", str(file), "--json"])
    wrong = RUN.invoke(app, ["models", "show", "abandn"])

    assert listed.exit_code == 0, listed.output
    found = json.loads(listed.stdout)
    assert set(found) == {
        "abandon", "repeat", "contact", "churn", "silence", "sentiment", "topic",
    }  # fmt: skip
    assert found["abandon"]["labels"] > 20
    assert found["abandon"]["withdrawn"] == {}
    assert shown.exit_code == 0, shown.output
    assert "AUC over time" in shown.output
    assert picture.read_text().startswith("<svg ")
    assert exported.exit_code == 0, exported.output
    weights = json.loads(file.read_text())["models"]["abandon"]
    assert weights["labels"] == found["abandon"]["labels"]
    assert imported.exit_code == 0, imported.output
    assert (wrong.exit_code, "did you mean abandon?" in wrong.output) == (2, True)

    topic = made.topic_prefix + "raw-events"
    sent = asyncio.run(newest_values(client_options(made), topic, 0))
    event = json.loads(sent[b"control"])
    assert (event["type"], event["data"]["model"]) == (WEIGHTS, "abandon")
    assert event["data"]["weights"] == weights["weights"]
