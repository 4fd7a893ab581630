import base64

import orjson
import pytest

from streams.dispatch.entry import STATES, decode_entry, encode_entry
from streams.dispatch.incoming import MAX_ACTION_BYTES
from streams.dispatch.ledger import Ledger
from streams.dispatch.outcome import Outcome
from streams.engine.contract import Outgoing, Processor
from tests.streams.dispatch.memory import NOON, Broker, Read, action, cancel, replay, withdraw

ACCEPTED = Outcome("accepted")
RETRY = Outcome("retry", "HTTP 503")
UNKNOWN = Outcome("unknown", "no answer within 5 s")


def ledger_with(*records: Read) -> Ledger:
    ledger = Ledger(3)
    ledger.process(records)
    return ledger


def state(ledger: Ledger, name: str) -> str:
    entry = ledger.get(name)
    assert entry is not None
    return entry.state


def due(ledger: Ledger, now: float = NOON) -> list[str]:
    return [entry.id for entry in ledger.due(now)]


def results(output: list[Outgoing]) -> list[dict[str, object]]:
    return [orjson.loads(o.value or b"") for o in output if o.topic == "raw_events"]


def test_ledger_is_a_processor_and_counts_every_state() -> None:
    ledger: Processor = Ledger(0)

    assert ledger.checkpoint() == []
    assert Ledger(0).counts() == dict.fromkeys(STATES, 0)


def test_an_action_goes_from_planned_to_accepted() -> None:
    ledger = Ledger(3)
    read = ledger.process([action("a")])

    assert [(o.topic, o.key, o.partition) for o in read] == [("ledger", b"a", 3)]
    assert ledger.urgent(read)
    assert not ledger.urgent([])
    assert due(ledger) == ["a"]

    intent = ledger.intend("a", NOON, repeatable=True)

    assert orjson.loads(intent[0].value or b"")["state"] == "dispatched"
    assert due(ledger) == []

    output = ledger.settle("a", ACCEPTED, NOON + 1, retry_at=None)

    assert state(ledger, "a") == "accepted"
    (result,) = results(output)
    assert result["id"] == "a-accepted"
    assert result["type"] == "action.accepted"
    assert result["subject"] == "customer-a"
    assert result["time"] == "1970-01-12T13:46:40.000000Z"  # the decision's, NOON
    assert result["data"] == {
        "action_id": "a",
        "decision_id": "decision-a",
        "rule": "call-back",
        "channel": "crm",
        "contact_point": "phone-a",
        "attempts": 1,
        "cause_depth": 1,
        "cause_rule": "call-back",
        "reason": "",
    }


def test_the_same_action_again_is_no_second_entry() -> None:
    ledger = ledger_with(action("a"))
    ledger.intend("a", NOON, repeatable=True)
    ledger.settle("a", ACCEPTED, NOON, retry_at=None)

    assert ledger.process([action("a")]) == []
    assert due(ledger) == []
    assert sum(ledger.counts().values()) == 1


def test_an_entry_survives_its_form_on_the_topic() -> None:
    ledger = ledger_with(action("a", at=0.1 + 0.2, clock="log", origin=2))
    ledger.intend("a", NOON, repeatable=True)
    ledger.process([cancel("a")])
    entry = ledger.get("a")
    assert entry is not None

    assert decode_entry(encode_entry(entry)) == entry


def test_an_entry_of_another_layout_is_refused() -> None:
    ledger = ledger_with(action("a"))
    entry = ledger.get("a")
    assert entry is not None
    other = encode_entry(entry).replace(b'"layout":1', b'"layout":2')

    with pytest.raises(ValueError, match="must have layout 1; got 2"):
        Ledger(3).restore(b"a", other)
    with pytest.raises(ValueError, match="key of a ledger entry must be its action id"):
        Ledger(3).restore(b"b", encode_entry(entry))


def changed(record: Read, **fields: object) -> Read:
    event = orjson.loads(record.value or b"")
    event["data"].update(fields)
    return Read(orjson.dumps(event))


