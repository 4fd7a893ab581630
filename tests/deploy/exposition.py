"""What a worker exposes: its samples, their labels and the values of these."""

from typing import get_args

import orjson
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from detectors.learning.validation import Report
from detectors.models.registry import Models
from rules.plays.tally import STOPPED
from streams.dispatch.entry import STATES
from streams.engine.contract import Outgoing
from streams.health import State
from streams.metric_labels import (
    ANSWERS,
    ARMS,
    DEAD_LETTER_REASONS,
    DISPATCH_OUTCOMES,
    PLAY_STEPS,
    ROLES,
    STOP_SCOPES,
    TRANSACTION_RESULTS,
    WINDOWS,
)
from streams.metrics import Metrics

REPORT = Report(
    labels=1000,
    base_rate=0.2,
    auc=0.79,
    auc_baseline=0.7,
    auc_identified=0.77,
    auc_identified_baseline=0.7,
    auc_infrequent=0.75,
    auc_infrequent_baseline=0.6,
    usual_log_loss=2.4,
    usual_right=0.2,
    log_loss=0.4,
    ece=0.01,
)
Samples = dict[str, dict[str, set[str]]]


def samples(text: str) -> Samples:
    """Return sample name -> label -> values, from Prometheus' text format."""
    found: Samples = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = found.setdefault(sample.name, {})
            for label, value in sample.labels.items():
                labels.setdefault(label, set()).add(value)
    return found


def busy_metrics() -> Metrics:
    """Return metrics after every call that counts or shows something was made once."""
    metrics = Metrics(CollectorRegistry())
    metrics.playbook_loaded("bank", "0f3a9c21", {"call-back": 2, "specialist": 4})
    metrics.playbook_refused("tests", 915141631.0)
    metrics.models_declared(["abandon", "repeat"])
    metrics.channels_declared(["crm"])
    for name in ROLES:
        role = metrics.role(name)
        role.restoring(0)(5, 10)
        role.restored(0, 10, 0.1)
        role.processed(100, 0.01)
        role.committed(0, [decision("call-back", "sent")], 100, 2048, 0.008)
        for result in TRANSACTION_RESULTS:
            role.failed(result)
        for reason in DEAD_LETTER_REASONS:
            role.dead_letter(reason)
        role.lag(0, 7)
        role.partitions(get_args(State))
        role.stalled(1)
    metrics.acted("call-back", 2)
    for arm in ARMS:
        metrics.exposed("call-back", arm)
    metrics.braked(0, ["call-back"])
    metrics.play("started", "call-back")
    metrics.play("finished", "call-back")
    for reason in STOPPED:
        metrics.play("stopped", "call-back", reason)
    for step in PLAY_STEPS:
        metrics.play("late", "call-back", step)
        metrics.play("skipped", "call-back", step)
    metrics.event_to_action(0.02)
    metrics.late(1)
    metrics.duplicates(1)
    metrics.state(0).show(915141631.0, 3)
    metrics.state(0).approval(is_required=True)
    metrics.stopped(STOP_SCOPES)
    for reason in ANSWERS:
        metrics.answered(reason)
    metrics.dispatch_states(0, dict.fromkeys(STATES, 1))
    channel = metrics.channel("crm")
    for outcome in DISPATCH_OUTCOMES:
        channel.attempted(outcome, 0.2)
    channel.breaker(is_open=True)
    for model in ("abandon", "repeat"):
        watched = Models().watched()[model]
        watched.gate.opened = 1
        watched.gate.add(915141600.0, 0.2, 0.1, 1, 86400.0)
        metrics.state(0).model(model, watched)
        shown = metrics.model(model)
        for window in WINDOWS:
            shown.show(window, REPORT)
        shown.learnt(1000, 915141600.0)
    return metrics


def busy_samples() -> Samples:
    """Return what busy metrics expose."""
    return samples(generate_latest(busy_metrics().registry).decode())


def decision(rule: str, reason: str) -> Outgoing:
    """Return a decision as far as it is counted."""
    event = {"type": "precede.decision", "data": {"rule": rule, "reason": reason}}
    return Outgoing("decisions", b"c-1", orjson.dumps(event))
