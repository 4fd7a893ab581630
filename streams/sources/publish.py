"""Publish a playbook: its content by hash, then the switch through the log."""

from collections.abc import Mapping
from pathlib import Path

import orjson
from aiokafka import AIOKafkaProducer

from detectors.event import Event, encode_event
from rules.playbook.loader import read_folder
from rules.playbook.models import Playbook
from streams.clock import now
from streams.kafka.client import client_options
from streams.kafka.topics import Topics
from streams.settings import Settings
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
    files = read_folder(folder)
    return {
        Path(name).relative_to(folder).as_posix(): text.decode() for name, text in files.items()
    }


async def publish(playbook: Playbook, files: Mapping[str, str], settings: Settings) -> None:
    """Write the playbook to its topic and a `control.playbook` record to raw-events.

    The content is acknowledged before the switch is written, so whoever reads the switch finds
    the playbook. Each partition of interactions switches exactly where the record stands.
    """
    topics = Topics(settings.topic_prefix)
    producer = AIOKafkaProducer(
        **client_options(settings), acks="all", enable_idempotence=True, compression_type="lz4"
    )
    await producer.start()
    try:
        await producer.send_and_wait(
            topics.playbooks,
            key=playbook.hash.encode(),
            value=orjson.dumps(dict(files)),
            partition=0,
        )
        at = now()
        switch = Event(
            id=f"playbook-{playbook.hash}-{at:.6f}",
            source="precede/publish",
            type="control.playbook",
            at=at,
            data={"hash": playbook.hash, "name": playbook.name},
        )
        await producer.send_and_wait(
            topics.raw_events, key=b"control", value=encode_event(switch),
            headers=[CONTENT_TYPE], partition=0,
        )  # fmt: skip
    finally:
        await producer.stop()
