from pathlib import Path

import orjson
import psutil
import pytest

from bench.peers.measure import Cost, Meter, Spec


def spec(folder: Path, events: int, warmup: int) -> Spec:
    return Spec(
        run="run1", job="trivial", variant="", bootstrap="localhost:1", prefix="p.", output="out",
        events=events, warmup=warmup, broker=psutil.Process().pid, folder=str(folder),
    )  # fmt: skip


def test_a_specification_is_read_as_it_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = spec(tmp_path, 10, 2)
    monkeypatch.setattr("sys.argv", ["program", str(written.write())])

    assert Spec.read() == written


def test_events_of_the_warm_up_are_not_measured(tmp_path: Path) -> None:
    told = spec(tmp_path, events=10, warmup=4)
    meter = Meter(told)

    assert [meter.add(count) for count in (3, 2, 5)] == [False, False, True]
    meter.finish()

    # The warm-up ends with the batch that completes it: 3 + 2 of 10 events.
    cost = Cost(**orjson.loads(told.result.read_bytes()))
    assert cost.events == 5
    assert cost.wall_s > 0
    assert cost.cpu_s > 0
    assert cost.cpu_before_s > 0


def test_a_run_that_lost_or_doubled_events_has_no_cost(tmp_path: Path) -> None:
    told = spec(tmp_path, events=10, warmup=4)
    meter = Meter(told)
    meter.add(11)

    with pytest.raises(RuntimeError, match="10 events must be seen once; got 11"):
        meter.finish()
    assert not told.result.exists()


def test_a_run_that_was_all_warm_up_has_no_cost(tmp_path: Path) -> None:
    meter = Meter(spec(tmp_path, events=10, warmup=4))
    meter.add(10)

    with pytest.raises(RuntimeError, match="must end before the input does"):
        meter.finish()
