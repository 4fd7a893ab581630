"""The systems that are compared: what each does, and what survives a crash."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from bench.peers import kafka_streams
from bench.peers.measure import Job


def _is_there() -> str | None:
    return None


def _needs_quix() -> str | None:
    if find_spec("quixstreams") is None:
        return "quixstreams is not installed here: run `make bench`, or install bench/requirements"
    return None


@dataclass(frozen=True, slots=True)
class System:
    """One way to do one of the jobs.

    Parameters
    ----------
    name
        Of the line in the results.
    module
        File of this package, a program.
    variant
        Passed on to it.
    share
        Part of the run's events that it gets: slow ones fewer. Costs are compared per event.
    does, guarantee
        For people: how it does the job, and how often a crash lets an event count.
    missing
        Returns why it cannot run here, None if it can.
    """

    name: str
    job: Job
    module: str
    variant: str
    share: float
    does: str
    guarantee: str
    missing: Callable[[], str | None] = _is_there

    def command(self, folder: Path) -> list[str]:
        """Return what starts it, less the file of its specification.

        Parameters
        ----------
        folder
            Folder for what is made once, such as compiled programs.
        """
        if self.module == "kafka_streams":
            return kafka_streams.command(folder)
        return [sys.executable, "-m", f"bench.peers.{self.module}"]


EXACTLY = "exactly once"
AT_LEAST = "at least once"
BROKEN = "doubles or loses"
NONE = "none"
OWN_WORKER = "the worker as shipped: Faust, batching transport, transactions with the state"

SYSTEMS = (
    System(
        "precede", "trivial", "precede", "at-once", 1.0,
        f"{OWN_WORKER}; commits as soon as a result waits", EXACTLY,
    ),
    System(
        "precede_100ms", "trivial", "precede", "interval", 1.0,
        "the same worker, commits each 100 ms as Kafka Streams does", EXACTLY,
    ),
    System(
        "kafka_streams_exactly_once", "trivial", "kafka_streams", "", 1.0,
        "JVM: Processor API, in-memory store with changelog, 1 thread, commits each 100 ms",
        EXACTLY,
        kafka_streams.missing,
    ),
    System(
        "quix_at_least_once", "trivial", "quix", "at-least-once", 0.25,
        "stateful apply, RocksDB with changelog, commits each 5 s", AT_LEAST, _needs_quix,
    ),
    System(
        "quix_exactly_once", "trivial", "quix", "exactly-once", 0.25,
        "the same in Kafka transactions", EXACTLY, _needs_quix,
    ),
    System(
        "faust_tables", "trivial", "faust_tables", "", 0.03,
        "agent on raw bytes, one update of an in-memory table with changelog per event", BROKEN,
    ),
    System(
        "faust_raw", "trivial", "faust_raw", "", 0.1,
        "agent on raw bytes, state in a dictionary, which a crash loses", NONE,
    ),
    System(
        "aiokafka_limit", "trivial", "aiokafka_limit", "", 1.0,
        "getmany in a loop, state in a dictionary, nothing committed: the limit", NONE,
    ),
    System(
        "full_precede", "full", "precede", "at-once", 0.5,
        f"{OWN_WORKER}; its default settings", EXACTLY,
    ),
    System(
        "full_processor_alone", "full", "processor_alone", "", 0.5,
        "the pure processor on records in memory, no Kafka: what the job itself costs", NONE,
    ),
    System(
        "full_quix_at_least_once", "full", "quix", "at-least-once", 0.15,
        "the processor in a stateful apply, changed customers into its state", AT_LEAST,
        _needs_quix,
    ),
    System(
        "full_quix_exactly_once", "full", "quix", "exactly-once", 0.15,
        "the same in Kafka transactions", EXACTLY, _needs_quix,
    ),
    System(
        "full_faust_tables", "full", "faust_tables", "", 0.03,
        "the processor in an agent, changed customers into a table", BROKEN,
    ),
)  # fmt: skip
