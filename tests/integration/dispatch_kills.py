"""A dispatcher that is killed at random moments while it calls real servers of every kind."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.group import LeaveGroupRequest
from pydantic import SecretStr

from streams.clock import monotonic, now
from streams.dispatch.receiver import Receiver
from streams.kafka.topics import create_topics
from streams.settings import Channel, Settings
from tests.integration.forked import ForkedWorker
from tests.integration.workers import SECRET, Site, received
from tests.streams.dispatch.http_server import server
from tests.streams.dispatch.mail_server import Mailbox, mail_server
from tests.streams.dispatch.memory import action

LATENCY_S = 0.05
"""Longest wait of a server before and after it acts: a kill finds calls on either side."""
START_S = 1.0
"""Some are killed so soon: while they start, or restore."""
LONGEST_LIFE_S = 60.0
"""For machines on which nothing gets done; no life needs it elsewhere."""
KINDS = ("hook", "mail", "sms", "task")
BLIND = KINDS[1:]
"""Channels that do not recognise a repeat."""

Counts = dict[str, int]
"""Kind -> how many actions."""


@dataclass
class Latency:
    """How long servers take, and how many calls have come to any of them."""

    moments: random.Random
    calls: int = 0

    async def before(self) -> None:
        self.calls += 1
        await asyncio.sleep(self.moments.uniform(0, LATENCY_S))

    async def after(self) -> None:
        await asyncio.sleep(self.moments.uniform(0, LATENCY_S))


class SlowReceiver(Receiver):
    """A webhook receiver that takes its time."""

    def __init__(self, latency: Latency, log_file: Path) -> None:
        super().__init__(SECRET, log_file=log_file)
        self._latency = latency

    async def _take(self, request: web.Request) -> web.Response:
        await self._latency.before()
        response = await super()._take(request)
        await self._latency.after()
        return response


@dataclass
class Counting:
    """An HTTP server that counts what it is told by the text in one field."""

    key: str
    latency: Latency
    taken: Counter[str] = field(default_factory=Counter)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        await self.latency.before()
        self.taken[body[self.key]] += 1
        await self.latency.after()
        return web.Response()


@dataclass
class Outside:
    """An installation whose channels lead to real servers, and what these took."""

    place: Site
    latency: Latency
    mail: Mailbox
    sms: Counting
    task: Counting

    def taken(self, kind: str) -> Counter[str]:
        """Return action id -> how often a server of a kind acted on it."""
        if kind == "hook":
            return self._requests("accepted")
        if kind == "mail":
            return Counter(text["Message-ID"][1:].split("@")[0] for text in self.mail.texts)
        return (self.sms if kind == "sms" else self.task).taken

    def repeats(self) -> int:
        """Return how often the webhook's receiver recognised a repeat by its key."""
        return self._requests("duplicate").total()

    def _requests(self, result: str) -> Counter[str]:
        requests = received(self.place)
        return Counter(one["action"]["id"] for one in requests if one["result"] == result)


@asynccontextmanager
async def outside(
    settings: Settings, folder: Path, moments: random.Random
) -> AsyncIterator[Outside]:
    """Yield an installation with its topics, before any worker runs."""
    latency = Latency(moments)
    box = Mailbox(before=latency.before, after=latency.after)
    sms, task = Counting("message", latency), Counting("external_id", latency)
    async with (
        SlowReceiver(latency, folder / "received.jsonl") as receiver,
        mail_server(box) as mail,
        server(sms.answer) as sms_url,
        server(task.answer) as task_url,
    ):
        service = sms_url.replace("http://", "json://")
        channels = {
            # An action whose every call ends in a kill is no fault of the action.
            "hook": Channel(
                kind="webhook", url=receiver.url, secret=SecretStr(SECRET), attempts=50
            ),
            "mail": Channel(
                kind="smtp", host="127.0.0.1", port=mail.port, security="none", sender="a@b.example"
            ),
            "sms": Channel(kind="apprise", service=SecretStr(service)),
            "task": Channel(kind="task", url=task_url, form={"external_id": "{action_id}"}),
        }
        own = settings.model_copy(update={"channels": channels, "clock": "live"})
        await create_topics(own)
        yield Outside(Site(own, receiver, folder), latency, box, sms, task)


