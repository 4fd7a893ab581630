"""What the playbooks topic holds, and which playbook is in force in which partition."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import orjson

from detectors.event import format_time
from rules.playbook.errors import PlaybookError
from rules.playbook.loader import load
from streams.engine.refusal import REFUSED, read_refusal
from streams.kafka.reading import newest_values, read_to_end
from streams.kafka.topics import Topics
from streams.sources.approvals import PREFIX, read_approval


async def published(
    client_options: Mapping[str, Any], topics: Topics, partitions: int, last: int
) -> dict[str, Any]:
    """Return the newest published playbooks, newest first, and the last refusal, as plain values.

    Parameters
    ----------
    partitions
        How many partitions interactions have; each one's state is read.
    last
        How many playbooks to return.
    """
    found: dict[str, tuple[float, bytes]] = {}
    refusal = None
    approved: dict[str, list[str]] = defaultdict(list)
    async for batch in read_to_end(client_options, topics.playbooks, 0):
        for record in batch:
            if record.key == REFUSED:
                refusal = read_refusal(record.value or b"")
            elif record.key is not None and record.key.startswith(PREFIX):
                if (approval := read_approval(record.value or b"")) is not None:
                    approved[approval.content].append(approval.by)
            elif record.key is not None and record.value is not None:
                name = record.key.decode(errors="replace")
                found.pop(name, None)
                found[name] = record.timestamp / 1000.0, record.value
    in_force: dict[str, list[int]] = defaultdict(list)
    for partition in range(partitions):
        state = await newest_values(client_options, topics.state, partition)
        in_force[state.get(b"playbook", b"").decode()].append(partition)
    return {
        "playbooks": [
            {
                "hash": digest,
                "at": format_time(at),
                **_about(content),
                "partitions": in_force[digest],
                "approved_by": sorted(set(approved[digest])),
            }
            for digest, (at, content) in list(reversed(found.items()))[:last]
        ],
        "refused": None
        if refusal is None
        else {
            "at": format_time(refusal.at),
            "reason": refusal.reason,
            "said": list(refusal.said),
        },
    }


def _about(content: bytes) -> dict[str, Any]:
    try:
        playbook = load(orjson.loads(content))
    except (PlaybookError, ValueError, TypeError, AttributeError):
        return {"name": "", "rules": None}
    return {"name": playbook.name, "rules": len(playbook.rules)}
