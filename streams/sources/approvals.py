"""Who approved which content of a playbook, kept beside the playbooks."""

from dataclasses import replace

import orjson
from aiokafka import AIOKafkaProducer

from rules.playbook.approval import Approval, same_person
from streams.clock import now
from streams.kafka.client import client_options
from streams.kafka.reading import newest_values
from streams.kafka.topics import Topics
from streams.settings import Settings

PREFIX = b"approved:"
"""How keys of these records begin; a playbook's key is a hash. One for each content and person."""


async def approve(content: str, by: str, settings: Settings) -> Approval:
    """Write that someone approves a playbook, told by the hash of its content."""
    approval = Approval(content=content, by=by, at=now())
    topic = Topics(settings.topic_prefix).playbooks
    producer = AIOKafkaProducer(**client_options(settings), acks="all", enable_idempotence=True)
    await producer.start()
    try:
        key = PREFIX + f"{content}:{by.strip().casefold()}".encode()
        value = orjson.dumps({"content": content, "by": by, "at": approval.at})
        await producer.send_and_wait(topic, key=key, value=value, partition=0)
    finally:
        await producer.stop()
    return approval


async def approval_of(content: str, author: str, settings: Settings) -> Approval:
    """Return what stands about a content, for an author who publishes it.

    The newest approval by someone else counts; where there is none, the author's own, which is
    not enough, says why.
    """
    topic = Topics(settings.topic_prefix).playbooks
    values = await newest_values(client_options(settings), topic, 0)
    found = [
        approval
        for key, value in values.items()
        if key.startswith(PREFIX) and (approval := read_approval(value)) is not None
        if approval.content == content
    ]
    asked = Approval(policy=settings.approval, author=author)
    if not found:
        return asked
    best = max(found, key=lambda each: (not same_person(each.by, author), each.at))
    return replace(asked, content=best.content, by=best.by, at=best.at)


def read_approval(value: bytes) -> Approval | None:
    """Return the approval of a record; nothing when it is something else."""
    try:
        found = orjson.loads(value)
        return Approval(content=str(found["content"]), by=str(found["by"]), at=float(found["at"]))
    except (ValueError, KeyError, TypeError):
        return None
