"""Mutation check: how many faults in what decides do the tests notice?

    python -m bench.mutation [--file PART ...] [--sample 16] [--seed 0] [--survivors] [--json]

Takes the gates, the decision path and the processor, puts faults into a copy of them in a temporary
folder, one at a time, and runs the fast tests that concern each. Which faults, says
`bench.mutation_faults`; how they are tried, `bench.mutation_runner`. Faults that change nothing
anybody could see stand with their reasons in ``mutation_equivalents.toml`` beside this file.

The result of all files goes to ``bench/results/mutation.json``; ``--survivors`` tries those again
that survived, and corrects it. Exit status 1 when fewer are noticed than the bar asks for.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from bench.mutation_faults import Fault, faults

ROOT: Final = Path(__file__).parents[1]
RESULT: Final = ROOT / "bench" / "results" / "mutation.json"
EQUIVALENTS: Final = Path(__file__).with_name("mutation_equivalents.toml")
BAR: Final = 0.9
ALL: Final = "all"
COPIED: Final = ("detectors", "rules", "streams", "tests", "bench", "deploy", "pyproject.toml")
MUTATED: Final = (
    "rules/gates/*.py",
    *(
        f"rules/{name}.py"
        for name in (
            "action", "arbitration", "brake", "breaker", "canary", "cancel", "decide", "decision",
            "feedback", "held", "holdout", "match", "reactions", "release", "reservation",
            "stopped", "treated",
        )
    ),
    "streams/engine/processor.py",
)  # fmt: skip
TESTS: Final = (
    "tests/rules/gates",
    "tests/rules/plays",
    "tests/rules/playbook/test_holdouts.py",
    "tests/rules/proof/test_decided.py",
    "tests/rules/test_decide.py",
    "tests/rules/test_interleavings.py",
    "tests/rules/test_worth.py",
    "tests/golden",
)
"""Looked through, beside the tests that mirror the mutated files, and their doctests."""
ENGINE: Final = "tests/streams/engine"
"""Looked through for the processor: its tests are spread over the folder."""

Row = dict[str, Any]


@dataclass(slots=True)
class Tried:
    """A fault, and whether a test noticed it."""

    fault: Fault
    noticed: bool = False
    by: str = ""
    equivalent: str = ""


def mutated(parts: Sequence[str]) -> list[str]:
    """Return the files whose path holds one of the parts; without parts all that are checked."""
    found = [path.relative_to(ROOT).as_posix() for glob in MUTATED for path in ROOT.glob(glob)]
    wanted = [file for file in sorted(found) if not parts or any(part in file for part in parts)]
    return [file for file in wanted if (ROOT / file).stat().st_size > 200]


def concerned(files: Iterable[str]) -> list[str]:
    """Return the folders and files of tests to look through."""
    mirrors = [
        path.relative_to(ROOT).as_posix()
        for file in files
        for path in (ROOT / "tests" / file).parent.glob(f"test_{Path(file).stem}*.py")
    ]
    folders = (*TESTS, ENGINE) if any("engine/" in file for file in files) else TESTS
    others = [path for path in mirrors if not path.startswith(folders)]
    return [*folders, *sorted({*others, *files})]


@contextmanager
def copied() -> Iterator[Path]:
    """Give a copy of the project in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="precede-mutation-") as name:
        for part in COPIED:
            source, target = ROOT / part, Path(name).resolve() / part
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", ".*"))
            else:
                shutil.copy2(source, target)
        yield Path(name).resolve()


def judged(folder: Path, order: Sequence[Fault], tests: Sequence[str]) -> Iterator[Row]:
    """Yield what became of each fault, as it is known."""
    order_file, results_file = folder / "order.json", folder / "results.jsonl"
    listed = [{"file": one.file, "function": one.function, "source": one.source} for one in order]
    order_file.write_text(json.dumps({"faults": listed, "tests": list(tests)}), encoding="utf-8")
    results_file.touch()
    command = [sys.executable, "-m", "bench.mutation_runner", order_file.name, results_file.name]
    environment = os.environ | {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    log = folder / "runner.log"
    with log.open("wb") as output, results_file.open(encoding="utf-8") as results:
        runner = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            ended = False
            while not ended:
                ended = runner.poll() is not None
                yield from (json.loads(line) for line in results)
                time.sleep(0.2)
        finally:
            runner.terminate()
            runner.wait()
    if runner.returncode:
        last = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-15:]
        sys.exit("the tests could not be run on the copy:\n" + "\n".join(last))


def equivalents() -> dict[tuple[str, str], str]:
    """Return file and change -> why the fault changes nothing."""
    listed = tomllib.loads(EQUIVALENTS.read_text(encoding="utf-8")).get("equivalent", [])
    return {(each["file"], squeezed(each["change"])): each["why"] for each in listed}


def squeezed(change: str) -> str:
    """Return a change without what formatting may alter."""
    return "\n".join(" ".join(line.split()) for line in change.strip().splitlines())


def table(rows: Sequence[Row]) -> Table:
    """Return the figures per file as a table for people."""
    shown = Table(title="Faults that the tests notice")
    shown.add_column("file")
    for column in ("faults", "noticed", "survived", "equivalent", "share"):
        shown.add_column(column, justify="right")
    for row in rows:
        colour = "green" if row["share"] >= BAR else "red"
        shown.add_row(
            row["file"], str(row["faults"]), str(row["noticed"]), str(row["survived"]),
            str(row["equivalent"]), f"[{colour}]{100 * row['share']:.1f} %[/]",
            end_section=row["file"] == ALL, style="bold" if row["file"] == ALL else "",
        )  # fmt: skip
    return shown


