"""The command as people run it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[2]
PATIENCE_S = 120.0

pytestmark = pytest.mark.kafka


@contextmanager
def started(folder: Path, *options: str) -> Iterator["subprocess.Popen[str]"]:
    """Start the command with its temporary files under a folder; it never outlives its block."""
    command = subprocess.Popen(
        [sys.executable, "-m", "bench.throughput", *options],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
        env=os.environ | {"TMPDIR": str(folder)},
    )  # fmt: skip
    try:
        yield command
    finally:
        if command.poll() is None:
            command.terminate()
            command.communicate()


def of(folder: Path) -> list[int]:
    """Return the processes that work in a folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if any(str(folder) in argument for argument in process.cmdline()):
                found.append(process.pid)
        except psutil.Error:
            continue
    return found


def test_ours_and_the_limit_count_the_same(tmp_path: Path) -> None:
    results = tmp_path / "results"
    options = ("--quick", "--events", "3000", "--json", "--output", str(results))
    wanted = ("--only", "precede", "--only", "aiokafka_limit")
    with started(tmp_path, *options, *wanted) as command:
        said, errors = command.communicate(timeout=PATIENCE_S)

    assert command.returncode == 0, errors
    report = json.loads(said)
    assert set(report["systems"]) == {"precede", "aiokafka_limit"}
    for system in report["systems"].values():
        assert system["results"] == 30  # 1 % of 3,000
        assert system["same_results"]
        assert system["cpu_us"]["median"] > 0
    (written,) = results.glob("*.json")
    assert json.loads(written.read_text()) == report
    assert "aiokafka_limit" in written.with_suffix(".txt").read_text()
    assert [path.name for path in tmp_path.iterdir()] == ["results"]


def test_ctrl_c_leaves_nothing(tmp_path: Path) -> None:
    # 300,000 events take longer than it takes to stop it.
    with started(tmp_path, "--quick", "--events", "300000", "--only", "faust_raw") as command:
        end = time.monotonic() + PATIENCE_S
        while not list(tmp_path.glob("*/run1-faust-raw/spec.json")):
            assert command.poll() is None
            assert time.monotonic() < end
            time.sleep(0.05)

        command.send_signal(signal.SIGINT)
        said, errors = command.communicate(timeout=PATIENCE_S)

    assert command.returncode == 130, errors
    assert not said
    assert "nothing is left running" in errors
    assert of(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("options", [("--events", "0"), ("--only", "spark"), ("--events", "many")])
def test_options_that_make_no_sense_are_refused(tmp_path: Path, options: tuple[str, ...]) -> None:
    with started(tmp_path, *options) as command:
        said, errors = command.communicate(timeout=PATIENCE_S)

    assert command.returncode == 2
    assert "error:" in errors
    assert not said
