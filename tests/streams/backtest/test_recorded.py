"""What models say in words is recorded, and said again in a run on the recording."""

from pathlib import Path

import pytest

from detectors.event import Event, decode_event, encode_event
from detectors.learning.gate import MIN_LABELS
from rules.proof.decided import Decided, read_decision
from streams.backtest.decide import decide
from streams.backtest.prepare import prepare
from tests.streams.backtest.build import written
from tests.streams.engine.build import log_of, progress
from tests.streams.engine.test_models import NOON, playbook_with, worker_with
from tests.streams.engine.test_topic import PARCEL, WHEN, feedback, sorted_comments


def _quiet(_more: int) -> None:
    pass


@pytest.mark.parametrize("shuffled", [False, True])
def test_a_backtest_decides_as_the_engine_where_rules_read_a_topic(
    tmp_path: Path, *, shuffled: bool
) -> None:
    playbook = playbook_with(WHEN, "score.topic in ['delivery', 'fees']")
    count = 3 * MIN_LABELS
    events: list[Event] = [
        progress(NOON),
        *sorted_comments(count, shuffled=shuffled),
        feedback(count, PARCEL),
        feedback(count + 1, "the operator was rude"),
        progress(NOON + 86_400.0 * 2),
    ]
    worker = worker_with(playbook)
    engine: list[Decided] = [
        read_decision(decode_event(record.value or b""))
        for record in worker.process(log_of(events))
        if record.topic == "decisions"
    ]
    log = written(tmp_path, [map(encode_event, events), [encode_event(progress(NOON))]])
    assert prepare(log, 0, tmp_path, playbook, _quiet) is not None

    found = decide(log, 0, tmp_path, playbook, _quiet).made
    assert [(one.trigger_id, one.reason) for one in found] == [
        (one.trigger_id, one.reason) for one in engine
    ]
    assert len(found) > 20
    assert worker.mind.models.watched()["topic"].gate.withdrawn is shuffled
