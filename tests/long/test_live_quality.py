"""The models' figures of the recorded month, as a worker with four partitions shows them."""

import asyncio
import math
import signal
import time
from collections.abc import Iterator

import pytest

from streams.sources.bank_calls.reader import JANUARY, CallLog
from tests.integration.demos import Page, read_metrics, start, wait_for
from tests.long.conftest import Tell

PATIENCE_S = 900.0
SHOWN_S = 60.0
PARTITIONS = [str(number) for number in range(4)]


def queued() -> int:
    """Return the labels of abandonment that the log holds: everybody who queued left the queue."""
    return sum(
        event.type == "contact.queued" and event.data["direction"] == "inbound"
        for event in CallLog(JANUARY).events
    )


def figures(said: str, labels: int) -> Page:
    """Return the metrics page once it is over all labels."""
    deadline = time.monotonic() + SHOWN_S
    while time.monotonic() < deadline:
        page = asyncio.run(read_metrics(said))
        if page.value("model_judged_labels", model="abandon", window="all") == labels:
            return page
        time.sleep(1.0)
    raise TimeoutError(labels)


@pytest.fixture(scope="module")
def page(kafka: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    folder = tmp_path_factory.mktemp("demo")
    demo = start(folder, "--speed", "max", kafka=kafka)
    try:
        said = wait_for(folder, "still serving", demo, PATIENCE_S)
        yield figures(said, queued())
        demo.send_signal(signal.SIGINT)
        demo.wait(60)
    finally:
        demo.kill()


@pytest.mark.parametrize(
    ("model", "population", "reach"),
    [
        ("abandon", "all", 0.795),
        ("abandon", "identified", 0.765),
        ("repeat", "infrequent", 0.75),
        ("repeat", "all", 0.87),
    ],
)
def test_in_the_second_half_of_the_month_models_rank_as_they_should(
    page: Page, tell: Tell, model: str, population: str, reach: float
) -> None:
    of = {"model": model, "population": population, "window": "newer_half"}
    auc, baseline = page.value("model_auc", **of), page.value("model_baseline_auc", **of)

    assert auc >= reach
    assert auc > baseline
    tell(f"AUC {auc:.4f}, naive baseline {baseline:.4f}")


@pytest.mark.parametrize("model", ["abandon", "repeat"])
def test_what_they_say_comes_true_as_often(page: Page, tell: Tell, model: str) -> None:
    of = {"model": model, "window": "newer_half"}
    rate, loss = page.value("model_base_rate", **of), page.value("model_log_loss", **of)
    entropy = -rate * math.log(rate) - (1 - rate) * math.log(1 - rate)

    judged, labels = (
        page.value("model_judged_labels", **of),
        page.value("model_labels", model=model),
    )
    assert judged == (labels + 1) // 2
    assert page.value("model_calibration_error", **of) <= 0.03
    assert loss < 0.9 * entropy
    tell(f"ECE {page.value('model_calibration_error', **of):.4f}, log loss {loss:.4f}")


@pytest.mark.parametrize("model", ["abandon", "repeat"])
@pytest.mark.parametrize("partition", PARTITIONS)
def test_each_partition_shows_how_late_and_how_many_of_its_labels_came(
    page: Page, model: str, partition: str
) -> None:
    of = {"model": model, "partition": partition}
    lag = {"abandon": (1.0, 3600.0), "repeat": (86_400.0, 86_400.0)}[model]

    assert page.value("model_withdrawn", **of) == 0
    assert 0.85 <= page.value("model_label_coverage_ratio", **of) <= 1.0
    assert lag[0] <= page.value("model_label_lag_seconds", **of) <= lag[1]
