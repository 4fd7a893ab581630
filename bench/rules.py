"""Speed of the rule engine beside others, in one run, and what rules cost besides.

    python -m bench.rules [--quick] [--rounds 9] [--json] [--fuzz N]

The same conditions in every engine, on events of thirty fields, one at a time. Rounds of all
engines alternate, so that noise hits all alike. Before anything is timed, what every engine finds
is compared with an interpreter of the rules that shares no code with any. A whole run goes to
bench/results. With ``--fuzz N`` only generated code and interpreter are compared, N times.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bench import machine
from bench.rules_costs import hostile, loading, memory
from bench.rules_mix import Mix, RuleText, events, rules
from bench.rules_peers import ENGINES, OURS, Engine, Loop, versions
from bench.table import Figures, spread
from detectors.event import Event
from rules.language.interpreter import Interpreter
from tests.rules.language.fuzz import run as fuzz

RESULTS = Path(__file__).parent / "results" / "rules.json"
MIXES: dict[Mix, str] = {
    "A": "A: no rule names a text, nothing can be looked up",
    "B": "B: every rule names a key, 85 of 100 the queue, the others the country",
    "C": "C: every rule names a queue, a product or a topic, each as often as the others",
}
COUNTS = (10, 100, 1000)
CHECKED = 60
"""Events on which the matched sets are compared."""
SLICE_S = 0.06
"""Processor time of an engine in a round."""
MAX_EVENTS = 200
"""Different events: few enough to stay in the processor's cache, as one just decoded is."""


class WrongResultError(Exception):
    """An engine finds other rules than the interpreter."""


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    console = Console(stderr=True)
    if options.fuzz:
        return _fuzz(options.fuzz, console)
    report = measure(options.rounds, quick=options.quick, console=console)
    if not options.quick:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    if options.json:
        print(json.dumps(report, indent=2))
    else:
        show(report, Console(width=118))
    return 0


def measure(rounds: int, *, quick: bool, console: Console) -> Figures:
    """Return everything that is measured; `quick` is a look at it, with smaller numbers."""
    skipped = {engine.name: why for engine in ENGINES if (why := engine.missing())}
    for name, why in skipped.items():
        console.print(f"left out: {name}: {why}")
    engines = [engine for engine in ENGINES if engine.name not in skipped]
    counts = COUNTS[:2] if quick else COUNTS
    speed: dict[str, dict[str, Figures]] = {}
    with Progress(console=console) as progress:
        task = progress.add_task("engines", total=len(MIXES) * len(counts))
        for mix in MIXES:
            for count in counts:
                speed[f"{mix}{count}"] = compare(mix, count, engines, 3 if quick else rounds)
                progress.advance(task)
    report: Figures = {
        "taken": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {k: v for k, v in machine.describe().items() if k not in {"kafka", "java"}},
        "versions": versions(),
        "skipped": skipped,
        "rounds": 3 if quick else rounds,
        "speed": speed,
        "loading": loading(100 if quick else 1000, 1 if quick else 3),
        "memory": memory(500 if quick else 10_000),
        "hostile": hostile(),
    }
    return report | {"targets": targets(report)}


def compare(mix: Mix, count: int, engines: Sequence[Engine], rounds: int) -> dict[str, Figures]:
    """Return processor microseconds per event of each engine, and its ratio to ours.

    Raises
    ------
    WrongResultError
        When an engine finds other rules than the interpreter.
    """
    chosen, stream = rules(mix, count), events(MAX_EVENTS)
    expected = [_interpreted(chosen, event) for event in stream[:CHECKED]]
    found: dict[str, Figures] = {}
    running: dict[str, tuple[Loop, list[Event]]] = {}
    for engine in engines:
        started = time.process_time()
        evaluate, loop = engine.build(chosen)
        found[engine.name] = {"compile_ms": round(1e3 * (time.process_time() - started), 1)}
        for event, hits in zip(stream, expected, strict=False):
            if list(evaluate(event)) != hits:
                msg = f"{engine.name} finds other rules than the interpreter on mix {mix}{count}"
                raise WrongResultError(msg)
        part = _timed(loop, stream[:CHECKED])
        chosen_part = stream[: max(10, int(SLICE_S * 1e6 / part))]
        for event in chosen_part:
            evaluate(event)
        running[engine.name] = (loop, chosen_part)
        _timed(*running[engine.name])
    times: dict[str, list[float]] = {name: [] for name in running}
    for _ in range(rounds):
        for name, (loop, part_of) in running.items():
            times[name].append(_timed(loop, part_of))
    for name, values in times.items():
        ratios = [theirs / ours for theirs, ours in zip(values, times[OURS], strict=True)]
        found[name] |= {"us": spread(values), "ratio": round(median(ratios), 2)}
    return found


