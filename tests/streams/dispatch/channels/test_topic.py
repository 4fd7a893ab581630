import asyncio

from streams.dispatch.channels.client import Limits
from streams.dispatch.channels.topic import TopicChannel
from streams.dispatch.ledger import Ledger
from tests.streams.dispatch.memory import NOON, Broker, action


def test_the_record_and_the_outcome_are_in_one_transaction() -> None:
    broker, ledger = Broker(), Ledger(0)
    channel = TopicChannel("queue", "company.call-backs", Limits())
    read = action("a")
    broker.commit(ledger.process([read]), 1)
    broker.commit(ledger.intend("a", NOON, repeatable=channel.recognises_repeats), 1)
    (entry,) = [found for found in [ledger.get("a")] if found is not None]
    outcome = asyncio.run(channel.send(entry))
    output = ledger.settle("a", outcome, NOON, retry_at=None)

    assert [o.topic for o in output] == ["=company.call-backs", "ledger", "raw_events"]
    record = output[0]
    assert record.key == b"phone-a"
    assert record.value == read.value
    assert dict(record.headers)["idempotency-key"] == b"a"
    assert record.since_ms == read.timestamp
    assert entry.state == "delivered"


def test_a_crash_before_that_transaction_leaves_no_record_and_no_doubt() -> None:
    broker, ledger = Broker(), Ledger(0)
    channel = TopicChannel("queue", "company.call-backs", Limits())
    broker.commit(ledger.process([action("a")]), 1)
    broker.commit(ledger.intend("a", NOON, repeatable=channel.recognises_repeats), 1)
    restored, _ = broker.restored()

    assert [entry.id for entry in restored.due(NOON)] == ["a"]
    assert broker.others == []
