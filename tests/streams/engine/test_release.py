"""What quiet hours hold back is judged again when they are over."""

from typing import Any

import orjson
import pytest

from detectors.event import Event
from rules.held import HELD, MAX_HELD, first_release, held, hold, take_released
from rules.playbook.models import Playbook
from streams.engine.contract import Outgoing
from streams.engine.processor import Processor
from tests.rules.gates.build import HOUR, match, playbook, rule, utc
from tests.streams.engine.build import (
    compacted,
    contact,
    log_of,
    lost_call,
    of,
    only,
    playbook_switch,
    progress,
)

NIGHT = utc("2026-06-09 23:05")
MORNING = utc("2026-06-10 08:00")
QUIET = {"quiet_hours": [{"start": "22:00", "end": "08:00"}]}
CALL_BACK: dict[str, Any] = {
    "when": "contact.abandoned", "if": "event.wait_s > 30s", "due": "24h",
    "unless": "customer.open_cases > 0",
}  # fmt: skip


def book_of(**changes: Any) -> Playbook:
    return playbook(rule(**(CALL_BACK | changes)), gates=QUIET)


def worker_of(book: Playbook) -> Processor:
    return Processor(0, 1, "live", only(book))


def told() -> Event:
    """Return the customer's record: nothing is open."""
    return Event("known", "crm", "profile.updated", NIGHT - HOUR, "7", {})


def start(book: Playbook) -> list[Event]:
    return [playbook_switch(book.hash), told(), *lost_call(NIGHT, "7", "a")]


def decisions(output: list[Outgoing]) -> list[dict[str, Any]]:
    found = []
    for event in of(output, "decisions"):
        data: Any = event["data"]
        found.append(data | {"time": event["time"]})
    return found


def test_the_action_of_the_night_goes_out_in_the_morning() -> None:
    book = book_of()
    worker = worker_of(book)
    (night,) = decisions(worker.process(log_of(start(book))))
    assert decisions(worker.process(log_of([progress(MORNING)]))) == []
    (morning,) = decisions(worker.process(log_of([progress(MORNING + 1)])))

    assert (night["reason"], morning["reason"]) == ("quiet", "sent")
    assert night["action_id"] == morning["action_id"]
    assert night["decision_id"] != morning["decision_id"]
    assert morning["time"] == "2026-06-10T08:00:00.000000Z"
    assert (morning["held_since"], morning["matched_at"]) == (NIGHT, MORNING)
    assert "held_since" not in night
    assert decisions(worker.process(log_of([progress(MORNING + 24 * HOUR)]))) == []


def test_a_restart_in_the_night_changes_nothing() -> None:
    book = book_of()
    worker = worker_of(book)
    worker.process(log_of(start(book)))
    again = worker_of(book)
    for key, value in compacted({}, worker).items():
        again.restore(key, value)
    again.restored(0)

    until = log_of([progress(MORNING + 1)])
    assert [r.value for r in again.process(until)] == [r.value for r in worker.process(until)]


def test_who_called_in_the_night_is_not_called_back() -> None:
    book = book_of()
    asked = [contact("started", NIGHT + HOUR, "7", "b"),
             contact("ended", NIGHT + HOUR + 60, "7", "b", outcome="answered")]  # fmt: skip
    (night, morning) = decisions(
        worker_of(book).process(log_of([*start(book), *asked, progress(MORNING + 1)]))
    )

    assert [night["reason"], morning["reason"]] == ["quiet", "already_asked"]


def test_what_no_longer_holds_is_no_candidate() -> None:
    book = book_of()
    case = Event("case", "crm", "case.opened", NIGHT + HOUR, "7", {"case": "k"})
    found = decisions(worker_of(book).process(log_of([*start(book), case, progress(MORNING + 1)])))

    assert [one["reason"] for one in found] == ["quiet"]


def test_what_would_come_too_late_is_not_held() -> None:
    book = book_of(due="8h")
    worker = worker_of(book)
    found = decisions(worker.process(log_of([*start(book), progress(MORNING + 1)])))

    assert [one["reason"] for one in found] == ["quiet"]
    assert worker.customers.get("7").gates == {}


def test_a_playbook_without_the_rule_lets_it_go() -> None:
    first, second = book_of(), playbook(rule("another"), gates=QUIET)
    worker = Processor(0, 1, "live", {first.hash: first, second.hash: second}.get)
    log = [*start(first), playbook_switch(second.hash), progress(MORNING + 1)]

    assert [one["reason"] for one in decisions(worker.process(log_of(log)))] == ["quiet"]
    assert worker.customers.get("7").gates == {}


def test_cancels_stand_next_to_their_actions() -> None:
    book = playbook(rule(**CALL_BACK))
    worker = worker_of(book)
    output = worker.process(log_of(start(book)))
    (action,) = [record for record in output if record.topic == "actions"]
    withdrawn = Event("no", "crm", "consent.withdrawn", NIGHT + 60, "7",
                      {"class": "service", "channel": "*"})  # fmt: skip
    told, cancel = worker.process(log_of([withdrawn]))

    assert (told.topic, told.key, told.partition) == ("decisions", b"7", 0)
    assert (cancel.topic, cancel.key, cancel.partition) == ("actions", action.key, None)
    said = orjson.loads(cancel.value or b"")
    assert (said["type"], said["data"]["reason"]) == ("precede.cancel", "no_consent")
    assert said["data"]["action_id"] == orjson.loads(action.value or b"")["id"]
    assert worker.urgent([cancel])
    assert worker.process(log_of([withdrawn])) == []


def one(release_at: float, occurrence: str = "o-1") -> dict[str, Any]:
    state: dict[str, Any] = {}
    first = match(playbook().rules[0], 5.0, occurrence=occurrence, facts={"score.x": 0.5})
    hold(state, first, release_at)
    return state


def test_an_occurrence_is_held_once() -> None:
    state = one(10.0)
    hold(state, match(playbook().rules[0], 7.0), 20.0)

    (only_one,) = held(state)
    assert (only_one.release_at, only_one.since) == (20.0, 7.0)


def test_what_is_kept_of_it_is_what_the_rule_reads() -> None:
    (first,) = held(one(10.0))

    assert first.happened.scores == {"x": 0.5}
    assert first.event("c-1").id == "e-o-1"


@pytest.mark.parametrize(("until", "left"), [(10.0, 2), (10.5, 1), (30.0, 0)])
def test_what_is_released_leaves(until: float, left: int) -> None:
    state = one(10.0)
    hold(state, match(playbook().rules[0], 5.0, occurrence="o-2"), 20.0)
    assert first_release(state) == 10.0

    released = take_released(state, until)
    assert len(released) == 2 - left
    assert len(held(state)) == left
    assert (HELD in state) is (left > 0)


def test_no_more_than_four_are_held() -> None:
    state = one(10.0)
    for n in range(MAX_HELD):
        hold(state, match(playbook().rules[0], 5.0, occurrence=f"o-{n + 2}"), 20.0 - n)

    assert [each.release_at for each in held(state)] == [10.0, 17.0, 18.0, 19.0]
