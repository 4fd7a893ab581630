"""What waits for the end of quiet or opening hours, as it is remembered."""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgpack

from detectors.event import Event
from rules.held import HELD, MAX_HELD, first_release, held, hold, take_released
from rules.match import Match, Value
from tests.rules.gates.build import HOUR, match, playbook, rule

AT = 1_000_000.0
BOOK = playbook(rule(occurrence="event.order"), rule("other"))


def waiting(
    occurrence: str = "o-1",
    rule_number: int = 0,
    at: float = AT,
    facts: Mapping[str, Value] | None = None,
) -> Match:
    found = match(BOOK.rules[rule_number], at, occurrence=occurrence, facts=dict(facts or {}))
    data = {"call": "k", "order": "17", "wait_s": 60.0, "topic": "cards"}
    return replace(found, event=Event("e-1", "bank", "contact.abandoned", at - 5.0, "c-1", data))


def test_the_event_comes_back_with_what_the_rule_reads_and_what_it_is_about() -> None:
    state: dict[str, Any] = {}
    facts = {"event.wait_s": 60.0, "score.repeat": 0.25, "signal.effort": 0.5, "customer.n": 2.0}
    hold(state, waiting(facts=facts), AT + HOUR)
    again: dict[str, Any] = msgpack.unpackb(msgpack.packb(state))
    [one] = held(again)

    assert (one.release_at, one.since, one.rule) == (AT + HOUR, AT, "call-back")
    assert (one.occurrence, one.event_type) == ("o-1", "contact.abandoned")
    # The topic is read by nobody; the order is what the occurrence is made of.
    kept = {"call": "k", "order": "17", "wait_s": 60.0}
    assert one.event("c-1") == Event("e-1", "bank", "contact.abandoned", AT - 5.0, "c-1", kept)
    assert one.happened.scores == {"repeat": 0.25}
    assert one.happened.signals == {"effort": 0.5}


def test_what_a_model_said_in_words_is_kept() -> None:
    state: dict[str, Any] = {}
    hold(state, waiting(facts={"score.topic": "delivery"}), AT + HOUR)
    again: dict[str, Any] = msgpack.unpackb(msgpack.packb(state))

    assert held(again)[0].happened.scores == {"topic": "delivery"}


def test_what_is_missing_is_no_score_and_a_text_is_no_signal() -> None:
    state: dict[str, Any] = {}
    hold(state, waiting(facts={"score.repeat": None, "signal.name": "text"}), AT + HOUR)

    [one] = held(state)
    assert (one.happened.scores, one.happened.signals) == ({}, {})


def test_what_was_held_before_keeps_its_time_limit() -> None:
    state: dict[str, Any] = {}
    hold(state, replace(waiting(at=AT + HOUR), held_since=AT), AT + 2 * HOUR)

    assert [one.since for one in held(state)] == [AT]


def test_a_rule_holds_an_occurrence_once() -> None:
    state: dict[str, Any] = {}
    hold(state, waiting(), AT + HOUR)
    hold(state, waiting("o-2"), AT + 3 * HOUR)
    hold(state, waiting("o-1", 1), AT + 2 * HOUR)
    hold(state, waiting(), AT + 4 * HOUR)

    assert [(one.rule, one.occurrence, one.release_at - AT) for one in held(state)] == [
        ("other", "o-1", 2 * HOUR), ("call-back", "o-2", 3 * HOUR), ("call-back", "o-1", 4 * HOUR),
    ]  # fmt: skip


def test_beyond_the_limit_the_one_that_would_wait_longest_is_let_go() -> None:
    state: dict[str, Any] = {}
    for n in (3, 1, 4, 0, 2):
        hold(state, waiting(f"o-{n}"), AT + n * HOUR)

    assert [one.occurrence for one in held(state)] == [f"o-{n}" for n in range(MAX_HELD)]


def test_of_those_released_together_the_one_that_began_first_comes_first() -> None:
    state: dict[str, Any] = {}
    hold(state, waiting("o-2", at=AT + 1.0), AT + HOUR)
    hold(state, waiting("o-1", at=AT), AT + HOUR)

    assert [one.occurrence for one in held(state)] == ["o-1", "o-2"]


def test_what_is_released_before_a_time_is_taken_out() -> None:
    state: dict[str, Any] = {}
    assert (first_release(state), held(state)) == (math.inf, [])
    assert take_released(state, math.inf) == []
    for n in (2, 1):
        hold(state, waiting(f"o-{n}"), AT + n * HOUR)

    assert first_release(state) == AT + HOUR
    assert take_released(state, AT + HOUR) == []  # strictly before
    assert [one.occurrence for one in take_released(state, AT + HOUR + 1)] == ["o-1"]
    assert first_release(state) == AT + 2 * HOUR
    assert [one.occurrence for one in take_released(state, math.inf)] == ["o-2"]
    assert HELD not in state