@pytest.mark.parametrize(
    ("record", "code", "reason"),
    [
        (Read(b"\xff"), "unreadable", "must be JSON"),
        (Read(None), "unreadable", "must be JSON"),
        (Read(b"[" * 100_000), "unreadable", "must be JSON"),
        (Read(b"x" * (MAX_ACTION_BYTES + 1)), "too_large", "must fit into 131072 bytes"),
        (changed(action("a"), action_id="a b"), "invalid_field", "action_id must be 1 to 128"),
        (changed(action("a"), action_id=None), "invalid_field", "got None"),
        (changed(action("a"), channel=""), "invalid_field", "channel must name a channel"),
        (changed(action("a"), clock="sun"), "invalid_field", "clock must be 'live' or 'log'"),
        (changed(action("a"), not_after="soon"), "invalid_field", "not_after must be Unix seconds"),
        (changed(action("a"), not_before=True), "invalid_field", "got True"),
        (changed(action("a"), origin={"partition": "x"}), "invalid_field", "origin.partition"),
        (cancel("never-read"), "invalid_field", "must name an action of the ledger"),
    ],
)
def test_a_record_that_is_no_action_is_a_dead_letter(record: Read, code: str, reason: str) -> None:
    ledger = Ledger(0)
    output = ledger.process([record, action("good")])

    assert [o.topic for o in output] == ["dead_letters", "ledger"]
    letter = orjson.loads(output[0].value or b"")
    assert letter["data"]["code"] == code
    assert reason in letter["data"]["reason"]
    original = base64.b64decode(letter["data"]["original_base64"])
    assert (record.value or b"").startswith(original)
    assert sum(ledger.counts().values()) == 1


def test_a_dead_letter_does_not_repeat_what_a_customer_wrote() -> None:
    (letter,) = Ledger(0).process([changed(action("a"), action_id="my card is 4111 1111")])

    assert "4111" not in orjson.loads(letter.value or b"")["data"]["reason"]


def test_another_type_is_a_dead_letter() -> None:
    event = orjson.loads(action("a").value or b"") | {"type": "contact.started"}
    (letter,) = Ledger(0).process([Read(orjson.dumps(event))])

    assert orjson.loads(letter.value or b"")["data"]["code"] == "unknown_type"


def test_a_cancel_read_before_the_call_ends_the_action() -> None:
    ledger = ledger_with(action("a"))
    output = ledger.process([cancel("a")])

    assert due(ledger) == []
    (result,) = results(output)
    assert result["type"] == "action.cancelled"


def test_what_a_person_withdraws_moves_no_clock_of_the_log() -> None:
    held = action("held", clock="log", not_before=NOON + 60, not_after=NOON + 90)
    ledger = ledger_with(held, action("a", clock="log"))
    (result,) = results(ledger.process([withdraw("a", at=NOON + 1e6)]))

    assert result["type"] == "action.cancelled"
    assert state(ledger, "held") == "planned"


@pytest.mark.parametrize("outcome", [RETRY, Outcome("parked", "set allow_private")])
def test_a_cancel_read_while_the_call_is_out_prevents_the_next_attempt(outcome: Outcome) -> None:
    ledger = ledger_with(action("a"))
    ledger.intend("a", NOON, repeatable=True)
    ledger.process([cancel("a")])
    assert state(ledger, "a") == "dispatched"

    ledger.settle("a", outcome, NOON, retry_at=NOON)

    assert state(ledger, "a") == "cancelled"


def test_a_cancelled_action_that_may_have_been_taken_is_unknown() -> None:
    ledger = ledger_with(action("a"))
    ledger.intend("a", NOON, repeatable=True)
    ledger.settle("a", UNKNOWN, NOON, retry_at=NOON + 1)
    ledger.process([cancel("a")])

    assert state(ledger, "a") == "unknown"
    assert due(ledger, NOON + 2) == []


def test_a_cancel_that_comes_too_late_is_remembered_and_changes_nothing() -> None:
    ledger = ledger_with(action("a"))
    ledger.intend("a", NOON, repeatable=True)
    ledger.settle("a", ACCEPTED, NOON, retry_at=None)
    output = ledger.process([cancel("a")])

    assert state(ledger, "a") == "accepted"
    assert results(output) == []
    assert orjson.loads(output[0].value or b"")["history"][-1][2].startswith("cancel read")


