"""The playbooks topic: every published playbook by its hash."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

import orjson

from rules.playbook.loader import load
from rules.playbook.models import Playbook
from streams.clock import monotonic
from streams.kafka.reading import read_to_end

log = logging.getLogger(__name__)

PATIENCE_S = 30.0


class PlaybookStore:
    """Playbooks read from their topic, kept by hash.

    Parameters
    ----------
    topic
        Name of the playbooks topic on the broker.
    """

    def __init__(self, client_options: Mapping[str, Any], topic: str) -> None:
        self._client_options = client_options
        self._topic = topic
        self._playbooks: dict[str, Playbook] = {}
        self._reading = asyncio.Lock()

    def get(self, name: str) -> Playbook | None:
        """Return the playbook of a hash, if it has been read."""
        return self._playbooks.get(name)

    def newest(self) -> list[Playbook]:
        """Return all playbooks, oldest first."""
        return list(self._playbooks.values())

    async def require(self, name: str) -> None:
        """Read on until the playbook is there.

        Raises
        ------
        LookupError
            When it is not in the topic after 30 s: the partition stops, an alert follows.
        """
        started = monotonic()
        while name not in self._playbooks:
            await self.refresh()
            if name in self._playbooks:
                return
            if monotonic() - started > PATIENCE_S:
                msg = f"playbook {name} must be in {self._topic}; it is not: publish it again"
                raise LookupError(msg)
            await asyncio.sleep(0.2)

    async def refresh(self) -> None:
        """Read the topic from the start to its end."""
        async with self._reading:
            async for batch in read_to_end(self._client_options, self._topic, 0):
                for record in batch:
                    self._take(record.key, record.value)

    def _take(self, key: bytes | None, value: bytes | None) -> None:
        if key is None or value is None:
            return
        name = key.decode(errors="replace")
        if name in self._playbooks:
            return
        try:
            playbook = load(orjson.loads(value))
        except Exception as error:
            # Perhaps nobody asks for it; whoever does is told that it is missing.
            log.error("playbook %s: cannot be loaded (%s); ignored", name, type(error).__name__)
            return
        if playbook.hash != name:
            log.error("playbook %s: its content has the hash %s; ignored", name, playbook.hash)
            return
        self._playbooks[name] = playbook
