"""A playbook is published, refused and listed as a person does it, on a worker that runs."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from streams.engine.published import published
from streams.sources.publish import publish_content, read_content
from tests.integration.conftest import MakeSettings
from tests.integration.workers import PASSED_ON, Site, WorkerProcess, site, until
from tests.rules.playbook.texts import replaced, small, texts


def write(folder: Path, files: dict[str, str]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder


def environment(place: Site) -> dict[str, str]:
    passed_on = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return passed_on | {
        "PRECEDE_BOOTSTRAP_SERVERS": place.settings.bootstrap_servers,
        "PRECEDE_TOPIC_PREFIX": place.settings.topic_prefix,
        "PRECEDE_PARTITIONS": str(place.settings.partitions),
    }


async def precede(place: Site, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Run a command with --json; return its status and what it printed."""
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "streams", "playbook", *arguments, "--json"],
        env=environment(place), capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return done.returncode, json.loads(done.stdout)


async def samples(worker: WorkerProcess, name: str, label: str) -> dict[str, float]:
    """Return a metric's values by the value of a label."""
    async with aiohttp.ClientSession() as client, client.get(f"{worker.url}/metrics") as answer:
        text = await answer.text()
    return {
        sample.labels[label]: sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name and label in sample.labels
    }


def test_a_refused_playbook_changes_nothing_and_shows_in_the_metrics(
    settings: MakeSettings, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with site(settings(partitions=2), tmp_path) as place:
            good = write(tmp_path / "good", texts())
            wrong = write(tmp_path / "wrong", replaced("owner: desk", "owner: dsk"))
            failing = write(
                tmp_path / "failing", replaced("event.wait_s > 10s", "event.wait_s > 11s")
            )
            with place.worker() as worker:
                await worker.ready()
                status, told = await precede(place, "publish", str(good))
                assert (status, told["published"], told["hash"]) == (0, True, small().hash)
                await place.idle(worker)

                status, told = await precede(place, "publish", str(wrong))
                assert (status, told["published"], told["reason"]) == (1, False, "invalid")
                assert told["told"] is True
                [problem] = told["problems"]
                assert (Path(problem["file"]).name, problem["line"]) == ("rules.yaml", 3)

                status, told = await precede(place, "publish", str(failing))
                assert (status, told["reason"]) == (1, "tests")
                assert "must fire at 0s" in told["problems"][0]["message"]

                refused = "precede_playbook_refused_timestamp_seconds"

                async def shows() -> bool:
                    return set(await samples(worker, refused, "reason")) == {"invalid", "tests"}

                await until(shows, "the worker shows both refusals")
                status, listed = await precede(place, "list")
                await worker.stop()

            assert status == 0
            # What was refused is no playbook, and no record switches to it.
            [row] = listed["playbooks"]
            assert (row["hash"], row["name"], row["rules"]) == (small().hash, "small", 1)
            assert row["partitions"] == [0, 1]
            assert listed["refused"]["reason"] == "tests"
            assert listed["refused"]["said"][0].startswith("rules.yaml:")
            raw = await place.read_all("raw_events")
            assert [event["type"] for event in raw] == ["control.playbook"]

    asyncio.run(scenario())


def test_a_playbook_is_ready_before_the_switch_arrives(
    settings: MakeSettings, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with site(settings(partitions=1), tmp_path) as place:
            folder = write(tmp_path / "good", texts())
            with place.worker() as worker:
                await worker.ready()
                # The content alone: the worker reads it although no record switches to it.
                writing = asyncio.create_task(
                    publish_content(
                        small().hash, "small", read_content(folder), place.settings,
                        head_start_s=60.0,
                    )
                )  # fmt: skip

                async def is_known() -> bool:
                    return "small" in await samples(worker, "precede_playbook_info", "name")

                await until(is_known, "the worker knows the playbook")
                assert await place.read("raw_events") == [[]]
                writing.cancel()
                await asyncio.gather(writing, return_exceptions=True)
                await publish_content(small().hash, "small", read_content(folder), place.settings)
                await place.idle(worker)
                await worker.stop()
            found = await published(place.options, place.topics, 1, 10)
            [row] = found["playbooks"]
            assert (row["hash"], row["partitions"]) == (small().hash, [0])

    asyncio.run(scenario())


def test_a_folder_that_is_watched_is_published_when_it_changes(
    settings: MakeSettings, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with site(settings(partitions=1), tmp_path) as place:
            folder, log = write(tmp_path / "rules", texts()), tmp_path / "watch.log"
            with watching(place, folder, log) as watch:
                await until(_says(log, "published small", 1), "the folder is published")
                write(folder, replaced("owner: desk", "owner: dsk"))
                await until(_says(log, "nothing was published", 1), "an error is told")
                write(folder, replaced("event.wait_s > 10s", "event.wait_s > 10.5s"))
                await until(_says(log, "published small", 2), "the change is published")
                watch.send_signal(signal.SIGINT)
                assert await asyncio.to_thread(watch.wait, 30) == 0
            said = log.read_text()
            assert "rules.yaml:3:12: error: unknown team 'dsk'" in said
            assert "Traceback" not in said
            hashes = [event["data"]["hash"] for event in await place.read_all("raw_events")]
            assert len(set(hashes)) == 2
            assert hashes[0] == small().hash

    asyncio.run(scenario())


@contextmanager
def watching(place: Site, folder: Path, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Watch a folder as a person does; it never outlives the block."""
    with log.open("wb") as file:
        watch = subprocess.Popen(
            [sys.executable, "-m", "streams", "playbook", "watch", str(folder)],
            env=environment(place),
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        yield watch
    finally:
        watch.kill()
        watch.wait()


def _says(log: Path, text: str, times: int) -> Callable[[], Awaitable[bool]]:
    def count() -> int:
        return log.read_text().count(text)

    async def says() -> bool:
        return count() >= times

    return says
