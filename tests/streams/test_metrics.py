"""Invariant 6: no customer identifier or free text in a metric label."""

import gc
import math
from dataclasses import replace
from typing import get_args

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, generate_latest

from rules.plays.tally import STOPPED
from rules.reason import REASONS
from streams.dispatch.entry import STATES
from streams.engine.contract import Outgoing
from streams.engine.refusal import REASONS as REFUSAL_REASONS
from streams.health import State
from streams.metric_labels import (
    ANSWERS,
    ARMS,
    CANDIDATE_REASONS,
    DEAD_LETTER_REASONS,
    DISPATCH_OUTCOMES,
    LEVELS,
    OTHER,
    PARTITION_STATES,
    PLAY_STEPS,
    POPULATIONS,
    ROLES,
    STOP_SCOPES,
    TRANSACTION_RESULTS,
    WINDOWS,
    hash_label,
)
from streams.metrics import Metrics
from tests.deploy.exposition import REPORT, busy_metrics, decision, samples

RULES = {"call-back": 2, "specialist": 4}
CLOSED = {
    "role": set(ROLES),
    "reason": {
        *ANSWERS,
        *CANDIDATE_REASONS,
        *DEAD_LETTER_REASONS,
        *REFUSAL_REASONS,
        *STOPPED,
    },
    "step": set(PLAY_STEPS),
    "result": set(TRANSACTION_RESULTS),
    "level": set(LEVELS),
    "rule": {*RULES, OTHER},
    "state": {*STATES, *PARTITION_STATES},
    "channel": {"crm", OTHER},
    "outcome": set(DISPATCH_OUTCOMES),
    "model": {"abandon", "repeat", OTHER},
    "population": set(POPULATIONS),
    "window": set(WINDOWS),
    "scope": set(STOP_SCOPES),
    "arm": set(ARMS),
    "name": {"bank", OTHER},
    "hash": {"0f3a9c21", OTHER},
}


@pytest.fixture
def metrics() -> Metrics:
    return Metrics(CollectorRegistry())


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(f"precede_{name}", labels)


def action(rule: str, level: int, since_ms: int = 0) -> Outgoing:
    event = {"type": "precede.action", "data": {"rule": rule, "pyramid_level": level}}
    return Outgoing("actions", b"c-1", orjson.dumps(event), since_ms=since_ms)


def dead_letter(code: str) -> Outgoing:
    event = {"type": "precede.dead-letter", "data": {"code": code, "reason": "who knows"}}
    return Outgoing("dead_letters", b"1", orjson.dumps(event))


def outside_closed_lists(metrics: Metrics) -> list[tuple[str, str]]:
    exposed = samples(generate_latest(metrics.registry).decode())
    pairs = {
        (label, found)
        for labels in exposed.values()
        for label, values in labels.items()
        for found in values
    }
    return sorted(
        (label, found)
        for label, found in pairs
        if label != "le"
        and not (found.isdecimal() if label == "partition" else found in CLOSED[label])
    )


@settings(deadline=None, max_examples=50)  # each example writes out every metric
@given(
    text=st.one_of(
        st.text(),
        st.from_regex(r"c-\d{1,9}", fullmatch=True),
        st.emails(),
        st.from_regex(r"\+972\d{8}", fullmatch=True),
    ),
    level=st.sampled_from([1, 2, 3, 4, 5]),
)
def test_invariant_6_no_customer_and_no_free_text_becomes_a_label(text: str, level: int) -> None:
    metrics = busy_metrics()

    metrics.candidate(text, text)
    metrics.candidate("call-back", text)
    metrics.acted(text, level)
    metrics.play("started", text)
    metrics.model(text).learnt(1, 0.0)
    metrics.channel(text).attempted(text, 0.1)
    engine = metrics.role("engine")
    engine.dead_letter(text)
    said = [decision(text, text), action(text, level), dead_letter(text)]
    engine.committed(0, said, 1, 1, 0.01)

    assert not outside_closed_lists(metrics)


