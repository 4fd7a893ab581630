"""How long another system waits for an answer of ``POST /v1/may-contact``.

``python -m bench.may_contact`` starts a Kafka, a worker and the service of its own and asks by the
clock, about customers one after the other, while events come at several rates. The time runs from
the moment at which a question was due, so nothing that falls behind is left out.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import aiohttp
import orjson
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bench.latency import WARM_UP_S, WorkerProcess, quantile, switch, warm_up
from bench.report import written
from streams.kafka.launcher import KafkaServer
from streams.kafka.topics import Topics, create_topics
from streams.settings import Settings

RATES = (0.0, 100.0, 500.0)
QUESTIONS_PER_S = 20.0
TARGET_MS = 100.0
TOKEN = "a-token-that-only-this-bench-has"
START_S = 60.0


@dataclass(frozen=True, slots=True)
class Row:
    """One run; milliseconds from when a question was due to its answer."""

    rate: float
    questions: int
    unanswered: int
    p50: float
    p95: float
    p99: float
    max: float


@asynccontextmanager
async def service(settings: Settings) -> AsyncIterator[str]:
    """Run the service as operators do; give the address that it takes questions at."""
    values = {
        "BOOTSTRAP_SERVERS": settings.bootstrap_servers,
        "TOPIC_PREFIX": settings.topic_prefix,
        "API_TOKENS": orjson.dumps({"bench": TOKEN}).decode(),
        "API_PORT": "0",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "streams", "api", "--log-level", "error",
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env=os.environ | {f"PRECEDE_{name}": value for name, value in values.items()},
    )  # fmt: skip
    assert process.stdout is not None
    try:
        async with asyncio.timeout(START_S):
            said = await process.stdout.readline()
        yield said.decode().split()[-1]
    finally:
        process.terminate()
        await process.wait()


async def ask(client: aiohttp.ClientSession, url: str, number: int, due: float) -> float | None:
    """Ask at a moment; return the milliseconds until the answer, None without one."""
    await asyncio.sleep(max(0.0, due - time.monotonic()))
    question = {
        "customer": f"c-{number}", "system": "bench", "channel": "email", "class": "service",
        "topic": "savings",
    }  # fmt: skip
    async with client.post(url, json=question) as answer:
        await answer.read()
        return (time.monotonic() - due) * 1e3 if answer.status == 200 else None


async def asked(url: str, seconds: float) -> list[float | None]:
    """Ask for so many seconds, and for a while before that does not count."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    begun, warm = time.monotonic(), int(WARM_UP_S * QUESTIONS_PER_S)
    count = warm + int(seconds * QUESTIONS_PER_S)
    async with aiohttp.ClientSession(headers=headers) as client:
        waits = await asyncio.gather(
            *(ask(client, url, n, begun + n / QUESTIONS_PER_S) for n in range(count))
        )
    return list(waits[warm:])


async def measured(bootstrap: str, rate: float, seconds: float, folder: Path) -> Row:
    """Ask while so many events come a second."""
    prefix = f"may-contact-{rate:.0f}."
    settings = Settings(bootstrap_servers=bootstrap, topic_prefix=prefix, home=folder)
    topics: Topics = await create_topics(settings)
    await switch(settings, "raw_events")
    worker = WorkerProcess(settings, "all", folder / "worker.log")
    load = None
    try:
        await worker.ready(settings.partitions, 3)
        async with service(settings) as url:
            if rate:
                load = await asyncio.create_subprocess_exec(
                    sys.executable, "-m", "bench.load", bootstrap, topics.raw_events,
                    "--rate", str(rate), "--seconds", str(WARM_UP_S + seconds + 5.0),
                    stdout=subprocess.DEVNULL,
                )  # fmt: skip
            waits = await asked(url, seconds)
    finally:
        if load is not None and load.returncode is None:
            load.kill()
            await load.wait()
        worker.stop()
    answered = sorted(each for each in waits if each is not None)
    figures = (round(quantile(answered, share), 1) for share in (0.5, 0.95, 0.99, 1.0))
    return Row(rate, len(waits), len(waits) - len(answered), *figures)


def main() -> None:
    parser = argparse.ArgumentParser(description="measure how fast questions are answered")
    parser.add_argument("--seconds", type=float, default=30.0, help="of each run, after warm-up")
    parser.add_argument("--rates", type=float, nargs="+", default=RATES, help="events a second")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args()
    rows: list[Row] = []
    console = Console(stderr=True)
    with (
        tempfile.TemporaryDirectory(prefix="precede-may-contact-") as folder,
        KafkaServer(Path(folder) / "kafka") as server,
        Progress(console=console) as progress,
    ):
        task = progress.add_task("warming the broker up", total=len(options.rates))
        warm_up(server.bootstrap, Path(folder))
        for rate in options.rates:
            progress.update(task, description=f"asking beside {rate:,.0f} events/s")
            rows.append(
                asyncio.run(measured(server.bootstrap, rate, options.seconds, Path(folder)))
            )
            progress.advance(task)
    figures = {"target_ms": TARGET_MS, "runs": [asdict(row) for row in rows]}
    if written("may_contact", figures, as_json=options.json):
        return
    table = Table(title="Question to answer, milliseconds", title_justify="left")
    for column in ("events/s", "questions", "unanswered", "p50", "p95", "p99", "max", "target p99"):
        table.add_column(column, justify="right")
    for row in rows:
        is_met = row.p99 <= TARGET_MS and not row.unanswered
        met = f"{'met' if is_met else 'MISSED'} ({TARGET_MS:.0f})"
        waits = (f"{each:.1f}" for each in (row.p50, row.p95, row.p99, row.max))
        table.add_row(f"{row.rate:,.0f}", str(row.questions), str(row.unanswered), *waits, met)
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
