"""One interactions log for several runs, and all that a run made of it."""

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import Any

import orjson
from aiokafka import AIOKafkaProducer

from detectors.event import encode_event
from rules.playbook.loader import load
from rules.playbook.models import Playbook
from streams.clock import monotonic, now
from streams.engine.contract import Outgoing
from streams.engine.restore import APPLIED
from streams.kafka.reading import newest_values
from streams.sources.publish import read_content
from tests.integration.workers import Site
from tests.streams.engine.build import (
    PARTITIONS,
    Read,
    calls,
    normalise,
    partitions_of,
    playbook_switch,
    processor,
    raw,
    state_of,
)

Log = Sequence[Sequence[Read]]
"""Partitions of interactions; a record's offset is its place."""

STEP_S = 0.1
BUSY = Path(__file__).parent / "busy_playbook"
"""A playbook that acts about once in a hundred events, so that transactions follow each other."""
OUTPUT = ("decisions", "actions", "labels", "dead_letters")


@dataclass(frozen=True)
class Made:
    """What a run made of a log, byte for byte.

    Parameters
    ----------
    decisions, actions, labels, dead_letters
        Partition of interactions -> values in order.
    state
        Partition -> key -> newest value, the applied offset included.
    """

    decisions: list[list[bytes]]
    actions: list[list[bytes]]
    labels: list[list[bytes]]
    dead_letters: list[list[bytes]]
    state: list[dict[bytes, bytes]]

    def sha256(self) -> str:
        """Return one hash of everything."""
        digest = hashlib.sha256()
        for each in OUTPUT:
            for partition in getattr(self, each):
                for value in partition:
                    digest.update(value)
        for state in self.state:
            for key, value in sorted(state.items()):
                digest.update(key + value)
        return digest.hexdigest()

    def assert_equals(self, other: "Made") -> None:
        """Fail with what differs first; customers stay out of the message."""
        for each in fields(self):
            for partition, (ours, theirs) in enumerate(
                zip(getattr(self, each.name), getattr(other, each.name), strict=True)
            ):
                where = f"{each.name}/{partition}"
                assert len(ours) == len(theirs), f"{where}: {len(ours)} and {len(theirs)}"
                assert ours == theirs, f"{where} differs"


@cache
def busy_playbook() -> Playbook:
    return load(BUSY)


def frozen_log(days: int = 3) -> Log:
    """Return the first days of the recorded month, under the busy playbook."""
    # Brokers refuse records from the future, and take old ones for expired: now, for all runs.
    at_ms = int(now() * 1000)
    return [[replace(record, timestamp=at_ms) for record in part] for part in _recorded(days)]


@cache
def _recorded(days: int) -> Log:
    switch = encode_event(playbook_switch(busy_playbook().hash))
    first = [Outgoing("interactions", None, switch, partition=p) for p in range(PARTITIONS)]
    return partitions_of([*first, *normalise(raw(calls(days)))])


async def publish(place: Site) -> None:
    """Publish the busy playbook."""
    await place.publish(busy_playbook(), read_content(BUSY))


async def write_log(place: Site, log: Log, seconds: float = 0.0) -> None:
    """Write a log to interactions, spread evenly over `seconds`, each record at its offset."""
    async with _producer(place) as producer:
        began = monotonic()
        steps = max(1, round(seconds / STEP_S))
        for step in range(steps):
            await asyncio.sleep(max(0.0, began + step * STEP_S - monotonic()))
            sent = [
                await producer.send(
                    place.topics.interactions, record.value, record.key, partition,
                    record.timestamp,
                )
                for partition, records in enumerate(share(log, step, steps))
                for record in records
            ]  # fmt: skip
            await asyncio.gather(*sent)


def share(log: Log, number: int, of_n: int) -> Log:
    """Return the part of every partition that comes as the given one of so many."""
    return [part[len(part) * number // of_n : len(part) * (number + 1) // of_n] for part in log]


def make(log: Log) -> Made:
    """Return what the processor alone makes of a log: nothing disturbs it."""
    output: list[list[Outgoing]] = []
    states = []
    for number, records in enumerate(log):
        worker = processor(number, busy_playbook())
        output.append(worker.process(records))
        state = {key: value for key, value in state_of(worker).items() if value is not None}
        states.append(state | {APPLIED: str(len(records)).encode()})
    return made_of(output, states)


def made_of(output: list[list[Outgoing]], states: list[dict[bytes, bytes]]) -> Made:
    """Return what processors made: output and final state by partition of interactions."""
    made = {topic: _by_origin(output, topic) for topic in OUTPUT}
    return Made(**made, state=states)


async def read_made(place: Site) -> Made:
    """Return what is in the topics."""
    actions: list[list[bytes]] = [[] for _ in range(PARTITIONS)]
    for topic in await place.read("actions"):
        for value, origin in _with_origin(topic):
            actions[origin].append(value)
    letters: list[list[bytes]] = [[] for _ in range(PARTITIONS)]
    for topic in await place.read("dead_letters"):
        for record in topic:
            letters[orjson.loads(record.value)["data"]["partition"]].append(record.value)
    return Made(
        decisions=await _values(place, "decisions"),
        # Partitions of actions are filled by all processors: sorted, as in `make`.
        actions=[sorted(values) for values in actions],
        labels=await _values(place, "labels"),
        dead_letters=letters,
        state=[
            await newest_values(place.options, place.topics.state, partition)
            for partition in range(PARTITIONS)
        ],
    )


def _by_origin(output: list[list[Outgoing]], topic: str) -> list[list[bytes]]:
    found = [
        [record.value or b"" for record in partition if record.topic == topic]
        for partition in output
    ]
    return [sorted(values) for values in found] if topic == "actions" else found


def _with_origin(records: Iterable[Any]) -> Iterable[tuple[bytes, int]]:
    for record in records:
        yield record.value, orjson.loads(record.value)["data"]["origin"]["partition"]


async def _values(place: Site, logical: str) -> list[list[bytes]]:
    return [[record.value for record in partition] for partition in await place.read(logical)]


@asynccontextmanager
async def _producer(place: Site) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(
        **place.options,
        acks="all",
        enable_idempotence=True,
        compression_type="lz4",
        request_timeout_ms=120_000,  # longer than any outage of a test
    )
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def order_of_actions(place: Site) -> dict[tuple[int, int], list[int]]:
    """Return (partition of actions, of interactions) -> offsets that the actions come from."""
    found: dict[tuple[int, int], list[int]] = defaultdict(list)
    for target, records in enumerate(await place.read("actions")):
        for record in records:
            origin = orjson.loads(record.value)["data"]["origin"]
            found[target, origin["partition"]].append(origin["offset"])
    return found
