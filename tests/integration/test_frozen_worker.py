"""A worker that is frozen past its session, and wakes up when another has its partitions."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.integration.conftest import MakeSettings
from tests.integration.frozen_log import (
    frozen_log,
    make,
    order_of_actions,
    publish,
    read_made,
    share,
    write_log,
)
from tests.integration.test_kill import reaches
from tests.integration.workers import WorkerProcess, site, until
from tests.streams.engine.build import PARTITIONS

FLOW_S = 4.0


def owns_all(worker: WorkerProcess) -> Callable[[], Awaitable[bool]]:
    async def holds() -> bool:
        return list((await worker.partitions()).values()) == ["ready"] * PARTITIONS

    return holds


def shared(*workers: WorkerProcess) -> Callable[[], Awaitable[bool]]:
    async def holds() -> bool:
        owned = [await worker.partitions() for worker in workers]
        together = [state for each in owned for state in each.values()]
        return all(owned) and together == ["ready"] * PARTITIONS

    return holds


def test_invariant_3_a_frozen_worker_commits_nothing_when_it_wakes_up(
    settings: MakeSettings, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with site(settings(), tmp_path) as place:
            await publish(place)
            log = frozen_log()
            with place.worker("first", "engine") as first:
                await first.ready()
                flowing = asyncio.create_task(write_log(place, share(log, 0, 3), FLOW_S))
                async with place.watch(place.topics.decisions) as reached:
                    await until(reaches(reached, 40), "decisions are made")
                    first.freeze()  # with a transaction under way, or records that wait for one
                    with place.worker("second", "engine") as second:
                        await flowing
                        await write_log(place, share(log, 1, 3))
                        # It gets them when the session of the first has ended.
                        await second.ready()
                        await until(owns_all(second), "the second owns every partition")
                        await place.idle(second)
                        flowing = asyncio.create_task(write_log(place, share(log, 2, 3), FLOW_S))
                        first.thaw()
                        await flowing
                        await until(shared(first, second), "they share the partitions")
                        await place.idle(first, second)
                        await second.stop()
                await place.idle(first)
                await first.stop()

            report = await place.verify()
            assert report.equal, "\n".join(report.differences)
            made = await read_made(place)
            made.assert_equals(make(log))
            assert sum(map(len, made.actions)) > 100
            for offsets in (await order_of_actions(place)).values():
                assert offsets == sorted(offsets)

    asyncio.run(scenario())
