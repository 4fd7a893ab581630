"""Throughput of Precede beside other stream processors: one machine, one Kafka, one run.

    python -m bench.throughput [--events 1000000] [--repetitions 3] [--quick] [--only NAME] [--json]

Two jobs: a trivial stateful one, and the demo's playbook over a recorded month. Each system runs in
a process of its own; the repetitions of all systems alternate, so that noise hits all alike. Every
result is compared with the one that is due. A whole run goes to bench/results.
"""

import argparse
import json
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench import machine
from bench.peers import trivial
from bench.peers.catalogue import SYSTEMS, System
from bench.peers.measure import PARTITIONS
from bench.table import Figures, ratio, spread, text
from bench.throughput_stand import WARMUP, Measurement, RunError, Stand
from streams.kafka.error import KafkaSetupError

RESULTS = Path(__file__).with_name("results")
EVENTS, REPETITIONS = 1_000_000, 3
QUICK_EVENTS = 30_000
FEWEST = 3_000  # of one run, however slow the system
ENOUGH = 500_000  # for figures to be judged: with fewer the others are still warming up
INTERRUPTED = 130  # exit status after Ctrl-C, as shells have it

JOBS = {
    "trivial": "Trivial stateful job: parse 171 bytes, count and average per customer, 1 % results",
    "full": "Full job: the demo's playbook over recorded interactions",
}
COMPARED_WITH = {"trivial": "precede", "full": "full_precede"}
PEERS = (
    "faust_tables", "faust_raw", "quix_at_least_once", "quix_exactly_once",
    "kafka_streams_exactly_once",
)  # fmt: skip
METHOD = (
    f"{PARTITIONS} partitions, {trivial.CUSTOMERS:,} customers, events of {trivial.EVENT_BYTES} "
    "bytes, uncompressed, written before the run; one worker process.",
    f"The first 1/{WARMUP} of each run is warm-up; then until all is processed and committed.",
    "CPU: user and system time of the worker process with all its threads, per event.",
    "Slow systems get fewer events; cost is compared per event. With fewer events more of the "
    "customers are new, and the recorded month has fewer customers in mind.",
    "Every system keeps its own defaults for commits, unless its line says otherwise.",
    "Precede runs as `precede worker` does, with its own times for Python's search for cycles; the "
    "other systems in Python keep Python's.",
    "In the full job all systems call the same pure processor, which holds its state in memory. "
    "Faust and Quix write the customers that an event changed, models each 2 s; they never read "
    "them back, which flatters them.",
)


@dataclass(slots=True)
class Runs:
    """What came of all runs.

    Parameters
    ----------
    done
        Name of a system -> its measurements.
    skipped, failed
        Name of a system -> why.
    """

    done: dict[str, list[Measurement]] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


def compare(
    stand: Stand,
    systems: Sequence[System],
    events: int,
    repetitions: int,
    advance: Callable[[str], None] = lambda _what: None,
) -> Runs:
    """Run systems in turn, again and again.

    Parameters
    ----------
    events
        Of the fast ones; the others get their share.
    advance
        Called before each run with what comes now.
    """
    runs = Runs()
    wanted: list[System] = []
    for system in systems:
        if reason := system.missing():
            runs.skipped[system.name] = reason
        else:
            wanted.append(system)
    for turn in range(repetitions):
        # Each turn begins with another system: none always follows the same one.
        start = turn * len(wanted) // repetitions
        for system in wanted[start:] + wanted[:start]:
            if system.name in runs.failed:
                continue
            advance(f"{system.name}, {turn + 1} of {repetitions}")
            count = stand.prepare(system.job, max(FEWEST, round(events * system.share)))
            try:
                runs.done.setdefault(system.name, []).append(stand.run(system, count))
            except RunError as error:
                runs.failed[system.name] = str(error)
                runs.done.pop(system.name, None)
    return runs


def report(runs: Runs, events: int, repetitions: int, described: dict[str, str]) -> Figures:
    """Return everything that is written down."""
    systems = {
        system.name: _figures(system, runs.done[system.name])
        for system in SYSTEMS
        if system.name in runs.done
    }
    trivial_ratios = {name: ratio(systems, "precede", name) for name in PEERS}
    full_peers = [system.name for system in SYSTEMS if system.job == "full"]
    return {
        "taken": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "machine": described,
        "events": events,
        "repetitions": repetitions,
        "jobs": JOBS,
        "compared_with": COMPARED_WITH,
        "method": METHOD,
        "ratios_are": "CPU per event of Precede divided by that of the other",
        "ratios": trivial_ratios,
        "full_ratios": {
            name.removeprefix("full_"): ratio(systems, "full_precede", name)
            for name in full_peers
            if name != "full_precede"
        },
        "judged": events >= ENOUGH,
        "targets": _targets(systems, trivial_ratios) if events >= ENOUGH else [],
        "systems": systems,
        "skipped": runs.skipped,
        "failed": runs.failed,
    }


