"""Calls the channels for the ledger of one partition."""

import asyncio
import logging
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Protocol

from streams.clock import monotonic
from streams.clock import now as wall_clock
from streams.dispatch.backoff import backoff_s
from streams.dispatch.channels.client import ChannelClient
from streams.dispatch.entry import Entry, State
from streams.dispatch.lane import ChannelMeter, Lane
from streams.dispatch.ledger import HORIZON_S, Ledger
from streams.dispatch.outcome import Outcome
from streams.dispatch.stops import Stops
from streams.engine.contract import Outgoing

log = logging.getLogger(__name__)

MIN_SLEEP_S = 0.001  # rounding may wake the loop a moment early
SWEEP_EVERY_S = 3_600.0


class Writer(Protocol):
    """The owner of the partition, as far as dispatch needs it."""

    async def write(self, outgoing: Sequence[Outgoing]) -> None:
        """Put records into the next transaction; return when it is committed.

        They come after those of earlier calls and of `process`.

        Raises
        ------
        ConnectionError
            When the partition was lost before.
        """


@dataclass(frozen=True, slots=True)
class DispatchSettings:
    """How a dispatcher behaves, whatever the channel.

    Parameters
    ----------
    idle_horizon_s
        What is due later than this keeps nobody waiting for the end of a run, seconds.
    max_batch
        Intents in one transaction.
    """

    idle_horizon_s: float = HORIZON_S
    max_batch: int = 500


@dataclass(frozen=True, slots=True)
class _Call:
    lane: Lane
    entry: Entry
    began: float = 0.0  # monotonic


@dataclass(frozen=True, slots=True)
class _Answer:
    call: _Call
    outcome: Outcome
    seconds: float