@settings(deadline=None, max_examples=50)
@given(text=st.text())
def test_invariant_6_a_text_that_is_no_closed_word_is_refused_where_it_is_our_mistake(
    text: str,
) -> None:
    metrics = busy_metrics()

    for call, allowed in (
        (lambda: metrics.role(text), ROLES),
        (lambda: metrics.role("engine").failed(text), TRANSACTION_RESULTS),
        (lambda: metrics.model("abandon").show(text, REPORT), WINDOWS),
        (lambda: metrics.play("stopped", "call-back", text), STOPPED),
        (lambda: metrics.play("late", "call-back", text), PLAY_STEPS),
    ):
        if text not in allowed:
            with pytest.raises(ValueError, match="must be one of"):
                call()
    assert not outside_closed_lists(metrics)


@pytest.mark.parametrize(
    "name", ["Ms Cohen", "+97235550101", "cohen@bank.example", "9664491", "", "a" * 65, "x\ny"]
)
def test_even_a_declared_name_must_be_a_plain_name(metrics: Metrics, name: str) -> None:
    metrics.playbook_loaded(name, name, {name: 3})
    metrics.channels_declared([name])
    metrics.models_declared([name])
    metrics.channel(name).attempted("accepted", 0.1)
    metrics.model(name).learnt(1, None)

    exposed = samples(generate_latest(metrics.registry).decode())
    assert exposed["precede_actions_total"]["rule"] == {OTHER}
    assert exposed["precede_candidates_total"]["rule"] == {OTHER}
    assert exposed["precede_dispatch_attempts_total"]["channel"] == {OTHER}
    assert exposed["precede_model_labels"]["model"] == {OTHER}
    assert exposed["precede_playbook_info"]["name"] == {OTHER}


@pytest.mark.parametrize(
    ("digest", "expected"),
    [
        ("0f3a9c21", "0f3a9c21"),
        ("a" * 64, "a" * 64),
        ("sha256:0f3a9c21", "sha256:0f3a9c21"),
        ("0f3a", OTHER),
        ("Ms Cohen", OTHER),
        ("0f3a9c21\n", OTHER),
    ],
)
def test_a_hash_is_hexadecimal(digest: str, expected: str) -> None:
    assert hash_label(digest) == expected


def test_the_reasons_of_candidates_are_those_of_the_rules_and_other() -> None:
    assert (*REASONS, OTHER) == CANDIDATE_REASONS


def test_the_states_of_partitions_are_those_of_health() -> None:
    assert set(PARTITION_STATES) == set(get_args(State))


def test_the_number_of_series_is_bounded_by_rules_not_by_what_is_counted(
    metrics: Metrics,
) -> None:
    metrics.playbook_loaded("bank", "0f3a9c21", RULES)
    before = len(list(metrics.registry.collect()))
    series = len(generate_latest(metrics.registry).splitlines())

    for customer in range(200):
        metrics.candidate(f"c-{customer}", f"because of c-{customer}")
        metrics.candidate("call-back", f"because of c-{customer}")

    assert len(list(metrics.registry.collect())) == before
    # One new rule, `other`, with one reason: its total and its time of creation.
    assert len(generate_latest(metrics.registry).splitlines()) <= series + 2
    assert value(metrics, "candidates_total", rule=OTHER, reason=OTHER) == 200
    assert value(metrics, "candidates_total", rule="call-back", reason=OTHER) == 200


def test_the_series_of_a_playbook_begin_at_zero_so_that_the_first_count_is_an_increase(
    metrics: Metrics,
) -> None:
    metrics.playbook_loaded("bank", "0f3a9c21", RULES, ["call-back"])

    assert value(metrics, "play_started_total", rule="call-back") == 0
    assert value(metrics, "play_steps_late_total", rule="call-back", step="6") == 0
    assert value(metrics, "play_started_total", rule="specialist") is None
    for rule, level in RULES.items():
        assert value(metrics, "actions_total", rule=rule, level=str(level)) == 0
        for reason in REASONS:
            assert value(metrics, "candidates_total", rule=rule, reason=reason) == 0


