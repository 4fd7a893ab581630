"""Kill workers at random moments, and check what a full run has left."""

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from typing import Any

import orjson

from tests.integration.workers import Site, WorkerProcess, received

LONGEST_S = 3.0
"""A worker needs about 2 s to start: kills come while it starts, restores and works."""


async def kill_at_random(
    place: Site,
    moments: random.Random,
    *,
    workers: int,
    times: int,
    role: str,
    flow: Callable[[int], Coroutine[Any, Any, None]],
) -> int:
    """Keep so many workers running, kill one of them so often; all are gone at the end.

    Parameters
    ----------
    flow
        Writes the share of the events that belongs to a kill, by its number; it runs while that
        kill comes nearer.

    Returns
    -------
    How many kills came when a worker had its partitions; the others came at any moment.
    """
    alive: list[WorkerProcess] = []
    ready_before = 0
    with ExitStack() as running:
        for kill in range(times):
            flowing = asyncio.create_task(flow(kill))
            while len(alive) < workers:
                alive.append(running.enter_context(place.worker("killed", role)))
            if moments.random() < 0.7:  # the others die while they start or restore
                await alive[0].ready()
                ready_before += 1
            await asyncio.sleep(moments.uniform(0.0, LONGEST_S))
            alive.pop(moments.randrange(len(alive))).kill()
            await flowing
        for worker in alive:
            worker.kill()
    return ready_before


async def finish(place: Site, role: str) -> None:
    """Let one last worker do what is left."""
    with place.worker("last", role) as worker:
        await worker.ready()
        await place.idle(worker)
        await worker.stop()


async def check_normalised(place: Site) -> tuple[int, int]:
    """Assert that each raw record is in interactions once and in the order of its key, or refused.

    Returns
    -------
    Numbers of raw records and of dead letters.
    """
    letters = [one["data"] for one in await place.read_all("dead_letters")]
    assert {one["stage"] for one in letters} <= {"normalise"}
    refused = Counter((one["partition"], one["offset"]) for one in letters)
    assert set(refused.values()) <= {1}
    expected: dict[Any, list[str]] = defaultdict(list)
    raw_key = {}  # order is promised within a raw partition
    total = 0
    for number, partition in enumerate(await place.read("raw_events")):
        for record in partition:
            total += 1
            if (number, record.offset) not in refused:
                name = orjson.loads(record.value)["id"]
                raw_key[name] = number, record.key
                expected[number, record.key].append(name)
    found: dict[Any, list[list[str]]] = defaultdict(list)
    for partition in await place.read("interactions"):
        here: dict[Any, list[str]] = defaultdict(list)
        for record in partition:
            event = orjson.loads(record.value)
            if event["type"] != "progress":
                here[raw_key[event["id"]]].append(event["id"])
        for key, names in here.items():
            found[key].append(names)
    for key, names in expected.items():
        # A customer is in one partition; what concerns everybody in each.
        broadcast = [each for each in found[key] if len(found[key]) == place.settings.partitions]
        assert found[key] in ([names], broadcast), f"interactions of raw key {key}"
        assert all(each == names for each in found[key])
    assert found.keys() == expected.keys()
    return total, len(letters)


async def check_sent(place: Site) -> int:
    """Assert that each action went out: by a topic once, by a webhook once per key."""
    actions = sorted(action["id"] for action in await place.read_all("actions"))
    assert len(set(actions)) == len(actions)
    by_topic = [orjson.loads(record.value)["id"] for record in await place.tasks()]
    requests = received(place)
    by_webhook = [one["action"]["id"] for one in requests if one["result"] == "accepted"]
    repeats = {one["action"]["id"] for one in requests if one["result"] == "duplicate"}
    assert sorted(by_topic + by_webhook) == actions
    # A repeat is allowed where nobody saw the answer; the key says that it is one.
    assert repeats <= set(by_webhook)
    assert set((await place.ledger()).values()) <= {"accepted", "delivered"}
    return len(actions)