def _figures(system: System, measured: Sequence[Measurement]) -> Figures:
    costs = [each.cost for each in measured]
    return {
        "job": system.job,
        "does": system.does,
        "guarantee": system.guarantee,
        "events": costs[0].events,
        "results": measured[0].results,
        "same_results": all(each.same for each in measured),
        "cpu_us": spread([cost.cpu_s / cost.events * 1e6 for cost in costs]),
        "events_per_s": spread([cost.events / cost.wall_s for cost in costs]),
        "broker_cpu_us": spread([cost.broker_cpu_s / cost.events * 1e6 for cost in costs]),
        "cpu_before_s": spread([cost.cpu_before_s for cost in costs]),
    }


def _targets(systems: dict[str, Figures], ratios: dict[str, float | None]) -> list[Figures]:
    def cpu(name: str) -> float | None:
        return float(systems[name]["cpu_us"]["median"]) if name in systems else None

    full = cpu("full_precede")
    rate = None if full is None else 1e6 / full
    faust = ratio(systems, "full_faust_tables", "full_precede")
    rows: tuple[tuple[str, float | None, float, bool], ...] = (
        ("trivial: CPU us/event, at most 8", cpu("precede"), 8.0, False),
        ("trivial: part of Kafka Streams, at most 1",
         ratios["kafka_streams_exactly_once"], 1.0, False),
        ("trivial: part of Quix exactly-once, at most 0.4",
         ratios["quix_exactly_once"], 0.4, False),
        ("trivial: part of Faust tables, at most 0.05", ratios["faust_tables"], 0.05, False),
        ("full: events per CPU second, at least 45,000", rate, 45_000.0, True),
        ("full: times Faust tables, at least 10", faust, 10.0, True),
    )  # fmt: skip
    return [
        {
            "target": name,
            "value": value,
            "limit": limit,
            "met": None if value is None else (value >= limit if least else value <= limit),
        }
        for name, value, limit, least in rows
    ]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Throughput of Precede beside other stream processors.",
        epilog="Example: python -m bench.throughput --quick --only precede --only aiokafka_limit",
    )
    parser.add_argument(
        "--events", type=int, default=None,
        help=f"events of the fast systems; {EVENTS:,} by default",
    )  # fmt: skip
    parser.add_argument("--repetitions", type=int, default=None, help=f"{REPETITIONS} by default")
    parser.add_argument(
        "--quick", action="store_true", help=f"{QUICK_EVENTS:,} events, once: a look, no figures"
    )
    parser.add_argument(
        "--only", action="append", default=[], metavar="NAME",
        choices=[system.name for system in SYSTEMS],
        help=f"this system, repeatable: {', '.join(system.name for system in SYSTEMS)}",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    parser.add_argument(
        "--output", type=Path, default=None, metavar="FOLDER",
        help="where throughput-DATE.json and .txt go; by default bench/results for a whole run, "
        "nowhere for a part of it",
    )  # fmt: skip
    options = parser.parse_args()
    whole = not (options.quick or options.only or options.events or options.repetitions)
    if options.output is None and whole:
        options.output = RESULTS
    if options.events is None:
        options.events = QUICK_EVENTS if options.quick else EVENTS
    if options.repetitions is None:
        options.repetitions = 1 if options.quick else REPETITIONS
    if options.events < 1 or options.repetitions < 1:
        parser.error("--events and --repetitions must be 1 or more")
    return options


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main() -> int:
    """Return the exit status: 1 when a system failed or said something else than it should."""
    options = _options()
    signal.signal(signal.SIGTERM, _interrupt)
    console = Console(stderr=True)
    systems = [each for each in SYSTEMS if not options.only or each.name in options.only]
    columns = (
        TextColumn("throughput"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        TextColumn("[dim]{task.description}"),
    )  # fmt: skip
    try:
        described = machine.describe()
        with Stand() as stand, Progress(*columns, console=console) as progress:
            task = progress.add_task("", total=len(systems) * options.repetitions, completed=-1)
            runs = compare(
                stand, systems, options.events, options.repetitions,
                lambda what: progress.update(task, advance=1, description=what),
            )  # fmt: skip
    except KeyboardInterrupt:
        console.print("stopped; nothing was written, nothing is left running")
        return INTERRUPTED
    except KafkaSetupError as error:
        console.print(f"error: {error}", markup=False)
        return 1
    found = report(runs, options.events, options.repetitions, described)
    shown = json.dumps(found, indent=2)
    if options.output is not None:
        _write(options.output, shown, text(found), console)
    print(shown if options.json else text(found))
    wrong = [name for name, each in found["systems"].items() if not each["same_results"]]
    return 1 if runs.failed or wrong else 0


def _write(folder: Path, shown: str, table: str, console: Console) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"throughput-{datetime.now(UTC):%Y-%m-%d}.json"
    path.write_text(shown + "\n", encoding="utf-8")
    path.with_suffix(".txt").write_text(table, encoding="utf-8")
    console.print(f"written: {path} and {path.with_suffix('.txt').name}", markup=False)


if __name__ == "__main__":
    sys.exit(main())
