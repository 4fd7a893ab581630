"""``precede rules``: look at a playbook before it runs."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from rules.playbook.errors import PlaybookError, Problem
from rules.playbook.loader import Loaded, load_with_warnings
from rules.playbook.models import Rule
from rules.playbook.testing import CaseResult, run_tests
from rules.program import Program
from streams.cli.output import console, errors, print_json

FOUND_WRONG = 1

app = typer.Typer(
    no_args_is_help=True,
    help="Check and test a playbook: a folder of YAML files with rules, gates, goals and actions.",
)

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The playbook's folder.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]


@app.command()
def check(folder: Folder, as_json: AsJson = False) -> None:
    """Read a playbook and show everything that is wrong with it, each with its place."""
    loaded = _load(folder, as_json=as_json)
    playbook = loaded.playbook
    Program(playbook)
    if as_json:
        print_json(
            {
                "hash": playbook.hash,
                "rules": [_about(rule) for rule in playbook.rules],
                "problems": [asdict(problem) for problem in loaded.warnings],
            }
        )
        return
    table = Table(box=None)
    for column in ("rule", "version", "level", "mode", "tests", "trigger"):
        table.add_column(column, no_wrap=column == "rule")
    for rule in playbook.rules:
        table.add_row(*(str(value) for value in _about(rule).values()))
    console.print(table)
    console.print(f"[green]{playbook.name}: {len(playbook.rules)} rules, {playbook.hash[:12]}[/]")


@app.command("test")
def run(folder: Folder, as_json: AsJson = False) -> None:
    """Run the tests that stand beside the rules, each also with its state saved and restored."""
    loaded = _load(folder, as_json=as_json)
    results = run_tests(loaded.playbook)
    failed = [result for result in results if not result.passed]
    if as_json:
        print_json(
            {
                "passed": len(results) - len(failed),
                "failed": len(failed),
                "tests": [{**asdict(result), "passed": result.passed} for result in results],
            }
        )
    else:
        _show(results)
    if failed:
        raise typer.Exit(FOUND_WRONG)


def _load(folder: Path, *, as_json: bool) -> Loaded:
    try:
        loaded = load_with_warnings(folder)
    except PlaybookError as error:
        if as_json:
            print_json({"problems": [asdict(problem) for problem in error.problems]})
        else:
            _complain(error.problems)
        raise typer.Exit(FOUND_WRONG) from None
    if not as_json:
        _complain(loaded.warnings)
    return loaded


def _complain(problems: tuple[Problem, ...]) -> None:
    for problem in problems:
        colour = "red" if problem.severity == "error" else "yellow"
        first, *rest = str(problem).split("\n")
        errors.print(f"[bold {colour}]{escape(first)}[/]", highlight=False, soft_wrap=True)
        for line in rest:
            errors.print(escape(line), highlight=False, soft_wrap=True)
    count = sum(problem.severity == "error" for problem in problems)
    if count:
        errors.print(f"{count} error{'s' if count > 1 else ''}", highlight=False)


def _about(rule: Rule) -> dict[str, str | int]:
    return {
        "id": rule.id,
        "version": rule.version,
        "level": rule.pyramid_level,
        "mode": rule.mode,
        "tests": len(rule.tests),
        "trigger": rule.when or " > ".join(s.event or f"no {s.absent}" for s in rule.sequence),
    }


def _show(results: list[CaseResult]) -> None:
    rule = ""
    for result in results:
        if result.rule != rule:
            rule = result.rule
            console.print(f"[bold]{rule}[/]", highlight=False)
        mark = "[green]ok  [/]" if result.passed else "[bold red]FAIL[/]"
        console.print(f"  {mark} {escape(result.name)}", highlight=False, soft_wrap=True)
        for failure in result.failures:
            console.print(f"         [red]{escape(failure)}[/]", highlight=False, soft_wrap=True)
    passed = sum(result.passed for result in results)
    colour = "green" if passed == len(results) else "red"
    console.print(f"[{colour}]{passed} of {len(results)} tests pass[/]", highlight=False)
