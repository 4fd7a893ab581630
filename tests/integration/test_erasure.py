"""A customer exported and forgotten on a real Kafka; every topic read raw afterwards."""

import asyncio
import base64
import io
import os
import random
import subprocess
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from typer.testing import CliRunner

from detectors.event import Event, parse_time
from streams.cli.main import app
from streams.engine.restore import StateError
from streams.engine.snapshots import take, taken, usable
from streams.engine.verify import verify
from streams.erasure.document import write_document
from streams.erasure.forget import NotAppliedError, forget, forgotten_before
from streams.erasure.held import held
from streams.erasure.purge import purge
from streams.erasure.register import digest_of, find, registered
from streams.kafka.reading import newest_values
from streams.kafka.topics import COMPACTED, LOGICAL, partition_count
from streams.sources.bank_calls.reader import CallLog
from streams.sources.bank_calls.stages import SOURCE
from streams.sources.raw_record import RawRecord, structured
from streams.sources.replay import replay
from tests.integration.conftest import MakeSettings
from tests.integration.workers import PASSED_ON, Site, month, site
from tests.streams.engine.build import lost_call

RUN = CliRunner(env={"COLUMNS": "300"})
WHO = "anna-Großmann-4711"
WORD = "word-of-4711"  # what only her events say
FRIDAY_10 = parse_time("1999-01-01T10:00:00+02:00")  # the centre is open until 14
RULE = "callback-after-abandonment"


def hers(at: float, call: str) -> list[Event]:
    """Return a call that she gave up: 15 minutes later a call-back is due."""
    return [
        Event(one.id, "centre", one.type, one.at, WHO, dict(one.data) | {"topic": WORD})
        for one in lost_call(at, WHO, f"{WORD}-{call}")
    ]


async def write(place: Site, events: Iterable[Event], days: int = 0) -> None:
    """Replay days of the recording with events among them."""
    file = place.folder / "rows.txt"
    file.write_bytes(month(days))
    recorded = list(CallLog(file).records()) if days else []
    told = list(events)
    at = max(event.at for event in told) + 3600.0  # time goes on for an hour
    told.append(Event(f"later-{at}", "centre", "contact.started", at, "another", {"call": "x"}))
    records: list[RawRecord] = sorted(
        [*recorded, *map(structured, told)], key=lambda record: record.at
    )
    await replay(records, source=SOURCE, settings=place.settings)


async def raw(place: Site, logical: str) -> list[tuple[bytes, ...]]:
    """Return all bytes of each record of a topic, also of those that were taken back."""
    name = str(getattr(place.topics, logical))
    count = partition_count(logical, place.settings)
    partitions = [TopicPartition(name, number) for number in range(count)]
    consumer = AIOKafkaConsumer(
        **place.options, isolation_level="read_uncommitted", enable_auto_commit=False
    )
    await consumer.start()
    try:
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        ends = await consumer.end_offsets(partitions)
        found = []
        while any([await consumer.position(tp) < end for tp, end in ends.items()]):
            for batch in (await consumer.getmany(timeout_ms=200)).values():
                for record in batch:
                    headers = [text or b"" for _, text in record.headers]
                    found.append((record.key or b"", record.value or b"", *headers))
        return found
    finally:
        await consumer.stop()


def names_her(parts: Iterable[bytes]) -> bool:
    """Return whether a record holds her id, or a word of her data, in any spelling of ours."""
    texts = list(parts)
    texts += [
        base64.b64decode(orjson.loads(text)["data"]["original_base64"])
        for text in texts
        if b"original_base64" in text
    ]
    escaped = WHO.encode("unicode_escape")
    return any(word in text for word in (WHO.encode(), escaped, WORD.encode()) for text in texts)


async def topics_that_name_her(place: Site) -> set[str]:
    found = set()
    for logical in LOGICAL:
        if logical in COMPACTED:  # the older values go with the next compaction
            name = str(getattr(place.topics, logical))
            for number in range(partition_count(logical, place.settings)):
                newest = await newest_values(place.options, name, number)
                found |= {logical for pair in newest.items() if names_her(pair)}
        elif any(map(names_her, await raw(place, logical))):
            found.add(logical)
    return found


@asynccontextmanager
async def prepared(settings: MakeSettings, folder: Path) -> AsyncIterator[Site]:
    """Yield a site at which nobody takes tasks: what should become one is parked."""
    async with site(settings(clock="log"), folder) as place:
        channels = {"queue-offer": place.settings.channels["queue-offer"]}
        place.settings = place.settings.model_copy(update={"channels": channels})
        await place.publish()
        yield place


