import pytest

from detectors.event import decode_event, encode_event
from rules.decide import Decider
from rules.decision import decision_event
from rules.playbook.models import Playbook
from rules.proof.decided import Decided, read_decision
from tests.rules.gates.build import customer, match, playbook, rule, utc


def test_a_decision_is_read_back_as_it_was_written() -> None:
    at = utc("2026-11-02 10:15")
    book = playbook()
    found = match(book.rules[0], at, event_id="c-abandoned")
    found.event.at = at - 900.0
    [decision] = Decider(book, 0, 1, "log").decide(customer(at=at - 900.0), [found])
    record = encode_event(decision_event(decision, playbook_hash="h", partition=0, offset=7))

    read = read_decision(decode_event(record))

    assert read == Decided(
        rule="call-back",
        customer="c-1",
        reason="sent",
        at=at,
        matched_at=at,
        trigger_id="c-abandoned",
        trigger_type="contact.abandoned",
        trigger_at=at - 900.0,
        action_id=decision.action_id,
        topic="calls",
    )
    assert read.fired
    assert read.delay_s == 900.0


def test_the_share_held_out_is_that_of_both_lots_together() -> None:
    written = playbook(rule(holdout=10)).model_dump(by_alias=True)
    book = Playbook.model_validate(written | {"holdout": {"percent": 20, "salt": "all"}})
    [decision] = Decider(book, 0, 1, "log").decide(customer(), [match(book.rules[0], 0.0)])
    read = read_decision(decision_event(decision, playbook_hash="h", partition=0, offset=7))

    assert read.experiment == "call-back"
    assert read.arm == {"sent": "treated", "ghost": "holdout"}[decision.reason]
    assert read.holdout_share == pytest.approx(1 - 0.9 * 0.8)


def test_a_delay_is_the_duration_that_the_author_wrote() -> None:
    trigger_at = 915141631.0
    matched_at = trigger_at + 0.1

    read = Decided("r", "c", "sent", matched_at, matched_at, "e", "contact.abandoned", trigger_at)

    assert matched_at - trigger_at != 0.1  # so far from 1970 there are only steps of 0.1 us
    assert read.delay_s == 0.1
