"""What is wrong with a playbook, as commands tell it: all of it, each thing with its place."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import typer
from rich.markup import escape

from rules.playbook.errors import PlaybookError, Problem
from rules.playbook.loader import Loaded, load_with_warnings
from streams.cli.output import errors, print_json

FOUND_WRONG = 1


def read(folder: Path, *, as_json: bool) -> Loaded:
    """Return a folder's playbook with its warnings, or leave with everything that is wrong."""
    try:
        return load_with_warnings(folder)
    except PlaybookError as error:
        if as_json:
            print_json({"problems": [asdict(problem) for problem in error.problems]})
        else:
            complain(error.problems)
        raise typer.Exit(FOUND_WRONG) from None


def complain(problems: Sequence[Problem]) -> None:
    """Write problems to standard error: place, message, line, caret and help; then their number."""
    for problem in problems:
        colour = "red" if problem.severity == "error" else "yellow"
        first, *rest = str(problem).split("\n")
        if not problem.file:
            first = f"{problem.severity}: {problem.message}"
        errors.print(f"[bold {colour}]{escape(first)}[/]", highlight=False, soft_wrap=True)
        for line in rest:
            errors.print(escape(line), highlight=False, soft_wrap=True)
    counts = [(sum(p.severity == kind for p in problems), kind) for kind in ("error", "warning")]
    told = [f"{count} {kind}{'s' if count > 1 else ''}" for count, kind in counts if count]
    if told:
        errors.print(", ".join(told), highlight=False)