def test_a_withdrawn_intent_counts_no_attempt() -> None:
    ledger = ledger_with(action("a"), action("b"))
    for name in "ab":
        ledger.intend(name, NOON, repeatable=False)
    ledger.process([cancel("a")])
    for name in "ab":
        ledger.withdraw(name, NOON)

    assert state(ledger, "a") == "cancelled"
    entry = ledger.get("b")
    assert entry is not None
    assert (entry.state, entry.attempts) == ("planned", 0)
    assert due(ledger) == ["b"]


def test_a_live_action_goes_out_from_not_before_until_not_after() -> None:
    ledger = ledger_with(action("a", not_before=NOON + 10, not_after=NOON + 20))

    assert due(ledger, NOON + 9.9) == []
    assert ledger.next_at() == NOON + 10
    assert due(ledger, NOON + 10) == ["a"]
    assert ledger.next_at() == NOON + 20
    assert ledger.expire(NOON + 19.9) == []
    assert [result["id"] for result in results(ledger.expire(NOON + 20))] == ["a-expired"]
    assert due(ledger, NOON + 20) == []


def test_asking_what_waits_makes_nothing_due_early() -> None:
    ledger = ledger_with(
        action("now"),
        action("soon", not_before=NOON + 5),
        action("later", not_before=NOON + 5.1),
        action("held", clock="log", not_before=NOON + 1),
        action("out"),
    )
    ledger.intend("out", NOON, repeatable=True)

    assert ledger.waiting(NOON) == 3  # now, soon, out
    assert due(ledger) == ["now"]
    assert ledger.waiting(NOON) == 3


def test_an_action_waiting_for_its_retry_expires() -> None:
    ledger = ledger_with(action("a", not_after=NOON + 20))
    ledger.intend("a", NOON, repeatable=True)
    ledger.settle("a", RETRY, NOON, retry_at=NOON + 60)
    ledger.expire(NOON + 20)

    assert state(ledger, "a") == "expired"
    assert due(ledger, NOON + 60) == []


def test_on_a_log_clock_the_newest_decision_read_is_the_time() -> None:
    late = action("late", clock="log", not_before=NOON + 60, not_after=NOON + 90)
    ledger = ledger_with(late, action("other", clock="log", at=NOON + 59))

    assert due(ledger, NOON + 1e6) == ["other"]
    assert ledger.next_at() == float("inf")  # no wall clock brings it
    assert ledger.counts()["planned"] == 2

    ledger.process([action("newest", clock="log", at=NOON + 60)])

    assert due(ledger) == ["other", "late", "newest"]


def test_on_a_log_clock_an_action_that_the_log_jumped_over_expires() -> None:
    ledger = ledger_with(
        action("a", clock="log", not_before=NOON + 60, not_after=NOON + 90),
        action("b", clock="log", at=NOON + 90),
        action("c", clock="log", at=NOON, not_after=NOON + 90),
    )

    assert state(ledger, "a") == "expired"
    assert state(ledger, "c") == "expired"
    assert due(ledger) == ["b"]


def test_on_a_log_clock_an_action_once_due_does_not_expire_while_it_is_retried() -> None:
    ledger = ledger_with(action("a", clock="log", not_after=NOON + 90))
    ledger.intend("a", NOON, repeatable=True)
    ledger.settle("a", RETRY, NOON, retry_at=NOON + 1)
    ledger.process([action("b", clock="log", at=NOON + 1e6)])
    ledger.expire(NOON + 1e6)

    assert due(ledger, NOON + 1) == ["b", "a"]


def test_each_partition_of_the_engine_has_its_own_log_clock() -> None:
    ledger = ledger_with(
        action("ahead", clock="log", origin=0, at=NOON + 1e6),
        action("behind", clock="log", origin=1, not_after=NOON + 90),
    )

    assert due(ledger) == ["ahead", "behind"]


def test_an_action_is_tried_again_at_its_time_and_parked_after_the_last_attempt() -> None:
    ledger = ledger_with(action("a"))
    ledger.intend("a", NOON, repeatable=True)
    ledger.settle("a", RETRY, NOON, retry_at=NOON + 5)

    assert due(ledger, NOON + 4.9) == []
    assert due(ledger, NOON + 5) == ["a"]

    ledger.intend("a", NOON + 5, repeatable=True)
    output = ledger.settle("a", RETRY, NOON + 5, retry_at=None)

    assert [result["type"] for result in results(output)] == ["action.parked"]
    assert due(ledger, NOON + 1e6) == []


