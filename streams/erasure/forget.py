"""Forget one customer: through the log, so that every partition and every replay agrees.

The event ``customer.forgotten`` makes the engine remove the customer with everything open, and
tell every partition of dispatch, which ends and removes what waits. What the logs hold of the time
before goes with the next purge, see `streams.erasure.purge`.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

import orjson
from aiokafka import TopicPartition

from detectors.customer import unpack
from detectors.event import Event, decode_event, encode_event
from streams.clock import monotonic, now
from streams.engine.customers import PREFIX
from streams.engine.forgotten import FORGET, FORGOTTEN, SOURCE
from streams.engine.restore import position_of
from streams.engine.transaction import partition_of
from streams.erasure.register import Erasure, Register, digest_of, find, registered
from streams.kafka.reading import read_to_end, reader
from streams.kafka.topics import Topics
from streams.settings import Settings

POLL_S: Final = 0.2
_DAY_S: Final = 86_400.0

Progress = Callable[[str, int, int], None]


class NotAppliedError(TimeoutError):
    """The erasure is in the log, but no worker has come to it yet."""


async def forget(
    settings: Settings,
    client_options: Mapping[str, Any],
    customer: str,
    *,
    reference: str = "",
    patience_s: float = 30.0,
    progress: Progress = lambda _what, _done, _of: None,
) -> Erasure:
    """Erase a customer from state and ledger, and note by when the logs must follow.

    Whatever ends this before its end, run it again: it goes on where it was.

    Parameters
    ----------
    reference
        What it was asked for with; must name nobody.
    patience_s
        How long to wait for the workers, seconds.

    Raises
    ------
    NotAppliedError
        When the workers did not come to it in time.
    """
    topics = Topics(settings.topic_prefix)
    async with Register(client_options, settings.topic_prefix) as register:
        digest = digest_of(customer, register.salt)
        erasure = find(register.erasures, digest)
        if erasure is None or erasure.applied_at is not None:
            number = 1 if erasure is None else erasure.number + 1
            asked_at = now()
            purge_by = asked_at + settings.erase_within_days * _DAY_S
            erasure = Erasure(digest, number, reference, asked_at, purge_by)
        at = await _event_time(settings, client_options, topics, customer)
        salt = register.salt
        event = Event(erasure.event_id, SOURCE, FORGOTTEN, at, customer, {"salt": salt})
        since = await _ends(settings, client_options, topics)
        raw = partition_of(customer.encode(), settings.partitions)
        row = (topics.raw_events, customer.encode(), encode_event(event), raw)
        await register.write([erasure], [row])
        until = monotonic() + patience_s
        progress("engine", 0, settings.partitions)
        told = await _told(client_options, event.id, since, until, progress)
        await _taken(settings, client_options, told, until, progress)
        erasure = replace(erasure, applied_at=now())
        await register.write([erasure])
    return erasure


async def forgotten_before(
    settings: Settings, client_options: Mapping[str, Any], customer: str
) -> int:
    """Return the offset of interactions before which the customer was forgotten last; 0 for never.

    What the topics still hold of the time before must not be told any more. The log is read only
    for those whom the register knows.
    """
    salt, erasures = await registered(client_options, settings.topic_prefix)
    if not erasures or find(erasures, digest_of(customer, salt)) is None:
        return 0
    topics = Topics(settings.topic_prefix)
    partition, key, offset = (
        partition_of(customer.encode(), settings.partitions),
        customer.encode(),
        0,
    )
    async for batch in read_to_end(client_options, topics.interactions, partition):
        for record in batch:
            if record.key == key and FORGOTTEN.encode() in record.value:
                is_it = decode_event(record.value).type == FORGOTTEN
                offset = record.offset if is_it else offset
    return offset


async def _event_time(
    settings: Settings, client_options: Mapping[str, Any], topics: Topics, customer: str
) -> float:
    """Return the wall clock; on a log clock how far the log has come, for it moves nothing on."""
    if settings.clock == "live":
        return now()
    partition = partition_of(customer.encode(), settings.partitions)
    key, at = PREFIX + customer.encode(), 0.0
    found: dict[bytes, bytes | None] = {}
    async for batch in read_to_end(client_options, topics.state, partition):
        found |= {record.key: record.value for record in batch if record.key in {key, b"watermark"}}
    if (watermark := found.get(b"watermark")) is not None:
        at = orjson.loads(watermark)["at"] or at
    if (packed := found.get(key)) is not None:
        at = max(at, unpack(customer, packed).at)
    return at


async def _ends(
    settings: Settings, client_options: Mapping[str, Any], topics: Topics
) -> dict[TopicPartition, int]:
    partitions = [TopicPartition(topics.actions, each) for each in range(settings.partitions)]
    async with reader(client_options) as consumer:
        found: dict[TopicPartition, int] = await consumer.end_offsets(partitions)
    return found


async def _told(
    client_options: Mapping[str, Any],
    event_id: str,
    since: Mapping[TopicPartition, int],
    until: float,
    progress: Progress,
) -> dict[TopicPartition, int]:
    """Return where the engine told each partition of dispatch; by then its own state is free."""
    told: dict[TopicPartition, int] = {}
    async with reader(client_options) as consumer:
        consumer.assign(list(since))
        for tp, offset in since.items():
            consumer.seek(tp, offset)
        while len(told) < len(since):
            if monotonic() > until:
                msg = (
                    "the erasure must reach the workers; it is in the log, but none has come to it "
                    "yet: start one, and run the command again"
                )
                raise NotAppliedError(msg)
            for tp, batch in (await consumer.getmany(timeout_ms=int(POLL_S * 1000))).items():
                found = [record.offset for record in batch if _is_told(record.value, event_id)]
                if found:
                    told[tp] = found[-1]
                    progress("engine", len(told), len(since))
    return told


def _is_told(value: bytes | None, event_id: str) -> bool:
    if value is None or FORGET.encode() not in value:
        return False
    event = orjson.loads(value)
    return bool(event["type"] == FORGET and event["data"].get("forgotten") == event_id)


async def _taken(
    settings: Settings,
    client_options: Mapping[str, Any],
    told: Mapping[TopicPartition, int],
    until: float,
    progress: Progress,
) -> None:
    """Return when dispatch has come so far in every partition."""
    group = f"{settings.topic_prefix}dispatch"
    for done, (tp, offset) in enumerate(told.items()):
        progress("dispatch", done, len(told))
        while ((await position_of(client_options, group, tp)).committed or 0) <= offset:
            if monotonic() > until:
                msg = (
                    "the erasure must reach dispatch; the engine has forgotten the customer, but "
                    "no worker dispatches: start one, and run the command again"
                )
                raise NotAppliedError(msg)
            await asyncio.sleep(POLL_S)
    progress("dispatch", len(told), len(told))
