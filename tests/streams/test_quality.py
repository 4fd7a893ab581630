"""Live validation: the labels of all partitions make one set of figures."""

from typing import Any

import orjson
import pytest
from prometheus_client import CollectorRegistry

from detectors.learning.validation import Validation
from streams.metrics import Metrics
from streams.quality import QualityMonitor, add_label
from streams.settings import Settings
from tests.streams.engine.build import PARTITIONS, interactions, of, processor


def labels() -> list[bytes]:
    """Return what the engine writes about three recorded days."""
    return [
        orjson.dumps(label)
        for partition in range(PARTITIONS)
        for label in of(processor(partition).process(interactions()[partition]), "labels")
    ]


def test_a_label_is_added_as_it_stands() -> None:
    validation = Validation()
    value = {"model": "repeat", "label_id": "repeat:a", "t0": 5.0, "score": 0.75, "baseline": 0.5,
             "y": 1, "earlier": 12, "identified": True}  # fmt: skip

    assert add_label(validation, orjson.dumps(value)) == ("repeat", 5.0)
    report = validation.report("repeat", second_half=False)
    assert (report.labels, report.base_rate) == (1, 1.0)


def test_a_label_decided_under_treatment_judges_no_model() -> None:
    validation, (watching, metrics) = Validation(), monitor()
    value = orjson.dumps(
        {"model": "repeat", "label_id": "repeat:a", "t0": 5.0, "score": 0.75, "baseline": 0.5,
         "y": 1, "earlier": 12, "identified": True, "treated": True}
    )  # fmt: skip

    assert add_label(validation, value) is None
    assert validation.models() == []
    watching._take(value)
    assert shown(metrics, "model_labels", model="repeat") is None


@pytest.mark.parametrize("name", ["model", "t0", "score", "baseline", "y", "earlier", "identified"])
def test_a_label_that_lacks_something_is_an_error(name: str) -> None:
    value = orjson.loads(labels()[0])
    del value[name]

    with pytest.raises(KeyError, match=name):
        add_label(Validation(), orjson.dumps(value))


def shown(metrics: Metrics, name: str, **of_: str) -> float | None:
    return metrics.registry.get_sample_value(f"precede_{name}", of_)


def monitor() -> tuple[QualityMonitor, Metrics]:
    metrics = Metrics(CollectorRegistry())
    metrics.models_declared(["repeat", "abandon"])
    return QualityMonitor({}, Settings(), metrics), metrics


@pytest.mark.parametrize("model", ["repeat", "abandon"])
def test_figures_are_those_of_all_labels(model: str) -> None:
    watching, metrics = monitor()
    expected = Validation()
    times: list[float] = []
    for value in labels():
        watching._take(value)
        name, t0 = add_label(expected, value) or ("", 0.0)
        times += [t0] * (name == model)
    report = expected.report(model)

    watching._publish(model, watching._validation.report(model))

    found: dict[str, Any] = {
        sample.name.removeprefix("precede_"): sample.value
        for family in metrics.registry.collect()
        for sample in family.samples
        if sample.labels.get("model") == model and sample.labels.get("population", "all") == "all"
    }
    assert len(times) > 20
    assert report.auc is not None
    assert report.auc in found.values()
    assert report.log_loss in found.values()
    assert max(times) in found.values()
    assert float(len(times)) in found.values()
