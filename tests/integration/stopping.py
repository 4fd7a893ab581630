"""A stop under load, and a real server on the other side that says when each call came."""

import asyncio
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import aiohttp
from aiohttp import web

from detectors.event import parse_time
from rules.playbook.loader import load
from streams.clock import now
from streams.settings import Channel
from streams.sources.publish import read_content
from tests.integration.commands import answer
from tests.integration.conftest import MakeSettings
from tests.integration.workers import SECRET, Site, WorkerProcess, site, until

PLAYBOOK = Path(__file__).parents[2] / "bench" / "latency_playbook"
CALLS_PER_S = 40.0
OBEYED_S = 2.0
LAG_S = 300.0
"""A machine that is slower than the events works off what it is behind."""


class Arrivals:
    """The other side: when each call came, by the clock of this machine, and for which action."""

    def __init__(self) -> None:
        self.at: list[float] = []
        self.keys: Counter[str] = Counter()
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        self.at.append(now())
        self.keys[request.headers["idempotency-key"]] += 1
        return web.Response()

    def after(self, at: float) -> int:
        """Return how many calls came after a time."""
        return sum(each > at for each in self.at)


@asynccontextmanager
async def arrivals() -> AsyncIterator[Arrivals]:
    found = Arrivals()
    app = web.Application()
    app.router.add_post("/", found.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    try:
        yield found
    finally:
        await runner.cleanup()


def leading_to(place: Site, desk: Arrivals) -> Site:
    """Let the playbook's one channel lead to the server."""
    channel = Channel(
        kind="webhook", url=desk.url, secret=SECRET, allow_private=True, rate_per_s=CALLS_PER_S
    )
    place.settings = place.settings.model_copy(update={"channels": {"task-desk": channel}})
    return place


@contextmanager
def load_of(place: Site, rate: int, marked: float) -> Iterator[subprocess.Popen[bytes]]:
    """Append events to raw-events by the clock, in a process of its own, for ten minutes."""
    arguments = [
        *(place.settings.bootstrap_servers, place.topics.raw_events),
        *("--rate", str(rate), "--marked", str(marked), "--seconds", "600"),
    ]
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.load", *arguments], stdout=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def notes(worker: WorkerProcess) -> list[str]:
    url = f"{worker.url}/health/ready"
    async with aiohttp.ClientSession() as client, client.get(url) as ready:
        found: list[str] = (await ready.json())["notes"]
    return found


async def stopped(worker: WorkerProcess, scope: str) -> bool:
    async with aiohttp.ClientSession() as client, client.get(f"{worker.url}/metrics") as metrics:
        return f'precede_stopped{{scope="{scope}"}} 1.0' in await metrics.text()


def stop_under_load(settings: MakeSettings, tmp_path: Path, rate: int, marked: float) -> float:
    """Stop everything while events flow, let it go on, and check both; return what it took.

    Parameters
    ----------
    rate
        Events a second.
    marked
        Share of them that act; more than the channel's rate, so that some wait at the stop.

    Returns
    -------
    How long after the order the last call came, seconds.
    """

    async def scenario() -> float:
        async with arrivals() as desk, site(settings(), tmp_path, clock="live") as there:
            place = leading_to(there, desk)
            await place.publish(load(PLAYBOOK), read_content(PLAYBOOK))
            with place.worker() as worker:
                await worker.ready()
                with load_of(place, rate, marked) as flow:

                    async def calls_arrive() -> bool:
                        return len(desk.at) > CALLS_PER_S

                    await until(calls_arrive, "calls arrive")
                    status, order = await answer(place, "stop", "--reason", "test", "--by", "ann")
                    assert status == 0
                    ordered_at = parse_time(order["at"])
                    await asyncio.sleep(max(0.0, ordered_at + OBEYED_S - now()))
                    reached = len(desk.at)
                    await asyncio.sleep(5.0)
                    assert flow.poll() is None, "events flow all the time"
                assert desk.after(ordered_at + OBEYED_S) == 0
                assert len(desk.at) == reached
                last = max(desk.at)
                assert await stopped(worker, "all")
                assert "stopped: everything by ann: test" in await notes(worker)

                async def is_braked() -> bool:
                    gates = [one["data"]["gates"][-1] for one in await place.read_all("decisions")]
                    return ["stop", "fail", "everything was stopped by ann: test"] in gates

                # What stood in the log before the stop comes first, however much that is.
                told = "candidates end where the stop stands in the log"
                await until(is_braked, told, LAG_S)
                waiting = len(await place.read_all("actions")) - len(desk.keys)
                assert waiting > 0, "the stop must find something to hold"
                status, _ = await answer(place, "resume", "--reason", "over", "--by", "ann")
                assert status == 0

                async def all_arrived() -> bool:
                    return len(desk.keys) == len(await place.read_all("actions"))

                # Everything that was decided before the stop is still in time: a day is given.
                await until(all_arrived, "what waited goes out", LAG_S)
                await worker.stop()

            actions = [action["id"] for action in await place.read_all("actions")]
            assert set(desk.keys) == set(actions)
            assert len(desk.at) > reached
            report = await place.verify()
            assert report.equal, "\n".join(report.differences)
            return last - ordered_at

    return asyncio.run(scenario())
