"""How long from an event to its action, as a reader of committed records sees it.

``python -m bench.latency`` starts a Kafka and a worker of its own and loads them by the clock, at
several rates and with several shares of events that act: from interactions (the engine alone) and
from raw-events (the whole worker). A latency runs from the moment at which an event was due to be
appended to the moment at which its action was read, so nothing that falls behind is left out.
"""

import argparse
import asyncio
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path

import orjson
import psutil
from aiokafka import AIOKafkaProducer, TopicPartition
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bench.report import written
from detectors.event import Event, encode_event
from rules.playbook.loader import load
from streams.demo.scrape import scrape
from streams.kafka.client import client_options
from streams.kafka.launcher import KafkaServer
from streams.kafka.reading import reader
from streams.kafka.topics import Topics, create_topics
from streams.settings import Settings
from streams.sources.publish import publish, read_content

PLAYBOOK = Path(__file__).parent / "latency_playbook"
RATES = (1_000.0, 5_000.0, 10_000.0)
SHARES = (0.01, 0.10)
WARM_UP_S = 5.0
BROKER_S = 30.0
LIMITS_MS = {
    ("interactions", 1_000.0, 0.01): 50.0,
    ("interactions", 10_000.0, 0.01): 50.0,
    ("interactions", 1_000.0, 0.10): 100.0,
    ("interactions", 10_000.0, 0.10): 100.0,
    ("raw_events", 1_000.0, 0.01): 100.0,
    ("raw_events", 10_000.0, 0.01): 100.0,
}
"""Targets of the 99th percentile: from, events a second, share that acts -> milliseconds."""


@dataclass(frozen=True, slots=True)
class Row:
    """One run; latencies in milliseconds, CPU in microseconds of the worker per event."""

    source: str
    rate: float
    acting: float
    events: int
    actions: int
    missing: int
    p50: float
    p95: float
    p99: float
    max: float
    worker_cpu_us: float
    target_ms: float | None


