"""Three recorded days through every role of a running worker, with poison among them."""

import asyncio
import re
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import orjson
import pytest
from aiokafka import AIOKafkaProducer

from detectors.event import Event, encode_event
from rules.reason import REASONS
from streams.clock import now
from streams.engine.verify import Report
from streams.kafka.topics import delete_topics
from streams.settings import Settings
from streams.sources.bank_calls.reader import CallLog
from streams.sources.bank_calls.stages import SOURCE
from streams.sources.raw_record import RawRecord, structured
from streams.sources.replay import replay
from tests.deploy.exposition import samples
from tests.deploy.panels import panel_metrics
from tests.integration.workers import Site, month, received, site, until
from tests.streams.engine.build import PARTITIONS, interactions, of, processor

ZONE = ZoneInfo("Asia/Jerusalem")
OPENING_HOURS = {"Fri": (7, 14), "Sat": (19, 24), "Sun": (7, 24)}
ROWS = {  # place in the file -> a line that is no row
    100: b"AA0101\t33116\tgarbage\r\n",
    2000: b"AA0101\t1\t2\t2\tPS\t990140\t0:00:31" + b"\t0" * 10 + b"\r\n",
    3000: b"\xff\xfe\x00 not text\r\n",
}
# No series before it happens for the first time.
ONLY_ONCE_IT_HAPPENED = {
    "precede_playbook_refused_timestamp_seconds",
    "precede_may_contact_total",
    "precede_exposures_total",
    "precede_rule_braked",
    "precede_model_usual_log_loss",  # of a model that chooses: a month of calls has no comments
    "precede_model_usual_right_ratio",
}
EMPTY_HEADER = RawRecord(0.0, b"p", b"{", (("content-type", None),))  # type: ignore[arg-type]


def poison() -> list[tuple[str, RawRecord]]:
    """Return the expected code and a record that must not go on."""
    sound = encode_event(Event("poison", "shop", "order.placed", 915_200_000.0, "7", {"total": 1}))
    nested = sound.replace(b":1}", b":" + b'{"a":' * 300 + b"1" + b"}" * 300 + b"}")
    tomorrow = Event("poison", "shop", "order.placed", now() + 86_400, "7")
    wrong = Event("a-queued", SOURCE, "contact.queued", 915_200_000.0, "7", {"call": 7})
    opened = Event("poison", "shop", "source.opened", 0.0, "", {"lateness_s": {}})
    return [
        ("unreadable", RawRecord(0.0, b"p", b"\xff\xfe\x00")),
        ("unreadable", RawRecord(0.0, b"p", b'{"specversion":' + b"[" * 5000)),
        ("error", RawRecord(0.0, b"p", nested)),
        ("unreadable", RawRecord(0.0, b"p", sound.replace(b'"poison"', b"7"))),
        ("unreadable", RawRecord(0.0, b"p", sound.replace(b'{"total":1}', b"[1]"))),
        ("unreadable", RawRecord(0.0, b"p", sound.replace(b"1999-01-01T", b"1999-01-99T"))),
        ("unreadable", EMPTY_HEADER),
        ("invalid_field", structured(wrong)),
        ("invalid_field", structured(opened)),
        ("invalid_field", structured(Event("x", "precede/x", "control.playbook", 0.0))),
        ("invalid_event", structured(Event("x", "shop", "queue.joined", 0.0, "7"))),
        ("invalid_event", structured(Event("x", "shop", "order.placed", 0.0))),
        ("time_out_of_range", structured(tomorrow)),
    ]


@dataclass
class Finished:
    """What a run has left, read after the worker has ended in order."""

    raw: list[list[Any]]
    interactions: list[dict[str, Any]]
    decisions: list[dict[str, Any]]
    actions: list[dict[str, Any]]
    dead_letters: list[dict[str, Any]]
    ledger: dict[str, str]
    tasks: list[Any]
    webhook: list[dict[str, Any]]
    metrics: str
    log: str
    report: Report


@pytest.fixture(scope="module")
def finished(kafka: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Finished]:
    prefix = f"test-{uuid.uuid4().hex[:12]}."
    folder = tmp_path_factory.mktemp("pipeline")
    settings = Settings(
        bootstrap_servers=kafka, topic_prefix=prefix, home=folder, http_port=0, clock="log"
    )
    yield asyncio.run(_run(settings, folder))
    asyncio.run(delete_topics(settings))


