"""What operators have stopped: asked before each call, told by the control topic within moments."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from threading import Thread
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from streams.clock import monotonic
from streams.sources.control import Order, read_order

log = logging.getLogger(__name__)

PATIENCE_S = 1.5
"""Without a word from Kafka for longer nothing may leave: a stop must hold within 2 s."""
ASK_S = 0.25
RETRY_S = 0.5


class Stops:
    """The orders that hold; one for all dispatchers of a process.

    Nothing is allowed before the control topic was read to its end, and while Kafka does not
    answer: an order might stand there.

    Parameters
    ----------
    patience_s
        How long Kafka's last answer counts, seconds; infinite for a dispatcher without Kafka,
        which is then allowed everything that nobody stopped.
    now
        Monotonic clock.

    Examples
    --------
    >>> stops = Stops(patience_s=float("inf"))
    >>> stops.allows("call-back", "crm")
    True
    >>> stops.take(Order("channel", "crm", True, "ann", 0.0, "wrong text"))
    >>> stops.allows("call-back", "crm"), stops.allows("call-back", "mail")
    (False, True)
    """

    def __init__(
        self, patience_s: float = PATIENCE_S, *, now: Callable[[], float] = monotonic
    ) -> None:
        self._patience_s = patience_s
        self._now = now
        self._heard_at = float("-inf")
        self._orders: dict[str, Order] = {}
        self._watchers: list[Callable[[], None]] = []
        self._call: Callable[[Callable[[], None]], object] = _at_once

    def allows(self, rule: str, channel: str) -> bool:
        """Return whether a call for an action of a rule over a channel may begin now."""
        if self._now() - self._heard_at > self._patience_s:
            return False
        orders = self._orders
        return not orders or not (
            "all" in orders or f"rule:{rule}" in orders or f"channel:{channel}" in orders
        )

    def orders(self) -> list[Order]:
        """Return the stops that hold, in the order in which they were read."""
        return list(self._orders.values())

    def watch(self, changed: Callable[[], None]) -> Callable[[], None]:
        """Call `changed` whenever what is allowed may have changed; return what ends that."""
        self._watchers.append(changed)

        def unwatch() -> None:
            with suppress(ValueError):  # ended before
                self._watchers.remove(changed)

        return unwatch

    def take(self, order: Order) -> None:
        """Take an order: the newest about each thing holds."""
        orders = {key: each for key, each in self._orders.items() if key != order.key}
        if order.stopped:
            orders[order.key] = order
        self._orders = orders  # at once: another thread reads it
        self._call(self._tell)

    def heard(self, at: float | None = None) -> None:
        """Take note that Kafka has answered, and that no order waits there.

        Parameters
        ----------
        at
            As of when, monotonic; now when it is not said.
        """
        was_silent = self._now() - self._heard_at > self._patience_s
        self._heard_at = self._now() if at is None else at
        if was_silent:
            self._call(self._tell)

    async def follow(self, client_options: Mapping[str, Any], topic: str) -> None:
        """Read the control topic from its start and stay with it, for as long as the task lives.

        In a thread of its own: a loop that works through a load has its turn too late for a stop.

        Parameters
        ----------
        topic
            Its name on the broker; it has one partition.
        """
        here = asyncio.get_running_loop()
        ended: asyncio.Future[None] = here.create_future()
        reading = asyncio.new_event_loop()
        following = reading.create_task(self._read(client_options, TopicPartition(topic, 0)))
        self._call = here.call_soon_threadsafe

        def end() -> None:
            failed = None if following.cancelled() else following.exception()
            if failed is None:
                ended.set_result(None)
            else:
                ended.set_exception(failed)

        def read() -> None:
            with closing(reading):
                reading.run_until_complete(asyncio.wait([following]))
            with suppress(RuntimeError):  # nobody waits any more
                here.call_soon_threadsafe(end)

        Thread(target=read, name="stops", daemon=True).start()
        try:
            await asyncio.shield(ended)
        finally:
            if not ended.done():
                reading.call_soon_threadsafe(following.cancel)
                await asyncio.wait([ended])

    async def _read(self, client_options: Mapping[str, Any], tp: TopicPartition) -> None:
        while True:
            try:
                await self._follow(client_options, tp)
            except (KafkaError, ConnectionError, TimeoutError) as error:
                log.warning("stops: cannot be read (%s); nothing leaves", type(error).__name__)
                await asyncio.sleep(RETRY_S)

    async def _follow(self, client_options: Mapping[str, Any], tp: TopicPartition) -> None:
        consumer = AIOKafkaConsumer(
            **client_options, enable_auto_commit=False, fetch_max_wait_ms=int(ASK_S * 1000)
        )
        await consumer.start()
        try:
            consumer.assign([tp])
            await consumer.seek_to_beginning(tp)
            while True:
                asked_at = self._now()
                end = await _end_of(consumer, tp)  # first: what stands there by now is read below
                fetched = await consumer.getmany(tp, timeout_ms=int(ASK_S * 1000))
                for record in fetched.get(tp, ()):
                    order = None if record.value is None else read_order(record.value)
                    if order is None:
                        log.error("stops: record %d is no order; ignored", record.offset)
                    else:
                        self.take(order)
                if end is not None and await consumer.position(tp) >= end:
                    self.heard(asked_at)
        finally:
            await consumer.stop()

    def _tell(self) -> None:
        for changed in [*self._watchers]:
            changed()


async def _end_of(consumer: AIOKafkaConsumer, tp: TopicPartition) -> int | None:
    """Return the end of the topic as it is now; nothing when Kafka takes too long to say it."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            return int((await consumer.end_offsets([tp]))[tp])
    except TimeoutError:
        return None


def _at_once(call: Callable[[], None]) -> None:
    call()
