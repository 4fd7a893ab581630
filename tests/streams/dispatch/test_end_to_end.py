"""From the actions topic to a real receiver, through a crash."""

import asyncio
import base64

import pytest

from streams.dispatch.channels.client import Limits
from streams.dispatch.channels.webhook import WebhookChannel
from streams.dispatch.dispatcher import Dispatcher
from streams.dispatch.receiver import Receiver
from tests.streams.dispatch.memory import Broker, Clock, Meter, Owner, action

SECRET = "whsec_" + base64.b64encode(b"a" * 32).decode()
COUNT = 60


def test_a_crash_between_call_and_ledger_repeats_only_under_the_same_key() -> None:
    broker = Broker()
    log = [action(f"a{n}", channel="desk") for n in range(COUNT)]

    async def work(receiver: Receiver, *, crash: bool) -> None:
        def lose() -> None:
            owner.lost = crash and receiver.received >= 20

        owner = Owner(broker, before_commit=lose)
        channel = WebhookChannel("desk", receiver.url, SECRET, Limits(rate_per_s=1e6, burst=1000))
        dispatcher = Dispatcher(owner.ledger, owner, {"desk": channel}, Meter(), now=Clock())
        dispatcher.start()
        owner.read(*log[owner.applied :])
        if crash:
            with pytest.raises(ConnectionError):
                await dispatcher.wait()
        else:
            async with asyncio.timeout(20):
                while not dispatcher.idle:  # noqa: ASYNC110 -- as the end of a run is found
                    await asyncio.sleep(0.001)
        await dispatcher.stop(grace_s=2)
        await channel.close()

    async def run() -> Receiver:
        async with Receiver(SECRET, newest=COUNT) as receiver:
            await work(receiver, crash=True)
            await work(receiver, crash=False)
            return receiver

    receiver = asyncio.run(run())
    summary = receiver.summary()

    assert broker.restored()[0].counts()["accepted"] == COUNT
    assert summary["received"] == COUNT
    # What was out when it crashed came twice, and no more than may be out at once.
    assert 0 < summary["duplicates"] <= Limits().concurrency
    assert {shown["action_id"] for shown in summary["newest"]} == {f"a{n}" for n in range(COUNT)}
    assert sorted(broker.results()) == sorted(f"a{n}-accepted" for n in range(COUNT))
