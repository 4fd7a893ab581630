"""What a measured program is told, and how it tells what it cost."""

import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, Self

import orjson
import psutil

from bench.sampler import Sampler, write_used

PARTITIONS = 4

Job = Literal["trivial", "full"]


@dataclass(frozen=True, slots=True)
class Spec:
    """One run of one system.

    Parameters
    ----------
    run
        Unique among the runs of a broker: names groups, changelogs and output.
    job
        ``trivial`` or ``full``.
    variant
        Which kind of the system, such as ``exactly-once``.
    bootstrap
        Address of the broker.
    prefix
        Put before the names of topics; the input is ``Topics(prefix).interactions``.
    output
        Topic for results; those of Precede go to the topics of the prefix.
    events
        Records that the input holds.
    warmup
        Records that are processed before the measurement begins.
    broker
        Process id of the broker.
    folder
        Folder for files of the run.
    profile
        File for samples of where the time goes; empty where none are taken.
    """

    run: str
    job: Job
    variant: str
    bootstrap: str
    prefix: str
    output: str
    events: int
    warmup: int
    broker: int
    folder: str
    profile: str = ""

    @property
    def result(self) -> Path:
        """File of the result."""
        return Path(self.folder) / "result.json"

    @property
    def said(self) -> Path:
        """File of the results of a system without Kafka, one a line."""
        return Path(self.folder) / "said.txt"

    def write(self) -> Path:
        """Write the specification into its folder and return the file."""
        path = Path(self.folder) / "spec.json"
        path.write_bytes(orjson.dumps(asdict(self)))
        return path

    @classmethod
    def read(cls) -> Self:
        """Return the specification that the command line names."""
        return cls(**orjson.loads(Path(sys.argv[1]).read_bytes()))


@dataclass(frozen=True, slots=True)
class Cost:
    """What the measured part of a run cost.

    Parameters
    ----------
    events
        Events processed between the end of the warm-up and the end.
    wall_s
        Time that took, seconds, the last commit included.
    cpu_s
        Processor time of the program in it, all threads, seconds.
    broker_cpu_s
        Processor time of the broker in it, seconds.
    cpu_before_s
        Processor time of the program from its start to the end of the warm-up, seconds.
    """

    events: int
    wall_s: float
    cpu_s: float
    broker_cpu_s: float
    cpu_before_s: float


class Meter:
    """Counts events; measures from the end of the warm-up to `finish`."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._broker = psutil.Process(spec.broker)
        self._next = spec.warmup  # the next count at which something happens
        self._began: tuple[float, float, float] | None = None
        self._began_at = 0
        self.seen = 0
        self._sampler = Sampler() if spec.profile else None
        if spec.warmup == 0:
            self._begin()

    def add(self, count: int = 1) -> bool:
        """Count events; return whether all of the input were seen."""
        self.seen += count
        if self.seen < self._next:
            return False
        if self._began is None:
            self._begin()
        return self.seen >= self._spec.events

    def finish(self) -> None:
        """Write the cost: everything was seen and is committed."""
        wall, cpu, broker = self._read()
        if self._sampler is not None:
            write_used(self._sampler.stop(), Path(self._spec.profile))
        if self._began is None or self.seen != self._spec.events:
            msg = f"all {self._spec.events} events must be seen once; got {self.seen}"
            raise RuntimeError(msg)
        if self._began_at == self.seen:
            msg = f"the warm-up must end before the input does; got {self.seen} events: use more"
            raise RuntimeError(msg)
        began_wall, began_cpu, began_broker = self._began
        cost = Cost(
            events=self.seen - self._began_at,
            wall_s=wall - began_wall,
            cpu_s=cpu - began_cpu,
            broker_cpu_s=broker - began_broker,
            cpu_before_s=began_cpu,
        )
        self._spec.result.write_bytes(orjson.dumps(asdict(cost)))

    def _begin(self) -> None:
        self._began = self._read()
        self._began_at = self.seen
        self._next = self._spec.events
        if self._sampler is not None:
            self._sampler.start()

    def _read(self) -> tuple[float, float, float]:
        broker = self._broker.cpu_times()
        return time.perf_counter(), time.process_time(), broker.user + broker.system
