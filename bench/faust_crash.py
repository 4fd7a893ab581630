"""What plain Faust tables lose or double when their worker is killed.

The harness of the tests in tests/long, on the program that Faust's documentation shows: an agent
that does ``tab[key] += 1`` for every event. The table is read back from its changelog, which is
all that a next worker would know.
"""

import argparse
import asyncio
import json
import random
import secrets
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import faust
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from streams.kafka.launcher import KafkaServer
from streams.kafka.reading import newest_values
from streams.settings import Settings

APP = "faust-crash"
EVENTS, CHANGELOG = "faust-crash-events", f"{APP}-counts-changelog"
PARTITIONS = 4
KEYS = 500
CALM_S = 10.0  # longer than Faust takes to commit (2.8 s)
PATIENCE_S = 300.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the table says at the end.

    Parameters
    ----------
    events
        Events written, each of them once.
    kills, seed
        How often the worker was killed, and where the random moments come from.
    counted
        Sum of the table: equal to `events` where nothing is lost or doubled.
    doubled, lost
        Updates too many and too few, summed over the keys.
    seconds
        From the first start to the end.
    """

    events: int
    kills: int
    seed: int
    counted: int
    doubled: int
    lost: int
    seconds: float


def app(bootstrap: str, folder: Path) -> faust.App:
    """Return the application of Faust's own documentation."""
    counter = faust.App(
        APP,
        broker=f"kafka://{bootstrap}",
        store="memory://",
        datadir=folder,
        topic_partitions=PARTITIONS,
        topic_replication_factor=1,
        broker_session_timeout=6.0,
        broker_heartbeat_interval=2.0,
        broker_rebalance_timeout=18.0,
        web_enabled=False,
    )
    events = counter.topic(EVENTS, key_type=bytes, value_type=bytes, value_serializer="raw")
    counts = counter.Table("counts", default=int, partitions=PARTITIONS)

    async def count(stream: Any) -> None:
        async for key, _ in stream.items():  # noqa: PERF102 - a stream is no dict
            counts[key.decode()] += 1

    counter.agent(events)(count)
    return counter


def key_of(number: int) -> bytes:
    return f"k{number % KEYS}".encode()


async def write(bootstrap: str, events: int) -> Counter[str]:
    """Write the events; return what a table must say of each key."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(EVENTS, PARTITIONS, 1)])
    finally:
        await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True)
    await producer.start()
    try:
        for number in range(events):
            await producer.send(EVENTS, b"{}", key_of(number))
    finally:
        await producer.stop()
    return Counter(key_of(number).decode() for number in range(events))


@asynccontextmanager
async def watching(bootstrap: str) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


async def updates(bootstrap: str) -> int:
    """Return how many updates of the table have reached Kafka."""
    async with watching(bootstrap) as consumer:
        if not consumer.partitions_for_topic(CHANGELOG) and CHANGELOG not in (
            await consumer.topics()
        ):
            return 0
        partitions = [TopicPartition(CHANGELOG, number) for number in range(PARTITIONS)]
        return sum((await consumer.end_offsets(partitions)).values())


async def table_of(bootstrap: str) -> Counter[str]:
    """Return the table as a next worker would find it."""
    found: Counter[str] = Counter()
    for partition in range(PARTITIONS):
        options = {"bootstrap_servers": bootstrap}
        for key, value in (await newest_values(options, CHANGELOG, partition)).items():
            found[json.loads(key)] += json.loads(value)
    return found


@contextmanager
def worker(bootstrap: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "bench.faust_crash", "--worker", bootstrap, str(folder)]
    with (folder / "worker.log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        try:
            yield process
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()


async def reaches(bootstrap: str, number: int, process: subprocess.Popen[bytes]) -> None:
    end = time.perf_counter() + PATIENCE_S
    while await updates(bootstrap) < number:
        if process.poll() is not None:
            msg = "the Faust worker must keep running; it ended by itself"
            raise RuntimeError(msg)
        if time.perf_counter() > end:
            msg = f"the table must have {number} updates within {PATIENCE_S:.0f} s"
            raise TimeoutError(msg)
        await asyncio.sleep(0.1)


async def settles(bootstrap: str) -> None:
    """Return when the table has not changed for a while."""
    reached, since = -1, time.perf_counter()
    while time.perf_counter() - since < CALM_S:
        now = await updates(bootstrap)
        if now != reached:
            reached, since = now, time.perf_counter()
        await asyncio.sleep(0.5)


async def measure(
    bootstrap: str, folder: Path, *, events: int, kills: int, seed: int, console: Console
) -> Outcome:
    """Kill the worker at so many random moments, let one finish, and read the table."""
    moments = random.Random(seed)
    expected = await write(bootstrap, events)
    started = time.perf_counter()
    with Progress(console=console, transient=True) as progress:
        shown = progress.add_task("kills", total=kills + 1)
        for kill in range(kills):
            with worker(bootstrap, folder) as process:
                # While it counts: some part of what is left beyond what is there already.
                there = await updates(bootstrap)
                step = events // (2 * kills)
                target = there + 1 if kill == 0 else there + moments.randint(1, step)
                await reaches(bootstrap, target, process)
                await asyncio.sleep(moments.uniform(0.0, 0.5))
            progress.advance(shown)
        with worker(bootstrap, folder) as process:
            await reaches(bootstrap, await updates(bootstrap) + 1, process)
            await settles(bootstrap)
    found = await table_of(bootstrap)
    return Outcome(
        events=events,
        kills=kills,
        seed=seed,
        counted=found.total(),
        doubled=(found - expected).total(),
        lost=(expected - found).total(),
        seconds=round(time.perf_counter() - started, 1),
    )


def shown(outcome: Outcome) -> Table:
    """Return the figures as a table for people."""
    table = Table(title=r"tab\[key] += 1 on plain Faust tables, kill -9 while it runs")
    for name in asdict(outcome):
        table.add_column(name, justify="right")
    table.add_row(*map(str, asdict(outcome).values()))
    return table


def main() -> None:
    if sys.argv[1:2] == ["--worker"]:
        bootstrap, data = sys.argv[2:4]
        counter = app(bootstrap, Path(data))
        sys.argv[1:] = ["worker", "--loglevel", "error", "--without-web"]
        counter.main()
        return
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=4)
    parser.add_argument("--seed", type=int, default=None, help="of the random moments")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    options = parser.parse_args()
    if options.events < 1_000 or not 0 <= options.kills <= options.events // 1_000:
        parser.error("--events must be 1,000 or more, with a thousand of them for each kill")
    seed = secrets.randbits(32) if options.seed is None else options.seed
    with TemporaryDirectory(prefix="faust-crash-") as name:
        folder = Path(name)
        with KafkaServer(folder, java=Settings().java) as server:
            outcome = asyncio.run(
                measure(
                    server.bootstrap, folder, events=options.events, kills=options.kills,
                    seed=seed, console=Console(stderr=True),
                )
            )  # fmt: skip
    if options.json:
        print(json.dumps(asdict(outcome)))
        return
    Console().print(shown(outcome))


if __name__ == "__main__":
    main()
