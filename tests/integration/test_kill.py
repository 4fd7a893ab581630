"""Workers that are killed, join and leave while events flow: nothing lost, nothing twice."""

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import orjson

from tests.integration.conftest import MakeSettings
from tests.integration.workers import Site, WorkerProcess, month, received, site, until


def reaches(reached: Callable[[], Awaitable[int]], number: int) -> Callable[[], Awaitable[bool]]:
    async def holds() -> bool:
        return await reached() >= number

    return holds


async def check_everything(place: Site) -> None:
    """Assert what must hold after any run, whatever happened on the way."""
    report = await place.verify()
    assert report.equal, "\n".join(report.differences)
    await check_normalise(place)
    actions = [action["id"] for action in await place.read_all("actions")]
    assert len(set(actions)) == len(actions) == report.actions
    assert report.actions > 20
    await check_dispatch(place, actions)


async def check_normalise(place: Site) -> None:
    """Assert that every raw record is in interactions once, in the order of its raw key."""
    expected: dict[Any, list[str]] = defaultdict(list)
    raw_key = {}  # order is promised within a raw partition
    for number, partition in enumerate(await place.read("raw_events")):
        for record in partition:
            name = orjson.loads(record.value)["id"]
            raw_key[name] = number, record.key
            expected[number, record.key].append(name)
    times: Counter[Any] = Counter()
    for number, partition in enumerate(await place.read("interactions")):
        found: dict[Any, list[str]] = defaultdict(list)
        for record in partition:
            event = orjson.loads(record.value)
            if event["type"] != "progress":
                found[raw_key[event["id"]]].append(event["id"])
        for key, names in found.items():
            assert names == expected[key], f"interactions {number}, key {key}"
        times.update(found.keys())
    assert times.keys() == expected.keys()
    # A customer is in one partition; what concerns everybody in each.
    assert set(times.values()) == {1, place.settings.partitions}


async def check_dispatch(place: Site, actions: list[str]) -> None:
    """Assert that every action went out, by a topic once, by a webhook once per key."""
    by_topic = [orjson.loads(record.value)["id"] for record in await place.tasks()]
    requests = received(place)
    by_webhook = [one["action"]["id"] for one in requests if one["result"] == "accepted"]
    repeats = [one["action"]["id"] for one in requests if one["result"] == "duplicate"]

    assert set((await place.ledger()).values()) <= {"accepted", "delivered"}
    assert sorted(by_topic + by_webhook) == sorted(actions)
    # A repeat is allowed where nobody saw the answer; the key says that it is one.
    assert set(repeats) <= set(by_webhook)
    assert len(repeats) <= 3


def test_invariant_3_and_2_through_kill_9(settings: MakeSettings, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with site(settings(), tmp_path) as place:
            await place.publish()
            await place.replay(month(3))
            kills = random.Random(7)  # moments differ from run to run by the machine alone

            async with place.watch(place.topics.interactions) as reached:
                with place.worker() as worker:
                    await until(reaches(reached, kills.randint(2_000, 20_000)), "events flow")
                    worker.kill()
                assert await reached() < 43_000, "the first kill came too late to show anything"

            async with place.watch(place.task_desk) as reached:
                for share in (kills.randint(1, 15), kills.randint(16, 40)):
                    with place.worker() as worker:
                        await until(reaches(reached, share), "actions go out")
                        worker.kill()

            with place.worker() as worker:
                await worker.ready()
                await place.idle(worker)
                await worker.stop()
            await check_everything(place)

    asyncio.run(scenario())


def test_invariant_3_a_kill_before_the_answer_of_a_webhook(
    settings: MakeSettings, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with site(settings(), tmp_path) as place:
            workers: list[WorkerProcess] = []
            answer = place.receiver._answer

            def kill_then_answer(status: int, result: str, action: Any) -> Any:
                if workers:
                    workers.pop().kill()  # it will never see this answer
                return answer(status, result, action)

            place.receiver._answer = kill_then_answer  # type: ignore[method-assign]
            await place.publish()
            await place.replay(month(3))

            with place.worker() as worker:
                workers.append(worker)

                async def is_killed() -> bool:
                    return not workers

                await until(is_killed, "an action goes to the webhook")

            with place.worker() as worker:
                await worker.ready()
                await place.idle(worker)
                await worker.stop()
            assert "duplicate" in {request["result"] for request in received(place)}
            await check_everything(place)

    asyncio.run(scenario())


def test_invariant_2_while_another_worker_joins_and_leaves(
    settings: MakeSettings, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with site(settings(), tmp_path) as place:
            await place.publish()
            with place.worker("first") as first:
                await first.ready()
                # Three days in about 40 s: events flow all the time, on a busy machine too.
                flowing = asyncio.create_task(place.replay(month(3), speed=3 * 86_400 / 40))
                async with place.watch(place.topics.interactions) as reached:
                    await until(reaches(reached, 3_000), "events flow")
                with place.worker("second") as second:
                    await second.ready()
                    shares = [await _partitions(worker) for worker in (first, second)]
                    assert all(shares), "both have something to do"
                    await asyncio.sleep(1.0)
                    assert not flowing.done(), "nothing flowed while the second one was there"
                    await second.stop()
                await flowing
                await place.idle(first)
                await first.stop()
            await check_everything(place)

    asyncio.run(scenario())


async def _partitions(worker: WorkerProcess) -> int:
    """Return how many partitions of interactions a worker has."""
    url = f"{worker.url}/health/ready"
    async with aiohttp.ClientSession() as client, client.get(url) as answer:
        return len((await answer.json())["partitions"]["engine"])
