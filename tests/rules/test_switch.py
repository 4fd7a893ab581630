"""What becomes of a customer's temporal state when another playbook takes over."""

import math
from typing import Any

import msgpack
import pytest

from rules.match import Match
from rules.program import Program
from tests.rules.build import DAY, HOUR, Play, event, program, rule

LOST = {
    "sequence": [
        {"event": "contact.abandoned", "if": "event.wait_s > 10s"},
        {"absent": "contact.started", "for": "15m"},
    ],
    "occurrence": "event.call",
}
OTHER = rule("other", when="contact.answered")


def lost(at: float = 0.0) -> Any:
    return event("abandoned", at, wait_s=60.0)


def due(play: Play, running: Program, until: float = math.inf) -> list[Match]:
    play.program = running
    return play.due(until)


@pytest.mark.parametrize("meanwhile", ["ended", "answered"])  # what B reads, and what it does not
def test_an_open_absence_survives_a_playbook_that_does_not_know_it(meanwhile: str) -> None:
    first, between = program(rule("a", **LOST)), program(OTHER)
    play = Play(first)
    play.see(lost())
    play.program = between
    play.matches(event(meanwhile, 60.0))

    # Its timer stands whoever is asked, or the engine would not wake up for it.
    assert between.next_deadline(play.customer) == 900.0
    assert due(play, between, 61.0) == []  # another timer of the customer, such as a label's
    assert [match.at for match in due(play, first)] == [900.0]
    assert play.customer.rules == {}


def test_an_absence_that_is_over_under_a_playbook_without_it_is_gone() -> None:
    first, between = program(rule("a", **LOST)), program(OTHER)
    play = Play(first)
    play.see(lost())

    assert due(play, between, 901.0) == []
    assert due(play, first) == []
    assert play.customer.rules == {}


def test_a_changed_rule_starts_empty_and_the_others_keep_their_state() -> None:
    longer = {
        **LOST,
        "sequence": [LOST["sequence"][0], {"absent": "contact.started", "for": "20m"}],
    }
    before = program(rule("a", **LOST), rule("b", **LOST))
    after = program(rule("a", **LOST), rule("b", **longer))
    play = Play(before)
    play.see(lost())

    assert before.shape != after.shape
    assert [match.rule.id for match in due(play, after)] == ["a"]
    assert play.customer.rules == {}


FACTS = {
    "n": {"count": "contact.queued", "within": "1h"},
    "ago": {"since": "contact.answered"},
    "topic": {"last": "contact.queued", "of": "topic"},
    "waited": {"sum": "contact.ended", "of": "wait_s", "within": "1d"},
}
STEPS = {
    "sequence": [{"event": "contact.abandoned"}, {"event": "contact.ended"}],
    "within": "1h",
}


@pytest.mark.parametrize(
    "keys",
    [
        {"when": "contact.queued", "facts": FACTS, "if_": "n > 1 or ago > 1h or topic == 'x'"},
        STEPS,
        {"absence": {"of": "contact.ended", "for": "14d"}},
        {"when": "contact.queued", "occurrence": "event.call"},
    ],
)
def test_state_survives_where_the_operator_did_not_change(keys: dict[str, Any]) -> None:
    before = program(rule("a", **keys))
    edited: dict[str, Any] = {**keys, "priority": 90, "description": "other", "cooldown": "9h"}
    edited |= {"unless": "customer.open_contacts > 5", "mode": "shadow"}
    after = program(rule("new", when="contact.started"), rule("a", **edited))
    play = Play(before)
    for seen in (event("queued", 0.0), event("answered", 1.0), event("abandoned", 2.0)):
        play.matches(seen)
    play.matches(event("ended", 3.0, wait_s=5.0))
    play.matches(event("abandoned", 4.0))
    kept = msgpack.packb(play.customer.rules)
    play.program = after
    play.matches(event("started", 5.0))

    assert len(play.customer.rules) > 1
    assert msgpack.packb(play.customer.rules) == kept
    assert before.shape == after.shape


def test_equal_facts_of_several_rules_are_counted_once() -> None:
    facts = {"n": {"count": "contact.queued", "within": "1h"}}
    rules = [
        rule(name, when="contact.queued", facts=facts, if_=f"n >= {limit}")
        for name, limit in (("a", 2), ("b", 20))
    ]
    play = Play(program(*rules))
    found = [[m.rule.id for m in play.matches(event("queued", float(at)))] for at in range(20)]

    assert len(play.customer.rules) == 2  # the count and the day
    assert found == [[], *[["a"]] * 18, ["a", "b"]]  # 20 are kept, though "a" needs 8 only


def test_what_nobody_knows_any_more_is_dropped_the_next_day() -> None:
    facts = {"n": {"count": "contact.queued", "within": "7d"}}
    play = Play(program(rule("a", when="contact.queued", facts=facts, if_="n >= 2")))
    play.see(event("queued", 10 * HOUR))
    play.program = program(OTHER)
    play.see(event("answered", 11 * HOUR))
    assert len(play.customer.rules) == 2

    play.see(event("answered", DAY))
    assert play.customer.rules == {}


def test_events_that_wait_survive_and_those_of_a_rule_that_is_gone_do_nothing() -> None:
    both = program(rule("a", **STEPS), rule("b", **STEPS | {"within": "2h"}))
    play = Play(both, lateness_s=30.0)
    play.see(event("abandoned", 0.0), event("ended", 1.0))

    assert [match.rule.id for match in due(play, program(rule("a", **STEPS)))] == ["a"]
    assert play.customer.rules == {}