def _timed(loop: Loop, stream: Sequence[Event]) -> float:
    """Return microseconds per event; short streams are run through until it can be told."""
    repeats = 0
    started = time.process_time()
    while True:
        loop(stream)
        repeats += 1
        taken = time.process_time() - started
        if taken >= SLICE_S / 3:
            return 1e6 * taken / (repeats * len(stream))


def _interpreted(chosen: Sequence[RuleText], event: Event) -> list[int]:
    values = {f"event.{name}": value for name, value in event.data.items()}
    interpreter = Interpreter(values.get, ZoneInfo("UTC"))
    return [index for index, rule in enumerate(chosen) if interpreter.holds(rule.node)]


def targets(report: Figures) -> list[Figures]:
    """Return what should be reached, what was, and whether that is enough; None is not measured."""
    speed = report["speed"]

    def ours(case: str) -> float | None:
        value: float | None = speed[case][OURS]["us"]["median"] if case in speed else None
        return value

    def best(case: str) -> float | None:
        others = [e["ratio"] for name, e in speed.get(case, {}).items() if name != OURS]
        return min(others, default=None)

    most = [
        ("100 keyed rules, us per event", ours("B100"), 1.5),
        ("1,000 keyed rules, us per event", ours("B1000"), 6.0),
        ("1,000 rules without a key, us per event", ours("A1000"), 30.0),
        ("check and compile 1,000 rules with tests, s", report["loading"]["total_s"], 2.0),
        ("temporal state of a customer, mean bytes", report["memory"]["mean_bytes"], 400.0),
        ("refuse a hostile text, ms", report["hostile"]["largest_ms"], 50.0),
        ("hostile texts accepted", float(len(report["hostile"]["accepted"])), 0.0),
    ]
    least = [
        ("best use of another engine at 100 keyed rules, times ours", best("B100"), 20.0),
        ("best use of another engine at 1,000 keyed rules, times ours", best("B1000"), 20.0),
        ("best use of another engine at 1,000 rules without a key, times ours", best("A1000"), 4.0),
    ]
    return [
        {
            "target": what,
            "at_most": limit,
            "value": value,
            "met": None if value is None else value <= limit,
        }
        for what, value, limit in most
    ] + [
        {
            "target": what,
            "at_least": limit,
            "value": value,
            "met": None if value is None else value >= limit,
        }
        for what, value, limit in least
    ]


def show(report: Figures, console: Console) -> None:
    """Print the report for people."""
    for mix, title in MIXES.items():
        cases = [case for case in report["speed"] if case[0] == mix]
        table = Table(title=title, title_justify="left")
        table.add_column("engine", no_wrap=True)
        for case in cases:
            table.add_column(f"{int(case[1:]):,}\nrules\nus", justify="right")
            table.add_column("x", justify="right")
            table.add_column("to\nbuild\nms", justify="right")
        for name in report["speed"][cases[0]]:
            cells: list[str] = []
            for case in cases:
                each = report["speed"][case][name]
                cells += [
                    f"{each['us']['median']:,.2f}",
                    f"{each['ratio']:,.1f}",
                    f"{each['compile_ms']:,.0f}",
                ]
            table.add_row(name, *cells)
        console.print(table)
    for title in ("loading", "memory", "hostile", "skipped", "versions", "machine"):
        console.print(f"[bold]{title}[/bold]: {json.dumps(report[title], ensure_ascii=False)}")
    for each in report["targets"]:
        wanted = f"<= {each['at_most']:g}" if "at_most" in each else f">= {each['at_least']:g}"
        value = "not measured" if each["value"] is None else f"{each['value']:,.4g}"
        judged = {True: "met", False: "MISSED", None: "-"}[each["met"]]
        console.print(f"{judged:6} {each['target']}: {value} ({wanted})")


def _fuzz(evaluations: int, console: Console) -> int:
    seed = time.time_ns() % 2**32
    tally = fuzz(evaluations, seed)
    console.print(
        f"{tally.evaluations:,} evaluations, {tally.held:,} true, seed {seed}: "
        f"{len(tally.differences)} differences"
    )
    for difference in tally.differences:
        console.print(difference)
    return 1 if tally.differences else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.rules", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--quick", action="store_true", help="a short look; nothing is kept")
    parser.add_argument("--rounds", type=int, default=9, help="rounds of all engines (9)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    parser.add_argument(
        "--fuzz", type=int, metavar="N", default=0, help="compare N evaluations, no timing"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
