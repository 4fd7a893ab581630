import asyncio
import base64
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
import orjson

from streams.dispatch.channels.client import Limits
from streams.dispatch.channels.webhook import WebhookChannel
from streams.dispatch.entry import Entry
from streams.dispatch.ledger import Ledger
from streams.dispatch.receiver import Receiver
from tests.streams.dispatch.memory import NOON, action

SECRET = "whsec_" + base64.b64encode(b"a" * 32).decode()
OTHER = "whsec_" + base64.b64encode(b"b" * 32).decode()


def entries(*names: str) -> list[Entry]:
    ledger = Ledger(0)
    ledger.process([action(name) for name in names])
    return ledger.due(NOON)


def with_receiver(
    test: Callable[[Receiver], Awaitable[None]], *, newest: int = 20, log_file: Path | None = None
) -> Receiver:
    async def run() -> Receiver:
        async with Receiver(SECRET, newest=newest, log_file=log_file) as receiver:
            await test(receiver)
            return receiver

    return asyncio.run(run())


async def post(receiver: Receiver, secret: str, *sent: Entry) -> list[str]:
    channel = WebhookChannel("crm", receiver.url, secret, Limits())
    try:
        return [(await channel.send(entry)).kind for entry in sent]
    finally:
        await channel.close()


def test_it_takes_each_action_once_and_shows_the_newest(tmp_path: Path) -> None:
    log_file = tmp_path / "received.jsonl"

    async def test(receiver: Receiver) -> None:
        a, b, c = entries("a", "b", "c")
        assert await post(receiver, SECRET, a, b, c, b) == ["accepted"] * 4

    receiver = with_receiver(test, newest=2, log_file=log_file)
    summary = receiver.summary()

    assert summary["received"] == 3
    assert summary["duplicates"] == 1
    assert summary["bad_signature"] == summary["unreadable"] == 0
    assert [shown["action_id"] for shown in summary["newest"]] == ["b", "c"]
    lines = [orjson.loads(line) for line in log_file.read_bytes().splitlines()]
    assert [line["result"] for line in lines] == ["accepted"] * 3 + ["duplicate"]
    assert lines[0]["action"]["data"]["text"] == "Please call"


def test_it_refuses_what_another_key_signed() -> None:
    async def test(receiver: Receiver) -> None:
        assert await post(receiver, OTHER, *entries("a")) == ["failed"]
        assert await post(receiver, SECRET, *entries("a")) == ["accepted"]

    summary = with_receiver(test).summary()

    assert (summary["received"], summary["bad_signature"]) == (1, 1)


def test_it_refuses_what_nobody_signed_and_what_is_no_action() -> None:
    async def test(receiver: Receiver) -> None:
        bad = [
            {},
            {"webhook-id": "a", "webhook-timestamp": "1", "webhook-signature": "v1,x"},
            {"webhook-id": "a", "webhook-timestamp": "x", "webhook-signature": "v1"},
        ]
        async with aiohttp.ClientSession() as session:
            for headers in bad:
                async with session.post(receiver.url, data=b"\xff", headers=headers) as response:
                    assert response.status == 401
        (entry,) = entries("a")
        entry.event = b'{"data": 5}'
        assert await post(receiver, SECRET, entry) == ["failed"]

    summary = with_receiver(test).summary()

    assert summary["bad_signature"] == 3
    assert (summary["received"], summary["unreadable"]) == (0, 1)
