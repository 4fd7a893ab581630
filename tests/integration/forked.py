"""Workers that start in a moment: forked from a process that has imported everything."""

import multiprocessing
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from streams.settings import Settings
from tests.integration.workers import WorkerProcess, environment_of

PRELOADED = ("streams.cli.worker", "tests.integration.preloaded")


class ForkedWorker(WorkerProcess):
    """A worker in a process of its own, like any other; only Python's start is left out."""

    def __init__(self, settings: Settings, log: Path, role: str, **values: object) -> None:
        self.log = log
        self.url = ""
        log.touch()
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(list(PRELOADED))
        process = context.Process(
            target=_work, args=(environment_of(settings, values), str(log), role), daemon=True
        )
        process.start()
        self._process: Any = _Handle(process)


class _Handle:
    """A process as `WorkerProcess` speaks to one."""

    def __init__(self, process: Any) -> None:
        self._process = process
        self.pid = process.pid

    def poll(self) -> int | None:
        found: int | None = self._process.exitcode
        return found

    def send_signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):  # it was faster
            os.kill(self.pid, number)

    def wait(self, timeout: float | None = None) -> int | None:
        self._process.join(timeout)
        return self.poll()


def _work(environment: dict[str, str], log: str, role: str) -> None:
    from streams.cli.worker import worker  # noqa: PLC0415 -- imported before the fork

    os.environ.clear()
    os.environ.update(environment)
    with Path(log).open("ab") as file:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(file.fileno(), stream.fileno())
    worker(role=role)