async def _run(settings: Settings, folder: Path) -> Finished:
    async with site(settings, folder) as place:
        await place.publish()
        with place.worker() as worker:
            await worker.ready()
            await asyncio.gather(
                _replay(place), _write_five_megabytes(place), _write_and_abort(place)
            )
            await place.idle(worker)
            metrics = await _judged(place, worker.url)
            await worker.stop()
        return Finished(
            raw=await place.read("raw_events"),
            interactions=await place.read_all("interactions"),
            decisions=await place.read_all("decisions"),
            actions=await place.read_all("actions"),
            dead_letters=await place.read_all("dead_letters"),
            ledger=await place.ledger(),
            tasks=await place.tasks(),
            webhook=received(place),
            metrics=metrics,
            log=worker.said(),
            report=await place.verify(),
        )


async def _replay(place: Site) -> None:
    lines = month(3).splitlines(keepends=True)
    for number, line in ROWS.items():
        lines.insert(number, line)
    file = place.folder / "rows.txt"
    file.write_bytes(b"".join(lines))
    records = list(CallLog(file).records())
    for number, (_, record) in enumerate(poison(), 1):
        records.insert(number * 500, record)
    # An event again, as a sender repeats it that saw no answer.
    sound = next(place for place, record in enumerate(records) if b"contact.queued" in record.value)
    records.insert(sound + 20, records[sound])
    await replay(records, source=SOURCE, settings=place.settings)


async def _write_five_megabytes(place: Site) -> None:
    producer = AIOKafkaProducer(**place.options, max_request_size=6 * 2**20)
    await producer.start()
    try:
        for partition in range(PARTITIONS):
            value = b"x" * (5 * 2**20)
            await producer.send_and_wait(place.topics.raw_events, value, b"p", partition)
    finally:
        await producer.stop()


async def _write_and_abort(place: Site) -> None:
    """Write a sound event to every partition, and take it back."""
    withdrawn = Event("withdrawn", "shop", "order.placed", 915_200_000.0, "7")
    producer = AIOKafkaProducer(**place.options, transactional_id=place.topics.prefix)
    await producer.start()
    try:
        await producer.begin_transaction()
        for partition in range(PARTITIONS):
            await producer.send_and_wait(
                place.topics.raw_events, encode_event(withdrawn), b"7", partition
            )
        await producer.abort_transaction()
    finally:
        await producer.stop()


async def _judged(place: Site, url: str) -> str:
    """Return the metrics page once every label of the run is among the figures of the models."""
    labels = sum(map(len, await place.read("labels")))
    page = ""

    async def all_are_shown() -> bool:
        nonlocal page
        page = await _metrics(url)
        return total(page, "precede_model_labels") == labels

    await until(all_are_shown, "models are judged by all labels")
    return page


async def _metrics(url: str) -> str:
    page, accepted = f"{url}/metrics", {"Accept": "text/plain"}
    async with aiohttp.ClientSession() as client, client.get(page, headers=accepted) as answer:
        return await answer.text()


def total(metrics: str, name: str) -> float:
    """Return the sum of a metric over all labels."""
    lines = (line for line in metrics.splitlines() if line.startswith((f"{name}{{", f"{name} ")))
    return sum(float(line.rpartition(" ")[2]) for line in lines)


def test_invariant_1_every_raw_record_went_on_or_is_a_dead_letter(finished: Finished) -> None:
    raw = sum(map(len, finished.raw))
    events = [event for event in finished.interactions if event["type"] != "progress"]
    concerning_one = [event for event in events if "subject" in event]
    broadcasts = [event for event in events if "subject" not in event]
    letters = [one for one in finished.dead_letters if one["data"]["stage"] == "normalise"]

    assert len(broadcasts) % PARTITIONS == 0
    assert raw == len(concerning_one) + len(broadcasts) // PARTITIONS + len(letters)
    assert total(finished.metrics, "precede_records_processed_total") >= raw


def test_invariant_3_what_its_writer_took_back_was_never_seen(finished: Finished) -> None:
    assert "withdrawn" not in {event["id"] for event in finished.interactions}


