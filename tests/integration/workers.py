"""Worker processes, and what they leave on Kafka."""

import asyncio
import base64
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp
import orjson
import psutil
from aiokafka import TopicPartition
from pydantic import SecretStr

from rules.playbook.loader import load
from rules.playbook.models import Playbook
from streams.clock import monotonic
from streams.demo.scrape import Scrape, scrape
from streams.dispatch.receiver import Receiver
from streams.engine.verify import Report, verify
from streams.kafka.client import client_options
from streams.kafka.reading import newest_values, read_to_end, reader
from streams.kafka.topics import Topics, create_topic, create_topics, partition_count
from streams.settings import Channel, Settings
from streams.sources.bank_calls.reader import CallLog
from streams.sources.bank_calls.stages import SOURCE
from streams.sources.publish import publish, read_content
from streams.sources.replay import replay
from tests.streams.engine.build import DEFAULT, default_playbook, first_rows

SECRET = "whsec_" + base64.b64encode(b"a secret of the tests, 32 bytes!").decode()
PATIENCE_S = 90.0
SESSION_S = 6.0  # the shortest that brokers allow by default
URL = re.compile(r"metrics and health at (\S+)")
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV", "COVERAGE_PROCESS_START")


class WorkerProcess:
    """A worker as operators run it. Use it as a context manager: it never outlives its block."""

    def __init__(self, settings: Settings, log: Path, role: str = "all", **values: object) -> None:
        self.log = log
        self.url = ""
        environment = environment_of(settings, values)
        with log.open("ab") as file:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "streams", "worker", "--role", role],
                stdout=file,
                stderr=subprocess.STDOUT,
                env=environment,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()
        if error is not None:
            error.add_note(f"{self.log}:\n{self.said()[-4000:]}")

    def said(self) -> str:
        """Return what it has logged."""
        return self.log.read_text()

    async def ready(self) -> None:
        """Return when it takes records in every role."""
        await until(self._is_ready, "the worker is ready")

    async def scrape(self) -> Scrape:
        return await scrape(self.url)

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    async def partitions(self, role: str = "engine") -> dict[str, str]:
        """Return the state of each partition that it has in a role."""
        url = f"{self.url}/health/ready"
        async with aiohttp.ClientSession() as client, client.get(url) as answer:
            found: dict[str, str] = (await answer.json())["partitions"][role]
        return found

    def freeze(self) -> None:
        """Stop it where it stands, as a machine does that swaps or moves."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on as if nothing had happened."""
        self._process.send_signal(signal.SIGCONT)

    @property
    def alive(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    @property
    def resident_bytes(self) -> int:
        """Memory that it holds."""
        return int(psutil.Process(self._process.pid).memory_info().rss)

    def terminate(self) -> None:
        """Tell it to end in order."""
        self._process.send_signal(signal.SIGTERM)

    async def stop(self) -> None:
        """End it in order; it must say that all went well."""
        self.terminate()
        status = await asyncio.to_thread(self._process.wait, 40)
        assert status == 0, self.said()[-4000:]

    async def _is_ready(self) -> bool:
        assert self._process.poll() is None, f"the worker ended:\n{self.said()[-4000:]}"
        if not self.url:
            found = URL.search(self.said())
            if found is None:
                return False
            self.url = found.group(1)
        url = f"{self.url}/health/ready"
        async with aiohttp.ClientSession() as client, client.get(url) as answer:
            return answer.status == HTTPStatus.OK


def environment_of(settings: Settings, values: Mapping[str, object]) -> dict[str, str]:
    """Return the environment of a worker; `values` are further settings of its own."""
    variables = {
        "bootstrap_servers": settings.bootstrap_servers,
        "topic_prefix": settings.topic_prefix,
        "partitions": str(settings.partitions),
        "clock": settings.clock,
        "lateness_s": str(settings.lateness_s),
        "session_timeout_s": str(SESSION_S),
        "http_port": "0",
        "home": str(settings.home),
        "channels": orjson.dumps(
            {name: _plain(channel) for name, channel in settings.channels.items()}
        ).decode(),
    } | {name: str(value) for name, value in values.items()}
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    environment |= {f"PRECEDE_{name.upper()}": value for name, value in variables.items()}
    return environment


async def until(
    holds: Callable[[], Awaitable[bool]], what: str, patience_s: float = PATIENCE_S
) -> None:
    """Return when it holds; fail with `what` when it does not in time."""
    end = monotonic() + patience_s
    while not await holds():
        assert monotonic() < end, f"not within {patience_s:.0f} s: {what}"
        await asyncio.sleep(0.05)


class Site:
    """One installation of a test: its topics, its workers, the other side of its webhook."""

    def __init__(self, settings: Settings, receiver: Receiver, folder: Path) -> None:
        self.settings = settings
        self.receiver = receiver
        self.folder = folder
        self.topics = Topics(settings.topic_prefix)
        self.options = client_options(settings)

    @property
    def task_desk(self) -> str:
        """The topic that one of the two channels leads to."""
        return f"{self.settings.topic_prefix}task-desk"

    @contextmanager
    def worker(
        self, name: str = "worker", role: str = "all", **values: object
    ) -> Iterator[WorkerProcess]:
        """Run a worker; `values` are further settings of its own."""
        number = len(list(self.folder.glob(f"{name}-*.log")))
        log = self.folder / f"{name}-{number}.log"
        with WorkerProcess(self.settings, log, role, **values) as worker:
            yield worker

    async def publish(self, playbook: Playbook | None = None, content: Any = None) -> None:
        """Publish the default playbook, or another one."""
        await publish(
            playbook or default_playbook(), content or read_content(DEFAULT), self.settings
        )

    async def in_force(self) -> None:
        """Return when the switch stands before whatever is written from now on.

        Partitions of raw-events are read side by side: an event of another one could be faster.
        """

        async def is_in_force() -> bool:
            return all(
                any(b'"control.playbook"' in record.value for record in partition)
                for partition in await self.read("interactions")
            )

        await until(is_in_force, "every partition has the playbook")

    async def replay(self, rows: bytes, speed: float = float("inf")) -> int:
        """Write a recording to raw-events; return how many records that made."""
        file = self.folder / "rows.txt"
        file.write_bytes(rows)
        log = CallLog(file)
        written = await replay(log.records(), source=SOURCE, settings=self.settings, speed=speed)
        return written.records

    async def idle(self, *workers: WorkerProcess) -> None:
        """Return when the workers have nothing left to do."""
        calm = 0
        seen: list[Scrape] = []

        async def are_idle() -> bool:
            nonlocal calm
            seen[:] = [await worker.scrape() for worker in workers]
            lags = [lag for one in seen for lag in one.lag.values()]
            calm = calm + 1 if all(one.ready for one in seen) and lags and not any(lags) else 0
            await asyncio.sleep(0.3)
            return calm >= 5  # longer than the worker takes to look again, and than a result's way

        try:
            await until(are_idle, "nothing is left to do")
        except AssertionError as error:
            error.add_note(f"{seen}")
            raise

    @asynccontextmanager
    async def watch(self, name: str) -> AsyncIterator[Callable[[], Awaitable[int]]]:
        """Yield what tells how many offsets of a topic, by its full name, are committed."""
        partitions = [TopicPartition(name, each) for each in range(self.settings.partitions)]
        async with reader(self.options) as consumer:

            async def reached() -> int:
                return sum((await consumer.end_offsets(partitions)).values())

            yield reached

    async def read(self, logical: str) -> list[list[Any]]:
        """Return the records of a topic by partition, committed ones only."""
        found = []
        for partition in range(partition_count(logical, self.settings)):
            name = str(getattr(self.topics, logical))
            batches = read_to_end(self.options, name, partition)
            found.append([record async for batch in batches for record in batch])
        return found

    async def read_all(self, logical: str) -> list[dict[str, Any]]:
        """Return every event of a topic, partition by partition."""
        return [
            orjson.loads(record.value)
            for partition in await self.read(logical)
            for record in partition
        ]

    async def tasks(self) -> list[Any]:
        """Return what the channel that is a topic has received."""
        return [
            record
            for partition in range(self.settings.partitions)
            async for batch in read_to_end(self.options, self.task_desk, partition)
            for record in batch
        ]

    async def ledger(self) -> dict[str, str]:
        """Return action id -> state."""
        found: dict[str, str] = {}
        for partition in range(self.settings.partitions):
            values = await newest_values(self.options, self.topics.ledger, partition)
            values.pop(b"applied", None)
            found |= {key.decode(): orjson.loads(v)["state"] for key, v in values.items()}
        return found

    async def verify(self) -> Report:
        return await verify(self.settings, self.options, lambda *_: None)


@asynccontextmanager
async def site(settings: Settings, folder: Path, clock: str = "log") -> AsyncIterator[Site]:
    """Yield an installation with its topics, before any worker runs."""
    log = folder / "received.jsonl"
    async with Receiver(SECRET, log_file=log) as receiver:
        channels = {
            "queue-offer": Channel(
                kind="webhook", url=receiver.url, secret=SECRET, allow_private=True
            ),
            "task-desk": Channel(kind="topic", topic=f"{settings.topic_prefix}task-desk"),
        }
        own = settings.model_copy(update={"channels": channels, "clock": clock, "approval": "off"})
        await create_topics(own)
        found = Site(own, receiver, folder)
        await create_topic(own, found.task_desk)
        yield found


def received(place: Site) -> list[dict[str, Any]]:
    """Return each request that the webhook got: result and action."""
    log = place.folder / "received.jsonl"
    return [orjson.loads(line) for line in log.read_bytes().splitlines()] if log.exists() else []


def patient(until_called_back: str) -> tuple[Playbook, dict[str, str]]:
    """Return another playbook: lost calls are returned after this long instead of 15 minutes."""
    content = read_content(DEFAULT)
    waits = f"for: {until_called_back}"
    content["contact.yaml"] = content["contact.yaml"].replace("for: 15m", waits)
    return load(content), content


def month(days: int) -> bytes:
    """Return the recording's first days."""
    return first_rows(days)


def _plain(channel: Channel) -> dict[str, Any]:
    plain: dict[str, Any] = orjson.loads(orjson.dumps(channel.model_dump(), default=_shown))
    return plain


def _shown(value: object) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)
