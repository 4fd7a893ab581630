"""Live rules act after someone else than the author approved exactly what is in force."""

import asyncio
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaProducer

from detectors.event import encode_event
from streams.clock import now
from streams.engine.published import published
from tests.integration.commands import answer, run
from tests.integration.conftest import MakeSettings
from tests.integration.stopping import notes
from tests.integration.workers import Site, site, until
from tests.rules.playbook.texts import replaced, texts
from tests.streams.engine.build import contact


def write(folder: Path, files: dict[str, str]) -> str:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text)
    return str(folder)


async def hang_up(place: Site, customer: str) -> dict[str, Any]:
    """Let a caller hang up; return what was decided about it."""
    event = contact("abandoned", now(), customer, f"call-{customer}", wait_s=60.0)
    async with AIOKafkaProducer(**place.options) as producer:
        await producer.send_and_wait(
            place.topics.raw_events, encode_event(event), customer.encode()
        )
    found: list[dict[str, Any]] = []

    async def is_decided() -> bool:
        found[:] = [
            decision["data"]
            for decision in await place.read_all("decisions")
            if decision["subject"] == customer
        ]
        return bool(found)

    await until(is_decided, f"something is decided about {customer}")
    return found[0]


def test_live_rules_wait_for_the_word_of_a_second_person(
    settings: MakeSettings, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with site(settings(partitions=1), tmp_path, clock="live") as place:
            folder = write(tmp_path / "rules", texts())
            publish = ("playbook", "publish", folder, "--author", "ann")
            with place.worker() as worker:
                await worker.ready()
                status, told = await answer(place, *publish)
                assert (status, told["approval"], told["approved_by"]) == (0, "required", None)
                held = await hang_up(place, "71")
                assert (held["reason"], held["approval"]) == ("unapproved", None)

                # The author's own word is not enough, and a word about other content neither.
                await answer(place, "playbook", "approve", folder, "--by", " Ann")
                edited = write(tmp_path / "edited", replaced("cooldown: 24h", "cooldown: 25h"))
                await answer(place, "playbook", "approve", edited, "--by", "bob")
                status, said, _ = await run(place, *publish)
                assert status == 0
                assert "ann wrote it and approved it: someone else must" in " ".join(said.split())
                assert (await hang_up(place, "72"))["reason"] == "unapproved"

                async def is_told() -> bool:
                    return any("live rules send nothing" in note for note in await notes(worker))

                await until(is_told, "health says why nothing is sent")

                await answer(place, "playbook", "approve", folder, "--by", "bob")
                status, told = await answer(place, *publish)
                assert (told["approved_by"], told["approved_hash"]) == ("bob", told["hash"])
                sent = await hang_up(place, "73")
                assert (sent["reason"], sent["approval"]["by"]) == ("sent", "bob")

                # Switched off it acts without one, and everybody can see that.
                status, said, _ = await run(
                    place, "playbook", "publish", edited, "--author", "bob", approval="off"
                )
                assert "approval is switched off (PRECEDE_APPROVAL=off)" in " ".join(said.split())
                assert (await hang_up(place, "74"))["reason"] == "sent"

                async def is_seen() -> bool:
                    return any("approval is switched off" in note for note in await notes(worker))

                await until(is_seen, "health says that approval is switched off")
                await worker.stop()

            report = await place.verify()
            assert report.equal, "\n".join(report.differences)
            found = await published(place.options, place.topics, 1, 10)
            approved = {row["hash"]: row["approved_by"] for row in found["playbooks"]}
            assert sorted(approved.values()) == [["Ann", "bob"], ["bob"]]

    asyncio.run(scenario())


def test_what_fails_its_tests_cannot_be_approved(settings: MakeSettings, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with site(settings(partitions=1), tmp_path) as place:
            wrong = write(tmp_path / "wrong", replaced("event.wait_s > 10s", "event.wait_s > 11s"))
            status, _, told = await run(place, "playbook", "approve", wrong, "--by", "bob")
            assert status == 1
            assert "nothing was approved: a test fails" in told
            status, _, told = await run(place, "playbook", "approve", wrong, "--by", " ")
            assert status == 2
            assert await place.read("playbooks") == [[]]

    asyncio.run(scenario())
