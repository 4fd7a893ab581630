"""The partitions that this process owns in one role, through every rebalance."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from aiokafka import TopicPartition
from faust.types import TP

from streams.engine.observer import Observer
from streams.engine.partition import PartitionOwner, Role
from streams.kafka.topics import Topics
from streams.settings import Settings


class Owners:
    """Opens owners for what Faust assigns, closes them for what it revokes.

    Parameters
    ----------
    on_failure
        Called with an error that no restart of a partition mends: the worker must stop.
    """

    def __init__(
        self,
        role: Role,
        settings: Settings,
        client_options: Mapping[str, Any],
        observer: Observer,
        on_failure: Callable[[BaseException], None],
    ) -> None:
        self.client_options = client_options
        self.source = str(getattr(Topics(settings.topic_prefix), role.source))
        self._role = role
        self._settings = settings
        self._observer = observer
        self._on_failure = on_failure
        self._owners: dict[int, PartitionOwner] = {}
        self._changed = asyncio.Event()

    def __iter__(self) -> Iterator[PartitionOwner]:
        return iter([*self._owners.values()])  # a rebalance may come while somebody iterates

    def get(self, tp: TopicPartition) -> PartitionOwner | None:
        """Return the owner of a partition of the source topic."""
        owner = self._owners.get(tp.partition)
        return owner if owner is not None and owner.tp == tp else None

    def ready(self) -> list[PartitionOwner]:
        """Return the owners that take records."""
        return [owner for owner in self._owners.values() if owner.ready]

    def notify(self) -> None:
        """Wake whoever waits for a change."""
        self._changed.set()

    async def wait_for_change(self, at_most_s: float) -> None:
        """Return when an owner became ready or committed, or after `at_most_s` seconds."""
        self._changed.clear()
        try:
            async with asyncio.timeout(at_most_s):
                await self._changed.wait()
        except TimeoutError:
            pass

    async def revoked(self, partitions: set[TP]) -> None:
        """Commit and stop; states are kept until the next assignment says where they go."""
        await asyncio.gather(*(owner.suspend() for owner in self._owners.values()))

    async def assigned(self, partitions: set[TP]) -> None:
        """Go on with what stays, open what is new, let go of the rest."""
        mine = {tp.partition for tp in partitions}
        self._observer.assigned(sorted(mine))
        for partition in sorted(set(self._owners) - mine):
            self._observer.lost(partition)
            del self._owners[partition]
        for partition in sorted(mine):
            owner = self._owners.get(partition)
            if owner is None:
                owner = PartitionOwner(
                    self._role, partition, self._settings, self.client_options,
                    self._observer, self.notify,
                )  # fmt: skip
                self._owners[partition] = owner
            owner.start(self._on_failure)
        self.notify()

    async def close(self) -> None:
        """Commit and stop everything."""
        await self.revoked(set())
        self._owners.clear()
