"""Raw records become interactions, broadcasts or dead letters; progress says how far time is."""

import math
import random
from collections import Counter, defaultdict
from typing import Any

import orjson
import pytest

from detectors.event import Event, encode_event
from streams.engine.contract import Outgoing
from streams.sources.cloudevents import MAX_RECORD_BYTES
from streams.sources.normalise import Normaliser
from tests.streams.engine.build import NOW, PARTITIONS, Read, calls, raw


def normaliser(clock: str = "log") -> Normaliser:
    return Normaliser(0, PARTITIONS, PARTITIONS, clock, 30.0)


def read(event: Event, offset: int = 0, written_at: float = NOW) -> Read:
    return Read(
        encode_event(event), offset, topic="precede.raw-events", timestamp=int(written_at * 1000)
    )


def placed(at: float, customer: str = "c-1", number: int = 0) -> Event:
    return Event(f"e{number}-{at}", "shop", "order.placed", at, customer, {"total": 9.5})


def opened(at: float, source: str = "shop", lateness_s: object = 0.0) -> Event:
    data = {"clock": "log", "ordered": True, "reacts": False, "lateness_s": lateness_s}
    return Event(f"opened-{at}", source, "source.opened", at, "", data)


def closed(at: float, source: str = "shop") -> Event:
    return Event(f"closed-{at}", source, "source.closed", at)


def said(output: list[Outgoing], partition: int = 0) -> list[dict[str, Any]]:
    """Return what reaches one partition as broadcasts."""
    return [orjson.loads(r.value or b"") for r in output if r.partition == partition]


def progresses(output: list[Outgoing], partition: int = 0) -> list[float | None]:
    """Return the event times of progress as one partition sees them, None for idle."""
    return [
        None if event["data"]["idle"] else event["data"]["event_time"]
        for event in said(output, partition)
        if event["type"] == "progress"
    ]


def letter(output: list[Outgoing]) -> dict[str, Any]:
    """Return what the only dead letter holds."""
    [record] = output
    assert record.topic == "dead_letters"
    data: dict[str, Any] = orjson.loads(record.value or b"")["data"]
    return data


def test_an_event_goes_on_under_its_customer() -> None:
    [record] = normaliser().process([read(placed(5.0, "c-7"))])

    assert (record.topic, record.key, record.partition) == ("interactions", b"c-7", None)
    assert record.value == encode_event(placed(5.0, "c-7"))
    assert record.since_ms == NOW * 1000


@pytest.mark.parametrize(
    "event",
    [
        Event("1", "shop", "queue.state", 5.0, "", {"queue": "calls"}),
        Event("1", "precede/publish", "control.playbook", NOW, "", {"hash": "0123"}),
        Event("1", "precede/stop", "control.stop", NOW, "", {"scope": "rule", "name": "r"}),
        opened(5.0),
    ],
    ids=lambda event: event.type,
)
def test_a_broadcast_reaches_every_partition_once(event: Event) -> None:
    output = normaliser().process([read(event)])

    copies = [record for record in output if record.value == encode_event(event)]
    assert [record.partition for record in copies] == list(range(PARTITIONS))
    assert {record.topic for record in copies} == {"interactions"}


def test_progress_follows_event_time_every_minute_while_a_source_is_open() -> None:
    worker = normaliser()
    times = [30.0, 59.0, 60.0, 119.9, 400.0, 410.0]

    output = worker.process([read(opened(30.0)), *(read(placed(at)) for at in times)])

    # At the mark, and before the event that crosses it: all before the mark was written.
    assert progresses(output) == [0.0, 60.0, 360.0]
    kinds = [orjson.loads(record.value or b"")["type"] for record in output]
    first_of_minute = kinds.index("progress", kinds.index("order.placed"))
    assert kinds[first_of_minute : first_of_minute + PARTITIONS] == ["progress"] * PARTITIONS
    assert kinds[first_of_minute - 1 : first_of_minute] == ["order.placed"]  # of 59 s
    assert all(progresses(output, p) == progresses(output) for p in range(PARTITIONS))


def test_a_batch_size_moves_no_progress() -> None:
    # A mark within a batch is told where it stands, not at the batch's end.
    records = [read(opened(0.0)), *(read(placed(at * 20.0, number=at)) for at in range(50))]
    whole = normaliser().process(records)

    worker = normaliser()
    assert [out for record in records for out in worker.process([record])] == whole


def test_without_an_open_source_events_move_no_time() -> None:
    assert progresses(normaliser().process([read(placed(500.0))])) == []


def test_an_older_event_takes_no_progress_back() -> None:
    worker = normaliser()
    worker.process([read(opened(0.0)), read(placed(600.0))])

    assert progresses(worker.process([read(placed(300.0)), read(placed(601.0))])) == []


def test_the_last_progress_is_the_last_events_time_then_idle() -> None:
    worker = normaliser()
    worker.process([read(opened(0.0)), read(placed(90.0))])

    output = worker.process([read(closed(90.0))])

    assert progresses(output) == [90.0, None]
    # Ordered by time: nothing older can come, so the last events' timers need not wait.
    assert said(output)[0]["data"]["lateness_s"] == 0.0


