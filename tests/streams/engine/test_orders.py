"""Stops, approvals and questions of other systems, as they stand in a partition's log."""

from collections.abc import Iterator
from typing import Any

import jsonschema
import orjson
import pytest

from detectors.event import Event
from rules.playbook.approval import Approval
from streams.engine.contract import Outgoing
from streams.engine.output import ASKED
from streams.schemas import closed, schemas
from streams.sources.control import Order
from tests.streams.engine.build import (
    NOW,
    default_playbook,
    log_of,
    lost_call,
    of,
    playbook_switch,
    processor,
    progress,
    restored,
    state_of,
)
from tests.streams.engine.test_processor import NOON, SWITCH

RULE = "callback-after-abandonment"
HASH = default_playbook().hash


def decided(output: list[Outgoing]) -> list[Any]:
    return [event["data"] for event in of(output, "decisions")]


def kept(state: dict[bytes, bytes | None]) -> dict[bytes, bytes]:
    return {key: value for key, value in state.items() if value is not None}


def order(scope: Any, name: str = "", *, stopped: bool = True) -> Event:
    return Order(scope, name, stopped, "ann", NOW, "wrong text").event()


def switch(approval: Approval) -> Event:
    event = playbook_switch(HASH)
    return Event(
        event.id, event.source, event.type, event.at, "", {"hash": HASH} | approval.fields()
    )


@pytest.mark.parametrize(
    ("orders", "reason"),
    [
        ([order("all")], "brake"),
        ([order("rule", RULE)], "brake"),
        ([order("channel", "task-desk")], "brake"),
        ([order("rule", "another"), order("channel", "another")], "sent"),
        ([order("rule", RULE), order("rule", RULE, stopped=False)], "sent"),
        ([order("all"), order("rule", RULE, stopped=False)], "brake"),
    ],
)
def test_candidates_end_as_brake_from_where_the_stop_stands(
    orders: list[Event], reason: str
) -> None:
    worker = processor()
    worker.process(log_of([SWITCH, *lost_call(NOON, "7", "a"), *orders]))
    again = restored(kept(state_of(worker)))

    output = worker.process(log_of([progress(NOON + 5000)]))

    assert output == again.process(log_of([progress(NOON + 5000)]))
    [decision] = decided(output)
    assert (decision["rule"], decision["reason"]) == (RULE, reason)
    if reason == "brake":
        gate, verdict, why = decision["gates"][-1]
        assert (gate, verdict) == ("stop", "fail")
        assert why.endswith("was stopped by ann: wrong text")


def test_a_stop_outlives_the_playbook_and_costs_nothing_once_it_is_lifted() -> None:
    worker = processor()
    without = kept(state_of(worker))
    worker.process(log_of([order("all"), SWITCH]))
    assert b"stopped" not in without
    assert b"stopped" in state_of(worker)

    output = worker.process(log_of([*lost_call(NOON, "7", "a"), progress(NOON + 5000)]))
    assert [decision["reason"] for decision in decided(output)] == ["brake"]
    worker.process(log_of([order("all", stopped=False)]))
    assert state_of(worker)[b"stopped"] is None


REQUIRED = Approval("required", "ann")
GIVEN = Approval("required", "ann", HASH, "bob", NOW)


@pytest.mark.parametrize(
    ("approval", "reason", "told"),
    [
        (REQUIRED, "unapproved", None),
        (GIVEN, "sent", {"by": "bob", "at": NOW}),
        (Approval("off", "ann"), "sent", None),
        (Approval("required", "ann", "0" * 64, "bob", NOW), "unapproved", None),
    ],
)
def test_the_log_says_whether_live_rules_may_act(
    approval: Approval, reason: str, told: Any
) -> None:
    worker = processor()
    worker.process(log_of([switch(approval), *lost_call(NOON, "7", "a")]))
    state = kept(state_of(worker))

    output = worker.process(log_of([progress(NOON + 5000)]))

    [decision] = decided(output)
    assert (decision["reason"], decision["approval"]) == (reason, told)
    # A new owner reads the records of the state in any order.
    for keys in (sorted(state), sorted(state, reverse=True)):
        again = restored({key: state[key] for key in keys})
        assert again.process(log_of([progress(NOON + 5000)])) == output


def test_an_approval_holds_from_where_its_publish_stands() -> None:
    worker = processor()
    output = worker.process(
        log_of(
            [
                switch(REQUIRED), *lost_call(NOON, "7", "a"), progress(NOON + 5000),
                switch(GIVEN), *lost_call(NOON + 6000, "8", "b"), progress(NOON + 12_000),
            ]
        )
    )  # fmt: skip

    assert [(d["customer"], d["reason"]) for d in decided(output)] == [
        ("7", "unapproved"),
        ("8", "sent"),
    ]


def questions(*asked: dict[str, Any]) -> Iterator[Event]:
    for number, changes in enumerate(asked):
        data = {
            "request": f"r-{number}", "system": "campaigns", "channel": "email",
            "class": "service", "topic": "savings", "contact_point": None, "reserve": True,
        } | changes  # fmt: skip
        yield Event(f"q-{number}", "precede/api", "contact.requested", NOON + number, "7", data)


def test_a_question_is_answered_at_once_and_in_the_log_of_decisions() -> None:
    worker = processor()
    output = worker.process(log_of([SWITCH, *questions({}, {})]))

    records = [record for record in output if record.topic == "decisions"]
    assert [dict(record.headers)[ASKED] for record in records] == [b"q-0", b"q-1"]
    assert {(record.key, record.partition) for record in records} == {(b"7", 0)}
    assert worker.urgent(records) == 2  # actions can wait a little
    assert [answer["reason"] for answer in decided(output)] == ["allowed", "lost_arbitration"]
    assert [answer["origin"]["offset"] for answer in decided(output)] == [1, 2]
    check = jsonschema.Draft202012Validator(closed(schemas()["answer.schema.json"]))
    for record in records:
        assert list(check.iter_errors(orjson.loads(record.value or b""))) == []


def test_a_decision_alone_is_not_urgent() -> None:
    worker = processor()
    worker.process(log_of([SWITCH, order("all"), *lost_call(NOON, "7", "a")]))
    output = worker.process(log_of([progress(NOON + 5000)]))

    assert [record.topic for record in output] == ["decisions"]
    assert not worker.urgent(output)


def test_a_reservation_survives_a_restart_and_is_made_once() -> None:
    worker = processor()
    first, again, other = questions({"request": "r"}, {"request": "r"}, {"request": "s"})
    worker.process(log_of([SWITCH, first]))
    heir = restored(kept(state_of(worker)))

    output = worker.process(log_of([again, other]))

    assert heir.process(log_of([again, other])) == output
    assert [(a["reason"], a["reserved"]) for a in decided(output)] == [
        ("allowed", True),
        ("lost_arbitration", False),
    ]


def test_before_any_playbook_nobody_may_contact_anybody() -> None:
    [answer] = decided(processor().process(log_of(questions({}))))

    assert (answer["allowed"], answer["reason"], answer["playbook"]) == (False, "error", None)
    assert answer["detail"] == "no playbook is in force: publish one"