def test_invariant_1_every_candidate_has_one_reason(finished: Finished) -> None:
    reasons = Counter(decision["data"]["reason"] for decision in finished.decisions)

    assert len({decision["id"] for decision in finished.decisions}) == len(finished.decisions)
    assert reasons.keys() <= set(REASONS)
    assert total(finished.metrics, "precede_candidates_total") == len(finished.decisions)
    assert reasons["sent"] == len(finished.actions) > 20


def test_invariant_1_every_action_is_in_one_state(finished: Finished) -> None:
    ids = [action["id"] for action in finished.actions]

    assert len(set(ids)) == len(ids)
    assert finished.ledger.keys() == set(ids)
    assert total(finished.metrics, "precede_dispatch_actions") == len(ids)
    assert set(finished.ledger.values()) <= {"accepted", "delivered"}


def test_invariant_3_every_action_went_out_once(finished: Finished) -> None:
    by_topic = [orjson.loads(record.value)["id"] for record in finished.tasks]
    by_webhook = [request["action"]["id"] for request in finished.webhook]

    assert by_topic
    assert by_webhook
    assert sorted(by_topic + by_webhook) == sorted(action["id"] for action in finished.actions)
    assert {request["result"] for request in finished.webhook} == {"accepted"}


def test_invariant_2_decisions_actions_and_state_are_as_recomputed(finished: Finished) -> None:
    report = finished.report

    assert report.equal, "\n".join(report.differences)
    assert (report.decisions, report.actions) == (len(finished.decisions), len(finished.actions))
    assert report.interactions == len(finished.interactions)
    assert report.states > 500


def test_invariant_5_every_poison_is_one_dead_letter(finished: Finished) -> None:
    found = Counter(letter["data"]["code"] for letter in finished.dead_letters)

    expected = Counter(code for code, _ in poison())
    expected["invalid_field"] += len(ROWS)
    expected["too_large"] += PARTITIONS
    assert found == expected
    places = {(one["data"]["partition"], one["data"]["offset"]) for one in finished.dead_letters}
    assert len(places) == len(finished.dead_letters)
    assert all(letter["data"]["reason"] for letter in finished.dead_letters)


def test_invariant_5_a_repeat_changes_nothing_and_is_counted(finished: Finished) -> None:
    assert total(finished.metrics, "precede_duplicate_events_total") == 1


def test_invariant_5_everything_else_is_decided_as_without_poison(finished: Finished) -> None:
    undisturbed = [
        event
        for partition, log in enumerate(interactions())
        for event in of(processor(partition).process(log), "decisions")
    ]

    # Customers' numbers alone decide on the partition, so even the ids must be the same.
    assert {event["id"] for event in finished.decisions} == {event["id"] for event in undisturbed}


def test_a_running_worker_exposes_what_the_dashboard_shows(finished: Finished) -> None:
    exposed = samples(finished.metrics)

    missing = {
        name: sorted(labels - exposed.get(name, {}).keys())
        for name, labels in panel_metrics().items()
        if name not in ONLY_ONCE_IT_HAPPENED
        and (name not in exposed or labels - exposed[name].keys())
    }
    assert not missing


def test_invariant_6_no_customer_is_in_a_metric(finished: Finished) -> None:
    customers = {event["subject"] for event in finished.interactions if "subject" in event}
    values = {
        value
        for labels in samples(finished.metrics).values()
        for found in labels.values()
        for value in found
    }

    assert not customers & values


def test_invariant_4_no_cap_and_no_quiet_hour_is_violated(finished: Finished) -> None:
    # Judged anew from what went out, by the numbers of the default playbook's gates.yaml.
    per_customer: dict[str, list[datetime]] = {}
    for action in finished.actions:
        at = datetime.fromisoformat(action["time"]).astimezone(ZONE)
        per_customer.setdefault(action["data"]["contact_point"], []).append(at)
        if action["data"]["channel"] == "task-desk":
            assert 8 <= at.hour < 22
        opens, closes = OPENING_HOURS[at.strftime("%a")]
        assert opens <= at.hour < closes

    for times in per_customer.values():
        times.sort()
        assert all(
            third - first >= timedelta(days=7)
            for first, third in zip(times, times[2:], strict=False)
        )


def test_invariant_6_no_customer_is_in_a_log_line(finished: Finished) -> None:
    customers = {event["subject"] for event in finished.interactions if "subject" in event}
    words = set(re.findall(r"[\w:-]+", finished.log))

    assert "ready" in words
    assert not customers & words