def test_a_new_playbook_replaces_the_old_one_and_keeps_what_was_counted(metrics: Metrics) -> None:
    metrics.playbook_loaded("bank", "0f3a9c21", {"call-back": 2})
    metrics.candidate("call-back", "sent")

    metrics.playbook_loaded("bank", "77aa9c21", {"specialist": 4})
    metrics.candidate("call-back", "sent")

    exposed = samples(generate_latest(metrics.registry).decode())
    assert exposed["precede_playbook_info"] == {"name": {"bank"}, "hash": {"77aa9c21"}}
    assert value(metrics, "candidates_total", rule="call-back", reason="sent") == 2


def test_a_commit_counts_what_it_says(metrics: Metrics) -> None:
    metrics.playbook_loaded("bank", "0f3a9c21", RULES)
    cancel = Outgoing("actions", b"c-1", b'{"type":"precede.cancel","data":{"action_id":"1"}}')
    state = Outgoing("state", b"c-1", b"\x93\x01packed")
    tombstone = Outgoing("decisions", b"c-1", None)

    metrics.role("engine").committed(
        2,
        [
            decision("call-back", "sent"),
            decision("call-back", "cooldown"),
            decision("call-back", "cooldown"),
            action("call-back", 2),
            cancel,
            dead_letter("error"),
            state,
            tombstone,
        ],
        applied=500,
        written_bytes=4096,
        seconds=0.008,
    )

    assert value(metrics, "candidates_total", rule="call-back", reason="sent") == 1
    assert value(metrics, "candidates_total", rule="call-back", reason="cooldown") == 2
    assert value(metrics, "actions_total", rule="call-back", level="2") == 1
    assert value(metrics, "dead_letters_total", role="engine", reason="error") == 1
    assert value(metrics, "transactions_total", role="engine", result="committed") == 1
    assert value(metrics, "transaction_seconds_sum", role="engine") == 0.008
    assert value(metrics, "checkpoint_bytes_total", role="engine") == 4096
    assert value(metrics, "applied_offset", role="engine", partition="2") == 500


