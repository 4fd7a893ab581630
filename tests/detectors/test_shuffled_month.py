"""Abandonment in the recorded days with its outcomes shuffled: nothing is left to know."""

from collections import Counter
from pathlib import Path

import pytest

from bench.quality_calls import Partition, run
from detectors.learning.gate import BLOCK, MIN_LABELS
from detectors.learning.validation import Report
from streams.sources.bank_calls.reader import CallLog
from tests.detectors.shuffled import shuffled
from tests.streams.engine.build import first_rows

PARTITIONS, DAYS = 4, 9
Look = dict[int, tuple[int, bool]]
"""Partition -> labels learnt and whether the model was withdrawn, at the beginning of a day."""


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Look], Report, CallLog]:
    file = tmp_path_factory.mktemp("shuffled") / "january.txt"
    file.write_bytes(shuffled(first_rows(DAYS), seed=1))
    looks: list[Look] = []

    def look(parts: list[Partition]) -> None:
        models = [part.models.watched()["abandon"] for part in parts]
        looks.append({n: (model.labels, model.gate.withdrawn) for n, model in enumerate(models)})

    log = CallLog(file)
    return looks, run(log.events, PARTITIONS, daily=look).report("abandon"), log


def test_only_who_hung_up_is_another(
    month: tuple[list[Look], Report, CallLog], tmp_path: Path
) -> None:
    _, report, log = month
    (tmp_path / "january.txt").write_bytes(first_rows(DAYS))
    recorded = CallLog(tmp_path / "january.txt")

    def counts(of: CallLog) -> Counter[tuple[str, str]]:
        return Counter((event.type, event.data.get("outcome", "")) for event in of.events)

    assert log.summary.unreadable == 0
    assert (
        counts(log)["contact.ended", "abandoned"]
        == (counts(recorded)["contact.ended", "abandoned"])
    )
    assert 0.45 < report.auc < 0.55


def test_every_partition_withdraws_the_model_within_its_first_block_and_for_good(
    month: tuple[list[Look], Report, CallLog],
) -> None:
    looks, _, _ = month
    for partition in range(PARTITIONS):
        seen = [look[partition] for look in looks]
        assert not any(withdrawn for labels, withdrawn in seen if labels < MIN_LABELS)
        assert all(withdrawn for labels, withdrawn in seen if labels >= BLOCK)
        assert seen[6][0] >= BLOCK  # within the first week
