"""``precede schemas``: the forms of playbooks and of everything on the wire."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from streams.cli.output import console, fail, print_json
from streams.schemas import encoded, schemas, write_schemas

FOUND_WRONG = 1


def write(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder for the files.")],
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail when a file there is not current.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Write the JSON Schemas of playbooks and of all records: events, decisions, actions, letters.

    Examples:  precede schemas deploy/schemas  |  precede schemas deploy/schemas --check
    """
    if check:
        stale = [
            name
            for name, schema in schemas().items()
            if not (folder / name).is_file() or (folder / name).read_bytes() != encoded(schema)
        ]
        if as_json:
            print_json({"current": not stale, "stale": stale})
        elif stale:
            console.print(f"not current: {escape(', '.join(stale))}", soft_wrap=True)
        if stale:
            raise typer.Exit(FOUND_WRONG)
        return
    try:
        files = write_schemas(folder)
    except OSError as error:
        fail(f"DIR must be a folder that can be written; got {error}")
    if as_json:
        print_json({"files": [str(file) for file in files]})
    else:
        for file in files:
            console.print(f"wrote {escape(str(file))}", highlight=False, soft_wrap=True)
