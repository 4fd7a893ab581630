import asyncio
from pathlib import Path

import orjson
import pytest
from aiokafka import AIOKafkaProducer
from typer.testing import CliRunner

import rules.playbook
from detectors.event import Event, encode_event
from rules.playbook.loader import load
from rules.proof.intervals import Share
from streams.cli.main import app
from streams.ghosts import judge_topics
from streams.kafka.client import client_options
from streams.kafka.topics import Topics, create_topics
from streams.settings import Settings
from streams.sources.publish import publish, read_content
from tests.rules.proof.build import DAY, HOUR, MINUTE, abandoned, answered

pytestmark = pytest.mark.kafka

DEFAULT = Path(rules.playbook.__path__[0]) / "default"
RULE = "callback-after-abandonment"
START = 915_174_000.0  # Friday, 1 January 1999, 09:00 in Jerusalem


@pytest.fixture
def settings(kafka: str, prefix: str) -> Settings:
    return Settings(bootstrap_servers=kafka, topic_prefix=prefix, clock="log", partitions=2)


def decision(number: int, trigger: Event, reason: str) -> Event:
    """Return the record of a decision a quarter of an hour after its trigger."""
    at = trigger.at + 15 * MINUTE
    data = {
        "customer": trigger.customer,
        "rule": RULE,
        "pyramid_level": 2,
        "trigger": {
            "event_id": trigger.id, "type": trigger.type, "at": trigger.at, "kind": "observed",
        },
        "matched_at": at,
        "facts": {},
        "explanation": f"Reason of {trigger.customer}.",
        "gates": [["cooldown", "pass", "not acted lately"]],
        "reason": reason,
        "action_id": f"a-{number}",
    }  # fmt: skip
    return Event(f"d-{number}", "precede", "precede.decision", at, trigger.customer, data)


async def fill(settings: Settings) -> None:
    """Write a playbook, contacts of three customers and what was decided for them."""
    await create_topics(settings)
    await publish(load(DEFAULT), read_content(DEFAULT), settings)
    topics = Topics(settings.topic_prefix)
    ann = [*abandoned("a", START), *answered("a2", START + 16 * MINUTE + 3 * HOUR)]
    bob = abandoned("b", START + HOUR, "bob")
    cy = answered("c", START, "cy")
    state = Event("q", "bank", "queue.state", START, "", {"queue": "calls", "length": 0})
    end = answered("z", START + 5 * DAY, "call:z")
    async with AIOKafkaProducer(**client_options(settings)) as producer:
        # A customer's events and decisions are in one partition, in order; nothing else is sure.
        for partition, events in (
            (1, ann),
            (0, bob),
            (1, cy),
            (0, [state]),
            (1, [state]),
            (0, end),
        ):
            for event in events:
                value = encode_event(event)
                await producer.send_and_wait(topics.interactions, value, partition=partition)
        for number, (partition, trigger, reason) in enumerate(
            ((1, ann[2], "sent"), (0, bob[2], "sent"), (0, bob[2], "cap"))
        ):
            value = encode_event(decision(number, trigger, reason))
            await producer.send_and_wait(topics.decisions, value, partition=partition)


def test_figures_come_from_all_partitions(settings: Settings) -> None:
    async def run() -> None:
        await fill(settings)
        results = await judge_topics(settings, client_options(settings), load(DEFAULT))
        result = results[RULE]

        assert result.candidates == {"cap": 1, "sent": 2}
        assert result.total.called == Share(1, 2)
        assert result.total.comparable == Share(0, 2)  # cy, and ann's second call
        assert result.lead_time_s == 3 * HOUR
        assert (result.late, result.outside_hours) == (0, 0)
        assert {results[rule].total.fired for rule in results if rule != RULE} == {0}

    asyncio.run(run())


def test_cases_are_shown_on_the_command_line(settings: Settings) -> None:
    asyncio.run(fill(settings))
    runner = CliRunner(
        env={
            "PRECEDE_BOOTSTRAP_SERVERS": settings.bootstrap_servers,
            "PRECEDE_TOPIC_PREFIX": settings.topic_prefix,
            "PRECEDE_PARTITIONS": "2",
            "COLUMNS": "120",
        }
    )

    found = runner.invoke(app, ["cases", RULE, "--json"])
    assert found.exit_code == 0, found.output
    told = orjson.loads(found.stdout)
    assert (told["note"], told["fired"]) == ("replayed history: no causal claim", 2)
    assert [(case["customer"], case["local"], case["then"]) for case in told["cases"]] == [
        ("ann", "1999-01-01T09:16:00+02:00", "called again after 3 h"),
        ("bob", "1999-01-01T10:16:00+02:00", "did not call within 24 h"),
    ]

    in_words = runner.invoke(app, ["cases", RULE, "--limit", "1"])
    assert "1 of 2 firings" in in_words.stdout
    assert "Reason of bob." in in_words.stdout

    unknown = runner.invoke(app, ["cases", "call-back"])
    assert unknown.exit_code == 1
    assert f"{RULE} (2)" in " ".join(unknown.stderr.split())


def test_topics_that_are_not_there_are_told_at_once(settings: Settings) -> None:
    env = {
        "PRECEDE_BOOTSTRAP_SERVERS": settings.bootstrap_servers,
        "PRECEDE_TOPIC_PREFIX": "nobody-made-these.",
    }
    missing = CliRunner(env=env).invoke(app, ["cases", RULE])

    assert missing.exit_code == 1
    assert "nobody-made-these." in missing.stderr
