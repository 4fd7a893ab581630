"""The call-back of the default playbook as the engine plays it, on logs as a desk writes them."""

from collections import Counter
from random import Random
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from prometheus_client import CollectorRegistry

from detectors.event import Event
from rules.plays.state import PLAYS
from rules.reason import REASONS
from streams.engine.contract import Outgoing
from streams.engine.observer import Observer
from streams.engine.processor import Processor
from streams.health import Health
from streams.metrics import Metrics
from streams.schemas import schemas
from tests.streams.engine.build import (
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
HOUR = 3600.0
RULE = "callback-after-abandonment"
SWITCH = playbook_switch(default_playbook().hash)


def work(kind: str, at: float, customer: str = "7", **data: Any) -> Event:
    """Return what a desk tells."""
    return Event(f"{kind}-{customer}-{at:g}", "desk", kind, at, customer, data)


def decisions(output: list[Outgoing]) -> list[dict[str, Any]]:
    """Return what the decisions hold, each with its time."""
    found: list[Any] = list(of(output, "decisions"))
    return [e["data"] | {"time": e["time"]} for e in found if e["type"] == "precede.decision"]


def decided(output: list[Outgoing]) -> list[tuple[int, str, str]]:
    """Return (step, time, reason) of each decision of the rule."""
    return [
        (data["play"]["step"], data["time"][8:16], data["reason"])
        for data in decisions(output)
        if data["rule"] == RULE
    ]


def play(*events: Event) -> tuple[Processor, list[Outgoing]]:
    worker = processor()
    output = worker.process(log_of([SWITCH, *lost_call(NOON, "7", "a"), *events]))
    return worker, output


def test_without_a_word_of_the_desk_the_play_ends_and_nothing_more_is_done() -> None:
    worker, output = play(progress(NOON + 15 * 60 + 1))
    assert decided(output) == [(1, "03T10:15", "sent")]
    assert PLAYS in worker.customers.get("7").rules

    assert list(of(worker.process(log_of([progress(NOON + 45 * 60)])), "decisions")) == []
    assert PLAYS in worker.customers.get("7").rules  # a booking exactly now would be in time
    assert list(of(worker.process(log_of([progress(NOON + 45 * 60 + 1)])), "decisions")) == []
    assert PLAYS not in worker.customers.get("7").rules
    assert list(of(worker.process(log_of([progress(NOON + 30 * 24 * HOUR)])), "decisions")) == []
    assert worker.mind.tally.take() == {
        ("started", RULE, ""): 1,
        ("late", RULE, "2"): 1,
        ("stopped", RULE, "in_vain"): 1,
    }


def test_what_is_left_lying_goes_to_those_on_duty() -> None:
    booked = work("callback.booked", NOON + 0.5 * HOUR, callback="b1", due_at=NOON + HOUR)
    _, output = play(booked, progress(NOON + 5 * HOUR))

    assert decided(output) == [(1, "03T10:15", "sent"), (3, "03T14:30", "sent")]
    actions: list[Any] = [event["data"] for event in of(output, "actions")]
    assert [(a["to"], a["channel"]) for a in actions] == [
        ("call-back-desk", "task-desk"),
        ("shift-leads", "back-office"),
    ]
    assert len({action["action_id"] for action in actions}) == 2
    judge = Draft202012Validator(schemas()["decision.schema.json"])
    for event in of(output, "decisions"):
        assert [error.message for error in judge.iter_errors(event)] == []
    late = decisions(output)[1]
    assert late["play"] == {"id": actions[0]["action_id"], "step": 3, "of": 5}
    assert late["conditions"] == [["no callback.attempted within 4 h", True]]
    assert "about regular is booked for this customer" in actions[1]["text"]


def test_what_the_night_holds_back_is_done_in_the_morning() -> None:
    # 23:30 in Israel; four hours later, at 03:30, nobody is there, at 07:00 they are.
    events = [
        *lost_call(NOON + 9 * HOUR, "7", "b"),
        progress(NOON + 9.5 * HOUR),
        work("callback.booked", NOON + 9.6 * HOUR),
        progress(NOON + 13.7 * HOUR),
    ]
    worker = processor()
    output = worker.process(log_of([SWITCH, *events]))
    assert decided(output) == [(1, "03T19:15", "sent"), (3, "03T23:36", "quiet")]

    output = worker.process(log_of([progress(NOON + 20 * HOUR)]))
    assert decided(output) == [(3, "04T05:00", "sent")]


def test_consent_that_is_withdrawn_ends_a_play() -> None:
    withdrawn = {"class": "service", "channel": "*"}
    worker, output = play(
        work("callback.booked", NOON + 0.5 * HOUR),
        work("consent.withdrawn", NOON + HOUR, **withdrawn),
        progress(NOON + 48 * HOUR),
    )

    assert decided(output) == [(1, "03T10:15", "sent"), (3, "03T14:30", "no_consent")]
    assert worker.mind.tally.take()["stopped", RULE, "no_consent"] == 1
    assert PLAYS not in worker.customers.get("7").rules


def test_a_customer_who_calls_ends_the_play() -> None:
    worker, output = play(
        work("callback.booked", NOON + 0.5 * HOUR),
        contact("started", NOON + HOUR, "7", "b"),
        progress(NOON + 48 * HOUR),
    )

    assert decided(output) == [(1, "03T10:15", "sent")]
    assert worker.mind.tally.take()["stopped", RULE, "asked"] == 1


def test_an_edit_elsewhere_leaves_plays_alone() -> None:
    book = default_playbook()
    other = book.model_copy(update={"description": "Another one"})
    books = {book.hash: book, other.hash: other}
    worker = Processor(0, 1, "log", books.get)
    events = [
        SWITCH,
        *lost_call(NOON, "7", "a"),
        work("callback.booked", NOON + 0.5 * HOUR),
        playbook_switch(other.hash),
        progress(NOON + 5 * HOUR),
    ]

    assert decided(worker.process(log_of(events))) == [
        (1, "03T10:15", "sent"),
        (3, "03T14:30", "sent"),
    ]


def test_plays_are_counted_where_they_are_committed() -> None:
    metrics = Metrics(CollectorRegistry())
    metrics.playbook_loaded("p", "0f3a9c21", {RULE: 2})
    observer = Observer("engine", metrics, Health(["engine"]))
    worker, _ = play(progress(NOON + 2 * HOUR))
    for _ in range(2):  # what was shown is not shown again
        observer.state(0, worker)

    def value(name: str, **labels: str) -> float | None:
        return metrics.registry.get_sample_value(f"precede_play_{name}_total", labels)

    assert value("started", rule=RULE) == 1
    assert value("steps_late", rule=RULE, step="2") == 1
    assert value("stopped", rule=RULE, reason="in_vain") == 1
    assert value("finished", rule=RULE) is None


def random_log(seed: int) -> list[Event]:
    """Return what happens to fifty customers in some hours, with progress in between."""
    random = Random(seed)
    events: list[Event] = []
    for number in range(50):
        name, at = str(number), NOON + 900.0 * random.randrange(24) + 24 * HOUR * (number % 5)
        events += lost_call(at, name, f"l{number}")
        at += 901.0  # the play has begun
        for kind in ("booked", "attempted", "reached", "done"):
            gaps = (0.0, 1799.0, 1800.0, 4 * HOUR, 4.1 * HOUR, 24 * HOUR)
            at += random.choice(gaps[:3] if kind == "booked" else gaps)
            if random.random() < 0.7:
                events.append(work(f"callback.{kind}", at, name, callback=f"b{number}"))
            if random.random() < 0.1:
                events.append(contact("started", at, name, f"s{number}"))
                break
    events.sort(key=lambda event: event.at)
    times = sorted({event.at for event in events if random.random() < 0.5})
    events += [progress(at) for at in times]
    events.sort(key=lambda event: event.at)
    return [SWITCH, *events, progress(events[-1].at + 100 * HOUR)]


def cut(log: list[Read], seed: int) -> list[Outgoing]:
    """Return the output of a log in batches, the owner of the partition changed after some."""
    random = Random(seed)
    worker, output, state = processor(), list[Outgoing](), dict[bytes, bytes]()
    while log:
        size = random.randint(1, 12)
        output += worker.process(log[:size])
        log = log[size:]
        if random.random() < 0.5:
            state = compacted(state, worker)
            worker = restored(state)
    return output


@pytest.mark.parametrize("seed", range(8))
def test_restarts_anywhere_change_nothing_and_each_step_has_one_reason(seed: int) -> None:
    log = log_of(random_log(seed))
    plain = processor().process(log)

    assert cut(log, seed) == plain
    found = decisions(plain)
    assert len({data["decision_id"] for data in found}) == len(found)
    assert {data["reason"] for data in found} <= set(REASONS)
    sent = Counter(data["action_id"] for data in found if data["reason"] == "sent")
    assert set(sent.values()) == {1}
    assert sent.keys() == {event["data"]["action_id"] for event in of(plain, "actions")}  # type: ignore[index]
    assert any(data["play"]["step"] > 1 for data in found if data["rule"] == RULE)
