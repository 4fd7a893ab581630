"""One partition of dispatch at work, with channels whose other side is a function of the test."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from random import Random
from typing import Any

from streams.dispatch.channels.client import ChannelClient, Limits
from streams.dispatch.dispatcher import Dispatcher
from streams.dispatch.entry import Entry
from streams.dispatch.outcome import Outcome
from streams.dispatch.stops import Stops
from tests.streams.dispatch.memory import NOON, Broker, Clock, Meter, Owner

FAST = Limits(attempts=8, concurrency=16, rate_per_s=1e6, burst=1_000)
ACCEPTED = Outcome("accepted")


class Line:
    """A channel whose other side is a function of the test."""

    def __init__(
        self,
        answer: Callable[[Entry], Awaitable[Outcome]],
        *,
        name: str = "crm",
        recognises_repeats: bool = True,
        limits: Limits = FAST,
    ) -> None:
        self.name = name
        self.recognises_repeats = recognises_repeats
        self.limits = limits
        self.calls: list[str] = []
        self.out = 0
        self.most_out = 0
        self._answer = answer

    async def send(self, entry: Entry) -> Outcome:
        self.calls.append(entry.id)
        self.out += 1
        self.most_out = max(self.most_out, self.out)
        try:
            return await self._answer(entry)
        finally:
            self.out -= 1

    async def close(self) -> None:
        """Nothing is open."""


def saying(*outcomes: Outcome) -> Callable[[Entry], Awaitable[Outcome]]:
    """Answer with these in turn, then with the last of them."""
    left = list(outcomes)

    async def answer(_: Entry) -> Outcome:
        await asyncio.sleep(0)
        return left.pop(0) if len(left) > 1 else left[0]

    return answer


class Desk:
    """One partition with its dispatcher at work."""

    def __init__(
        self, *lines: ChannelClient, owner: Owner | None = None, stops: Stops | None = None
    ) -> None:
        self.owner = owner or Owner(Broker())
        self.broker = self.owner.broker
        self.clock = Clock()
        self.meter = Meter()
        channels: Mapping[str, ChannelClient] = {line.name: line for line in lines}
        self.dispatcher = Dispatcher(
            self.owner.ledger, self.owner, channels, self.meter,
            stops=stops, now=self.clock, random=Random(1),
        )  # fmt: skip

    def at(self, seconds: float) -> None:
        self.clock.at = NOON + seconds
        self.owner.ledger.changed()

    async def __aenter__(self) -> "Desk":
        self.dispatcher.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.dispatcher.stop(grace_s=0.05)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 -- what is waited for has no event
            await asyncio.sleep(0.001)


async def settle_down() -> None:
    """Give everything that can happen now the chance to."""
    for _ in range(50):
        await asyncio.sleep(0)


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(test)
