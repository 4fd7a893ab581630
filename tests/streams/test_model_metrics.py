"""What a worker shows of its models: withdrawn, swapped, shifted, how late and how many labels."""

import pytest
from prometheus_client import CollectorRegistry

from detectors.models.registry import Models
from streams.metrics import Metrics

LABELS = {"model": "abandon", "partition": "3"}


def shown(metrics: Metrics, name: str) -> float | None:
    return metrics.registry.get_sample_value(f"precede_{name}", LABELS)


def test_a_withdrawn_model_is_shown_until_the_partition_is_lost() -> None:
    metrics = Metrics(CollectorRegistry())
    model = Models().watched()["abandon"]
    metrics.state(3).model("abandon", model)
    assert shown(metrics, "model_withdrawn") == 0
    assert shown(metrics, "model_label_lag_seconds") is None  # no label yet: nothing is shown

    model.gate.opened = 2
    model.gate.add(0.0, 0.5, 0.5, 1, 40.0)
    model.gate.withdrawn = True
    model.swaps = 1
    model.scores.alarms = 2
    model.inputs["length"].alarms = 3
    metrics.state(3).model("abandon", model)

    assert shown(metrics, "model_withdrawn") == 1
    assert shown(metrics, "model_label_coverage_ratio") == 0.5
    assert shown(metrics, "model_label_lag_seconds") == 40.0
    assert shown(metrics, "model_swaps") == 1
    assert shown(metrics, "model_shifts") == 5
    metrics.forget("engine", 3)
    assert shown(metrics, "model_withdrawn") is None


def test_a_name_that_is_no_model_is_refused() -> None:
    with pytest.raises(ValueError, match="model must be one of abandon"):
        Metrics(CollectorRegistry()).state(0).model("c-1", Models().watched()["abandon"])