class WorkerProcess:
    """A worker as operators run it; it ends with us."""

    def __init__(self, settings: Settings, role: str, log: Path) -> None:
        values = {
            "BOOTSTRAP_SERVERS": settings.bootstrap_servers,
            "TOPIC_PREFIX": settings.topic_prefix,
            "HTTP_PORT": "0",
            "CHANNELS": orjson.dumps(
                {"task-desk": {"kind": "topic", "topic": f"{settings.topic_prefix}desk"}}
            ).decode(),
        }
        environment = {f"PRECEDE_{name}": value for name, value in values.items()}
        self._log = log
        with log.open("wb") as file:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "streams", "worker", "--role", role, "--attached"],
                stdin=subprocess.PIPE, stdout=file, stderr=subprocess.STDOUT, env=environment,
            )  # fmt: skip

    async def ready(self, partitions: int, roles: int) -> None:
        """Return when every role takes records of all partitions."""
        while self._log.read_text().count(": ready at offset") < partitions * roles:
            if self._process.poll() is not None:
                raise RuntimeError(self._log.read_text()[-2000:])
            await asyncio.sleep(0.2)
        url = self._log.read_text().split("metrics and health at ")[1].split()[0]
        while not (await scrape(url)).ready:
            await asyncio.sleep(0.2)

    def cpu_s(self) -> float:
        """Return the processor time it has used."""
        used = psutil.Process(self._process.pid).cpu_times()
        return float(used.user + used.system)

    def stop(self) -> None:
        """End it in order."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


async def measure(
    bootstrap: str, source: str, rate: float, acting: float, seconds: float, folder: Path
) -> Row:
    """Run one load and return what it showed."""
    prefix = f"latency-{source}-{rate:.0f}-{acting * 100:.0f}-{seconds:.0f}.".replace("_", "-")
    settings = Settings(bootstrap_servers=bootstrap, topic_prefix=prefix, home=folder)
    topics = await create_topics(settings)
    await switch(settings, source)
    role = "engine" if source == "interactions" else "all"
    worker = WorkerProcess(settings, role, folder / "worker.log")
    try:
        await worker.ready(settings.partitions, 1 if role == "engine" else 3)
        seen: dict[str, float] = {}
        reading = asyncio.create_task(read_actions(settings, topics, seen))
        await asyncio.sleep(1.0)
        total_s = WARM_UP_S + seconds
        begun = time.time()
        load = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.load", bootstrap, str(getattr(topics, source)),
            "--rate", str(rate), "--marked", str(acting), "--seconds", str(total_s),
            stdout=subprocess.PIPE,
        )  # fmt: skip
        before = worker.cpu_s()
        output, _ = await load.communicate()
        sent, expected = map(int, output.split())
        with suppress(TimeoutError):
            async with asyncio.timeout(10.0):
                while len(seen) < expected:
                    await asyncio.sleep(0.1)
        cpu_us = (worker.cpu_s() - before) / sent * 1e6
        reading.cancel()
    finally:
        worker.stop()
    return _row(source, rate, acting, sent, expected, seen, begun + WARM_UP_S, cpu_us)


def _row(
    source: str, rate: float, acting: float, sent: int, expected: int,
    seen: Mapping[str, float], warm: float, cpu_us: float,
) -> Row:  # fmt: skip
    late = sorted(
        (read - due) * 1000.0
        for name, read in seen.items()
        if (due := int(name.split("-")[0]) / 1e6) >= warm
    )
    p50, p95, p99, longest = (round(quantile(late, share), 1) for share in (0.5, 0.95, 0.99, 1.0))
    return Row(
        source, rate, acting, sent, len(seen), max(0, expected - len(seen)),
        p50, p95, p99, longest, round(cpu_us, 1), LIMITS_MS.get((source, rate, acting)),
    )  # fmt: skip


def quantile(values: list[float], share: float) -> float:
    """Return the smallest of the sorted values that so large a share does not exceed."""
    return values[max(0, math.ceil(share * len(values)) - 1)] if values else math.nan


async def switch(settings: Settings, source: str) -> None:
    """Publish the playbook of this measurement, as the records of `source` need it."""
    unasked = settings.model_copy(update={"approval": "off"})
    await publish(load(PLAYBOOK), read_content(PLAYBOOK), unasked)
    if source == "interactions":
        await _adopt_directly(settings)


async def _adopt_directly(settings: Settings) -> None:
    # No normalise runs: the switch is written where it would have put it.
    topics = Topics(settings.topic_prefix)
    switch = Event("switch", "bench", "control.playbook", 0.0, data={"hash": load(PLAYBOOK).hash})
    producer = AIOKafkaProducer(**client_options(settings))
    await producer.start()
    for partition in range(settings.partitions):
        await producer.send_and_wait(topics.interactions, encode_event(switch), partition=partition)
    await producer.stop()


async def read_actions(settings: Settings, topics: Topics, seen: dict[str, float]) -> None:
    """Note when each action was read, by the id of its event, for as long as the task lives."""
    async with reader(client_options(settings)) as consumer:
        partitions = [TopicPartition(topics.actions, n) for n in range(settings.partitions)]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        async for record in consumer:
            at = time.time()
            seen.setdefault(orjson.loads(record.value)["data"]["occurrence"], at)


def warm_up(bootstrap: str, folder: Path) -> None:
    """Let a Java broker compile itself under load; before that it is several times slower."""
    asyncio.run(measure(bootstrap, "raw_events", 2_000.0, 0.01, BROKER_S, folder))


def _table(rows: list[Row]) -> Table:
    table = Table(title="Event to action, milliseconds", title_justify="left")
    for column in ("from", "events/s", "acting", "actions", "missing", "p50", "p95", "p99", "max",
                   "CPU us/event", "target p99"):  # fmt: skip
        table.add_column(column, justify="left" if column == "from" else "right")
    for row in rows:
        target = ""
        if row.target_ms is not None:
            target = f"{'met' if row.p99 <= row.target_ms else 'MISSED'} ({row.target_ms:.0f})"
        table.add_row(
            row.source, f"{row.rate:,.0f}", f"{row.acting:.0%}", f"{row.actions:,}",
            str(row.missing), *(f"{each:.1f}" for each in (row.p50, row.p95, row.p99, row.max)),
            f"{row.worker_cpu_us:.1f}", target,
        )  # fmt: skip
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description="measure the time from event to action")
    parser.add_argument("--seconds", type=float, default=20.0, help="of each run, after warm-up")
    parser.add_argument("--rates", type=float, nargs="+", default=RATES)
    parser.add_argument("--shares", type=float, nargs="+", default=SHARES)
    parser.add_argument("--sources", nargs="+", default=("interactions", "raw_events"))
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args()
    runs = list(product(options.sources, options.shares, options.rates))
    rows: list[Row] = []
    console = Console(stderr=True)
    with (
        tempfile.TemporaryDirectory(prefix="precede-latency-") as folder,
        KafkaServer(Path(folder) / "kafka") as server,
        Progress(console=console) as progress,
    ):
        task = progress.add_task("warming the broker up", total=len(runs))
        warm_up(server.bootstrap, Path(folder))
        for source, share, rate in runs:
            progress.update(task, description=f"{source}, {rate:,.0f}/s, {share:.0%} acting")
            rows.append(
                asyncio.run(
                    measure(server.bootstrap, source, rate, share, options.seconds, Path(folder))
                )
            )
            progress.advance(task)
    figures = {"latency": [asdict(row) for row in rows]}
    if not written("latency", figures, as_json=options.json):
        Console(width=130).print(_table(rows))


if __name__ == "__main__":
    main()