def test_a_customer_is_exported_forgotten_and_comes_back_as_new(
    settings: MakeSettings, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with prepared(settings, tmp_path) as place:
            with place.worker() as worker:
                await worker.ready()
                await write(place, hers(FRIDAY_10, "1"), days=1)
                await _garble(place)
                await place.idle(worker)

                await _check_export(place)
                before = await topics_that_name_her(place)
                assert before >= {
                    "raw_events", "interactions", "decisions", "actions", "ledger", "state",
                    "dead_letters",
                }  # fmt: skip
                for snapshot in await take(place.settings, place.options, lambda *_: None):
                    assert snapshot.first < snapshot.last

                erasure = await forget(
                    place.settings, place.options, WHO, reference="DSR-1", patience_s=90.0
                )

                assert erasure.number == 1
                left = await topics_that_name_her(place)
                assert not left & COMPACTED
                assert (await place.verify()).equal
                assert await forgotten_before(place.settings, place.options, WHO) > 0
                await _check_purge(place)
                await _check_return(place, worker)
                await worker.stop()

    asyncio.run(scenario())


async def _garble(place: Site) -> None:
    """Write what no adapter reads, keyed by her."""
    producer = AIOKafkaProducer(**place.options)
    await producer.start()
    try:
        await producer.send_and_wait(
            place.topics.raw_events, f'{{"subject": "{WHO}", "{WORD}": '.encode(), WHO.encode()
        )
    finally:
        await producer.stop()


async def _check_export(place: Site) -> None:
    text = io.StringIO()
    seen: list[tuple[int, int]] = []
    found = held(place.settings, place.options, WHO, lambda _, done, of: seen.append((done, of)))
    counts = await write_document(WHO, found, text.write)
    document = orjson.loads(text.getvalue())

    assert document["customer"] == WHO
    assert document["state"]["contacts"]["abandoned_total"] == 1
    assert {one["record"]["type"] for one in document["interactions"]} >= {
        "contact.started", "contact.queued", "contact.abandoned", "contact.ended",
    }  # fmt: skip
    decisions = [one["record"]["data"] for one in document["decisions"]]
    assert [one["reason"] for one in decisions if one["rule"] == RULE] == ["sent"]
    assert {one["record"]["subject"] for one in document["actions"]} == {WHO}
    assert [one["record"]["state"] for one in document["ledger"]] == ["parked"]
    assert len(document["raw_events"]) >= 4
    assert all(WHO in one["record"]["content"] for one in document["raw_events"])
    (letter,) = document["dead_letters"]
    assert WORD in letter["record"]["data"]["original"]
    # Independently: what the topics hold of her, and how much was read.
    for logical in ("interactions", "decisions", "actions"):
        assert counts[logical] == sum(map(names_her, await raw(place, logical)))
    assert counts["raw_events"] == sum(map(names_her, await raw(place, "raw_events")))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[-1][0] <= seen[-1][1]


async def _check_purge(place: Site) -> None:
    nothing = await purge(place.settings, place.options, everything=False)
    assert (nothing.erasures, nothing.kept_from) == ((), {})
    assert nothing.next_at is not None

    done = await purge(place.settings, place.options, everything=True)

    assert [each.number for each in done.erasures] == [1]
    assert done.erasures[0].purged_at is not None
    assert await topics_that_name_her(place) == set()
    with pytest.raises(StateError, match="begin at a snapshot, with --from-snapshot"):
        await place.verify()
    assert (await _verified(place)).interactions >= 0
    for number in range(place.settings.partitions):
        (only,) = await taken(place.settings, place.options, number)
        assert only.offset == done.kept_from[number]
    again = await purge(place.settings, place.options, everything=True)
    assert (again.erasures, again.next_at) == ((), None)


async def _verified(place: Site) -> Any:
    report = await verify(place.settings, place.options, lambda *_: None, from_snapshot=True)
    assert report.equal, "\n".join(report.differences)
    return report


async def _check_return(place: Site, worker: Any) -> None:
    """She calls again a day later; something of the time before comes late."""
    monday = FRIDAY_10 + 3 * 86_400
    await write(place, [*hers(FRIDAY_10 + 60, "late"), *hers(monday, "2")])
    await place.idle(worker)

    found = [each async for each in held(place.settings, place.options, WHO)]

    (state,) = [content for section, content in found if section == "state"]
    assert state["contacts"]["total"] == 1  # the late call is not hers any more
    reasons = [
        content["record"]["data"]["reason"] for section, content in found if section == "decisions"
    ]
    assert reasons == ["sent"]  # neither a cap nor a cool-down of the time before
    report = await _verified(place)
    assert report.decisions > 0
    second = await forget(place.settings, place.options, WHO, patience_s=90.0)
    assert second.number == 2


def test_without_workers_it_is_written_down_and_goes_on_later(
    settings: MakeSettings, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with prepared(settings, tmp_path) as place:
            with place.worker() as worker:
                await worker.ready()
                await write(place, hers(FRIDAY_10, "1"))
                await place.idle(worker)
                await worker.stop()

            with pytest.raises(NotAppliedError, match="run the command again"):
                await forget(place.settings, place.options, WHO, patience_s=1.0)
            assert "state" in await topics_that_name_her(place)

            with place.worker() as worker:
                await worker.ready()
                erasure = await forget(place.settings, place.options, WHO, patience_s=90.0)
                await worker.stop()
            assert (erasure.number, erasure.reference) == (1, "")
            assert not await topics_that_name_her(place) & COMPACTED
            assert (await place.verify()).equal
            await asyncio.to_thread(_check_commands, place)

    asyncio.run(scenario())


def _check_commands(place: Site) -> None:
    def run(*arguments: str, code: int = 0) -> Any:
        outcome = RUN.invoke(app, [*arguments], env=_environment(place))
        assert outcome.exit_code == code, (outcome.output, outcome.exception)
        return orjson.loads(outcome.stdout) if "--json" in arguments else outcome.output

    file = place.folder / "her.json"
    assert "interactions" in run("customer", "export", WHO, "--file", str(file))
    document = orjson.loads(file.read_bytes())
    assert document == run("customer", "export", WHO, "--json") | {
        "exported_at": document["exported_at"]
    }
    assert (document["state"], document["ledger"]) == (None, [])
    assert document["interactions"]  # until the purge

    assert f"{WHO} is unknown" in run("why-not", WHO, RULE)
    assert "it had none" in run("why", WHO, RULE, code=1)
    (known,) = run("customer", "erasures", WHO, "--json")
    assert known["applied_at"] > known["asked_at"]
    assert "holds no such erasure" in run("customer", "erasures", "stranger", code=1)
    assert "nothing is due; the next is due on" in run("customer", "purge", "--yes")
    assert len(run("snapshot", "--json")) == place.settings.partitions
    done = run("customer", "purge", "--now", "--yes", "--json")
    assert (done["purged"], done["unapplied"]) == (1, 0)
    assert run("verify", "--from-snapshot", "--json")["equal"]
    told = " ".join(run("why-not", WHO, RULE).split())
    assert told.startswith(f"{WHO} was not heard of since")


def test_killed_in_the_middle_and_run_again_it_ends_the_same(
    settings: MakeSettings, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with prepared(settings, tmp_path) as place:
            with place.worker("first") as worker:
                await worker.ready()
                await write(place, hers(FRIDAY_10, "1"))
                await place.idle(worker)
                chance = random.Random(7)
                for number in range(8):
                    command = _command(place)
                    await asyncio.sleep(chance.uniform(0.8, 2.5))
                    command.kill()
                    command.wait()
                    if number == 3:
                        worker.kill()  # and the worker with it, once
                        break
            with place.worker("second") as worker:
                await worker.ready()
                for _ in range(6):
                    command = _command(place)
                    await asyncio.sleep(chance.uniform(0.8, 2.5))
                    command.kill()
                    command.wait()
                command = _command(place)
                assert await asyncio.to_thread(command.wait, 150) == 0
                await place.idle(worker)
                await worker.stop()

            salt, erasures = await registered(place.options, place.topics.prefix)
            erasure = find(erasures, digest_of(WHO, salt))
            assert erasure is not None
            assert erasure.applied_at is not None
            assert len(erasures) == 1
            assert not await topics_that_name_her(place) & COMPACTED
            assert (await place.verify()).equal

    asyncio.run(scenario())


def _command(place: Site) -> "subprocess.Popen[bytes]":
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    environment |= _environment(place)
    forget_her = ["customer", "forget", WHO, "--yes", "--json", "--wait", "90"]
    return subprocess.Popen(
        [sys.executable, "-m", "streams", *forget_her],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def _environment(place: Site) -> dict[str, str]:
    return {
        "PRECEDE_BOOTSTRAP_SERVERS": place.settings.bootstrap_servers,
        "PRECEDE_TOPIC_PREFIX": place.settings.topic_prefix,
        "PRECEDE_CLOCK": "log",
    }


def test_a_snapshot_is_the_state_and_many_are_found_from_the_end(
    settings: MakeSettings, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with prepared(settings, tmp_path) as place:
            with place.worker() as worker:
                await worker.ready()
                rounds = []
                for number in range(3):
                    await write(place, hers(FRIDAY_10 + 86_400 * 2 * number, str(number)))
                    await place.idle(worker)
                    rounds.append(await take(place.settings, place.options, lambda *_: None))
                await worker.stop()
            for number in range(place.settings.partitions):
                found = await usable(place.settings, place.options, number)
                assert [each.round for each in found] == [
                    each[number].round for each in reversed(rounds)
                ]
                assert [each.offset for each in found] == sorted(
                    (each.offset for each in found), reverse=True
                )
            await _verified(place)

    asyncio.run(scenario())
