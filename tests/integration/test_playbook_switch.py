"""A playbook is switched through the log: every partition exactly where the record stands."""

import asyncio
from pathlib import Path

import orjson
from aiokafka import AIOKafkaProducer

from tests.integration.conftest import MakeSettings
from tests.integration.workers import Site, month, patient, site, until
from tests.streams.engine.build import default_playbook


def half(rows: bytes, part: int) -> bytes:
    """Return the earlier or the later half of a recording, each with the header."""
    header, *lines = rows.splitlines(keepends=True)
    # The file lists calls by server; what is older than the first half's end would only be late.
    lines.sort(key=lambda line: (line.split(b"\t")[5], line.split(b"\t")[6].zfill(8)))
    middle = len(lines) // 2
    return header + b"".join(lines[:middle] if part == 0 else lines[middle:])


async def hashes(place: Site) -> list[list[str]]:
    """Return the playbook's hash of each decision, by partition in order."""
    return [
        [orjson.loads(record.value)["data"]["playbook"] for record in partition]
        for partition in await place.read("decisions")
    ]


def test_invariant_2_a_switch_in_the_middle_of_a_replay(
    settings: MakeSettings, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with site(settings(), tmp_path) as place:
            first, (second, content) = default_playbook(), patient("20m")
            # All of it lies in the log before a worker reads any of it. The replay and the
            # switch are in different raw partitions: where they meet is for normalise to say.
            await place.publish()
            with place.worker() as worker:
                await worker.ready()
                await place.replay(half(month(3), 0))
                await place.idle(worker)
                await place.publish(second, content)
                await place.idle(worker)
                await place.replay(half(month(3), 1))
                await place.idle(worker)
                await worker.stop()

            for partition in await hashes(place):
                assert set(partition) <= {first.hash, second.hash}
                assert partition == sorted(partition, key=[first.hash, second.hash].index)
            used = {name for partition in await hashes(place) for name in partition}
            assert used == {first.hash, second.hash}
            report = await place.verify()
            assert report.equal, "\n".join(report.differences)

    asyncio.run(scenario())


def test_a_worker_on_standby_knows_a_playbook_that_was_published_later(
    settings: MakeSettings, tmp_path: Path
) -> None:
    async def scenario() -> None:
        # One partition: the second worker has nothing to do until the first one is gone.
        async with site(settings(partitions=1), tmp_path) as place:
            with place.worker("first") as first:
                await first.ready()
                with place.worker("second") as second:
                    await second.ready()
                    await place.publish()
                    await place.replay(half(month(1), 0))
                    await place.idle(first, second)
                    taken = await place.read_all("decisions")

                    # Whoever has the partition is killed: the other restores its state, which
                    # names a playbook that it has never read.
                    for worker, other in ((first, second), (second, first)):
                        if await worker.partitions():
                            worker.kill()
                            survivor = other
                            break
                    await place.replay(half(month(1), 1))

                    async def has_decided() -> bool:
                        assert (await survivor.scrape()).lag is not None
                        return len(await place.read_all("decisions")) > len(taken)

                    await until(has_decided, "the survivor decides")
                    await place.idle(survivor)
                    await survivor.stop()
            report = await place.verify()
            assert report.equal, "\n".join(report.differences)

    asyncio.run(scenario())


def test_what_is_no_playbook_in_the_topic_stops_nobody(
    settings: MakeSettings, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with site(settings(), tmp_path) as place:
            producer = AIOKafkaProducer(**place.options)
            await producer.start()
            for key, value in (
                (b"0123", b"{"),
                (b"\xff", b"[]"),
                (b"4567", b'{"rules.yaml": "x"}'),
            ):
                await producer.send_and_wait(place.topics.playbooks, value, key)
            await producer.stop()
            await place.publish()

            with place.worker(role="engine") as worker:
                await worker.ready()
                await worker.stop()

            assert "4567: cannot be loaded" in worker.said()

    asyncio.run(scenario())
