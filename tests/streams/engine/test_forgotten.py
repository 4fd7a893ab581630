"""A customer who is forgotten: what a partition keeps, drops, and tells dispatch."""

import math

import orjson

from detectors.customer import Customer, pack
from detectors.event import Event
from streams.engine.forgotten import FORGET, FORGOTTEN, KEY, REMEMBER_S, SOURCE
from tests.streams.engine.build import (
    PARTITIONS,
    Read,
    compacted,
    contact,
    default_playbook,
    log_of,
    lost_call,
    of,
    playbook_switch,
    processor,
    progress,
    restored,
)

NOON = 915_321_600.0 + 10 * 3600  # Sunday 3 January 1999, noon in Israel
SWITCH = playbook_switch(default_playbook().hash)
WHO = "customer-of-the-test"


def forgotten(at: float, customer: str = WHO, number: int = 1) -> Event:
    return Event(f"forgotten-{number}", SOURCE, FORGOTTEN, at, customer, {"salt": "a-salt"})


def answered_call(at: float, call: str, customer: str = WHO) -> list[Event]:
    """Return a call that leaves an open label behind: will there be another within a day?"""
    return [
        contact("started", at, customer, call),
        contact("queued", at + 5, customer, call),
        contact("answered", at + 60, customer, call, wait_s=55.0),
        contact("ended", at + 300, customer, call, wait_s=55.0, service_s=240.0,
                outcome="answered"),
    ]  # fmt: skip


def test_nothing_of_a_forgotten_customer_is_in_the_state() -> None:
    worker = processor()
    log = [SWITCH, *answered_call(NOON, "a"), *lost_call(NOON + 900, WHO, "b")]
    before: dict[bytes, bytes] = {}
    worker.process(log_of(log))
    compacted(before, worker)
    assert any(WHO.encode() in key for key in before)

    worker.process(log_of([forgotten(NOON + 1000)]))
    after = compacted(dict(before), worker)

    assert not [key for key, value in after.items() if WHO.encode() in key + value]
    assert after.keys() - before.keys() == {KEY}


def test_what_was_open_is_neither_fired_nor_learnt() -> None:
    kept, erased = processor(), processor()
    log = [SWITCH, *answered_call(NOON, "a"), *lost_call(NOON + 900, WHO, "b")]
    later = [progress(NOON + 2 * 86_400)]

    kept.process(log_of(log))
    output = kept.process(log_of(later))
    assert [one["data"]["rule"] for one in of(output, "decisions")] == [  # type: ignore[index]
        "callback-after-abandonment"
    ]
    assert list(of(output, "labels"))

    erased.process(log_of([*log, forgotten(NOON + 901)]))
    output = erased.process(log_of(later))
    assert output == []


def test_every_partition_of_dispatch_is_told() -> None:
    worker = processor()
    (record,) = log_of([forgotten(NOON)])
    record.offset = 41

    output = worker.process([record])

    assert [(one.topic, one.partition) for one in output] == [
        ("actions", number) for number in range(PARTITIONS)
    ]
    assert worker.urgent(output)
    told = [orjson.loads(one.value or b"") for one in output]
    assert {one["type"] for one in told} == {FORGET}
    assert {one["subject"] for one in told} == {WHO}
    assert len({one["id"] for one in told}) == PARTITIONS
    assert told[0]["data"] == {
        "forgotten": "forgotten-1", "origin": {"partition": 0, "offset": 41}
    }  # fmt: skip


def test_a_late_event_of_the_time_before_brings_nobody_back() -> None:
    worker = processor()
    worker.process(log_of([SWITCH, *answered_call(NOON, "a"), forgotten(NOON + 1000)]))

    worker.process(log_of([contact("started", NOON + 1000, WHO, "late")]))
    assert WHO not in worker.customers._packed

    worker.process(log_of([contact("started", NOON + 1000, "another", "late")]))
    assert "another" in worker.customers._packed


def test_who_comes_back_begins_as_new_and_stays_free_of_the_past() -> None:
    worker, fresh = processor(), processor()
    first = contact("started", NOON + 1001, WHO, "new")
    worker.process(log_of([SWITCH, *answered_call(NOON, "a"), forgotten(NOON + 1000), first]))
    fresh.process(log_of([SWITCH, first]))

    assert worker.customers._packed[WHO] == fresh.customers._packed[WHO]

    packed = worker.customers._packed[WHO]
    worker.process(log_of([contact("ended", NOON + 999, WHO, "a")]))  # of the time before
    assert worker.customers._packed[WHO] == packed


def test_to_forget_twice_or_a_stranger_changes_nothing_more() -> None:
    once, twice = processor(), processor()
    log = [SWITCH, *answered_call(NOON, "a"), forgotten(NOON + 1000)]
    once.process(log_of(log))
    twice.process(log_of([*log, forgotten(NOON + 1000)]))

    assert compacted({}, twice) == compacted({}, once)
    assert pack(twice.customers.get(WHO), math.inf) == pack(Customer(WHO), math.inf)


def test_it_is_remembered_through_a_restart_and_for_as_long_as_events_may_be_late() -> None:
    worker = processor()
    worker.process(log_of([SWITCH, contact("started", NOON, WHO), forgotten(NOON)]))
    state = compacted({}, worker)
    again = restored(state)

    again.process(log_of([contact("started", NOON, WHO, "late")]))
    assert WHO not in again.customers._packed

    again.process(log_of([progress(NOON + REMEMBER_S)]))
    assert KEY in compacted(state, again)
    again.process(log_of([progress(NOON + REMEMBER_S + 1)]))
    assert KEY not in compacted(state, again)


def test_a_cut_anywhere_leads_to_the_same_bytes() -> None:
    log = log_of([
        SWITCH, *answered_call(NOON, "a"), *lost_call(NOON + 900, WHO, "b"),
        forgotten(NOON + 1000), contact("started", NOON + 999, WHO, "late"),
        *answered_call(NOON + 1001, "c"), progress(NOON + 3000), forgotten(NOON + 4000, number=2),
        progress(NOON + 90_000),
    ])  # fmt: skip
    whole = processor()
    expected = [one.value for one in whole.process(log) if one.topic != "state"]
    at_end = compacted({}, whole)

    for cut in range(len(log)):
        found, state = _cut(log, cut)
        assert found == expected
        assert state == at_end


def _cut(log: list[Read], cut: int) -> tuple[list[bytes | None], dict[bytes, bytes]]:
    first = processor()
    output = first.process(log[:cut])
    state = compacted({}, first)
    second = restored(state)
    output += second.process(log[cut:])
    return [one.value for one in output], compacted(state, second)
