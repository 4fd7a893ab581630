"""Profile of the hot path: where the worker's processor time goes under full load.

``python -m bench.hot_path`` runs the two jobs of ``bench.throughput`` once each, through the worker
as operators run it, and books its time on stages and functions. What was tried on the ground of
such profiles, and what it brought, is in ``bench/results/tried.md``.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bench.peers.catalogue import SYSTEMS
from bench.report import written
from bench.sampler import Used, by_function, by_stage, read_used
from bench.throughput_stand import RunError, Stand

PROFILED = ("precede", "full_precede")
EVENTS = 1_000_000
FUNCTIONS = 25

_PROCESSOR = "streams/engine/processor.py"
STAGES: Sequence[tuple[str, Sequence[str]]] = (
    ("read the event", ["detectors/event.py:decode_event"]),
    ("customer: look up", ["streams/engine/customers.py:get"]),
    (
        "customer: what happened",
        [
            "detectors/customer.py:update", "detectors/customer.py:is_duplicate",
            "detectors/centre.py:update",
        ],
    ),
    ("scores", [f"{_PROCESSOR}:_score"]),
    ("signals", ["detectors/signals/registry.py:detect"]),
    (
        "labels and learning",
        [
            "detectors/learning/labels.py:settle", "detectors/learning/labels.py:mature",
            f"{_PROCESSOR}:_learn",
        ],
    ),
    ("effort and friction", [f"{_PROCESSOR}:_feel"]),
    ("rules", [f"{_PROCESSOR}:_judge", f"{_PROCESSOR}:_fire_due"]),
    ("gates and decisions", [f"{_PROCESSOR}:_decide"]),
    ("customer: pack", [f"{_PROCESSOR}:_keep"]),
    ("timers and progress", [f"{_PROCESSOR}:_broadcast"]),
    ("the trivial job", ["bench/peers/precede.py:process", "bench/peers/precede.py:checkpoint"]),
    ("checkpoint", [f"{_PROCESSOR}:checkpoint"]),
    ("transactions", ["streams/engine/transaction.py:", "aiokafka/producer/"]),
    ("fetch", ["aiokafka/consumer/", "streams/transport/", "faust/", "mode/"]),
    ("Kafka's connections", ["aiokafka/"]),
    ("the processor's own", [f"{_PROCESSOR}:process"]),
    ("the partition's owner", ["streams/engine/partition.py:", "streams/engine/owners.py:"]),
)  # fmt: skip
"""Stage and the functions it begins with; a function belongs to the innermost stage around it."""


def report(used: Used, events: int) -> dict[str, Any]:
    """Return shares and microseconds per event, by stage and by function.

    >>> one = {(("detectors/event.py", "decode_event"), ("json.py", "loads")): 0.5}
    >>> report(one, 100_000)["stages"]
    {'read the event': {'us': 5.0, 'share': 1.0}}
    """
    total = sum(used.values())

    def told(seconds: float) -> dict[str, float]:
        return {"us": round(seconds / events * 1e6, 3), "share": round(seconds / total, 4)}

    functions = sorted(by_function(used).items(), key=lambda item: -item[1])[:FUNCTIONS]
    stages = {name: told(spent) for name, spent in by_stage(used, STAGES).items() if spent}
    return {
        "events": events,
        "cpu_us": round(total / events * 1e6, 2),
        "stages": stages,
        "functions": {f"{file}:{name}": told(spent) for (file, name), spent in functions},
    }


def profile(stand: Stand, name: str, events: int) -> dict[str, Any]:
    """Run one system under the sampler and return where its time went."""
    system = next(each for each in SYSTEMS if each.name == name)
    count = stand.prepare(system.job, round(events * system.share))
    kept = stand.folder / f"{name}.profile"
    measured = stand.run(system, count, profile=kept)
    return report(read_used(kept), measured.cost.events)


def _tables(jobs: Mapping[str, Mapping[str, Any]]) -> list[Table]:
    tables = []
    for name, job in jobs.items():
        table = Table(
            title=f"{name}: {job['cpu_us']} us of processor time per event",
            title_justify="left", width=100,
        )  # fmt: skip
        for column in ("stage or function", "us/event", "share"):
            table.add_column(column, justify="left" if column.startswith("stage") else "right")
        for part in ("stages", "functions"):
            for what, spent in job[part].items():
                table.add_row(what, f"{spent['us']:.2f}", f"{spent['share']:.1%}")
            table.add_section()
        tables.append(table)
    return tables


def main() -> int:
    parser = argparse.ArgumentParser(description="profile the worker under full load")
    parser.add_argument("--events", type=int, default=EVENTS, help="of the trivial job")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    options = parser.parse_args()
    console = Console(stderr=True)
    jobs: dict[str, Any] = {}
    try:
        with Stand() as stand, Progress(console=console) as progress:
            task = progress.add_task("profiling", total=len(PROFILED))
            for name in PROFILED:
                progress.update(task, description=f"profiling {name}")
                jobs[name] = profile(stand, name, options.events)
                progress.advance(task)
    except RunError as error:
        console.print(f"[red]{error}[/]")
        return 1
    if not written("hot_path", {"jobs": jobs}, as_json=options.json):
        for table in _tables(jobs):
            Console(width=100).print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
