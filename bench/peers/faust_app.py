"""What the two ways of plain Faust have in common: the application, and its run."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import faust
import uvloop

from bench.peers.measure import PARTITIONS, Meter, Spec
from streams.kafka.topics import Topics

BUFFER = 16_384  # events that wait for agents; with the default of 4,096 it sleeps 1 s at a time
UNSENT = 10_000  # messages that wait for the broker; at the default of 100 each event waits
STOP_S = 10.0

Handle = Callable[[Any], Awaitable[None]]

for noisy in ("faust", "mode", "aiokafka"):
    logging.getLogger(noisy).setLevel(logging.ERROR)


def application(spec: Spec) -> Any:
    """Return an application with Faust's own transport, its web server and standbys off."""
    return faust.App(
        spec.run,
        broker=f"kafka://{spec.bootstrap}",
        store="memory://",
        datadir=spec.folder,
        autodiscover=False,
        web_enabled=False,
        topic_disable_leader=True,
        topic_partitions=PARTITIONS,
        topic_replication_factor=1,
        table_standby_replicas=0,
        stream_buffer_maxsize=BUFFER,
        stream_recovery_delay=0.0,
        producer_request_timeout=30.0,
    )


def run(app: Any, spec: Spec, handle: Handle) -> None:
    """Give an agent every event of the input, and end when all is sent and committed.

    Parameters
    ----------
    handle
        Does the job on one Faust event.
    """
    uvloop.run(_run(app, spec, handle))


async def _run(app: Any, spec: Spec, handle: Handle) -> None:
    meter = Meter(spec)
    seen = asyncio.Event()
    topic = app.topic(
        Topics(spec.prefix).interactions,
        key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw",
        partitions=PARTITIONS,
    )  # fmt: skip

    async def work(stream: Any) -> None:
        async for event in stream.events():
            await handle(event)
            if meter.add():
                seen.set()

    app.agent(topic)(work)
    app.producer.buffer.max_messages = UNSENT
    await app.start()
    await seen.wait()
    await app.producer.buffer.flush()
    await app.producer.flush()
    await app.consumer.commit()
    meter.finish()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(STOP_S):
            await app.stop()
