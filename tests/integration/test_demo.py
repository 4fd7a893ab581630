"""`precede demo` as a person runs it."""

import contextlib
import signal
import subprocess
from pathlib import Path
from typing import Any

import orjson
import psutil

from streams.kafka.ports import is_free
from tests.integration.demos import PATIENCE_S, start, wait_for
from tests.streams.engine.build import first_rows

DAMAGED = b"AA0101\t1\tgarbage\r\n"


def recording(folder: Path, *, days: int, damaged: int) -> Path:
    """Write the first days of the month, and as many unreadable rows."""
    path = folder / "calls.txt"
    path.write_bytes(first_rows(days) + b"".join(b"%d" % n + DAMAGED for n in range(damaged)))
    return path


def descendants(demo: "subprocess.Popen[bytes]") -> list[psutil.Process]:
    children: list[psutil.Process] = psutil.Process(demo.pid).children(recursive=True)
    return children


def listening(processes: list[psutil.Process]) -> set[int]:
    ports = set()
    for process in processes:
        with contextlib.suppress(psutil.Error):
            ports |= {each.laddr.port for each in process.net_connections() if each.raddr == ()}
    return ports


def test_the_demo_accounts_for_every_row_although_its_worker_is_killed(
    kafka: str, tmp_path: Path
) -> None:
    path = recording(tmp_path, days=2, damaged=3)
    rows = len(path.read_bytes().splitlines()) - 1  # without the header
    demo = start(tmp_path, "--once", "--speed", "12000", "--file", str(path), kafka=kafka)
    try:
        wait_for(tmp_path, "events,", demo)
        (worker,) = descendants(demo)
        worker.send_signal(signal.SIGKILL)

        assert demo.wait(PATIENCE_S) == 0
    finally:
        demo.kill()
    out = (tmp_path / "out").read_text()
    summary: dict[str, Any] = orjson.loads(out.splitlines()[-1])
    assert summary["worker_restarts"] == 1
    assert sum(summary["calls"].values()) == rows
    assert summary["calls"]["unreadable"] == summary["dead_letters"] == 3
    assert summary["events"] == summary["normalised"] + summary["dead_letters"]
    assert sum(summary["candidates"].values()) == sum(
        sum(rule["candidates"].values()) for rule in summary["rules"].values()
    )
    assert summary["actions"] == summary["candidates"]["sent"]
    assert sum(summary["dispatched"].values()) == summary["actions"] > 0
    assert {"abandon", "repeat"} <= set(summary["models"])
    assert all(rule["outside_opening_hours"] == 0 for rule in summary["rules"].values())
    assert "replayed history: no causal claim" in out


def test_ctrl_c_in_the_middle_leaves_no_process_and_no_port(tmp_path: Path) -> None:
    path = recording(tmp_path, days=2, damaged=0)
    demo = start(tmp_path, "--speed", "2000", "--file", str(path))
    try:
        wait_for(tmp_path, "events,", demo)
        processes = descendants(demo)
        ports = listening([*processes, psutil.Process(demo.pid)])
        assert len(processes) >= 3  # Kafka, its guard, the worker
        assert len(ports) >= 3  # the broker, the metrics, the webhook's receiver

        demo.send_signal(signal.SIGINT)

        assert demo.wait(60) == 130
    finally:
        demo.kill()
    assert not psutil.wait_procs(processes, timeout=10)[1]
    assert [port for port in sorted(ports) if not is_free("127.0.0.1", port)] == []
