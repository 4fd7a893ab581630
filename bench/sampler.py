"""Where processor time goes, by samples of all threads' stacks."""

import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import FrameType

import orjson

INTERVAL_S = 0.005

Frame = tuple[str, str]
"""File, with its folders below the last ``site-packages`` or the working directory; function."""

Used = Mapping[tuple[Frame, ...], float]
"""Seconds of processor time by stack, the outermost function first."""


class Sampler:
    """Looks at every thread each 5 ms of processor time, and books what it used since on its stack.

    A thread that waits has used none, so waiting has no weight. The main thread is interrupted
    where it is, at the next instruction of Python: time in C counts for the function that called.
    Other threads are seen where they handed over to it, which is less exact.
    """

    def __init__(self) -> None:
        self._used: Counter[tuple[Frame, ...]] = Counter()
        self._before: dict[int, int] = {}

    def start(self) -> None:
        """Begin; to be called in the main thread."""
        self._before = _clocks()
        signal.signal(signal.SIGPROF, self._take)
        signal.setitimer(signal.ITIMER_PROF, INTERVAL_S, INTERVAL_S)

    def stop(self) -> Used:
        """End; return what was used since."""
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        signal.signal(signal.SIGPROF, signal.SIG_IGN)
        return {stack: spent / 1e9 for stack, spent in self._used.items()}

    def _take(self, _signal: int, frame: FrameType | None) -> None:
        now, frames = _clocks(), sys._current_frames()
        if frame is not None:
            frames[threading.get_ident()] = frame
        for thread, spent in now.items():
            since = spent - self._before.get(thread, spent)
            if since and thread in frames and frames[thread].f_code.co_filename != __file__:
                self._used[tuple(_stack(frames[thread]))] += since
        self._before = now


def _clocks() -> dict[int, int]:
    clocks = {}
    for thread in threading.enumerate():
        if thread.ident is not None:
            with suppress(OSError):  # it has ended meanwhile
                clock = time.pthread_getcpuclockid(thread.ident)
                clocks[thread.ident] = time.clock_gettime_ns(clock)
    return clocks


def _stack(frame: FrameType) -> list[Frame]:
    stack = []
    here: FrameType | None = frame
    while here is not None:
        stack.append((_place(here.f_code.co_filename), here.f_code.co_name))
        here = here.f_back
    return stack[::-1]


@cache
def _place(file: str) -> str:
    for part in ("site-packages/", f"{Path.cwd()}/", f"{sys.base_prefix}/lib/"):
        if part in file:
            return file.rsplit(part, 1)[1]
    return file


def write_used(used: Used, file: Path) -> None:
    """Write samples to a file, to be read by another program."""
    file.write_bytes(orjson.dumps([[stack, seconds] for stack, seconds in used.items()]))


def read_used(file: Path) -> Used:
    """Return the samples of a file."""
    return {
        tuple((place, name) for place, name in stack): seconds
        for stack, seconds in orjson.loads(file.read_bytes())
    }


def by_stage(used: Used, stages: Sequence[tuple[str, Sequence[str]]]) -> dict[str, float]:
    """Return seconds by stage: of the innermost function that belongs to one.

    Parameters
    ----------
    stages
        Name, and the beginnings of ``file:function`` that belong to it; the first that fits holds.

    >>> used = {(("app.py", "run"), ("codec.py", "read")): 2.0, (("app.py", "run"),): 1.0}
    >>> by_stage(used, [("decode", ["codec.py"])])
    {'decode': 2.0, 'the rest': 1.0}
    """
    spent = dict.fromkeys([name for name, _ in stages], 0.0) | {"the rest": 0.0}
    for stack, seconds in used.items():
        spent[next(_stages_of(stack, stages), "the rest")] += seconds
    return spent


def _stages_of(
    stack: Sequence[Frame], stages: Sequence[tuple[str, Sequence[str]]]
) -> Iterator[str]:
    for file, function in reversed(stack):
        for name, places in stages:
            if f"{file}:{function}".startswith(tuple(places)):
                yield name


def by_function(used: Used) -> dict[Frame, float]:
    """Return seconds that functions spent themselves, not in what they called.

    A function that a library made from text has no file; its time is its caller's.

    >>> by_function({(("a.py", "f"), ("a.py", "g")): 2.0, (("a.py", "g"),): 1.0})
    {('a.py', 'g'): 3.0}
    """
    spent: dict[Frame, float] = {}
    for stack, seconds in used.items():
        named = next((each for each in reversed(stack) if each[0] != "<string>"), stack[-1])
        spent[named] = spent.get(named, 0.0) + seconds
    return spent
