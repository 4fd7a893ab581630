"""Every system does the same job: its results are equal to those that are due."""

import pytest

from bench.peers.catalogue import SYSTEMS, System
from bench.throughput_stand import WARMUP, RunError, Stand

EVENTS = 2_000

pytestmark = [pytest.mark.kafka, pytest.mark.long]


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: str(system.name))
def test_a_system_says_what_is_due(stand: Stand, system: System) -> None:
    if reason := system.missing():
        pytest.skip(reason)
    assert stand.prepare(system.job, EVENTS) == EVENTS

    measured = stand.run(system, EVENTS)

    assert measured.same
    # 1 % of the events of the trivial job; the recorded calls lead to what they lead to.
    due = EVENTS // 100 if system.job == "trivial" else stand.results("full", EVENTS)
    assert measured.results == due > 0
    assert 0 < measured.cost.events <= EVENTS - EVENTS // WARMUP


def test_a_system_that_fails_is_told_with_its_last_words(stand: Stand) -> None:
    broken = System("broken", "trivial", "no_such_file", "", 1.0, "nothing", "none")
    stand.prepare("trivial", EVENTS)

    with pytest.raises(RunError, match=r"broken must end well; got status 1: .*no_such_file"):
        stand.run(broken, EVENTS)
