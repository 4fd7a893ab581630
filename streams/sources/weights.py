"""Weights of models that enter through the log: every partition takes them at the same record."""

from collections.abc import Mapping

from aiokafka import AIOKafkaProducer

from detectors.event import Event, encode_event
from detectors.models.weights import WEIGHTS
from streams.kafka.client import client_options
from streams.kafka.topics import Topics
from streams.settings import Settings
from streams.sources.cloudevents import CONTENT_TYPE

SOURCE = "precede/models"


async def send_weights(
    name: str, weights: Mapping[str, float], intercept: float, at: float, settings: Settings
) -> None:
    """Write the record that lets a model begin with these weights, in every partition."""
    event = Event(
        id=f"weights-{name}-{at:.6f}",
        source=SOURCE,
        type=WEIGHTS,
        at=at,
        data={"model": name, "weights": dict(weights), "intercept": intercept},
    )
    producer = AIOKafkaProducer(
        **client_options(settings), acks="all", enable_idempotence=True, compression_type="lz4"
    )
    await producer.start()
    try:
        await producer.send_and_wait(
            Topics(settings.topic_prefix).raw_events, key=b"control", value=encode_event(event),
            headers=[CONTENT_TYPE], partition=0,
        )  # fmt: skip
    finally:
        await producer.stop()
