"""Orders of operators to stop and to go on: how they stand in the control topic and in the log."""

from dataclasses import dataclass
from typing import Any, Literal, get_args

import orjson
from aiokafka import AIOKafkaProducer

from detectors.event import Event, encode_event
from streams.kafka.client import client_options
from streams.kafka.reading import newest_values
from streams.kafka.topics import Topics
from streams.settings import Settings
from streams.sources.cloudevents import CONTENT_TYPE

SOURCE = "precede/stop"
Scope = Literal["all", "rule", "channel"]
SCOPES: tuple[Scope, ...] = get_args(Scope)


@dataclass(frozen=True, slots=True)
class Order:
    """What an operator ordered last about everything, about one rule or about one channel.

    Parameters
    ----------
    scope, name
        What it is about; the name is empty for ``all``.
    stopped
        Whether it stands still from now on, or may go on.
    by
        Who ordered it.
    at
        When, wall clock, Unix seconds.
    reason
        Why.
    """

    scope: Scope
    name: str
    stopped: bool
    by: str
    at: float
    reason: str

    @property
    def key(self) -> str:
        """Its key in the control topic, which keeps the newest order of each.

        >>> Order("rule", "call-back", True, "ann", 0.0, "wrong text").key
        'rule:call-back'
        """
        return self.scope if self.scope == "all" else f"{self.scope}:{self.name}"

    @property
    def what(self) -> str:
        """What it is about, as a person reads it."""
        return "everything" if self.scope == "all" else f"{self.scope} {self.name}"

    def pack(self) -> bytes:
        """Return the value of its record."""
        return orjson.dumps(self)

    def event(self) -> Event:
        """Return it as it enters the log, where the engine meets it."""
        data: dict[str, Any] = {
            "scope": self.scope,
            "name": self.name or None,
            "by": self.by,
            "reason": self.reason,
        }
        kind = "control.stop" if self.stopped else "control.resume"
        return Event(f"{kind}-{self.key}-{self.at:.6f}", SOURCE, kind, self.at, data=data)


def read_order(value: bytes) -> Order | None:
    """Return what `Order.pack` wrote; nothing when it is something else."""
    try:
        found = orjson.loads(value)
        order = Order(
            found["scope"],
            str(found["name"]),
            bool(found["stopped"]),
            str(found["by"]),
            float(found["at"]),
            str(found["reason"]),
        )
    except (ValueError, KeyError, TypeError):
        return None
    return order if order.scope in SCOPES else None


async def give(order: Order, settings: Settings) -> None:
    """Write an order: first to the control topic, for the dispatchers, then into the log.

    Dispatchers obey as soon as they read the first, however far the log is behind; the engine ends
    candidates where the second stands.
    """
    topics = Topics(settings.topic_prefix)
    producer = AIOKafkaProducer(**client_options(settings), acks="all", enable_idempotence=True)
    await producer.start()
    try:
        await producer.send_and_wait(
            topics.control, key=order.key.encode(), value=order.pack(), partition=0
        )
        await producer.send_and_wait(
            topics.raw_events, key=b"control", value=encode_event(order.event()),
            headers=[CONTENT_TYPE], partition=0,
        )  # fmt: skip
    finally:
        await producer.stop()


async def orders(settings: Settings) -> list[Order]:
    """Return the newest order about each thing, the newest first."""
    topic = Topics(settings.topic_prefix).control
    values = await newest_values(client_options(settings), topic, 0)
    found = [order for value in values.values() if (order := read_order(value)) is not None]
    return sorted(found, key=lambda order: (-order.at, order.key))
