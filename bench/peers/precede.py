"""Precede: its own worker, as operators run it, in the role of the engine.

For the trivial job the worker gets another processor, nothing else; its state goes through the
same checkpoints. The variant ``at-once`` commits as soon as a result waits and no transaction is
under way, as Precede does with actions; ``interval`` every 100 ms, the default of Kafka Streams.
"""

import asyncio
import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import orjson

from bench.peers import trivial
from bench.peers.measure import PARTITIONS, Meter, Spec
from streams.engine.contract import Outgoing, Record
from streams.engine.partition import Role
from streams.engine.transaction import LITERAL
from streams.process import run_for_long
from streams.settings import Settings
from streams.worker import Worker

INTERVAL_S = 0.1
LOOK_S = 0.002
STATE = struct.Struct("<qd")


class Counting:
    """The trivial job on one partition; state is (count, average) by customer."""

    def __init__(self, partition: int, output: str, *, at_once: bool) -> None:
        self._partition = partition
        self._output = LITERAL + output
        self._at_once = at_once
        self._known: dict[bytes, tuple[int, float]] = {}
        self._touched: dict[bytes, None] = {}

    def process(self, records: Sequence[Record]) -> list[Outgoing]:
        """Count, and say something of each 100th."""
        said = []
        known, touched = self._known, self._touched
        for record in records:
            event = orjson.loads(record.value or b"")
            data, key = event["data"], record.key or b""
            known[key] = state = trivial.observe(*known.get(key, (0, 0.0)), data["value"])
            touched[key] = None
            if data["n"] % trivial.EACH == 0:
                value = trivial.result(event["subject"], *state)
                said.append(Outgoing(self._output, key, value, since_ms=record.timestamp))
        return said

    def checkpoint(self) -> list[Outgoing]:
        """Return the customers that changed."""
        known, partition = self._known, self._partition
        touched, self._touched = self._touched, {}
        return [Outgoing("state", key, STATE.pack(*known[key]), partition) for key in touched]

    def restore(self, key: bytes, value: bytes) -> None:
        """Take back one customer."""
        count, average = STATE.unpack(value)
        self._known[key] = count, average

    def restored(self, applied: int) -> list[Outgoing]:
        """Nothing to say."""
        return []

    def urgent(self, output: Iterable[Outgoing]) -> bool:
        """Whether a result is committed at once."""
        return self._at_once and bool(output)


class MeasuredWorker(Worker):
    """The worker of an engine, watched from outside the way of an event."""

    def __init__(self, settings: Settings, spec: Spec) -> None:
        self._spec = spec
        super().__init__(settings, ("engine",))

    def _role(self, name: str) -> Role:
        role = super()._role(name)
        if self._spec.job == "full":
            return role
        at_once, output = self._spec.variant == "at-once", self._spec.output
        return replace(role, make=lambda partition: Counting(partition, output, at_once=at_once))

    async def measure(self) -> None:
        """Return when all is processed and committed, and the cost is written."""
        meter = Meter(self._spec)
        owners = self._apps["engine"].owners
        await _until(lambda: meter.add(sum(owner.applied for owner in owners) - meter.seen))
        # The rest now, as at an orderly end, and not with the next regular checkpoint.
        last = [asyncio.create_task(owner.write([])) for owner in owners]
        await _until(lambda: all(owner.settled for owner in owners))
        meter.finish()
        for task in last:  # one that found nothing to write waits for the next transaction
            task.cancel()
        self.stop()


async def _until(holds: Callable[[], bool]) -> None:
    # From outside the way of an event, which is therefore the one that operators have.
    while True:
        await asyncio.sleep(LOOK_S)
        if holds():
            return


def settings(spec: Spec) -> Settings:
    """Return the worker's settings: its defaults, but for addresses and the variant's interval."""
    own = {
        "bootstrap_servers": spec.bootstrap,
        "topic_prefix": spec.prefix,
        "partitions": PARTITIONS,
        "clock": "log",
        "http_port": 0,
        "home": Path(spec.folder),
    }
    if spec.variant == "interval":
        own["checkpoint_interval_s"] = INTERVAL_S
    return Settings.model_validate(own)


async def main(spec: Spec) -> None:
    worker = MeasuredWorker(settings(spec), spec)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(worker.run())
        tasks.create_task(worker.measure())


if __name__ == "__main__":
    run_for_long(main(Spec.read()))
