"""A Faust transport that delivers whole batches.

Faust's own path spends four asyncio tasks on every record, 50 us; this one hands each fetched list
to the owner of its partition and leaves group membership, assignment, rebalance and lifecycle to
Faust. It is a plug-in (entry-point group ``faust.transports``), not a patch; the private names it
relies on are held by contract tests, and faust-streaming is pinned.
"""

import asyncio
from typing import Any, cast

import aiokafka
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from aiokafka.errors import IllegalStateError
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from streams.clock import monotonic

FETCH_WAIT_MS = 500
IDLE_S = 1.0
# Each fetch costs a millisecond here and at the broker, so while records flow the broker gathers
# them: it answers after this time, or when there is so much.
GATHER_MS = 5
GATHER_BYTES = 32 * 1024
PAUSE_S = 0.01  # records that are further apart do not flow


class ConsumerThread(driver.AIOKafkaConsumerThread):
    """Reads committed records only, and keeps partitions where they are in a rebalance."""

    def _create_worker_consumer(self, transport: Any) -> aiokafka.AIOKafkaConsumer:
        conf = self.app.conf
        self._assignor = StickyPartitionAssignor
        return aiokafka.AIOKafkaConsumer(
            **cast(Any, self.app).owners.client_options,
            client_id=conf.broker_client_id,
            group_id=conf.id,
            group_instance_id=conf.consumer_group_instance_id,
            partition_assignment_strategy=[StickyPartitionAssignor],
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_poll_records=conf.broker_max_poll_records,
            max_partition_fetch_bytes=conf.consumer_max_fetch_size,
            fetch_max_wait_ms=FETCH_WAIT_MS,
            request_timeout_ms=int(conf.broker_request_timeout * 1000),
            session_timeout_ms=int(conf.broker_session_timeout * 1000),
            rebalance_timeout_ms=int(conf.broker_rebalance_timeout * 1000),
            heartbeat_interval_ms=int(conf.broker_heartbeat_interval * 1000),
            isolation_level="read_committed",
            retry_backoff_ms=50,
        )

    def gather(self, flows: bool) -> None:
        """Let the broker gather records, or answer with the first one, from the next fetch on."""
        fetcher = self._ensure_consumer()._fetcher
        # The fetcher runs in a thread of its own and may read in between: a long wait goes only
        # with a single byte.
        if flows:
            fetcher._fetch_max_wait_ms, fetcher._fetch_min_bytes = GATHER_MS, GATHER_BYTES
        else:
            fetcher._fetch_min_bytes, fetcher._fetch_max_wait_ms = 1, FETCH_WAIT_MS


class Consumer(driver.Consumer):
    """Hands batches to the owners of their partitions."""

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def _drain_messages(self, fetcher: Any) -> None:
        owners = cast(Any, self.app).owners
        flows = False
        while not (self._stopped.is_set() or fetcher._stopped.is_set()):
            if not self.flow_active:
                await self.wait(cast(Any, self.can_resume_flow))
                continue
            # The only place that seeks: here no fetch is under way, so no batch of an old position
            # can follow a seek.
            ready = await self._seek_ready(owners)
            if not ready:
                await owners.wait_for_change(1.0)
                continue
            generation = self.app.consumer_generation_id
            self.not_waiting_next_records.clear()
            asked = monotonic()
            try:
                records = await self._getmany(
                    active_partitions=ready, timeout=PAUSE_S if flows else IDLE_S
                )
            finally:
                self.not_waiting_next_records.set()
            if flows != (flows := bool(records) and monotonic() - asked < PAUSE_S):
                cast(ConsumerThread, self._thread).gather(flows)
            for tp, batch in (records or {}).items():
                if not self.flow_active or self.app.consumer_generation_id != generation:
                    break  # a rebalance: what was not delivered is sought again by its owner
                await self._deliver(owners, TP(tp.topic, tp.partition), batch)
            await asyncio.sleep(0)

    async def _seek_ready(self, owners: Any) -> set[TP]:
        ready: set[TP] = set()
        assigned = self.assignment()
        for owner in owners.ready():
            if owner.tp not in assigned:
                continue
            if owner.seek_to is not None:
                position, owner.seek_to = owner.seek_to, None
                try:
                    await self.seek_wait({owner.tp: position})
                except IllegalStateError:
                    continue  # revoked meanwhile: its owner seeks again when it is opened
            ready.add(owner.tp)
        return ready

    async def _deliver(self, owners: Any, tp: TP, batch: list[Any]) -> None:
        owner = owners.get(tp)
        start = 0
        while start < len(batch):
            if owner is None or not owner.ready or owner.seek_to is not None:
                return  # it will be sought again when its owner is ready
            end = start + owner.slice
            await owner.accept(batch[start:end])
            await asyncio.sleep(0)
            start = end


class Transport(driver.Transport):
    """Registered as ``precede://`` in the entry-point group ``faust.transports``."""

    Consumer = Consumer
