"""The playbooks topic: every published playbook by its hash, and the last one that was refused."""

import asyncio
import logging
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from rules.compiled import program_of
from rules.playbook.loader import load
from rules.playbook.models import Playbook
from streams.clock import monotonic
from streams.engine.refusal import REFUSED, Refusal, read_refusal
from streams.kafka.reading import read_to_end
from streams.process import SWITCH_S
from streams.sources.approvals import PREFIX

log = logging.getLogger(__name__)

PATIENCE_S = 30.0
PREPARED = 2
"""So many of the newest playbooks are loaded as soon as they are read; others when asked for."""
_RETRY_S = 1.0


class PlaybookStore:
    """Playbooks read from their topic, kept by hash.

    Loading and compiling a playbook takes tenths of a second. Both are done beside the event loop,
    when the playbook is read, so that the record that switches to it finds it ready.

    Parameters
    ----------
    topic
        Name of the playbooks topic on the broker.

    Attributes
    ----------
    refusal
        The last publish that was refused, if any.
    """

    def __init__(self, client_options: Mapping[str, Any], topic: str) -> None:
        self._client_options = client_options
        self._topic = topic
        self._contents: dict[str, bytes] = {}  # in the order in which they were published last
        self._playbooks: dict[str, Playbook] = {}
        self._pending: set[str] = set()
        self._reading = asyncio.Lock()
        self._preparing = asyncio.Lock()
        self.refusal: Refusal | None = None

    def get(self, name: str) -> Playbook | None:
        """Return the playbook of a hash; nothing when it was not read, or is being prepared."""
        if name in self._playbooks or name in self._pending:
            return self._playbooks.get(name)
        content = self._contents.get(name)
        if content is not None:
            self._keep(name, _load(name, content))
        return self._playbooks.get(name)

    def newest(self) -> list[Playbook]:
        """Return the playbooks that were loaded, in the order of their last publication."""
        return [self._playbooks[name] for name in self._contents if name in self._playbooks]

    def names(self) -> list[str]:
        """Return the hash of every published playbook, in the order of their last publication."""
        return list(self._contents)

    async def require(self, name: str) -> None:
        """Read on until the playbook is there, and prepare it.

        Raises
        ------
        LookupError
            When it is not in the topic after 30 s: the partition stops, an alert follows.
        """
        started = monotonic()
        while name not in self._playbooks:
            if name not in self._contents:
                await self.refresh()
            await self._prepare([name])
            if name in self._playbooks:
                return
            if monotonic() - started > PATIENCE_S:
                msg = f"playbook {name} must be in {self._topic}; it is not: publish it again"
                raise LookupError(msg)
            await asyncio.sleep(0.2)

    async def refresh(self) -> None:
        """Read the topic from the start to its end, and prepare the newest playbooks."""
        async with self._reading:
            async for batch in read_to_end(self._client_options, self._topic, 0):
                for record in batch:
                    self._take(record.key, record.value)
        await self._prepare(self.names()[-PREPARED:])

    async def follow(self, changed: Callable[[], None]) -> None:
        """Take what is published from now on, for as long as the task lives.

        Parameters
        ----------
        changed
            Called when a playbook is ready, or when one was refused.
        """
        while True:
            try:
                await self._follow(changed)
            except (KafkaError, ConnectionError, TimeoutError) as error:
                log.warning("playbooks: cannot be read (%s); trying again", type(error).__name__)
                await asyncio.sleep(_RETRY_S)

    async def _follow(self, changed: Callable[[], None]) -> None:
        tp = TopicPartition(self._topic, 0)
        consumer = AIOKafkaConsumer(**self._client_options, enable_auto_commit=False)
        await consumer.start()
        try:
            consumer.assign([tp])
            await consumer.seek_to_beginning(tp)
            while True:
                before = len(self._playbooks), self.refusal
                for record in (await consumer.getmany(tp, timeout_ms=1000)).get(tp, ()):
                    self._take(record.key, record.value)
                await self._prepare(self.names()[-PREPARED:])
                if (len(self._playbooks), self.refusal) != before:
                    changed()
        finally:
            await consumer.stop()

    def _take(self, key: bytes | None, value: bytes | None) -> None:
        if key is None or value is None or key.startswith(PREFIX):
            return
        if key == REFUSED:
            self.refusal = read_refusal(value)
            return
        name = key.decode(errors="replace")
        # Published again it is the newest, though its content is the same.
        self._contents.pop(name, None)
        self._contents[name] = value

    async def _prepare(self, names: list[str]) -> None:
        """Load and compile beside the event loop what is not there yet."""
        wanted = [name for name in names if name in self._contents and name not in self._playbooks]
        self._pending.update(wanted)
        try:
            async with self._preparing:
                for name in wanted:
                    content = self._contents.get(name)  # gone when another caller could not load it
                    if content is not None and name not in self._playbooks:
                        with _giving_way():
                            loaded = await asyncio.to_thread(_load, name, content)
                        self._keep(name, loaded)
        finally:
            self._pending.difference_update(wanted)

    def _keep(self, name: str, playbook: Playbook | None) -> None:
        if playbook is None:
            self._contents.pop(name, None)  # perhaps it is published again, as it should be
        else:
            self._playbooks[name] = playbook


def _load(name: str, content: bytes) -> Playbook | None:
    try:
        playbook = load(orjson.loads(content))
    except Exception as error:
        # Perhaps nobody asks for it; whoever does is told that it is missing.
        log.error("playbook %s: cannot be loaded (%s); ignored", name, type(error).__name__)
        return None
    if playbook.hash != name:
        log.error("playbook %s: its content has the hash %s; ignored", name, playbook.hash)
        return None
    program_of(playbook)
    return playbook


@contextmanager
def _giving_way() -> Iterator[None]:
    """Let threads that compute give way to the event loop after half a millisecond, not five."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_S)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
