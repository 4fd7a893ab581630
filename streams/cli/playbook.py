"""``precede playbook``: bring a playbook into force."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from rules.playbook.errors import PlaybookError
from rules.playbook.loader import load
from rules.playbook.testing import run_tests
from streams.cli.output import console, fail, print_json
from streams.settings import Settings
from streams.sources.publish import publish as publish_playbook
from streams.sources.publish import read_content

app = typer.Typer(help="Bring a playbook into force.", no_args_is_help=True)


@app.callback()
def playbook() -> None:
    """Bring a playbook into force."""


@app.command()
def publish(
    folder: Annotated[Path, typer.Argument(help="Folder of YAML files, owned by the CX team.")],
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable result.")] = False,
) -> None:
    """Check a playbook, run its tests and switch every partition to it through the log.

    A playbook with an error, or with a failing test, changes nothing.

    Example:  precede playbook publish rules/playbook/default
    """
    try:
        loaded = load(folder)
    except PlaybookError as error:
        fail(str(error), hint="`precede rules check` shows every error with its place")
    failed = [outcome for outcome in run_tests(loaded) if not outcome.passed]
    if failed:
        fail(
            f"every test of a playbook must pass; {len(failed)} failed, nothing was published",
            hint=f"precede rules test {folder}",
        )
    asyncio.run(publish_playbook(loaded, read_content(folder), Settings()))
    if as_json:
        print_json({"name": loaded.name, "hash": loaded.hash, "rules": len(loaded.rules)})
    else:
        console.print(
            f"published [bold]{loaded.name}[/] {loaded.hash[:12]}, {len(loaded.rules)} rules"
        )
