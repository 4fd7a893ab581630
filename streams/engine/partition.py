"""The owner of one partition: feeds its processor, commits, restores."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError, ProducerFenced

from streams.clock import monotonic
from streams.engine.contract import Outgoing, PlaybookMissingError, Processor, Record
from streams.engine.observer import Observer
from streams.engine.restore import APPLIED, check_position, position_of, restore
from streams.engine.transaction import Transactions
from streams.kafka.topics import Topics
from streams.settings import Settings

log = logging.getLogger(__name__)

MAX_PENDING = 20_000  # records waiting for a transaction before fetching pauses
REOPEN_AFTER_S = 1.0
GRACE_S = 2.0  # for calls under way when the partition goes
MAX_REST_S = 0.05  # between two transactions
SLICE_S = 0.004  # between two chances for the event loop: a commit takes several of them
SLICES = (20, 500)  # records, fewest and most


class Companion(Protocol):
    """Works beside an open owner: the dispatcher, who calls what the ledger says is due."""

    def start(self) -> None:
        """Begin; the owner is ready."""

    async def stop(self, grace_s: float) -> None:
        """End within `grace_s` seconds; what was written is committed afterwards."""


@dataclass(frozen=True, slots=True)
class Role:
    """What the owners of one role have in common.

    Parameters
    ----------
    name
        ``normalise``, ``engine`` or ``dispatch``.
    source, state
        Fields of `Topics`: where records come from, where state goes.
    make
        Makes the processor of a partition.
    missing_playbook
        Awaited when a record names a playbook that is not there yet.
    prepare
        Awaited before state is restored: reads what the state refers to.
    companion
        Makes what works beside an open owner and writes through it.
    follows_log
        Whether the state follows from the applied offset alone, nothing being written beside it.
        Only then is a processor that was kept through a rebalance known to be the newest.
    """

    name: str
    source: str
    state: str
    make: Callable[[int], Processor]
    missing_playbook: Callable[[str], Awaitable[None]] | None = None
    prepare: Callable[[], Awaitable[None]] | None = None
    companion: Callable[[PartitionOwner], Companion] | None = None
    follows_log: bool = False


class PartitionOwner:
    """Owns one partition of a role's source topic.

    Records are processed as they come; what they cause waits in memory until the next transaction,
    which holds output, touched state and applied offset together. While a transaction is under
    way the next batch is processed, so load makes transactions larger, not more.

    The applied offset is part of the state, so the group's own offset is for others: it goes with
    the first transaction of an owner, with each regular checkpoint and with the last one. That it
    moved tells a former owner that the state has moved on.
    """

    def __init__(
        self,
        role: Role,
        partition: int,
        settings: Settings,
        client_options: Mapping[str, Any],
        observer: Observer,
        changed: Callable[[], None],
    ) -> None:
        self.role = role
        self.partition = partition
        self.ready = False
        self.seek_to: int | None = None
        self.applied = 0
        self.committed = 0
        self._told = 0  # the group's offset
        self._is_new = True  # has not told it yet
        self._checkpoint_at = 0.0
        self.slice = SLICES[0]  # how many records to hand over at once
        self._topics = Topics(settings.topic_prefix)
        self._settings = settings
        self._client_options = client_options
        self._observer = observer
        self._changed = changed
        source = str(getattr(self._topics, role.source))
        self.tp = TopicPartition(source, partition)
        self._state = TopicPartition(str(getattr(self._topics, role.state)), partition)
        self.group = f"{settings.topic_prefix}{role.name}"
        self.processor = role.make(partition)
        self._warm = False  # the processor stands at `applied`, nothing waits
        self._spoilt = False  # the processor has applied half a batch
        self._transactions: Transactions | None = None
        self._companion: Companion | None = None
        self._pending: list[Outgoing] = []
        self._waiters: list[asyncio.Future[None]] = []
        self._uncommitted = 0
        self._due = asyncio.Event()
        self._pressed = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    @property
    def has_room(self) -> bool:
        """Whether records are taken as they come, none waits for a transaction."""
        return self._room.is_set()

    @property
    def settled(self) -> bool:
        """Whether everything that was applied is committed."""
        return self.ready and self.applied == self.committed and not self._pending

    def start(self, on_failure: Callable[[BaseException], None]) -> None:
        """Begin (or, after a rebalance, go on) owning the partition."""
        self._stopping = False
        self._task = asyncio.create_task(self._own(), name=f"{self.role.name}-{self.partition}")
        self._task.add_done_callback(partial(_report, on_failure))

    async def suspend(self) -> None:
        """Commit what is there and stop; the state stays, in case the partition comes back."""
        await self._stop_companion(GRACE_S)
        self._stopping = True
        self.ready = False
        self._due.set()
        self._pressed.set()
        self._room.set()
        if self._task is not None:
            await asyncio.wait([self._task])
            self._task = None

    async def accept(self, records: Sequence[Record]) -> None:
        """Process records in order; wait first while too much waits for a transaction.

        Raises
        ------
        Exception
            A fault of the processor. Nothing that it holds is committed any more.
        """
        await self._room.wait()
        # A pending seek means that the owner was opened anew meanwhile: the batch comes again.
        while records and self.ready and self.seek_to is None:
            if records[0].offset < self.applied:
                records = [record for record in records if record.offset >= self.applied]
                continue
            started = monotonic()
            try:
                output = self.processor.process(records)
            except PlaybookMissingError as missing:
                self._took(missing.output, missing.offset, missing.done)
                records = records[missing.done :]
                await self._fetch_playbook(missing.hash)
                continue
            except BaseException:
                self._spoilt = True
                self._drop()
                raise
            self._took(output, records[-1].offset + 1, len(records))
            took_s = monotonic() - started
            self._pace(len(records), took_s)
            self._observer.processed(len(records), took_s)
            return

    async def write(self, outgoing: Sequence[Outgoing]) -> None:
        """Add records to the next transaction; return when they are committed.

        Raises
        ------
        ConnectionError
            When the partition was lost before they were.
        """
        if not self.ready:
            msg = f"{self.role.name} {self.partition} must be owned to write; it was lost"
            raise ConnectionError(msg)
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append(done)
        self._pending.extend(outgoing)
        self._due.set()
        await done

    def _took(self, output: list[Outgoing], applied: int, count: int) -> None:
        self._pending.extend(output)
        self.applied = applied
        self._uncommitted += count
        urgency = self.processor.urgent(output)
        if urgency or self._uncommitted >= self._settings.checkpoint_records:
            self._due.set()
        if urgency > 1:
            self._pressed.set()
        if len(self._pending) > MAX_PENDING:
            self._room.clear()
            self._due.set()

    def _pace(self, count: int, took_s: float) -> None:
        # Events cost from 10 to 500 us; at most twice as many as last time, so that one fast batch
        # does not let the next one hold the loop up.
        fitting = min(int(count * SLICE_S / max(took_s, 1e-6)), 2 * self.slice)
        self.slice = min(max(fitting, SLICES[0]), SLICES[1])

    async def _fetch_playbook(self, name: str) -> None:
        if self.role.missing_playbook is None:
            msg = f"role {self.role.name} must not read playbooks; got {name}"
            raise RuntimeError(msg)
        await self.role.missing_playbook(name)

    async def _own(self) -> None:
        while not self._stopping:
            try:
                await self._open()
                await self._commit_until_stopped()
            except (KafkaError, ConnectionError, TimeoutError) as error:
                # Recovered without a person: what was not committed is processed again.
                log.warning(
                    "%s %d: transaction failed (%s); restoring",
                    self.role.name, self.partition, type(error).__name__,
                )  # fmt: skip
                self._observer.failed(fenced=isinstance(error, ProducerFenced))
                self._drop()
                await self._stop_companion(0.0)
                await asyncio.sleep(REOPEN_AFTER_S)
            finally:
                await self._close_producer()

    async def _open(self) -> None:
        started = monotonic()
        self._transactions = Transactions(
            self._client_options,
            f"{self.group}-{self.partition}",
            self._topics,
            self._settings.partitions,
            self._settings.transaction_timeout_s,
        )
        await self._transactions.open()  # from here on no older owner can commit
        position = await position_of(self._client_options, self.group, self.tp)
        restored = 0
        if not (self._warm and self.applied == position.committed):
            progress = self._observer.restoring(self.partition)
            if self.role.prepare is not None:
                await self.role.prepare()
            self.processor = self.role.make(self.partition)
            restored, self.applied = await restore(
                self._client_options, self._state, self.processor, position.committed, progress
            )
            check_position(self.tp, position, self.applied)
            self._spoilt = False
            self._pending = list(self.processor.restored(self.applied))
            if self._pending:
                self._due.set()
        self._warm = False
        self.committed = self.applied
        self._told, self._is_new = position.committed or 0, True
        interval = self._settings.checkpoint_interval_s  # not in all partitions at once
        self._checkpoint_at = started + interval * (1 + self.partition / self._settings.partitions)
        if self._stopping:
            return  # suspended meanwhile: nobody delivers, and nobody would stop a companion
        self.seek_to = self.applied
        self.ready = True
        self._observer.restored(self.partition, restored, monotonic() - started)
        self._observer.state(self.partition, self.processor)
        log.info("%s %d: ready at offset %d, %d records restored in %.2f s",
                 self.role.name, self.partition, self.applied, restored,
                 monotonic() - started)  # fmt: skip
        self._changed()
        if self.role.companion is not None:
            self._companion = self.role.companion(self)
            self._companion.start()

    async def _commit_until_stopped(self) -> None:
        while not self._stopping:
            try:
                async with asyncio.timeout(max(self._checkpoint_at - monotonic(), 0.0)):
                    await self._due.wait()
            except TimeoutError:
                pass  # the regular checkpoint
            self._due.clear()
            self._pressed.clear()
            started = monotonic()
            await self._commit()
            if not self._stopping:
                # As long as it took: transactions get half of the time at most, and what comes
                # meanwhile makes the next one larger. Few are in so great a hurry that it must not.
                with suppress(TimeoutError):
                    async with asyncio.timeout(min(monotonic() - started, MAX_REST_S)):
                        await self._pressed.wait()
        await self._commit()
        self._warm = self.role.follows_log and not self._spoilt

    async def _commit(self) -> None:
        started = monotonic()
        regular = started >= self._checkpoint_at
        if regular:
            self._checkpoint_at = started + self._settings.checkpoint_interval_s
        tells = regular or self._is_new or self._stopping
        behind = self._told if tells else self.committed
        nothing = self.applied == behind and not (self._pending or self._waiters)
        if self._spoilt or nothing:
            return
        if self._transactions is None:
            return
        outgoing, self._pending = self._pending, []
        waiters, self._waiters = self._waiters, []
        applied, self._uncommitted = self.applied, 0
        state = self.processor.checkpoint()
        outgoing.extend(state)
        outgoing.append(
            Outgoing(self.role.state, APPLIED, str(applied).encode(), partition=self.partition)
        )
        try:
            written = await self._transactions.commit(
                outgoing, {self.tp: applied} if tells else {}, self.group
            )
        except BaseException:
            _abandon(waiters)
            raise
        self.committed = applied
        if tells:
            self._told, self._is_new = applied, False
        self._room.set()
        self._observer.committed(self.partition, outgoing, applied, written, monotonic() - started)
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)
        self._changed()

    def _drop(self) -> None:
        self.ready = False
        self._warm = False
        self._pending = []
        self._uncommitted = 0
        _abandon(self._waiters)
        self._waiters = []
        self._room.set()
        self._changed()

    async def _stop_companion(self, grace_s: float) -> None:
        companion, self._companion = self._companion, None
        if companion is not None:
            await companion.stop(grace_s)

    async def _close_producer(self) -> None:
        self.ready = False
        transactions, self._transactions = self._transactions, None
        if transactions is not None:
            try:
                await transactions.close()
            except (KafkaError, ConnectionError, TimeoutError) as error:
                log.warning("%s %d: producer did not close cleanly (%s)",
                            self.role.name, self.partition, type(error).__name__)  # fmt: skip


def _report(on_failure: Callable[[BaseException], None], task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        on_failure(error)


def _abandon(waiters: list[asyncio.Future[None]]) -> None:
    for waiter in waiters:
        if not waiter.done():
            waiter.set_exception(ConnectionError("the partition was lost before the write"))
