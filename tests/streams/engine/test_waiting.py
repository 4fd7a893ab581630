"""Callers are scored again while they wait: at every state of their queue, for rules only."""

from collections.abc import Iterable
from functools import cache
from typing import Any

import orjson
import pytest

from detectors.event import Event
from detectors.models.registry import Models
from detectors.models.scored import Scored
from rules.playbook.models import Playbook
from streams.engine.processor import Processor
from tests.rules.gates.build import playbook, rule
from tests.streams.engine.build import (
    PARTITIONS,
    compacted,
    contact,
    log_of,
    of,
    only,
    playbook_switch,
    processor,
    progress,
)

START = 915_300_000.0


@cache
def watching(mode: str = "live") -> Playbook:
    return playbook(
        rule("losing-them", when="contact.waiting", cooldown="0s", mode=mode,
             **{"if": "score.abandon >= 0 and event.wait_s >= 20s"})
    )  # fmt: skip


def state(after_s: float, length: int, queue: str = "regular") -> Event:
    """Return the queue as it is so long after the start; the longer, the slower."""
    data = {"queue": queue, "length": length, "longest_wait_s": 20.0 * length, "answered_10m": 4,
            "mean_wait_10m_s": 10.0 * length, "abandoned_10m": length}  # fmt: skip
    return Event(f"{queue}-{after_s:g}", "bank", "queue.state", START + after_s, "", data)


def waits(customer: str = "c-1", call: str = "call-1", at: float = START) -> list[Event]:
    return [contact("started", at, customer, call), contact("queued", at, customer, call)]


def worker_for(book: Playbook) -> Processor:
    worker = processor(playbook=book)
    worker.process(log_of([playbook_switch(book.hash)]))
    return worker


def decided(events: Iterable[Event], book: Playbook | None = None) -> list[dict[str, Any]]:
    """Return the decisions' data."""
    output = worker_for(book or watching()).process(log_of(events))
    found: list[Any] = [event["data"] for event in of(output, "decisions")]
    return found


def test_the_score_follows_the_queue_as_it_is_now() -> None:
    calm, busy = state(30.0, 2), state(60.0, 40)
    first, second = decided([state(-5.0, 2), *waits(), state(10.0, 3), calm, busy])

    assert [each["trigger"]["type"] for each in (first, second)] == ["contact.waiting"] * 2
    assert [each["trigger"]["event_id"] for each in (first, second)] == [
        "regular-30:call-1", "regular-60:call-1",
    ]  # fmt: skip
    assert [each["trigger"]["at"] for each in (first, second)] == [START + 30.0, START + 60.0]
    assert [each["facts"]["event.wait_s"] for each in (first, second)] == [30.0, 60.0]
    assert first["trigger"]["kind"] == "inbound"
    assert second["facts"]["score.abandon"] > first["facts"]["score.abandon"]
    for each in (first, second):
        [said] = each["models"]
        assert (said["model"], said["score"]) == ("abandon", each["facts"]["score.abandon"])


def test_rules_read_the_signals_of_who_waits() -> None:
    book = playbook(
        rule("upset", when="contact.waiting", cooldown="0s",
             **{"if": "signal.queue_wait > 0 and signal.effort >= 0"})
    )  # fmt: skip
    [decision] = decided([state(-5.0, 2), *waits(), state(600.0, 9)], book)

    assert 0.0 < decision["facts"]["signal.queue_wait"] <= 1.0


def test_who_left_the_queue_is_left_alone() -> None:
    for stage in ("answered", "abandoned", "ended"):
        left = contact(stage, START + 25.0, "c-1", "call-1", wait_s=25.0)
        assert decided([state(-5.0, 2), *waits(), left, state(30.0, 2)]) == []


def test_only_known_callers_of_this_queue_are_looked_at() -> None:
    other = state(30.0, 2, "stock-exchange")
    assert decided([state(-5.0, 2), *waits(), other]) == []
    assert decided([*waits(), other]) != []  # the only queue there is
    assert decided([state(-5.0, 2), *waits("call:call-1"), state(30.0, 2)]) == []
    ours = [contact(s, START, direction="outbound") for s in ("started", "queued")]
    assert decided([state(-5.0, 2), *ours, state(30.0, 2)]) == []
    later = waits(at=START + 40.0)  # the state is older than the call
    assert decided([state(-5.0, 2), *later, state(30.0, 2)]) == []
    forgotten = state(6 * 3600.0 + 1.0, 2)  # its end never arrived
    assert decided([state(-5.0, 2), *waits(), forgotten]) == []


def test_the_outcome_is_learnt_from_the_score_at_the_entry() -> None:
    left = contact("abandoned", START + 61.0, "c-1", "call-1", wait_s=61.0)
    log = log_of([state(-5.0, 2), *waits(), state(30.0, 2), state(60.0, 40), left])
    quiet = playbook(rule("silent", when="card.declined"))
    labels = [
        [record for record in worker_for(book).process(log) if record.topic == "labels"]
        for book in (watching("shadow"), quiet)
    ]

    assert labels[0] == labels[1] != []
    seen = orjson.loads(labels[0][0].value or b"")["score"]
    assert seen != decided([state(-5.0, 2), *waits(), state(60.0, 40)])[0]["facts"]["score.abandon"]


def test_nobody_is_looked_at_for_whom_no_rule_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Event] = []

    def again(_models: Models, event: Event, *_: object) -> dict[str, Scored]:
        asked.append(event)
        return {}

    monkeypatch.setattr(Models, "again", again)

    decided([*waits(), state(30.0, 2)], playbook(rule("silent", when="card.declined")))
    assert asked == []
    decided([*waits(), state(30.0, 2)])
    assert [event.data["wait_s"] for event in asked] == [30.0]


def test_looking_leaves_the_customer_as_it_was_for_the_events_that_follow() -> None:
    # The state is ahead of the customer's next event, which must not count as late for that.
    worker = worker_for(watching())
    worker.process(log_of([state(-5.0, 2), *waits(), state(30.0, 2)]))
    worker.process(log_of([contact("answered", START + 29.0, "c-1", "call-1", wait_s=29.0)]))

    assert worker.late == 0


def test_a_restart_between_two_states_changes_nothing() -> None:
    log = log_of(
        [
            state(-5.0, 2),
            *waits(),
            *waits("c-2", "call-2", START + 1.0),
            state(30.0, 2),
            progress(START + 31.0),
            state(60.0, 40),
            contact("abandoned", START + 61.0, "c-1", "call-1", wait_s=61.0),
            state(90.0, 10),
            progress(START + 91.0),
        ]
    )
    whole = worker_for(watching())
    expected = [record for read in log for record in whole.process([read])]
    end: dict[bytes, bytes] = {}
    compacted(end, whole)

    for cut in range(1, len(log)):
        first = worker_for(watching())
        state_then: dict[bytes, bytes] = {}
        output = first.process(log[:cut])
        compacted(state_then, first)
        second = Processor(0, PARTITIONS, "log", only(watching()))
        for key, value in state_then.items():
            second.restore(key, value)
        second.restored(0)
        assert output + second.process(log[cut:]) == expected
        compacted(state_then, second)
        assert state_then == end
