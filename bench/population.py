"""A million customers in one partition: memory, restore from a compacted topic, checkpoint volume.

``python -m bench.population`` writes the packed customers to the state topic of a Kafka of its own
as a worker would have left them, restores them as a new owner does, and then loads the partition.
Every customer has the same profile: 20 events, 3 contacts among them, 2 open labels.
"""

import argparse
import asyncio
import gc
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from types import SimpleNamespace

import psutil
from aiokafka import AIOKafkaProducer, TopicPartition
from rich.console import Console
from rich.progress import Progress

from bench.report import written
from detectors.centre import Centre
from detectors.customer import Customer, pack
from detectors.event import Event, encode_event
from detectors.learning import labels
from detectors.models.registry import Models
from streams.engine.customers import PREFIX, TTL_S
from streams.engine.processor import Processor
from streams.engine.restore import APPLIED, restore
from streams.kafka.client import client_options
from streams.kafka.launcher import KafkaServer
from streams.kafka.topics import create_topics
from streams.settings import Settings

START = 1_790_000_000.0
KINDS = 1_000  # different customers; the million repeats them under other names
EVENTS = 20_000
RATE = 10_000.0  # events a second at which the volume of checkpoints is told
INTERVAL_S = 2.0
MAX_BYTES, MAX_RESTORE_S = 1_536.0, 8.0


@dataclass(frozen=True, slots=True)
class Population:
    """What so many customers cost.

    Parameters
    ----------
    packed_bytes
        Of one customer's record.
    resident_bytes
        Of one customer with its key, as the process grows.
    restore_s
        From a compacted topic to the first event.
    checkpoint_bytes_per_s
        At 10,000 events a second over random customers, one checkpoint in two seconds.
    """

    customers: int
    packed_bytes: float
    resident_bytes: float
    restore_s: float
    restore_cpu_s: float
    checkpoint_bytes_per_s: float


def events_of(name: str, number: int) -> Iterator[Event]:
    """Yield the 20 events of one customer: three contacts of four stages, and eight others."""
    at = START + number * 37.0
    for contact in range(3):
        call = f"{number:06}-{contact}"
        begin = at + contact * 20_000.0
        for stage, after_s in (("started", 0.0), ("queued", 3.0), ("answered", 48.0)):
            yield _contact(name, call, stage, begin + after_s)
        if contact < 2:  # the third is under way: its label is open
            yield _contact(name, call, "ended", begin + 300.0)
    for other in range(9):
        data = {"path": f"/help/{other}"}
        yield Event(f"{name}-{other}", "app", "page.viewed", at + 41_000.0 + other, name, data)


def packed(number: int) -> bytes:
    """Return one customer's record."""
    customer, models, centre = Customer(f"c-{number}"), Models(), Centre()
    for event in events_of(customer.id, number):
        labels.settle(customer, event)
        customer.update(event)
        for scored in models.score(event, customer, centre).values():
            models.open(scored, event, customer)
    return pack(customer, min(labels.next_due(customer), customer.at + TTL_S))


def _contact(name: str, call: str, stage: str, at: float) -> Event:
    data = {
        "call": call, "channel": "phone", "direction": "inbound", "topic": "internet",
        "priority": "regular", "wait_s": 45.0, "service_s": 250.0, "outcome": "answered",
    }  # fmt: skip
    return Event(f"{call}-{stage}", "centre", f"contact.{stage}", at, name, data)


def _keys(customers: int) -> Iterator[bytes]:
    return (PREFIX + b"customer-%08d" % number for number in range(customers))


