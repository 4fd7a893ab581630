"""`precede parked` beside a dispatcher at work: listed, replayed, cancelled."""

import asyncio
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import orjson
from aiokafka import AIOKafkaProducer
from pydantic import SecretStr
from typer.testing import CliRunner

from streams.cli.main import app
from streams.clock import now
from streams.dispatch.receiver import Receiver
from streams.kafka.topics import create_topics
from streams.settings import Channel, Settings
from tests.integration.commands import environment
from tests.integration.conftest import MakeSettings
from tests.integration.forked import ForkedWorker
from tests.integration.workers import SECRET, Site, until
from tests.streams.dispatch.mail_server import Mailbox, mail_server
from tests.streams.dispatch.memory import action


async def parked(place: Site, *arguments: str) -> tuple[int, Any, str]:
    """Run a command; return its status, its answer and what it complained of."""
    run = CliRunner(env=environment(place))
    done = await asyncio.to_thread(run.invoke, app, ["parked", *arguments, "--json"])
    assert done.exception is None or isinstance(done.exception, SystemExit)
    found = orjson.loads(done.stdout) if done.stdout else None
    return done.exit_code, found, " ".join(done.stderr.split())


async def write(place: Site, *names: str, channel: str) -> None:
    """Write actions of these ids to the topic."""
    async with AIOKafkaProducer(**place.options) as producer:
        at = now()
        for name in names:
            point = f"{name}@customers.example"
            read = action(name, channel=channel, at=at, not_after=at + 1e6, contact_point=point)
            await producer.send_and_wait(place.topics.actions, read.value, key=point.encode())


async def reached(place: Site, **expected: str) -> None:
    """Return when the ledger says so."""

    async def holds() -> bool:
        return await place.ledger() == expected

    await until(holds, f"the ledger holds {expected}")


async def installed(settings: Settings, receiver: Receiver, folder: Path) -> Site:
    await create_topics(settings)
    return Site(settings, receiver, folder)


def dispatcher(place: Site, name: str, **channels: Channel) -> AbstractContextManager[ForkedWorker]:
    settings = place.settings.model_copy(update={"channels": channels, "clock": "live"})
    return ForkedWorker(settings, place.folder / f"{name}.log", "dispatch")


def test_parked_actions_are_listed_replayed_and_cancelled(
    settings: MakeSettings, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with Receiver(SECRET) as receiver:
            place = await installed(settings(), receiver, tmp_path)
            with dispatcher(place, "without-channels"):
                await write(place, "a", "b", channel="crm")
                await reached(place, a="parked", b="parked")

            _, listed, _ = await parked(place, "list")
            waiting = {one["action_id"]: one for one in listed["waiting"]}
            assert waiting.keys() == {"a", "b"}
            assert waiting["a"]["channel"] == "crm"
            assert waiting["a"]["contact_point"] == "a@customers.example"
            assert "not configured" in waiting["a"]["reason"]
            status, _, told = await parked(place, "replay", "nothing")
            assert status == 1
            assert "must be of an action that waits; got nothing" in told
            _, cancelled, _ = await parked(
                place, "cancel", "a", "--reason", "told by phone", "--by", "Ann"
            )
            assert cancelled == {"actions": ["a"], "left": 0}
            # Nobody has read the cancel yet; it comes first, so this one goes out no more.
            _, replayed, _ = await parked(place, "replay", "--channel", "crm")
            assert sorted(replayed["actions"]) == ["a", "b"]

            hook = Channel(kind="webhook", url=receiver.url, secret=SecretStr(SECRET))
            with dispatcher(place, "with-channel", crm=hook):
                await reached(place, a="cancelled", b="accepted")
            assert receiver.received == 1
            results = {one["id"]: one["data"] for one in await place.read_all("raw_events")}
            assert results["a-cancelled"]["reason"] == "cancelled by Ann: told by phone"
            assert (await parked(place, "list"))[:2] == (0, {"waiting": []})

    asyncio.run(scenario())


def test_an_uncertain_action_goes_out_again_only_where_a_person_says_so(
    settings: MakeSettings, tmp_path: Path
) -> None:
    async def scenario() -> None:
        box = Mailbox(silent=True)
        async with Receiver(SECRET) as receiver, mail_server(box):
            place = await installed(settings(), receiver, tmp_path)
            mail = Channel(
                kind="smtp", host="127.0.0.1", port=box.port, security="none", sender="a@b.example"
            )
            with dispatcher(place, "first", mail=mail):
                await write(place, "c", "d", channel="mail")
                await reached(place, c="unknown", d="unknown")

            status, _, told = await parked(place, "replay", "c")
            assert status == 1
            assert "--even-if-sent" in told
            _, replayed, _ = await parked(place, "replay", "--channel", "mail")
            assert replayed == {"actions": [], "left": 2}
            await parked(place, "replay", "c", "--even-if-sent")
            await parked(place, "cancel", "d")

            box.silent = False
            with dispatcher(place, "second", mail=mail):
                await reached(place, c="accepted", d="unknown")

                async def none_waits() -> bool:
                    return (await parked(place, "list"))[:2] == (0, {"waiting": []})

                await until(none_waits, "the cancel is read")
            ids = [text["Message-ID"] for text in box.texts]
            assert ids.count("<c@b.example>") == 2  # as the person wanted
            assert ids.count("<d@b.example>") == 1

    asyncio.run(scenario())
