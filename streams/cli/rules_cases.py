"""``precede rules test``: cases, reruns, coverage and faults, told to a person or a machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from rules.language.errors import Flaw
from rules.playbook.errors import Problem
from rules.playbook.finding import Finding
from rules.playbook.junit import junit
from rules.playbook.loader import Loaded
from rules.playbook.testing import CaseResult
from rules.playbook.tree import Path as Place
from rules.playbook.trial import Trial, steps, try_out
from streams.cli.output import console, errors, fail
from streams.cli.problems import complain

SHOW_FROM = 40  # steps below which a progress bar would only flicker


class Report:
    """A trial together with the places in the files."""

    def __init__(self, loaded: Loaded, trial: Trial) -> None:
        self._loaded = loaded
        self.trial = trial
        self.warnings = [loaded.place(finding) for finding in trial.warnings()]

    def place(self, path: Place, message: str) -> Problem:
        """Return a message with the place of a path in a file."""
        return self._loaded.place(Finding(path, Flaw(0, 1_000, message)))

    def as_json(self) -> dict[str, Any]:
        """Return everything as plain values."""
        trial = self.trial
        seen, points = trial.points
        return {
            "passed": len(trial.results) - trial.failed,
            "failed": trial.failed,
            "tests": [self._case_as_json(result) for result in trial.results],
            "coverage": {
                "percent": _percent(seen, points),
                "rules": {covered.rule: round(covered.percent, 1) for covered in trial.coverage},
            },
            "mutants": {"noticed": trial.noticed, "all": len(trial.mutants)},
            "warnings": [asdict(problem) for problem in self.warnings],
        }

    def write_junit(self, file: Path) -> None:
        """Write the results as JUnit XML."""
        text = junit(self._loaded.playbook.name, self.trial.results, self.place)
        try:
            file.write_text(text, encoding="utf-8")
        except OSError as error:
            reason = error.strerror or type(error).__name__
            fail(f"--junit must name a file that can be written; got {file} ({reason})", code=2)

    def show(self) -> None:
        """Write everything for a person."""
        rule = ""
        for result in self.trial.results:
            if result.rule != rule:
                rule = result.rule
                console.print(f"[bold]{rule}[/]", highlight=False)
            self._show_case(result)
        complain(self.warnings)
        self._show_sums()

    def _show_case(self, result: CaseResult) -> None:
        mark = "[green]ok  [/]" if result.passed else "[bold red]FAIL[/]"
        console.print(f"  {mark} {escape(result.name)}", highlight=False, soft_wrap=True)
        for failure in result.failures:
            place = self.place(failure.path, "")
            text = escape(f"{place.file}:{place.line}:{place.column}: {failure}")
            console.print(f"         [red]{text}[/]", highlight=False, soft_wrap=True)
        colours = {"-": "red", "+": "yellow"}
        for line in result.diff:
            colour = colours.get(line[0], "dim")
            text = f"         [{colour}]{escape(line)}[/]"
            console.print(text, highlight=False, soft_wrap=True)

    def _show_sums(self) -> None:
        trial = self.trial
        total = len(trial.results)
        colour = "red" if trial.failed else "green"
        passed = f"[{colour}]{total - trial.failed} of {total} tests pass[/]"
        shuffles = sum(result.shuffles for result in trial.results)
        left_out = sum(result.left_out for result in trial.results)
        again = (
            f"each restarted after every event; {shuffles} other orders of arrival; "
            f"{left_out} runs with a value missing"
        )
        seen, points = trial.points
        covered = f"coverage {_percent(seen, points):.0f}%, {seen} of {points} points seen"
        faults = f"{trial.noticed} of {len(trial.mutants)} faults put in are noticed"
        for line in (passed, again, covered, faults):
            console.print(line, highlight=False, soft_wrap=True)

    def _case_as_json(self, result: CaseResult) -> dict[str, Any]:
        here = self.place((*result.path, "name"), "")
        failures = []
        for failure in result.failures:
            place = self.place(failure.path, failure.message)
            failures.append(
                {
                    "run": failure.run,
                    "message": failure.message,
                    "file": place.file,
                    "line": place.line,
                    "column": place.column,
                }
            )
        return {
            "rule": result.rule,
            "name": result.name,
            "file": here.file,
            "line": here.line,
            "passed": result.passed,
            "failures": failures,
            "diff": list(result.diff),
            "shuffles": result.shuffles,
            "left_out": result.left_out,
        }


def report(loaded: Loaded, only: list[str]) -> Report:
    """Return what comes out of a playbook, with a progress bar where there is much to do."""
    playbook = loaded.playbook
    with _bar(steps(playbook, only)) as progress:

        def advance() -> None:
            progress.advance(progress.task_ids[0])

        return Report(loaded, try_out(playbook, only, advance))


@contextmanager
def _bar(total: int) -> Iterator[Progress]:
    columns = (
        TextColumn("testing"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
    )  # fmt: skip
    is_shown = errors.is_terminal and total >= SHOW_FROM
    with Progress(*columns, console=errors, transient=True, disable=not is_shown) as progress:
        progress.add_task("testing", total=total)
        yield progress


def _percent(seen: int, points: int) -> float:
    return round(100.0 * seen / points, 1) if points else 100.0