async def _write(settings: Settings, customers: int, progress: Progress) -> float:
    topics = await create_topics(settings)
    kinds = [packed(number) for number in range(KINDS)]
    task = progress.add_task("writing customers", total=customers)
    producer = AIOKafkaProducer(
        **client_options(settings), compression_type="lz4", max_batch_size=512 * 1024
    )
    await producer.start()
    batch, waiting = producer.create_batch(), []
    try:
        for number, key in enumerate([*_keys(customers), APPLIED]):
            value = b"0" if key == APPLIED else kinds[number % KINDS]
            if batch.append(key=key, value=value, timestamp=None) is None:
                waiting.append(await producer.send_batch(batch, topics.state, partition=0))
                batch = producer.create_batch()
                batch.append(key=key, value=value, timestamp=None)
                progress.update(task, completed=number)
        waiting.append(await producer.send_batch(batch, topics.state, partition=0))
        await asyncio.gather(*waiting)
    finally:
        await producer.stop()
    progress.update(task, completed=customers)
    return sum(map(len, kinds)) / KINDS


async def _restore(settings: Settings, customers: int, progress: Progress) -> Processor:
    task = progress.add_task("restoring", total=customers)
    processor = Processor(0, 1, "live", lambda _: None)
    state = TopicPartition(f"{settings.topic_prefix}state", 0)
    await restore(
        client_options(settings), state, processor, 0,
        lambda reached, _: progress.update(task, completed=reached),
    )  # fmt: skip
    processor.restored(0)
    if len(processor.customers) != customers:
        msg = f"{customers} customers must be there; got {len(processor.customers)}"
        raise RuntimeError(msg)
    return processor


def _checkpoint_bytes(processor: Processor, customers: int) -> float:
    written, done = 0, 0
    for number in range(EVENTS):
        name = f"customer-{number * 7919 % customers:08}"
        event = _contact(name, f"load-{number}", "started", START + 200_000.0)
        record = SimpleNamespace(
            topic="", partition=0, offset=number, key=None, value=encode_event(event),
            headers=(), timestamp=0,
        )  # fmt: skip
        processor.process([record])
        done += 1
        if done == RATE * INTERVAL_S:
            written += sum(len(each.value or b"") for each in processor.checkpoint())
            done = 0
    return written / (EVENTS / RATE)


async def measure(settings: Settings, customers: int, progress: Progress) -> Population:
    """Write, restore and load so many customers."""
    size = await _write(settings, customers, progress)
    gc.collect()
    process = psutil.Process(os.getpid())
    before = process.memory_info().rss
    started, cpu = time.perf_counter(), time.process_time()
    processor = await _restore(settings, customers, progress)
    restore_s, cpu_s = time.perf_counter() - started, time.process_time() - cpu
    gc.collect()
    resident = (process.memory_info().rss - before) / customers
    volume = _checkpoint_bytes(processor, customers)
    return Population(
        customers, round(size, 1), round(resident, 1), round(restore_s, 2), round(cpu_s, 2),
        round(volume),
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description="measure a partition of many customers")
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--json", action="store_true", help="print JSON instead of sentences")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="precede-population-") as folder,
        KafkaServer(Path(folder)) as server,
        Progress(console=Console(stderr=True)) as progress,
    ):
        settings = Settings(
            bootstrap_servers=server.bootstrap, topic_prefix="population.", partitions=1
        )
        found = asyncio.run(measure(settings, options.customers, progress))
    if written("population", {"population": asdict(found)}, as_json=options.json):
        return
    judged = {True: "met", False: "MISSED"}
    print(
        f"{found.customers:,} customers of {found.packed_bytes:.0f} bytes packed:\n"
        f"  {found.resident_bytes:,.0f} bytes resident each, with key "
        f"({judged[found.resident_bytes <= MAX_BYTES]}: at most {MAX_BYTES:,.0f})\n"
        f"  restored in {found.restore_s:.1f} s, {found.restore_cpu_s:.1f} s of CPU "
        f"({judged[found.restore_s <= MAX_RESTORE_S]}: at most {MAX_RESTORE_S:.0f} s)\n"
        f"  checkpoints of {found.checkpoint_bytes_per_s / 2**20:.1f} MiB/s at {RATE:,.0f} events/s"
    )


if __name__ == "__main__":
    main()
