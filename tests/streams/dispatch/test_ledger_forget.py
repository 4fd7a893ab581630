"""A customer who is forgotten leaves the ledger, and no result brings the customer back."""

import pytest

from detectors.event import Event, encode_event
from streams.dispatch.ledger import Ledger
from streams.dispatch.outcome import Kind, Outcome
from streams.engine.contract import Outgoing
from streams.engine.forgotten import FORGET
from tests.streams.dispatch.memory import NOON, Read, action


def forget(customer: str) -> Read:
    told = Event("f", "precede/erasure", FORGET, NOON, customer, {"origin": {"partition": 0}})
    return Read(encode_event(told))


def written(output: list[Outgoing]) -> list[tuple[str, bytes | None, bool]]:
    """Return topic, key and whether it is a tombstone of each record."""
    return [(one.topic, one.key, one.value is None) for one in output]


def test_what_waits_is_gone_at_once() -> None:
    ledger = Ledger(0)
    ledger.process([action("a"), action("b")])

    output = ledger.process([forget("customer-a")])

    assert written(output) == [("ledger", b"a", True)]
    assert ledger.get("a") is None
    assert [entry.id for entry in ledger.due(NOON)] == ["b"]
    assert sum(ledger.counts().values()) == 1


def test_what_was_finished_or_parked_is_gone_too() -> None:
    ledger = Ledger(0)
    ledger.process([action("a"), action("b", not_before=NOON + 60)])
    ledger.intend("a", NOON, repeatable=True)
    ledger.settle("a", Outcome("accepted"), NOON, retry_at=None)
    ledger.park("b", "no such channel", NOON)

    assert written(ledger.process([forget("customer-a")])) == [("ledger", b"a", True)]
    assert written(ledger.process([forget("customer-b")])) == [("ledger", b"b", True)]
    assert sum(ledger.counts().values()) == 0
    assert ledger.next_at() == float("inf")


@pytest.mark.parametrize("kind", ["accepted", "delivered", "failed", "parked", "retry", "unknown"])
def test_a_call_under_way_leaves_as_it_ends(kind: Kind) -> None:
    ledger = Ledger(0)
    ledger.process([action("a")])
    ledger.intend("a", NOON, repeatable=True)

    assert written(ledger.process([forget("customer-a")])) == [("ledger", b"a", False)]
    output = ledger.settle("a", Outcome(kind, "told"), NOON + 1, retry_at=NOON + 60)

    assert written(output) == [("ledger", b"a", True)]
    assert ledger.get("a") is None
    assert sum(ledger.counts().values()) == 0


def test_a_call_that_a_crash_cut_off_leaves_at_the_restart() -> None:
    ledger = Ledger(0)
    ledger.process([action("a")])
    ledger.intend("a", NOON, repeatable=False)
    (kept,) = ledger.process([forget("customer-a")])
    again = Ledger(0)
    again.restore(b"a", kept.value or b"")

    assert written(again.restored(0)) == [("ledger", b"a", True)]
    assert again.get("a") is None


def test_an_intent_that_was_taken_back_leaves_too() -> None:
    ledger = Ledger(0)
    ledger.process([action("a")])
    ledger.intend("a", NOON, repeatable=True)
    ledger.process([forget("customer-a")])

    assert written(ledger.withdraw("a", NOON)) == [("ledger", b"a", True)]


def test_to_forget_a_stranger_or_twice_writes_nothing() -> None:
    ledger = Ledger(0)
    ledger.process([action("a"), forget("customer-a")])

    assert ledger.process([forget("customer-a"), forget("stranger")]) == []


def test_the_same_action_later_is_a_new_one() -> None:
    ledger = Ledger(0)
    ledger.process([action("a"), forget("customer-a"), action("a")])

    assert [entry.id for entry in ledger.due(NOON)] == ["a"]
