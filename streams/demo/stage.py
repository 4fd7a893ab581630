"""What the demo starts, and stops again in every case: Kafka, the receiver, the worker."""

import asyncio
import base64
import secrets
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace

import aiohttp

from streams.clock import monotonic, now
from streams.demo.scrape import Scrape, scrape
from streams.demo.supervisor import Supervisor
from streams.dispatch.receiver import Receiver
from streams.kafka.launcher import KafkaServer
from streams.kafka.ports import FIRST, free_port, is_free
from streams.kafka.state import running
from streams.kafka.topics import create_topic, create_topics
from streams.settings import Channel, Settings

READY_TIMEOUT_S = 60.0


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
    supervisor
        Keeps the worker running.
    """

    settings: Settings
    receiver: Receiver
    url: str
    supervisor: Supervisor
    _last: Scrape = field(default_factory=Scrape)

    @property
    def environment(self) -> dict[str, str]:
        """What other commands need to look at this run."""
        return {
            "PRECEDE_BOOTSTRAP_SERVERS": self.settings.bootstrap_servers,
            "PRECEDE_TOPIC_PREFIX": self.settings.topic_prefix,
            "PRECEDE_CLOCK": self.settings.clock,
        }

    async def scrape(self) -> Scrape:
        """Return the worker's metrics; a killed worker is started again first.

        While it starts, what it showed last is returned, with something waiting.

        Raises
        ------
        RuntimeError
            When the worker has ended by itself.
        """
        self.supervisor.ensure()
        try:
            self._last = await scrape(self.url)
        except (OSError, aiohttp.ClientError):
            self._last = replace(self._last, ready=False, lag={"engine": 1.0})
        return self._last


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
                "approval": "off",
                "http_port": port,
                "channels": _channels(receiver.url, secret, prefix),
            }
        )
        await create_topics(settings)
        await create_topic(settings, settings.channels["queue-offer"].topic)
        supervisor = Supervisor(settings, base.home / "demo" / "worker.log")
        supervisor.start()
        stack.push_async_callback(asyncio.to_thread, supervisor.stop)
        started = Stage(settings, receiver, f"http://{settings.http_host}:{port}", supervisor)
        await _ready(started)
        yield started


def _channels(url: str, secret: str, prefix: str) -> dict[str, Channel]:
    return {
        "task-desk": Channel.model_validate({"kind": "webhook", "url": url, "secret": secret}),
        "queue-offer": Channel(kind="topic", topic=f"{prefix}queue-offers"),
    }


async def _ready(started: Stage) -> None:
    deadline = monotonic() + READY_TIMEOUT_S
    while not (await started.scrape()).ready:
        if monotonic() > deadline:
            log = started.supervisor.log
            msg = f"the worker must be ready within {READY_TIMEOUT_S:.0f} s; see {log}"
            raise RuntimeError(msg)
        await asyncio.sleep(0.2)
