"""Actions that wait for a person: those put aside, and those of which nobody knows the outcome."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaProducer

from detectors.event import Event, encode_event
from streams.dispatch.entry import Entry, decode_entry
from streams.dispatch.incoming import Kind
from streams.engine.restore import APPLIED
from streams.kafka.client import client_options
from streams.kafka.reading import newest_values
from streams.kafka.topics import Topics
from streams.settings import Settings
from streams.sources.cloudevents import CONTENT_TYPE

SOURCE = "precede/parked"


@dataclass(frozen=True, slots=True)
class Waiting:
    """An action that waits for a person, and the partition that owns it."""

    partition: int
    entry: Entry


async def read_parked(
    settings: Settings,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
    *,
    planned: bool = False,
) -> list[Waiting]:
    """Return the parked and the unknown actions, the longest waiting first.

    An unknown one that was cancelled waits for nobody any more.

    Parameters
    ----------
    progress
        Called with (partitions read, partitions) after each.
    planned
        Whether also those that wait for their time, for a retry or for the end of a stop.
    """
    options, topics = client_options(settings), Topics(settings.topic_prefix)
    found = []
    for partition in range(settings.partitions):
        values = await newest_values(options, topics.ledger, partition)
        values.pop(APPLIED, None)
        entries = map(decode_entry, values.values())
        found += [
            Waiting(partition, entry)
            for entry in entries
            if waits(entry) or (planned and entry.state == "planned")
        ]
        progress(partition + 1, settings.partitions)
    return sorted(found, key=lambda waiting: (waiting.entry.changed_at, waiting.entry.id))


def waits(entry: Entry) -> bool:
    """Whether an action waits for a person."""
    return entry.state == "parked" or (entry.state == "unknown" and not entry.cancel)


async def ask_replay(
    actions: Sequence[Waiting], settings: Settings, *, by: str, even_if_taken: bool
) -> None:
    """Ask the dispatchers to plan actions again.

    Parameters
    ----------
    by
        Who asks for it.
    even_if_taken
        Whether also where an earlier call may have been taken.
    """
    await _tell(Kind.REPLAY, actions, settings, {"by": by, "even_if_taken": even_if_taken})


async def ask_cancel(
    actions: Sequence[Waiting], settings: Settings, *, by: str, reason: str
) -> None:
    """Tell the dispatchers that actions must not go out any more."""
    why = f"cancelled by {by}: {reason}" if reason else f"cancelled by {by}"
    await _tell(Kind.WITHDRAW, actions, settings, {"reason": why})


async def _tell(
    kind: Kind, actions: Sequence[Waiting], settings: Settings, data: dict[str, object]
) -> None:
    topics = Topics(settings.topic_prefix)
    producer = AIOKafkaProducer(**client_options(settings), acks="all", enable_idempotence=True)
    await producer.start()
    try:
        sent = []
        for waiting in actions:
            entry = waiting.entry
            about = {"action_id": entry.id}
            # The decision's own time: what a person does must move no clock of the log.
            event = Event(
                str(uuid.uuid4()), SOURCE, kind, entry.at, entry.contact_point, about | data
            )
            sent.append(
                await producer.send(
                    topics.actions,
                    key=entry.contact_point.encode(),
                    value=encode_event(event),
                    headers=[CONTENT_TYPE],
                    partition=waiting.partition,
                )
            )
        for each in sent:
            await each
    finally:
        await producer.stop()