def test_one_of_two_sources_that_closes_leaves_the_other_open() -> None:
    worker = normaliser()
    worker.process([read(opened(0.0)), read(opened(0.0, "bank", 20.0)), read(placed(90.0))])

    output = worker.process([read(closed(90.0))])

    assert progresses(output) == [90.0]
    assert said(output)[0]["data"]["lateness_s"] == 20.0  # the worst of those that were open
    assert progresses(worker.process([read(closed(90.0, "bank"))])) == [90.0, None]


def test_a_source_closes_whatever_time_it_says() -> None:
    worker = normaliser()
    worker.process([read(opened(0.0)), read(placed(90.0))])

    assert progresses(worker.process([read(closed(NOW + 86_400))])) == [90.0, None]


def test_closing_what_was_never_open_moves_no_time() -> None:
    worker = normaliser()
    worker.process([read(opened(0.0, "bank")), read(placed(90.0))])

    assert progresses(worker.process([read(closed(500.0))])) == []


def test_it_says_once_that_it_is_idle() -> None:
    worker = normaliser()
    assert progresses(worker.restored(0)) == [None]

    again = normaliser()
    for record in worker.checkpoint():
        again.restore(record.key or b"", record.value or b"")

    assert again.restored(0) == []


def test_a_live_clock_is_not_idle_at_the_start() -> None:
    assert normaliser("live").restored(0) == []


def test_silence_counts_only_when_nothing_waits() -> None:
    worker = normaliser("live")
    assert worker.tick(1000.0, caught_up=False) == []  # nothing is known yet

    worker.process([read(placed(900.0), written_at=901.0)])
    assert progresses(worker.tick(1001.0, caught_up=False)) == [900.0]
    assert progresses(worker.tick(1002.0, caught_up=True)) == [1002.0]
    # An outage: records wait, and the clock on the wall no longer counts.
    assert progresses(worker.tick(5000.0, caught_up=False)) == [1002.0]
    assert progresses(worker.tick(5001.0, caught_up=True)) == [5001.0]
    assert said(worker.tick(5002.0, caught_up=True))[0]["data"]["lateness_s"] == 30.0


def test_a_wall_clock_set_back_takes_no_progress_back() -> None:
    worker = normaliser("live")
    worker.tick(1000.0, caught_up=True)

    assert progresses(worker.tick(400.0, caught_up=True)) == [1000.0]


def test_a_replays_source_does_not_move_a_live_clock() -> None:
    worker = normaliser("live")

    output = worker.process([read(opened(0.0)), read(placed(600.0)), read(closed(600.0))])

    assert progresses(output) == []


def at(time: str) -> bytes:
    return encode_event(placed(5.0)).replace(b"1970-01-01T00:00:05.000000Z", time.encode())


@pytest.mark.parametrize(
    ("value", "code", "reason"),
    [
        (None, "unreadable", "tombstone"),
        (b"", "unreadable", "JSON"),
        (b"\xff\xfe{", "unreadable", "UTF-8"),
        (b"[" * 5000, "unreadable", "JSON"),
        (b"{}", "unreadable", "specversion must be '1.0'"),
        (b"x" * (5 * 1024 * 1024), "too_large", "at most 262144 bytes; got 5242880"),
        (encode_event(placed(5.0, "")), "invalid_event", "must name its customer"),
        (encode_event(placed(NOW + 301)), "time_out_of_range", "source's clock"),
        (
            encode_event(Event("1", "shop", "queue.joined", 5.0, "c-1")),
            "invalid_event",
            "must have no 'subject'",
        ),
        (encode_event(opened(5.0, lateness_s="soon")), "invalid_field", "lateness_s"),
        (encode_event(opened(5.0, lateness_s=None)), "invalid_field", "lateness_s"),
        (encode_event(opened(5.0, lateness_s=-1)), "invalid_field", "lateness_s"),
        (encode_event(opened(5.0, lateness_s=1e300)), "invalid_field", "lateness_s"),
        (
            encode_event(Event("1", "precede/x", "control.playbook", 5.0)),
            "invalid_field",
            "data.hash",
        ),
        (
            encode_event(Event("1", "shop", "control.playbook", 5.0, "", {"hash": "0123"})),
            "invalid_event",
            "Precede's own commands",
        ),
        (
            encode_event(Event("1", "precede/x", "control.stop", 5.0, "", {"scope": "rule"})),
            "invalid_field",
            "must name a scope",
        ),
        (encode_event(Event("1", "bank-calls", "x.y", 5.0)), "invalid_field", "type must be one"),
        (at("0001-01-01T00:00:00+14:00"), "unreadable", "years 1 to 9999"),
        (at("9999-12-31T23:59:59-14:00"), "unreadable", "years 1 to 9999"),
        (at("1999-01-01T00:00:00"), "unreadable", "with an offset"),
    ],
    ids=lambda value: None if isinstance(value, bytes) else str(value)[:20],
)  # fmt: skip
def test_invariant_5_what_cannot_go_on_is_one_dead_letter(
    value: bytes | None, code: str, reason: str
) -> None:
    worker = normaliser()
    worker.process([read(opened(0.0)), read(placed(90.0))])

    data = letter(worker.process([Read(value, 7, b"k", topic="precede.raw-events")]))

    assert (data["stage"], data["code"], data["offset"]) == ("normalise", code, 7)
    assert reason in data["reason"]
    # Nothing moved: the next event tells the same progress as without the poison.
    assert progresses(worker.process([read(placed(119.0)), read(placed(121.0))])) == [120.0]