def test_a_parked_action_goes_out_when_a_replay_is_asked_for() -> None:
    ledger = ledger_with(action("a"))
    ledger.park("a", "its channel is not configured", NOON)
    ledger.process([replay("a")])

    assert due(ledger) == ["a"]
    entry = ledger.get("a")
    assert entry is not None
    assert entry.attempts == 0


def test_only_a_parked_action_is_replayed() -> None:
    ledger = ledger_with(action("a"))
    ledger.intend("a", NOON, repeatable=False)
    ledger.settle("a", UNKNOWN, NOON, retry_at=NOON)
    (letter,) = ledger.process([replay("a")])

    assert letter.topic == "dead_letters"
    assert state(ledger, "a") == "unknown"


def test_no_answer_ends_unknown_where_a_repeat_would_act_twice() -> None:
    ledger = ledger_with(action("key"), action("no-key"))
    for name in ("key", "no-key"):
        ledger.intend(name, NOON, repeatable=name == "key")
        ledger.settle(name, UNKNOWN, NOON, retry_at=NOON + 1)

    assert due(ledger, NOON + 1) == ["key"]
    assert state(ledger, "no-key") == "unknown"


@pytest.mark.parametrize(("repeatable", "expected"), [(True, "planned"), (False, "unknown")])
def test_a_call_cut_off_by_a_crash_is_repeated_only_under_a_key(
    *, repeatable: bool, expected: str
) -> None:
    broker = Broker()
    ledger = Ledger(0)
    broker.commit(ledger.process([action("a")]), 1)
    broker.commit(ledger.intend("a", NOON, repeatable=repeatable), 1)
    restored, output = broker.restored()
    broker.commit(output, 1)

    assert state(restored, "a") == expected
    assert broker.state("a") == expected
    assert due(restored) == (["a"] if repeatable else [])
    assert broker.results() == ([] if repeatable else ["a-unknown"])


def test_a_cancelled_call_cut_off_by_a_crash_is_not_repeated() -> None:
    broker = Broker()
    ledger = Ledger(0)
    broker.commit(ledger.process([action("a")]), 1)
    broker.commit(ledger.intend("a", NOON, repeatable=True), 1)
    broker.commit(ledger.process([cancel("a")]), 2)
    restored, _ = broker.restored()

    assert state(restored, "a") == "unknown"


def test_a_restored_ledger_holds_the_log_clock_and_what_waits_for_it() -> None:
    broker = Broker()
    records = [
        action("held", clock="log", not_before=NOON + 60),
        action("due", clock="log", at=NOON + 59),
    ]
    broker.commit(Ledger(0).process(records), 2)
    restored, _ = broker.restored()

    assert due(restored) == ["due"]
    restored.process([action("next", clock="log", at=NOON + 61)])
    assert due(restored) == ["due", "held", "next"]


def test_finished_actions_are_forgotten_after_the_retention_and_waiting_ones_are_not() -> None:
    ledger = Ledger(0, retention_s=100)
    ledger.process([action("done"), action("parked"), action("planned")])
    ledger.intend("done", NOON, repeatable=True)
    ledger.settle("done", ACCEPTED, NOON, retry_at=None)
    ledger.park("parked", "no channel", NOON)

    assert ledger.sweep(NOON + 100) == []
    (tombstone,) = ledger.sweep(NOON + 100.1)
    assert (tombstone.topic, tombstone.key, tombstone.value) == ("ledger", b"done", None)
    assert ledger.get("done") is None
    assert {name: n for name, n in ledger.counts().items() if n} == {"parked": 1, "planned": 1}


def test_a_transition_from_the_wrong_state_is_refused() -> None:
    ledger = ledger_with(action("a"))

    with pytest.raises(ValueError, match="action a must be dispatched; got planned"):
        ledger.settle("a", ACCEPTED, NOON, retry_at=None)


def test_the_history_is_bounded() -> None:
    ledger = ledger_with(action("a"))
    for attempt in range(40):
        ledger.intend("a", NOON + attempt, repeatable=True)
        ledger.settle("a", RETRY, NOON + attempt, retry_at=NOON + attempt)
    entry = ledger.get("a")

    assert entry is not None
    assert len(entry.history) == 16
    assert entry.history[-1] == (NOON + 39, "planned", "HTTP 503")
