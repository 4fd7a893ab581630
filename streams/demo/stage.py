"""What the demo starts, and stops again in every case: Kafka, the receiver, the worker."""

import asyncio
import base64
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson

from streams.clock import monotonic, now
from streams.demo.scrape import Scrape, scrape
from streams.dispatch.receiver import Receiver
from streams.kafka import guard
from streams.kafka.launcher import KafkaServer
from streams.kafka.ports import FIRST, free_port, is_free
from streams.kafka.state import running
from streams.kafka.topics import create_topic, create_topics
from streams.settings import Channel, Settings

READY_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 20.0


@dataclass(slots=True)
class Stage:
    """The running demo.

    Parameters
    ----------
    settings
        Of this run: topics of its own, log clock.
    receiver
        The other side of the webhook.
    url
        Where the worker serves metrics and health.
    log
        What the worker says.
    """

    settings: Settings
    receiver: Receiver
    url: str
    log: Path
    worker: subprocess.Popen[bytes]

    @property
    def environment(self) -> dict[str, str]:
        """What other commands need to look at this run."""
        return {
            "PRECEDE_BOOTSTRAP_SERVERS": self.settings.bootstrap_servers,
            "PRECEDE_TOPIC_PREFIX": self.settings.topic_prefix,
            "PRECEDE_CLOCK": self.settings.clock,
        }

    async def scrape(self) -> Scrape:
        """Return the worker's metrics.

        Raises
        ------
        RuntimeError
            When the worker has ended.
        """
        if self.worker.poll() is not None:
            tail = self.log.read_text(errors="replace").splitlines()[-15:]
            msg = "the worker must run; it ended with {}; its last words ({}):\n{}".format(
                self.worker.returncode, self.log, "\n".join(tail)
            )
            raise RuntimeError(msg)
        return await scrape(self.url)


@asynccontextmanager
async def stage(base: Settings) -> AsyncIterator[Stage]:
    """Start everything, and stop everything that was started, also on failure."""
    async with AsyncExitStack() as stack:
        if base.bootstrap_servers:
            bootstrap = base.bootstrap_servers
        else:
            home = base.home / "demo"
            if running(home) is None:
                shutil.rmtree(home, ignore_errors=True)  # the topics of the run before
            server = KafkaServer(home, java=base.java)
            bootstrap = await asyncio.to_thread(server.start)
            stack.push_async_callback(asyncio.to_thread, server.stop)
        prefix = f"demo-{int(now() * 1000)}."
        secret = "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()
        receiver = await stack.enter_async_context(Receiver(secret))
        host, port = base.http_host, base.http_port
        if not is_free(host, port):
            port = free_port(host, FIRST)
        settings = base.model_copy(
            update={
                "bootstrap_servers": bootstrap,
                "topic_prefix": prefix,
                "clock": "log",
                "http_port": port,
                "channels": _channels(receiver.url, secret, prefix),
            }
        )
        await create_topics(settings)
        await create_topic(settings, settings.channels["queue-offer"].topic)
        log = base.home / "demo" / "worker.log"
        worker = _start_worker(settings, log)
        stack.push_async_callback(asyncio.to_thread, _stop_worker, worker)
        started = Stage(settings, receiver, f"http://{settings.http_host}:{port}", log, worker)
        await _ready(started)
        yield started


def _channels(url: str, secret: str, prefix: str) -> dict[str, Channel]:
    return {
        "task-desk": Channel.model_validate({"kind": "webhook", "url": url, "secret": secret}),
        "queue-offer": Channel(kind="topic", topic=f"{prefix}queue-offers"),
    }


def _start_worker(settings: Settings, log: Path) -> subprocess.Popen[bytes]:
    log.parent.mkdir(parents=True, exist_ok=True)
    channels = {
        name: {
            **channel.model_dump(mode="json"),
            "secret": channel.secret.get_secret_value(),
        }
        for name, channel in settings.channels.items()
    }
    environment = {
        **os.environ,  # whatever else operators set
        "PRECEDE_BOOTSTRAP_SERVERS": settings.bootstrap_servers,
        "PRECEDE_TOPIC_PREFIX": settings.topic_prefix,
        "PRECEDE_CLOCK": settings.clock,
        "PRECEDE_HTTP_PORT": str(settings.http_port),
        "PRECEDE_CHANNELS": orjson.dumps(channels).decode(),
    }
    command = [sys.executable, "-m", "streams", "worker", "--role", "all"]
    with log.open("wb") as sink:
        # Under a guard, so that the worker ends however this process ends.
        return subprocess.Popen(
            [sys.executable, "-I", "-S", guard.__file__, "hold", *command],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=sink,
            stderr=sink,
            start_new_session=True,  # Ctrl-C reaches the demo alone
        )


def _stop_worker(worker: subprocess.Popen[bytes]) -> None:
    if worker.stdin is not None:
        worker.stdin.close()  # the guard ends it in order
    try:
        worker.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        worker.kill()
        worker.wait()


async def _ready(started: Stage) -> None:
    deadline = monotonic() + READY_TIMEOUT_S
    while True:
        try:
            if (await started.scrape()).ready:
                return
        except OSError:
            pass  # its port is not open yet
        if monotonic() > deadline:
            msg = f"the worker must be ready within {READY_TIMEOUT_S:.0f} s; see {started.log}"
            raise RuntimeError(msg)
        await asyncio.sleep(0.2)