def test_latency_is_from_the_arrival_of_the_event_to_now(
    metrics: Metrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streams.metrics.now", lambda: 1_000.25)

    metrics.role("engine").committed(
        0, [action("call-back", 2, since_ms=1_000_000), action("call-back", 2)], 1, 1, 0.01
    )

    assert value(metrics, "event_to_action_seconds_sum") == 0.25
    assert value(metrics, "event_to_action_seconds_count") == 1  # nothing caused the other


def test_clocks_that_disagree_give_no_negative_latency(metrics: Metrics) -> None:
    metrics.event_to_action(-3.0)

    assert value(metrics, "event_to_action_seconds_sum") == 0
    assert value(metrics, "event_to_action_seconds_count") == 1


def test_a_failed_transaction_counts_neither_bytes_nor_time(metrics: Metrics) -> None:
    metrics.role("engine").failed("fenced")

    assert value(metrics, "transactions_total", role="engine", result="fenced") == 1
    assert value(metrics, "transactions_total", role="engine", result="committed") == 0
    assert value(metrics, "transaction_seconds_count", role="engine") == 0


def test_an_unknown_code_of_a_dead_letter_is_still_counted(metrics: Metrics) -> None:
    metrics.role("normalise").dead_letter("not in the list", 3)

    assert value(metrics, "dead_letters_total", role="normalise", reason=OTHER) == 3


def test_a_lost_partition_leaves_no_series_behind(metrics: Metrics) -> None:
    for name in ROLES:
        role = metrics.role(name)
        for partition in (0, 1):
            role.restoring(partition)(1, 2)
            role.restored(partition, 5, 0.5)
            role.committed(partition, [], 7, 1, 0.01)
            role.lag(partition, 3)
    for partition in (0, 1):
        metrics.state(partition).show(1.0, 5)
        metrics.dispatch_states(partition, {"planned": 2})

    for name in ROLES:
        metrics.role(name).lost(1)

    exposed = samples(generate_latest(metrics.registry).decode())
    shown = {name: each["partition"] for name, each in exposed.items() if "partition" in each}
    assert len(shown) == 7
    assert all(partitions == {"0"} for partitions in shown.values()), shown
    assert value(metrics, "restored_records_total", role="engine") == 10  # counters stay


def test_a_partition_that_comes_back_shows_again(metrics: Metrics) -> None:
    engine = metrics.role("engine")
    engine.lag(1, 3)
    metrics.state(1).show(1.0, 5)
    engine.lost(1)

    engine.lag(1, 9)
    metrics.state(1).show(2.0, 6)

    assert value(metrics, "lag_records", role="engine", partition="1") == 9
    assert value(metrics, "customers", partition="1") == 6


@pytest.mark.parametrize(("reached", "end", "expected"), [(0, 4, 0), (1, 4, 0.25), (0, 0, 1)])
def test_progress_of_a_restore(metrics: Metrics, reached: int, end: int, expected: float) -> None:
    metrics.role("engine").restoring(0)(reached, end)

    assert value(metrics, "restore_progress_ratio", role="engine", partition="0") == expected


def test_partitions_are_counted_by_state(metrics: Metrics) -> None:
    metrics.role("engine").partitions(["ready", "ready", "restoring"])
    metrics.role("engine").partitions(["ready", "stopped"])

    assert value(metrics, "partitions", role="engine", state="ready") == 1
    assert value(metrics, "partitions", role="engine", state="restoring") == 0
    assert value(metrics, "partitions", role="engine", state="stopped") == 1


def test_a_partition_shows_nothing_before_it_is_known(metrics: Metrics) -> None:
    metrics.role("engine").lag(0, 5)

    assert value(metrics, "lag_records", role="engine", partition="0") == 5
    assert value(metrics, "applied_offset", role="engine", partition="0") is None
    assert value(metrics, "restore_seconds", role="engine", partition="0") is None


@pytest.mark.parametrize("watermark", [-math.inf, math.inf, math.nan])
def test_no_watermark_yet_is_not_shown_as_a_time(metrics: Metrics, watermark: float) -> None:
    metrics.state(0).show(watermark, 4)

    assert value(metrics, "watermark_timestamp_seconds", partition="0") is None
    assert value(metrics, "customers", partition="0") == 4


def test_an_unknown_figure_is_absent_not_old(metrics: Metrics) -> None:
    metrics.models_declared(["repeat"])
    shown = metrics.model("repeat")
    shown.show("all", REPORT)

    shown.show("all", replace(REPORT, auc_infrequent=math.nan))

    of = {"model": "repeat", "population": "infrequent", "window": "all"}
    assert value(metrics, "model_auc", **of) is None
    assert value(metrics, "model_baseline_auc", **of) == REPORT.auc_infrequent_baseline


def test_states_of_the_ledger_that_no_action_is_in_are_zero(metrics: Metrics) -> None:
    metrics.dispatch_states(0, {"planned": 2, "parked": 1})
    metrics.dispatch_states(0, {"delivered": 3})

    assert value(metrics, "dispatch_actions", partition="0", state="planned") == 0
    assert value(metrics, "dispatch_actions", partition="0", state="delivered") == 3


def test_a_channel_is_held_back_while_one_caller_holds_it_back(metrics: Metrics) -> None:
    metrics.channels_declared(["crm"])
    one, other = metrics.channel("crm"), metrics.channel("crm")

    one.breaker(is_open=True)
    other.breaker(is_open=False)
    assert value(metrics, "breaker_open", channel="crm") == 1

    one.breaker(is_open=False)
    assert value(metrics, "breaker_open", channel="crm") == 0


def test_a_caller_that_is_gone_holds_nothing_back(metrics: Metrics) -> None:
    metrics.channels_declared(["crm"])
    one = metrics.channel("crm")
    one.breaker(is_open=True)

    del one
    gc.collect()

    assert value(metrics, "breaker_open", channel="crm") == 0


def test_two_registries_do_not_meet() -> None:
    one, other = Metrics(CollectorRegistry()), Metrics(CollectorRegistry())

    one.late(5)

    assert value(one, "late_events_total") == 5
    assert value(other, "late_events_total") == 0