def figures(tried: Sequence[Tried]) -> list[Row]:
    """Return one row per file, and one for all of them.

    ``share`` is of the faults that are not equivalent, ``share_of_all`` of all.
    """
    rows = []
    for file in sorted({one.fault.file for one in tried}):
        of_file = [one for one in tried if one.fault.file == file]
        noticed = sum(one.noticed for one in of_file)
        equivalent = sum(bool(one.equivalent) and not one.noticed for one in of_file)
        rows.append(_figure(file, len(of_file), noticed, equivalent))
    return summed(rows)


def _figure(file: str, n: int, noticed: int, equivalent: int) -> Row:
    return {
        "file": file,
        "faults": n,
        "noticed": noticed,
        "survived": n - noticed - equivalent,
        "equivalent": equivalent,
        "share": round(noticed / max(1, n - equivalent), 4),
        "share_of_all": round(noticed / max(1, n), 4),
    }


def summed(rows: Iterable[Row]) -> list[Row]:
    """Return rows in the order of their files, then one for all of them."""
    ordered = sorted((row for row in rows if row["file"] != ALL), key=lambda row: str(row["file"]))
    counts = [sum(row[name] for row in ordered) for name in ("faults", "noticed", "equivalent")]
    return [*ordered, _figure(ALL, *counts)]


def merged(before: Row, again: Sequence[Tried]) -> Row:
    """Return a report after its survivors were tried again; those that are gone do not count."""
    tried = {row["file"]: row for row in figures(again)}
    rows = [
        _figure(
            row["file"],
            row["noticed"] + tried.get(row["file"], {}).get("faults", 0),
            row["noticed"] + tried.get(row["file"], {}).get("noticed", 0),
            tried.get(row["file"], {}).get("equivalent", 0),
        )
        for row in before["figures"]
        if row["file"] != ALL
    ]
    return {
        "bar": BAR,
        "seed": before["seed"],
        "figures": summed(rows),
        "survivors": [_told(one) for one in again if not one.noticed],
    }


def drawn(options: argparse.Namespace) -> list[Tried]:
    """Return the faults to try."""
    files = mutated(options.file)
    if not files:
        sys.exit(f"a mutated file must have {' or '.join(options.file)} in its path; none has")
    known = equivalents()
    if not options.survivors:
        made = [one for file in files for one in faults(file, ROOT, options.sample, options.seed)]
    else:
        before = json.loads(RESULT.read_text(encoding="utf-8"))["survivors"]
        survived = {(one["file"], squeezed(one["change"])) for one in before}
        taken = {
            line[1:] for one in before for line in one["change"].splitlines() if line[0] == "-"
        }
        made = [
            one
            for file in files
            if any(file == of for of, _ in survived)
            for one in faults(file, ROOT, lines=taken)
            if (file, squeezed(one.change)) in survived
        ]
    return [Tried(one, equivalent=known.get((one.file, squeezed(one.change)), "")) for one in made]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="How many faults do the tests notice?")
    parser.add_argument(
        "--file", action="append", default=[], help="part of a path, such as gates/caps; repeatable"
    )
    parser.add_argument("--sample", type=int, default=16, help="faults per file; 0 for all")
    parser.add_argument("--seed", type=int, default=0, help="of the sample")
    parser.add_argument(
        "--survivors", action="store_true", help="try again what survived the last time"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    options = parser.parse_args(arguments)
    console = Console(stderr=options.json, width=None if sys.stdout.isatty() else 140)
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    started = time.perf_counter()
    with Progress(*columns, console=console, transient=True) as bar, copied() as folder:
        tried = drawn(options)
        tests = concerned({one.fault.file for one in tried})
        task = bar.add_task("watching the tests", total=len(tried))
        for row in judged(folder, [one.fault for one in tried], tests):
            if row["settled"]:
                one = tried[row["fault"]]
                one.noticed, one.by = row["noticed"], row["by"]
                bar.update(task, advance=1, description=one.fault.file)
    report: Row = {
        "bar": BAR,
        "seed": options.seed,
        "figures": figures(tried),
        "survivors": [_told(one) for one in tried if not one.noticed],
    }
    if options.survivors and not options.file:
        report = merged(json.loads(RESULT.read_text(encoding="utf-8")), tried)
    if not options.file:
        RESULT.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if options.json:
        print(json.dumps(report, ensure_ascii=False))
    else:
        for one in tried:
            if not one.noticed and not one.equivalent:
                place = f"{one.fault.file}:{one.fault.line}"
                console.print(f"[bold]{place}[/] {one.fault.operator}", highlight=False)
                console.print(one.fault.change, markup=False, highlight=False)
        console.print(table(report["figures"]))
        console.print(f"{time.perf_counter() - started:.0f} s")
    sys.exit(report["figures"][-1]["share"] < BAR)


def _told(one: Tried) -> Row:
    fault = one.fault
    return {
        "file": fault.file,
        "line": fault.line,
        "operator": fault.operator,
        "change": fault.change,
        "equivalent": one.equivalent,
    }


if __name__ == "__main__":
    main()
