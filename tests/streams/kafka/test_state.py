import os
import subprocess
import sys
import time
from pathlib import Path

import psutil

from streams.kafka.state import (
    ServerState,
    cluster_argument,
    remove_state,
    running,
    write_state,
)
from tests.streams.kafka.process import lookalike


def _write(home: Path, pid: int, cluster: str = "cluster-1") -> ServerState:
    (home / "kafka").mkdir(exist_ok=True)
    state = ServerState(pid, "127.0.0.1:20001", 1_000_000.5, cluster)
    write_state(home, state)
    return state


def test_nothing_runs_in_an_empty_home(tmp_path: Path) -> None:
    assert running(tmp_path) is None


def test_a_living_process_of_the_cluster_is_found(tmp_path: Path) -> None:
    with lookalike("cluster-1") as pid:
        state = _write(tmp_path, pid)

        assert running(tmp_path) == state


def test_file_of_an_ended_process_is_stale(tmp_path: Path) -> None:
    with lookalike("cluster-1") as pid:
        _write(tmp_path, pid)

    assert running(tmp_path) is None


def test_another_process_with_that_pid_is_not_ours(tmp_path: Path) -> None:
    _write(tmp_path, os.getpid())

    assert running(tmp_path) is None


def test_kafka_of_another_home_with_that_pid_is_not_ours(tmp_path: Path) -> None:
    with lookalike("cluster-2") as pid:
        _write(tmp_path, pid, "cluster-1")

        assert running(tmp_path) is None


def test_an_ended_process_that_nobody_collected_does_not_run(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", "", cluster_argument("cluster-1")])
    try:
        while psutil.Process(process.pid).status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.01)
        _write(tmp_path, process.pid)

        assert running(tmp_path) is None
    finally:
        process.wait()


def test_an_unreadable_file_counts_as_none(tmp_path: Path) -> None:
    _write(tmp_path, os.getpid())
    for text in ("", "{", "[]", '{"pid": 1}'):
        (tmp_path / "kafka" / "server.json").write_text(text)

        assert running(tmp_path) is None


def test_removed_state_is_forgotten_also_twice(tmp_path: Path) -> None:
    with lookalike("cluster-1") as pid:
        _write(tmp_path, pid)
        remove_state(tmp_path)
        remove_state(tmp_path)

        assert running(tmp_path) is None
