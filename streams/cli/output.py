"""How commands speak: rich on a terminal, plain text or JSON elsewhere."""

import sys
from typing import Any, NoReturn

import orjson
import typer
from rich.console import Console
from rich.markup import escape

PLAIN_WIDTH = 120  # columns where there is no terminal to ask

console = Console(width=None if sys.stdout.isatty() else PLAIN_WIDTH)
errors = Console(stderr=True)


def print_json(value: Any) -> None:
    """Write one JSON document as a line of its own on standard output."""
    sys.stdout.write(orjson.dumps(value).decode() + "\n")
    sys.stdout.flush()


def told(message: str) -> int:
    """Write an error and return the exit status for it."""
    # Escaped: a message may hold square brackets, which rich would take for markup.
    errors.print(f"[bold red]error:[/] {escape(message)}", highlight=False, soft_wrap=True)
    return 1


def fail(message: str, *, hint: str = "", code: int = 1) -> NoReturn:
    """Leave with an error: what must hold, what was got, and in `hint` what to do."""
    told(message)
    if hint:
        errors.print(f"  [dim]=[/] help: {escape(hint)}", highlight=False, soft_wrap=True)
    raise typer.Exit(code)
