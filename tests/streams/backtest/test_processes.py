from pathlib import Path
from typing import Any

import pytest

from rules.backtest.figures import is_firing
from rules.proof.decided import Decided
from streams.backtest import processes
from streams.backtest.assessing import count_partition, count_reasons
from streams.backtest.log import find_log
from streams.backtest.prepare import FOLDER
from streams.backtest.processes import replay
from tests.rules.gates.build import playbook, rule
from tests.streams.backtest.build import lost_calls

CALLS = 6
LOST = [{"event": "contact.abandoned"}, {"absent": "contact.started", "for": "15m"}]


def lost_call_rule() -> dict[str, Any]:
    return rule(when=None, sequence=LOST, occurrence="event.call")


def fired(decisions: list[Decided]) -> set[str]:
    return {decision.customer for decision in decisions if is_firing(decision)}


def test_two_versions_run_over_all_partitions_in_processes_of_their_own(tmp_path: Path) -> None:
    log = lost_calls(tmp_path / "log", CALLS)
    # A capacity of four a day is split over two partitions of three customers each.
    scarce = playbook(lost_call_rule(), gates={"capacity": [{"team": "desk", "max": 4}]})
    shown: list[tuple[str, int, int]] = []

    replayed = replay(
        log, [playbook(lost_call_rule()), scarce], processes=2,
        show=lambda *each: shown.append(each),
    )  # fmt: skip

    plenty, few = replayed.runs
    assert fired(plenty.decisions) == {f"c-{number}" for number in range(CALLS)}
    assert len(fired(few.decisions)) == 4
    assert plenty.sha256 != few.sha256
    assert replayed.history.past("c-3").moments.keys() >= {"call-3-started", "call-3-abandoned"}
    records = 2 * (1 + 4 * CALLS // 2 + 3)  # progress, four stages a call, and three at the end
    assert replayed.facts.records == records
    # The first version is decided while the models learn.
    assert ("learning and deciding", records, 0) in shown
    assert shown[-1] == ("deciding", records, records)

    # What was prepared serves the next one, and one process decides as two do.
    again = replay(log, [playbook(lost_call_rule())], processes=1)
    assert again.runs[0].sha256 == plenty.sha256
    assert again.runs[0].decisions == plenty.decisions
    assert len(list((log.path / FOLDER).iterdir())) == 1


def test_a_single_file_leaves_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("streams.backtest.processes.mkdtemp", lambda **_: str(scratch))
    single = lost_calls(tmp_path / "log", CALLS, partitions=1).partitions[0]
    file = single.rename(tmp_path / "events.jsonl.gz")

    replayed = replay(find_log(file), [playbook(lost_call_rule())], processes=1)

    assert len(fired(replayed.runs[0].decisions)) == CALLS
    assert sorted(path.name for path in tmp_path.iterdir()) == ["events.jsonl.gz", "log"]


def test_only_the_last_few_ways_are_kept(tmp_path: Path) -> None:
    log = lost_calls(tmp_path / "log", 1, partitions=1)
    for number in range(processes.MAX_KEPT):
        (log.path / FOLDER / f"old-{number}").mkdir(parents=True)

    replay(log, [playbook(lost_call_rule())], processes=1)

    kept = {folder.name for folder in (log.path / FOLDER).iterdir()}
    assert len(kept) == processes.MAX_KEPT
    assert len(kept - {f"old-{number}" for number in range(processes.MAX_KEPT)}) == 1


def test_reasons_are_counted_alike_in_any_number_of_processes(tmp_path: Path) -> None:
    log = lost_calls(tmp_path / "log", CALLS)
    done: list[int] = []

    here = [count_partition(log, number, done.append) for number in range(2)]

    assert count_reasons(log, 2, lambda *_: None) == here
    assert sum(each.topics["regular"].contacts for each in here) == CALLS + 2
    assert sum(each.topics["regular"].abandoned for each in here) == CALLS
    assert all(each.moments["signal.abandonment"] for each in here)
    assert sum(done) == 2 * (1 + 4 * CALLS // 2 + 3)
