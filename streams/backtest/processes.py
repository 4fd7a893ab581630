"""A playbook, or two, over all partitions of a log, each partition in a process of its own."""

import hashlib
import multiprocessing
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

from detectors.event import Event
from rules.backtest.facts import LogFacts, joined
from rules.playbook.models import Playbook
from rules.proof.decided import Decided
from rules.proof.history import History
from streams.backtest.decide import decide
from streams.backtest.decisions import Decisions
from streams.backtest.log import Log
from streams.backtest.prepare import FOLDER, is_prepared, prepare, prepared_name, read_prepared

if TYPE_CHECKING:
    from multiprocessing.sharedctypes import Synchronized

_SHOW_EVERY_S = 0.1
MAX_KEPT = 4
"""Ways in which a log is kept ready beside it."""

Show = Callable[[str, int, int], None]
"""Called with what is being done, records done and records in all."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one playbook decided on a log.

    Parameters
    ----------
    decisions
        Of all partitions, in the order of the log.
    failed
        Records that ended as dead letters.
    sha256
        Of all decisions: the same log and playbook give the same.
    """

    playbook: Playbook
    decisions: list[Decided]
    failed: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Replayed:
    """Playbooks run over a log, and what the log holds.

    Parameters
    ----------
    history
        What customers did.
    """

    facts: LogFacts
    history: History
    runs: list[Run]


def replay(
    log: Log,
    playbooks: Sequence[Playbook],
    *,
    processes: int | None = None,
    complete: bool = False,
    show: Show = lambda _what, _done, _all: None,
) -> Replayed:
    """Run playbooks over a log, each from its start.

    Parameters
    ----------
    playbooks
        At least one.
    processes
        How many run at the same time; all processors without it.
    complete
        Let models learn anew for every playbook, as the engine does. Slower, and the same result.
    """
    count = len(log.partitions)
    with _folders(log, playbooks) as folders, workers(processes or cpus()) as pool:
        found = _learn(log, playbooks, folders, pool, show)
        known = [read_prepared(folders[0], partition) for partition in range(count)]
        facts = joined(each.facts for each in known)
        to_do = [
            (place, partition)
            for place in range(len(playbooks))
            for partition in range(count)
            if complete or found.get((place, partition)) is None
        ]
        tasks = [
            partial(decide, log, partition, None if complete else folders[place], playbooks[place])
            for place, partition in to_do
        ]
        records = sum(known[partition].facts.records for _, partition in to_do)
        stages = partial(_history, [each.stages for each in known])
        decided, history = pool.map(tasks, "deciding", records, show, meanwhile=stages)
        found |= dict(zip(to_do, decided, strict=True))
        runs = [
            _run(playbook, [found[place, partition] for partition in range(count)])
            for place, playbook in enumerate(playbooks)
        ]
        return Replayed(facts, history, runs)


def _learn(
    log: Log, playbooks: Sequence[Playbook], folders: Sequence[Path], pool: "Workers", show: Show
) -> dict[tuple[int, int], Decisions]:
    """Prepare the log where it is not; return what was decided on the way.

    By the place of the playbook and the number of the partition.
    """
    to_do = [
        (place, partition)
        for place, folder in enumerate(folders)
        for partition in range(len(log.partitions))
        if folder not in folders[:place] and not is_prepared(folder, partition)
    ]
    tasks = [
        partial(prepare, log, partition, folders[place], playbooks[place])
        for place, partition in to_do
    ]
    decided, _ = pool.map(tasks, "learning and deciding", None, show)
    done = zip(to_do, decided, strict=True)
    return {place: decisions for place, decisions in done if decisions is not None}


def cpus() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _run(playbook: Playbook, parts: Sequence[Decisions]) -> Run:
    digest = hashlib.sha256("".join(part.sha256 for part in parts).encode()).hexdigest()
    decisions = [decision for part in parts for decision in part.made]
    return Run(playbook, decisions, sum(part.failed for part in parts), digest)


def _history(partitions: Sequence[Sequence[Event]]) -> History:
    history = History()
    for stages in partitions:
        for event in stages:
            history.add(event)
    return history


@contextmanager
def _folders(log: Log, playbooks: Sequence[Playbook]) -> Iterator[list[Path]]:
    """Yield where the log is prepared for each playbook: one place per time zone."""
    at, temporary = _place(log)
    try:
        folders = [at / prepared_name(log, playbook.time_zone) for playbook in playbooks]
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
            folder.touch()
        _forget_oldest(at)
        yield folders
    finally:
        if temporary:
            shutil.rmtree(at, ignore_errors=True)


def _forget_oldest(at: Path) -> None:
    """Keep what was used last: other versions of the code, and of the log, leave theirs behind."""
    by_use = sorted(at.iterdir(), key=lambda folder: (-folder.stat().st_mtime_ns, folder.name))
    for folder in by_use[MAX_KEPT:]:
        shutil.rmtree(folder, ignore_errors=True)


def _place(log: Log) -> tuple[Path, bool]:
    """Return a folder, and whether it must go afterwards: what is kept stays beside the log."""
    if log.path.is_dir() and os.access(log.path, os.W_OK):
        return log.path / FOLDER, False
    return Path(mkdtemp(prefix="precede-")), True


@dataclass(frozen=True, slots=True)
class Workers:
    """Processes that take tasks, and how many records they have done."""

    pool: ProcessPoolExecutor
    done: "Synchronized[int]"

    def map(
        self,
        tasks: Sequence[Callable[[Callable[[int], None]], Any]],
        what: str,
        records: int | None,
        show: Show,
        meanwhile: Callable[[], Any] = lambda: None,
    ) -> tuple[list[Any], Any]:
        """Return the results of the tasks in their order, and of what this process did."""
        self.done.value = 0
        futures: list[Future[Any]] = [self.pool.submit(_work, task) for task in tasks]
        aside = meanwhile()
        pending = set(futures)
        while pending:
            show(what, self.done.value, records or 0)
            _, pending = wait(pending, timeout=_SHOW_EVERY_S)
        show(what, self.done.value, records or 0)
        return [future.result() for future in futures], aside


@contextmanager
def workers(processes: int) -> Iterator[Workers]:
    """Yield so many processes; they end with the context."""
    # Spawned, not forked: a fork copies locks of threads that it does not have.
    context = multiprocessing.get_context("spawn")
    done = context.Value("q", 0)
    pool = ProcessPoolExecutor(processes, context, initializer=_begin, initargs=(done,))
    try:
        yield Workers(pool, done)
    finally:
        pool.shutdown(cancel_futures=True)


_counter: "Synchronized[int] | None" = None  # of this worker process, shared with its parent


def _begin(done: "Synchronized[int]") -> None:
    global _counter  # noqa: PLW0603 - inherited once, when the process starts
    _counter = done


def _work(task: Callable[[Callable[[int], None]], Any]) -> Any:
    return task(_count)


def _count(more: int) -> None:
    if _counter is not None:
        with _counter.get_lock():
            _counter.value += more
