"""What is shown of a partition's state, of a model and of a channel, bound to its labels."""

import math

from prometheus_client import Gauge

from detectors.learning.validation import Report
from detectors.models.supervised import Supervised
from detectors.schema import SCORES
from streams.metric_catalogue import Catalogue
from streams.metric_labels import (
    DISPATCH_OUTCOMES,
    OTHER,
    POPULATIONS,
    WINDOWS,
    partition_label,
    require,
)


class StateMetrics:
    """What the engine holds for one partition."""

    def __init__(self, metrics: Catalogue, partition: int) -> None:
        self._metrics, self._label = metrics, partition_label(partition)

    def show(self, watermark: float, customers: int) -> None:
        """Show the watermark, Unix seconds (not finite: none yet), and the customers held."""
        # Not bound before there is a value: zero would be a time, in 1970.
        if math.isfinite(watermark):
            self._metrics.watermark_timestamp_seconds.labels(self._label).set(watermark)
        self._metrics.customers.labels(self._label).set(customers)

    def approval(self, *, is_required: bool) -> None:
        """Show whether live rules of the playbook in force need an approval."""
        self._metrics.approval_required.labels(self._label).set(is_required)

    def model(self, name: str, model: Supervised) -> None:
        """Show what the partition knows about one of its models."""
        require(name, tuple(SCORES), "model")
        labels, gate = (name, self._label), model.gate
        shifts = model.scores.alarms + sum(watch.alarms for watch in model.inputs.values())
        self._metrics.model_withdrawn.labels(*labels).set(gate.withdrawn)
        self._metrics.model_swaps.labels(*labels).set(model.swaps)
        self._metrics.model_shifts.labels(*labels).set(shifts)
        _show(self._metrics.model_label_coverage_ratio, gate.coverage(), *labels)
        _show(self._metrics.model_label_lag_seconds, gate.lag_s(), *labels)


class ModelMetrics:
    """How good one model is."""

    def __init__(self, metrics: Catalogue, model: str) -> None:
        self._model = model
        self._auc, self._baseline_auc = metrics.model_auc, metrics.model_baseline_auc
        self._log_loss = metrics.model_log_loss
        self._calibration_error = metrics.model_calibration_error
        self._base_rate = metrics.model_base_rate
        self._usual_log_loss = metrics.model_usual_log_loss
        self._usual_right = metrics.model_usual_right_ratio
        self._judged = metrics.model_judged_labels
        self._labels = metrics.model_labels.labels(model)
        self._newest = metrics.model_newest_label_timestamp_seconds

    def show(self, window: str, report: Report) -> None:
        """Show the figures of one of ``WINDOWS``; NaN (no label yet, one class only) is absent."""
        require(window, WINDOWS, "window")
        own = self._model, window
        areas = (
            (report.auc, report.auc_baseline),
            (report.auc_identified, report.auc_identified_baseline),
            (report.auc_infrequent, report.auc_infrequent_baseline),
        )
        for population, (auc, baseline) in zip(POPULATIONS, areas, strict=True):
            _show(self._auc, auc, self._model, population, window)
            _show(self._baseline_auc, baseline, self._model, population, window)
        _show(self._log_loss, report.log_loss, *own)
        _show(self._calibration_error, report.ece, *own)
        _show(self._base_rate, report.base_rate, *own)
        _show(self._usual_log_loss, report.usual_log_loss, *own)
        _show(self._usual_right, report.usual_right, *own)
        self._judged.labels(*own).set(report.labels)

    def learnt(self, labels: int, newest_t0: float | None) -> None:
        """Show the labels learnt, and when the newest of them was opened, Unix seconds."""
        self._labels.set(labels)
        _show(self._newest, newest_t0, self._model)


class ChannelMetrics:
    """How one channel answers one caller."""

    def __init__(self, metrics: Catalogue, channel: str) -> None:
        self._attempts = {
            outcome: metrics.dispatch_attempts_total.labels(channel, outcome)
            for outcome in DISPATCH_OUTCOMES
        }
        self._seconds = metrics.dispatch_seconds.labels(channel)
        self.is_open = False

    def attempted(self, outcome: str, seconds: float) -> None:
        """Count one call; an outcome outside ``DISPATCH_OUTCOMES`` counts as ``other``."""
        (self._attempts.get(outcome) or self._attempts[OTHER]).inc()
        self._seconds.observe(seconds)

    def breaker(self, *, is_open: bool) -> None:
        """Show whether this caller holds its calls back."""
        self.is_open = is_open


def _show(gauge: Gauge, value: float | None, *labels: str) -> None:
    if value is None or math.isnan(value):
        gauge.remove(*labels)
    else:
        gauge.labels(*labels).set(value)
