"""One worker process: the roles it plays, its health, and its orderly end."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from typing import cast

from aiokafka.errors import KafkaError
from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector

from detectors.effort_model import TAUGHT
from detectors.schema import SCORES
from streams.app import Application, build_app
from streams.clock import now
from streams.dispatch.channels.registry import build_channels
from streams.dispatch.dispatcher import Dispatcher
from streams.dispatch.ledger import Ledger
from streams.dispatch.stops import Stops
from streams.engine.observer import Observer
from streams.engine.partition import Companion, PartitionOwner, Role
from streams.engine.playbooks import PlaybookStore
from streams.engine.processor import Processor
from streams.health import Health, HttpServer
from streams.kafka.client import client_options
from streams.kafka.topics import Topics, create_topics
from streams.metrics import Metrics
from streams.quality import QualityMonitor
from streams.settings import Settings
from streams.sources.normalise import Normaliser

log = logging.getLogger(__name__)

ROLES = ("normalise", "engine", "dispatch")
POLL_S = 0.5
STOP_S = 20.0  # for an orderly end; service managers kill after 30 s
TICK_S = 1.0


class Worker:
    """Plays one role or several, each as a Faust application of its own consumer group.

    Parameters
    ----------
    roles
        Some of ``ROLES``.

    Attributes
    ----------
    in_order
        Whether the last `run` ended as it should; not when Kafka did not answer any more.
    """

    def __init__(self, settings: Settings, roles: Sequence[str]) -> None:
        self._settings = settings
        self._client_options = client_options(settings)
        self._topics = Topics(settings.topic_prefix)
        registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=registry)
        self._metrics = Metrics(registry)
        self._health = Health(roles)
        self._server = HttpServer(settings, self._metrics, self._health)
        self._playbooks = PlaybookStore(self._client_options, self._topics.playbooks)
        self._quality = QualityMonitor(self._client_options, settings, self._metrics)
        self._channels = build_channels(settings.channels, settings.partitions)
        self._metrics.channels_declared(self._channels)
        self._metrics.models_declared((*SCORES, *TAUGHT))
        self._stops = Stops()
        self._failure: BaseException | None = None
        self.in_order = True
        self._stop = asyncio.Event()
        self._observers = {name: Observer(name, self._metrics, self._health) for name in roles}
        self._apps = {name: self._app(self._role(name)) for name in roles}

    def stop(self) -> None:
        """Ask for an orderly end: commit, leave the groups, close."""
        self._stop.set()

    async def run(self) -> None:
        """Work until `stop`.

        Raises
        ------
        BaseException
            What ended the work, if it was not `stop`: a fault that no restart of a partition mends.
        """
        await create_topics(self._settings)
        await self._refresh_playbooks()
        await self._server.start()
        log.info("metrics and health at %s", self._server.url)
        tasks = [asyncio.create_task(self._poll(), name="poll")]
        if "engine" in self._apps:
            tasks.append(asyncio.create_task(self._quality.run(), name="quality"))
            follow = self._playbooks.follow(self._show_playbook)
            tasks.append(asyncio.create_task(follow, name="playbooks"))
        if "dispatch" in self._apps:
            self._stops.watch(self._show_stops)
            follow = self._stops.follow(self._client_options, self._topics.control)
            tasks.append(asyncio.create_task(follow, name="stops"))
        if "normalise" in self._apps and self._settings.clock == "live":
            tasks.append(asyncio.create_task(self._tick(), name="tick"))
        for task in tasks:
            task.add_done_callback(self._ended)
        try:
            await asyncio.gather(*(app.start() for app in self._apps.values()))
            await self._stop.wait()
        finally:
            # Not cancelled: clients that wait for Kafka do not heed it.
            closing = asyncio.create_task(self._close(tasks), name="close")
            await asyncio.wait([closing], timeout=STOP_S)
            self.in_order = closing.done()
            if not self.in_order:
                log.warning(
                    "no orderly end within %.0f s, since Kafka does not answer; what was not "
                    "committed is processed again", STOP_S,
                )  # fmt: skip
            elif (error := closing.exception()) is not None:
                raise error
        if self._failure is not None:
            raise self._failure

    async def _close(self, tasks: "list[asyncio.Task[None]]") -> None:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for app in self._apps.values():
            await app.owners.close()
            await app.stop()
        for channel in self._channels.values():
            await channel.close()
        await self._server.stop()

    def _role(self, name: str) -> Role:
        settings, partitions = self._settings, self._settings.partitions
        if name == "normalise":
            return Role(
                name, "raw_events", "normalise_state",
                lambda raw: Normaliser(
                    raw, partitions, partitions, settings.clock, settings.lateness_s
                ),
            )  # fmt: skip
        if name == "engine":
            return Role(
                name, "interactions", "state",
                lambda partition: Processor(
                    partition, partitions, settings.clock, self._playbooks.get
                ),
                missing_playbook=self._require_playbook,
                prepare=self._refresh_playbooks,
                follows_log=True,
            )  # fmt: skip
        return Role(name, "actions", "ledger", Ledger, companion=self._dispatcher)

    def _dispatcher(self, owner: PartitionOwner) -> Companion:
        return Dispatcher(
            cast("Ledger", owner.processor), owner, self._channels, self._metrics.channel,
            stops=self._stops,
        )  # fmt: skip

    def _app(self, role: Role) -> Application:
        return build_app(
            role, self._settings, self._client_options, self._observers[role.name], self._failed
        )

    def _failed(self, error: BaseException) -> None:
        if self._failure is None:
            self._failure = error
            log.error("stopping: %s", error)
        self._stop.set()

    def _ended(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._failed(error)

    async def _require_playbook(self, name: str) -> None:
        await self._playbooks.require(name)
        self._show_playbook()

    async def _refresh_playbooks(self) -> None:
        await self._playbooks.refresh()
        self._show_playbook()

    def _show_playbook(self) -> None:
        for playbook in self._playbooks.newest():
            levels = {rule.id: rule.pyramid_level for rule in playbook.rules}
            plays = [rule.id for rule in playbook.rules if len(rule.then) > 1]
            self._metrics.playbook_loaded(playbook.name, playbook.hash, levels, plays)
        if (refusal := self._playbooks.refusal) is not None:
            self._metrics.playbook_refused(refusal.reason, refusal.at)

    def _show_stops(self) -> None:
        orders = self._stops.orders()
        self._metrics.stopped(order.scope for order in orders)
        told = (f"{order.what} by {order.by}: {order.reason}" for order in orders)
        self._health.note("stopped", "; ".join(told))

    async def _poll(self) -> None:
        while True:
            for name, app in self._apps.items():
                if app.crashed:
                    self._failed(app.crash_reason or RuntimeError(f"{name} crashed"))
                for owner in app.owners:
                    await self._measure(app, self._observers[name], owner)
            await asyncio.sleep(POLL_S)

    async def _measure(self, app: Application, observer: Observer, owner: PartitionOwner) -> None:
        # The position passes transaction markers, the applied offset does not: it is the fetch
        # position that says whether anything waits.
        waiting = await _waiting(app, owner)
        if waiting is None:
            return
        lag = waiting
        if not lag and not owner.settled:
            lag = max(1, owner.applied - owner.committed)
        processor = owner.processor
        waiting = processor.waiting(now()) if isinstance(processor, Ledger) else 0
        observer.lag(owner.partition, owner.committed, lag, waiting)
        observer.state(owner.partition, owner.processor)

    async def _tick(self) -> None:
        app = self._apps["normalise"]
        while True:
            await asyncio.sleep(TICK_S)
            for owner in app.owners:
                waiting = await _waiting(app, owner)
                if waiting is not None and isinstance(owner.processor, Normaliser):
                    # What was fetched but not yet taken has left the position behind.
                    said = owner.processor.tick(now(), waiting == 0 and owner.has_room)
                    with suppress(ConnectionError):  # lost meanwhile: the next owner goes on
                        await owner.write(said)


async def _waiting(app: Application, owner: PartitionOwner) -> int | None:
    """Return how many records of an open partition were not fetched yet, None if unknown."""
    if not owner.ready or owner.tp not in app.consumer.assignment():
        return None
    try:
        position = await app.consumer.position(owner.tp)
        highwater = app.consumer.highwater(owner.tp)
        if highwater is None:  # nothing was fetched yet; if that stays so it must be noticed
            highwater = (await app.consumer.highwaters(owner.tp))[owner.tp]
    except KafkaError:
        return None  # a rebalance came between, or the broker is away
    if position is None or highwater is None or not owner.ready:
        return None
    return max(0, highwater - position)