def names(counts: Counts, kind: str) -> list[str]:
    return [f"{kind}-{number}" for number in range(counts[kind])]


async def kill_dispatchers(out: Outside, moments: random.Random, counts: Counts, kills: int) -> int:
    """Let actions go out, so many of each channel, by dispatchers that are killed so often.

    Returns
    -------
    How many kills came after calls of that dispatcher; the others came while it started.
    """
    place = out.place
    every = [(kind, name) for kind in KINDS for name in names(counts, kind)]
    moments.shuffle(every)
    at_work = 0
    producer, admin = AIOKafkaProducer(**place.options), AIOKafkaAdminClient(**place.options)
    await producer.start()
    await admin.start()
    try:
        for kill in range(kills):
            start, end = (len(every) * at // kills for at in (kill, kill + 1))
            await _write(producer, place, every[start:end])
            with _dispatcher(place, kill) as worker:
                calls = out.latency.calls
                await _live(out, moments, sum(kind == "hook" for kind, _ in every[:end]))
                worker.kill()
                at_work += out.latency.calls > calls
            await _leave(admin, place)
    finally:
        await producer.stop()
        await admin.close()
    with _dispatcher(place, kills) as worker:
        await worker.ready()
        await place.idle(worker)
        await worker.stop()
    return at_work


async def check(out: Outside, counts: Counts) -> Counter[str]:
    """Assert that nothing was lost nor done twice; return how many of each channel are unknown."""
    states = await out.place.ledger()
    assert states.keys() == {name for kind in KINDS for name in names(counts, kind)}
    assert out.taken("hook") == Counter(names(counts, "hook"))
    assert {states[name] for name in names(counts, "hook")} == {"accepted"}
    unknown: Counter[str] = Counter()
    for kind in BLIND:
        taken = out.taken(kind)
        assert set(taken.values()) <= {1}
        for name in names(counts, kind):
            if states[name] == "unknown":
                unknown[kind] += 1
            else:
                assert (name, states[name], taken[name]) == (name, "accepted", 1)
    return unknown


def _dispatcher(place: Site, number: int) -> ForkedWorker:
    return ForkedWorker(place.settings, place.folder / f"dispatch-{number}.log", "dispatch")


async def _live(out: Outside, moments: random.Random, written: int) -> None:
    """Return at a random moment: while so many webhook actions go out, or some time into the start.

    Half of what waits goes out on average. Were it less, the oldest would be called in life after
    life, until their attempts are used up.
    """
    if moments.random() < 0.1:
        await asyncio.sleep(moments.uniform(0, START_S))
        return
    receiver = out.place.receiver
    until = moments.randint(min(receiver.received + 1, written), written)
    end = monotonic() + LONGEST_LIFE_S
    while receiver.received < until and monotonic() < end:  # noqa: ASYNC110 -- counted elsewhere
        await asyncio.sleep(0.002)
    await asyncio.sleep(moments.uniform(0, 2 * LATENCY_S))


async def _write(producer: AIOKafkaProducer, place: Site, wanted: list[tuple[str, str]]) -> None:
    at = now()
    for kind, name in wanted:
        point = f"{name}@customers.example"
        read = action(name, channel=kind, at=at, not_after=at + 1e6, contact_point=point, text=name)
        await producer.send_and_wait(place.topics.actions, read.value, key=point.encode())


async def _leave(admin: AIOKafkaAdminClient, place: Site) -> None:
    """Say for a killed worker that it has left its group, so that the next one need not wait."""
    group = f"{place.settings.topic_prefix}dispatch"
    coordinator = await admin.find_coordinator(group)
    (found,) = await admin.describe_consumer_groups([group], coordinator)
    for described in found.to_object()["groups"]:
        for member in described["members"]:
            request = LeaveGroupRequest(group, member["member_id"])
            await admin._send_request(request, coordinator)