class Dispatcher:
    """Takes due actions from a ledger, calls their channels and writes down what came of it.

    One loop writes, so that each transaction holds the ends of earlier calls and the intents of
    the next. A call begins when its intent is committed. Calls of different channels do not wait
    for each other.

    Stop it before the partition is given up, so that the ledger in memory equals its topic. After
    a write that failed the ledger is ahead of its topic: restore a new one for a new dispatcher.

    Parameters
    ----------
    ledger
        The ledger of the partition.
    owner
        Writes transactions of the partition.
    channels
        Name in the playbook -> channel.
    meter
        Name of a channel -> what is counted of it.
    stops
        What operators have stopped; by default nothing ever is.
    now
        Wall clock.
    random
        Source of the jitter of retries.
    """

    def __init__(
        self,
        ledger: Ledger,
        owner: Writer,
        channels: Mapping[str, ChannelClient],
        meter: Callable[[str], ChannelMeter],
        settings: DispatchSettings | None = None,
        *,
        stops: Stops | None = None,
        now: Callable[[], float] = wall_clock,
        random: Random | None = None,
    ) -> None:
        self._ledger = ledger
        self._owner = owner
        self._lanes = {name: Lane(client, meter(name)) for name, client in channels.items()}
        self._settings = settings or DispatchSettings()
        self._stops = stops or Stops(patience_s=math.inf)
        self._now = now
        self._random = random or Random()
        self._calls: dict[asyncio.Task[Outcome], _Call] = {}
        self._answers: list[_Answer] = []
        self._withdrawn: list[_Call] = []
        self._writing = False
        self._stopping = False
        self._swept_at = now()
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def idle(self) -> bool:
        """Whether nothing is due or in flight, nor will be within the horizon."""
        if self._writing or self._calls or self._answers or self._withdrawn:
            return False
        now = self._now()
        return self._next_at(now) > now + self._settings.idle_horizon_s

    def counts(self) -> dict[State, int]:
        """Return state -> number of actions in the ledger."""
        return self._ledger.counts()

    def start(self) -> None:
        """Begin to call channels."""
        self._ledger.changed = self._news.set
        self._task = asyncio.create_task(self._run(), name=f"dispatch-{self._ledger.partition}")

    async def wait(self) -> None:
        """Wait until it ends by itself, which it does only when the partition was lost.

        Raises
        ------
        ConnectionError
            When a write failed because the partition was lost.
        """
        if self._task is not None:
            await asyncio.shield(self._task)

    async def stop(self, grace_s: float = 5.0) -> None:
        """Begin no more calls, wait for those that are out, write down what came of them.

        A call without an answer after half of `grace_s` seconds is cut off: it counts as unknown,
        and is repeated under the same key where the channel recognises that. When nothing can be
        written in the other half, actions stay ``dispatched`` until the next dispatcher begins.
        """
        task, self._task = self._task, None
        if task is None:
            return
        self._stopping = True
        self._news.set()
        try:
            await asyncio.wait([task], timeout=grace_s / 2)
            self._cut_off()
            await asyncio.wait([task], timeout=grace_s / 2)
        finally:
            task.cancel()
        await asyncio.wait([task])
        error = None if task.cancelled() else task.exception()
        if task.cancelled() or isinstance(error, ConnectionError):
            log.warning("dispatch %d: stopped before all was written", self._ledger.partition)
        elif error is not None:
            raise error

    async def _run(self) -> None:
        unwatch = self._stops.watch(self._news.set)
        try:
            # A ledger kept through a rebalance may hold calls that its last dispatcher cut off.
            if left_over := self._ledger.cut_off():
                await self._write(left_over)
            while not (self._stopping and self._finished):
                self._news.clear()
                now = self._now()
                self._let_go()
                outgoing = self._settle(now)
                outgoing += self._ledger.expire(now)
                outgoing += self._sweep(now)
                calls = [] if self._stopping else self._take(now, outgoing)
                if outgoing:
                    await self._write(outgoing)
                    self._begin(calls)
                else:
                    await self._sleep(now)
        finally:
            unwatch()
            self._cut_off()
            await asyncio.gather(*self._calls, return_exceptions=True)

    @property
    def _finished(self) -> bool:
        return not (self._calls or self._answers or self._withdrawn)

    async def _write(self, outgoing: list[Outgoing]) -> None:
        self._writing = True
        try:
            await self._owner.write(outgoing)
        finally:
            self._writing = False

    async def _sleep(self, now: float) -> None:
        next_at = SWEEP_EVERY_S + now if self._stopping else self._next_at(now)
        pause_s = min(max(next_at - now, MIN_SLEEP_S), SWEEP_EVERY_S)
        try:
            async with asyncio.timeout(pause_s):
                await self._news.wait()
        except TimeoutError:
            return  # something became due

    def _next_at(self, now: float) -> float:
        """Return when there will be something to do that no news announces."""
        times = [self._ledger.next_at()]
        if self._is_cut_off:
            return times[0]
        for channel, entries in self._ledger.due_by_channel(now).items():
            if entries:
                lane = self._lanes.get(channel)
                times.append(now if lane is None else max(now, lane.next_at(now)))
        return min(times)

    def _settle(self, now: float) -> list[Outgoing]:
        outgoing = []
        answers, self._answers = self._answers, []
        for answer in answers:
            lane, entry = answer.call.lane, answer.call.entry
            lane.end(answer.outcome, now, answer.seconds)
            retry_at = None
            if entry.attempts < lane.attempts:
                asked_s = answer.outcome.retry_after_s
                retry_at = now + backoff_s(entry.attempts, asked_s, self._random)
            outgoing += self._ledger.settle(entry.id, answer.outcome, now, retry_at)
        withdrawn, self._withdrawn = self._withdrawn, []
        for call in withdrawn:
            call.lane.withdraw()
            outgoing += self._ledger.withdraw(call.entry.id, now)
        return outgoing

    @property
    def _is_cut_off(self) -> bool:
        """Whether nobody can say what is stopped, so that nothing may leave."""
        return not self._stops.orders() and not self._stops.allows("", "")

    def _let_go(self) -> None:
        for stop in self._ledger.stopped():
            if self._stops.allows(*stop):
                self._ledger.let_go(stop)

    def _sweep(self, now: float) -> list[Outgoing]:
        if now < self._swept_at + SWEEP_EVERY_S:
            return []
        self._swept_at = now
        return self._ledger.sweep(now)

    def _take(self, now: float, outgoing: list[Outgoing]) -> list[_Call]:
        """Announce as many calls as may begin; add the records to `outgoing`."""
        calls: list[_Call] = []
        if self._is_cut_off:
            return calls
        for channel, due in self._ledger.due_by_channel(now).items():
            lane = self._lanes.get(channel)
            room = self._settings.max_batch if lane is None else lane.room(now)
            for _ in range(min(room, self._settings.max_batch)):
                entry = self._next(due)  # whatever follows takes it out of `due`
                if entry is None:
                    break
                if lane is None:
                    reason = "its channel is not configured: set it, then ask for a replay"
                    outgoing += self._ledger.park(entry.id, reason, now)
                elif entry.attempts >= lane.attempts:
                    # Each of its calls ended in a crash; the action may be what causes it.
                    reason = f"gave up: no answer to {entry.attempts} calls"
                    outgoing += self._ledger.park(entry.id, reason, now)
                else:
                    lane.begin(now)
                    repeatable = lane.client.recognises_repeats
                    outgoing += self._ledger.intend(entry.id, now, repeatable=repeatable)
                    calls.append(_Call(lane, entry))
        return calls

    def _next(self, due: Mapping[str, Entry]) -> Entry | None:
        """Return the earliest due action that is not stopped; put aside those that are."""
        while due:
            entry = next(iter(due.values()))
            if self._stops.allows(entry.rule, entry.channel):
                return entry
            self._ledger.hold_back(entry.id)
        return None

    def _begin(self, calls: list[_Call]) -> None:
        for call in calls:
            entry = call.entry
            # What has changed while the intent was written.
            may_go = self._stops.allows(entry.rule, entry.channel)
            if entry.cancel or self._stopping or not may_go:
                self._withdrawn.append(call)
                continue
            task = asyncio.create_task(call.lane.client.send(entry))
            self._calls[task] = replace(call, began=monotonic())
            task.add_done_callback(self._collect)

    def _collect(self, task: asyncio.Task[Outcome]) -> None:
        call = self._calls.pop(task)
        if task.cancelled():
            outcome = Outcome("unknown", "stopped before the answer came")
        elif error := task.exception():
            # A fault of the channel's code: this action ends here, the others go on.
            log.error("channel %s: a call failed", call.lane.client.name, exc_info=error)
            outcome = Outcome("unknown", f"the channel failed: {type(error).__name__}")
        else:
            outcome = task.result()
        self._answers.append(_Answer(call, outcome, monotonic() - call.began))
        self._news.set()

    def _cut_off(self) -> None:
        for task in self._calls:
            task.cancel()
