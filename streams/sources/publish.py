"""Publish a playbook: its content by hash, then the switch through the log; or why it was not."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import orjson
from aiokafka import AIOKafkaProducer

from detectors.event import Event, encode_event
from rules.playbook.approval import Approval
from rules.playbook.loader import read_folder
from rules.playbook.models import Playbook
from streams.clock import now
from streams.engine.refusal import REFUSED, Refusal
from streams.kafka.client import client_options
from streams.kafka.topics import Topics
from streams.settings import Settings
from streams.sources.approvals import approval_of
from streams.sources.cloudevents import CONTENT_TYPE


def read_content(folder: Path) -> dict[str, str]:
    """Return the playbook's files as they are published: path within the folder -> text.

    Raises
    ------
    PlaybookError
        When the folder is none.
    UnicodeDecodeError
        When a file is not UTF-8; loading the folder says so with its place.
    """
    return content_of(folder, read_folder(folder))


def content_of(folder: Path, files: Mapping[str, bytes]) -> dict[str, str]:
    """Return what `read_folder` read of a folder as it is published."""
    return {
        Path(name).relative_to(folder).as_posix(): text.decode() for name, text in files.items()
    }


async def publish(
    playbook: Playbook, files: Mapping[str, str], settings: Settings, *, author: str = ""
) -> Approval:
    """Write the playbook to its topic and a `control.playbook` record to raw-events."""
    return await publish_content(playbook.hash, playbook.name, files, settings, author=author)


async def publish_content(
    digest: str,
    name: str,
    files: Mapping[str, str],
    settings: Settings,
    *,
    author: str = "",
    head_start_s: float = 0.0,
) -> Approval:
    """Write a playbook that was checked, by its hash, and the record that switches to it.

    The content is acknowledged before the switch is written, so whoever reads the switch finds
    the playbook. Each partition of interactions switches exactly where the record stands. Whether
    live rules need an approval, and who gave one, stands in that record too: it is returned.

    Parameters
    ----------
    author
        Who publishes it.
    head_start_s
        How long workers may prepare the playbook before they meet the switch, seconds. A worker
        that is not ready by then waits at the switch; nothing else depends on it.
    """
    topics = Topics(settings.topic_prefix)
    approval = await approval_of(digest, author, settings)
    async with _producer(settings) as producer:
        await producer.send_and_wait(
            topics.playbooks, key=digest.encode(), value=orjson.dumps(dict(files)), partition=0
        )
        await asyncio.sleep(head_start_s)
        at = now()
        switch = Event(
            id=f"playbook-{digest}-{at:.6f}",
            source="precede/publish",
            type="control.playbook",
            at=at,
            data={"hash": digest, "name": name, **approval.fields()},
        )
        await producer.send_and_wait(
            topics.raw_events, key=b"control", value=encode_event(switch),
            headers=[CONTENT_TYPE], partition=0,
        )  # fmt: skip
    return approval


async def tell_refusal(refusal: Refusal, settings: Settings) -> None:
    """Tell the workers that a playbook was refused; they show it as a metric."""
    topics = Topics(settings.topic_prefix)
    async with _producer(settings) as producer:
        await producer.send_and_wait(
            topics.playbooks, key=REFUSED, value=refusal.pack(), partition=0
        )


@asynccontextmanager
async def _producer(settings: Settings) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(
        **client_options(settings), acks="all", enable_idempotence=True, compression_type="lz4"
    )
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()
