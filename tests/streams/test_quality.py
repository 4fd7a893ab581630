"""Live validation: the labels of all partitions make one set of figures."""

import math

import orjson
import pytest
from prometheus_client import CollectorRegistry

from detectors.learning.validation import Validation
from streams.metric_labels import WINDOWS
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


def test_a_label_of_a_choice_is_judged_by_the_chance_of_what_was_told() -> None:
    validation, (watching, metrics) = Validation(), monitor()
    value = {"model": "topic", "label_id": "topic:a", "t0": 5.0, "score": 0.75, "baseline": 0.5,
             "y": 0, "earlier": 0, "identified": True,
             "choice": {"chance": 0.125, "share": 0.5, "usual_y": 1}}  # fmt: skip

    assert add_label(validation, orjson.dumps(value)) == ("topic", 5.0)
    report = validation.report("topic")
    assert report.log_loss == pytest.approx(-math.log(0.125))
    assert report.usual_log_loss == pytest.approx(-math.log(0.5))
    assert (report.base_rate, report.usual_right) == (0.0, 1.0)
    watching._take(orjson.dumps(value))
    watching.publish("topic")
    of = {"model": "topic", "window": WINDOWS[0]}
    assert shown(metrics, "model_usual_right_ratio", **of) == 1.0
    assert shown(metrics, "model_usual_log_loss", **of) == pytest.approx(math.log(2))


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


def test_who_was_left_alone_counts_for_those_who_were_not() -> None:
    validation = Validation()
    value = {"model": "repeat", "label_id": "repeat:a", "t0": 5.0, "score": 0.75, "baseline": 0.5,
             "y": 1, "earlier": 12, "identified": True, "treated": False}  # fmt: skip
    for changes in ({"weight": 5.0}, {"y": 0}):
        add_label(validation, orjson.dumps(value | changes))

    report = validation.report("repeat")
    assert (report.labels, report.base_rate) == (2, 5 / 6)


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
    metrics.models_declared(["repeat", "abandon", "topic"])
    return QualityMonitor({}, Settings(), metrics), metrics


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("model", ["repeat", "abandon"])
def test_figures_are_those_of_the_labels_of_all_partitions(model: str, window: str) -> None:
    watching, metrics = monitor()
    expected = Validation()
    times: list[float] = []
    for value in labels():
        watching._take(value)
        name, t0 = add_label(expected, value) or ("", 0.0)
        times += [t0] * (name == model)
    report = expected.report(model, second_half=window == "newer_half")

    watching.publish(model)

    areas = {
        "all": (report.auc, report.auc_baseline),
        "identified": (report.auc_identified, report.auc_identified_baseline),
        "infrequent": (report.auc_infrequent, report.auc_infrequent_baseline),
    }
    for population, expected_areas in areas.items():
        of = {"model": model, "population": population, "window": window}
        found = shown(metrics, "model_auc", **of), shown(metrics, "model_baseline_auc", **of)
        assert found == expected_areas
    own = {"model": model, "window": window}
    assert shown(metrics, "model_log_loss", **own) == report.log_loss
    assert shown(metrics, "model_calibration_error", **own) == report.ece
    assert shown(metrics, "model_base_rate", **own) == report.base_rate
    assert shown(metrics, "model_judged_labels", **own) == report.labels
    assert report.labels == (len(times) if window == "all" else (len(times) + 1) // 2) > 10
    assert shown(metrics, "model_labels", model=model) == len(times)
    assert shown(metrics, "model_newest_label_timestamp_seconds", model=model) == max(times)
