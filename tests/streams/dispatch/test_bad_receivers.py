"""Webhooks to a real server that misbehaves: others go on, and its rate holds."""

import asyncio
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from streams.dispatch.channels.client import Limits
from streams.dispatch.channels.webhook import WebhookChannel
from tests.streams.dispatch.desk import FAST, Desk, run, settle_down, until
from tests.streams.dispatch.http_server import server
from tests.streams.dispatch.memory import NOON, action

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
COUNT = 40
RATE, BURST = 5.0, 5
PAUSE_S = 30
BAD_FOR_S = 20
LONGEST_S = 600


@dataclass
class BadServer:
    """Misbehaves in one way until it is well."""

    fault: str
    is_well: bool = False
    calls: int = 0
    keys: set[str] = field(default_factory=set)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.calls += 1
        await request.read()
        transport = request.transport
        assert transport is not None
        if self.is_well:
            self.keys.add(request.headers["idempotency-key"])
            return web.Response()
        match self.fault:
            case "slow":
                await asyncio.sleep(10)
            case "fails":
                return web.Response(status=500)
            case "busy":
                return web.Response(status=429, headers={"retry-after": str(PAUSE_S)})
            case "resets":
                transport.abort()
            case "garbage":
                transport.write(b"\x00\xff garbage\r\n\r\n")
                transport.close()
        return web.Response()


async def calm(desk: Desk) -> None:
    """Return when every call that could begin now has ended and is written down."""
    await settle_down()
    await until(lambda: not desk.dispatcher._calls and not desk.dispatcher._answers)
    await settle_down()


@pytest.mark.parametrize("fault", ["slow", "fails", "busy", "resets", "garbage"])
def test_a_bad_receiver_blocks_no_other_channel_and_its_rate_holds(fault: str) -> None:
    async def test() -> None:
        bad, good = BadServer(fault), BadServer("none", is_well=True)
        async with server(bad.answer) as bad_url, server(good.answer) as good_url:
            limits = Limits(attempts=50, rate_per_s=RATE, burst=BURST)
            channels = [
                WebhookChannel("bad", bad_url, SECRET, limits, timeout_s=0.2),
                WebhookChannel("good", good_url, SECRET, FAST),
            ]
            desk = Desk(*channels)
            async with desk:
                names = [f"a{n}" for n in range(COUNT)]
                desk.owner.read(
                    *[action(f"bad-{name}", channel="bad") for name in names],
                    *[action(f"good-{name}", channel="good") for name in names],
                )
                # The clock stands still: nothing of the bad one has to pass before.
                await until(lambda: len(good.keys) == COUNT)
                await calm(desk)
                assert bad.calls == BURST
                for second in range(1, LONGEST_S):
                    desk.at(second)
                    await calm(desk)
                    assert bad.calls <= BURST + RATE * second
                    if fault == "busy" and second < PAUSE_S:
                        assert bad.calls == BURST
                    bad.is_well = second >= BAD_FOR_S
                    if desk.dispatcher.counts()["accepted"] == 2 * COUNT:
                        break
            for channel in channels:
                await channel.close()

        assert desk.dispatcher.counts()["accepted"] == 2 * COUNT
        assert bad.keys == {f"bad-{name}" for name in names}
        assert good.calls == COUNT
        assert desk.clock.at > NOON + BAD_FOR_S

    run(test())