def nested(levels: int) -> bytes:
    event = encode_event(placed(5.0))
    return event.replace(b"9.5", b'{"a":' * levels + b"1" + b"}" * levels)


@pytest.mark.parametrize("levels", [250, 300, 900, 2000])
def test_invariant_5_nesting_that_can_be_read_but_not_written_stops_nothing(levels: int) -> None:
    # orjson reads 1,024 levels and writes 254.
    [record] = normaliser().process([Read(nested(levels))])

    assert record.topic == ("interactions" if levels == 250 else "dead_letters")


def test_an_event_that_grows_when_written_anew_is_refused_before_kafka_refuses_it() -> None:
    numbers = b"1e15," * (MAX_RECORD_BYTES // 8) + b"1"  # written as 1000000000000000.0
    value = encode_event(placed(5.0)).replace(b"9.5", b"[" + numbers + b"]")
    assert len(value) < MAX_RECORD_BYTES

    data = letter(normaliser().process([Read(value)]))

    assert data["code"] == "too_large"


def test_a_header_without_a_value_stops_nothing() -> None:
    record = read(placed(5.0))
    record.headers = [("content-type", None)]  # type: ignore[list-item]

    assert [out.topic for out in normaliser().process([record])] == ["interactions"]


def test_invariant_5_an_adapter_that_fails_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: str) -> Any:
        def adapt(event: Event) -> Event:
            if event.customer == "c-2":
                msg = "a field that nobody thought of"
                raise KeyError(msg)
            return event

        return adapt

    monkeypatch.setattr("streams.sources.normalise.adapter_of", broken)

    output = normaliser().process([read(placed(at, f"c-{at:.0f}")) for at in (1.0, 2.0, 3.0)])

    assert [record.topic for record in output] == ["interactions", "dead_letters", "interactions"]
    assert letter(output[1:2])["code"] == "error"


def test_invariant_1_every_raw_record_is_accounted_for() -> None:
    poison = [Read(b"{", offset=number) for number in range(25)]
    records = [*raw(calls(1)), *poison]
    random.Random(1).shuffle(poison)

    output = normaliser().process(records)

    topics = Counter(record.topic for record in output if record.partition is None)
    broadcasts = [event for event in said(output) if event["type"] != "progress"]
    assert topics["dead_letters"] == len(poison)
    assert topics["interactions"] + len(broadcasts) + topics["dead_letters"] == len(records)


def test_order_is_kept_per_key() -> None:
    records = raw(calls(1))
    by_key = defaultdict(list)
    for record in records:
        by_key[record.key].append(orjson.loads(record.value or b"")["id"])

    found = defaultdict(list)
    for out in normaliser().process(records):
        event = orjson.loads(out.value or b"")
        if out.partition is None or (out.partition == 2 and event["type"] != "progress"):
            key = out.key or event["source"].encode()
            found[key].append(event["id"])

    assert found == by_key


@pytest.mark.parametrize("seed", range(3))
def test_a_restart_anywhere_changes_no_byte(seed: int) -> None:
    records = raw(calls(1))
    whole = normaliser()
    expected = [*whole.restored(0), *whole.process(records)]
    places = sorted(random.Random(seed).sample(range(1, len(records)), 30))

    worker = normaliser()
    output = worker.restored(0)
    for start, end in zip([0, *places], [*places, len(records)], strict=True):
        output += worker.process(records[start:end])
        again = normaliser()
        for record in worker.checkpoint():
            again.restore(record.key or b"", record.value or b"")
        output += again.restored(0)
        worker = again

    assert output == expected
    assert worker.checkpoint() == whole.checkpoint()


def test_a_question_is_in_a_greater_hurry_than_what_comes_after_it() -> None:
    worker = normaliser("live")
    asked = Event("q", "precede/api", "contact.requested", NOW, "c-1", {"request": "r"})

    assert worker.urgent(worker.process([read(placed(NOW))])) == 1
    assert worker.urgent(worker.process([read(placed(NOW)), read(asked, 1)])) == 2
    assert worker.urgent(worker.process([read(placed(NOW), 2)])) == 1


def test_a_fresh_one_has_a_state_that_can_be_restored() -> None:
    worker = normaliser()
    [record] = worker.checkpoint()
    worker.restore(record.key or b"", record.value or b"")

    assert worker.checkpoint() == [record]
    assert worker._at == -math.inf
    assert not worker.urgent([])
