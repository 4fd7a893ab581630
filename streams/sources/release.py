"""Put a braked rule back into service: the record that says so, through the log."""

from typing import Any

import msgpack
from aiokafka import AIOKafkaProducer

from detectors.event import Event, encode_event
from rules.brake import RELEASE
from rules.reactions import SOURCE
from streams.clock import now
from streams.kafka.client import client_options
from streams.kafka.reading import newest_values, require_topics
from streams.kafka.topics import Topics
from streams.settings import Settings
from streams.sources.cloudevents import CONTENT_TYPE


async def braked(settings: Settings) -> dict[str, str]:
    """Return which rules are braked -> why, as the first partition has committed it.

    Raises
    ------
    KafkaSetupError
        When there are no topics of the prefix.
    """
    options, topics = client_options(settings), Topics(settings.topic_prefix)
    await require_topics(topics, options)
    state = await newest_values(options, topics.state, 0)
    packed = state.get(b"brake")
    found: dict[str, Any] = {} if packed is None else msgpack.unpackb(packed)
    return dict(found.get("braked", ()))


async def release(rule: str, by: str, reason: str, settings: Settings) -> None:
    """Write the record; each partition releases the rule where it stands."""
    at = now()
    event = Event(
        f"release-{rule}-{at:.6f}", SOURCE, RELEASE, at,
        data={"rule": rule, "by": by, "reason": reason},
    )  # fmt: skip
    producer = AIOKafkaProducer(**client_options(settings), acks="all", enable_idempotence=True)
    await producer.start()
    try:
        await producer.send_and_wait(
            Topics(settings.topic_prefix).raw_events,
            key=b"control", value=encode_event(event), headers=[CONTENT_TYPE], partition=0,
        )  # fmt: skip
    finally:
        await producer.stop()
