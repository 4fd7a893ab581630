"""Consent that is withdrawn while an action waits: engine, ledger and `why` together."""

from typing import Any

import pytest

from detectors.event import Event, decode_event
from rules.why.decided import called_back, newest_decision, why
from streams.dispatch.ledger import Ledger
from streams.dispatch.outcome import Outcome
from streams.engine.contract import Outgoing
from streams.engine.processor import Processor
from tests.rules.gates.build import playbook, rule, utc
from tests.streams.engine.build import Read, log_of, lost_call, only, playbook_switch

AT = utc("2026-06-10 12:00")
BOOK = playbook(rule(when="contact.abandoned", due="4h"))


def read(output: list[Outgoing]) -> list[Read]:
    """Return the actions topic as the dispatcher reads it."""
    return [
        Read(record.value, offset, record.key, timestamp=int(AT * 1000))
        for offset, record in enumerate(output)
        if record.topic == "actions"
    ]


def told(type_: str, at: float, **data: Any) -> Event:
    return Event(f"{type_}-{at}", "crm", type_, at, "7", data)


WITHDRAWN = Event("no", "crm", "consent.withdrawn", AT + 60, "7",
                  {"class": "service", "channel": "crm"})  # fmt: skip


def wait(ledger: Ledger, how: str, action_id: str) -> None:
    if how == "planned":
        return
    ledger.intend(action_id, AT, repeatable=True)
    retry_at = None if how == "parked" else AT + 3600
    ledger.settle(action_id, Outcome("retry", "busy"), AT + 1, retry_at)


@pytest.mark.parametrize("how", ["planned", "retried", "parked"])
def test_what_waits_dies_and_why_says_so(how: str) -> None:
    worker, ledger = Processor(0, 1, "live", only(BOOK)), Ledger(0)
    output = worker.process(log_of([playbook_switch(BOOK.hash), *lost_call(AT, "7", "a")]))
    ledger.process(read(output))
    (entry,) = ledger.due(AT)
    wait(ledger, how, entry.id)
    if how == "parked":
        assert entry.state == "parked"
        worker.process(log_of([told("action.parked", AT, action_id=entry.id)]))

    recalled = worker.process(log_of([WITHDRAWN]))
    ledger.process(read(recalled))

    assert (entry.state, entry.reason) == ("cancelled", "no_consent")
    assert ledger.due(AT + 7200) == []
    decisions = [
        decode_event(record.value or b"")
        for record in (*output, *recalled)
        if record.topic == "decisions"
    ]
    found = newest_decision(decisions, "call-back", AT + 7200)
    assert found is not None
    sentence = why(found, lambda at: f"+{at - AT:.0f}s", called_back(found, decisions, AT + 7200))
    assert sentence.endswith(
        "on +60s it was called back, if it had not left: consent was withdrawn."
    )


def test_what_was_delivered_is_not_called_back() -> None:
    worker = Processor(0, 1, "live", only(BOOK))
    output = worker.process(log_of([playbook_switch(BOOK.hash), *lost_call(AT, "7", "a")]))
    (action,) = [decode_event(r.value or b"") for r in output if r.topic == "actions"]
    done = told("action.delivered", AT, action_id=action.id)

    assert [r.topic for r in worker.process(log_of([done, WITHDRAWN]))] == []
