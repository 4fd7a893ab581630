"""``precede rules fmt``: the canonical layout of a playbook's files."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from rules.playbook.errors import PlaybookError
from rules.playbook.layout.formatting import LayoutError, format_file
from rules.playbook.loader import read_folder
from streams.cli.output import console, errors, fail, print_json
from streams.cli.problems import complain

FOUND_WRONG = 1


def fmt(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="The playbook's folder, or one of its files.")
    ],
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; fail when a file would change.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Bring the files of a playbook into one layout. Comments stay, and so does the meaning.

    Keys of a rule come in one order; && || ! become and or not; long expressions are broken before
    and, or. A file whose meaning would change is left alone, and told.

    Examples:  precede rules fmt my-playbook  |  precede rules fmt my-playbook --check
    """
    files = _files(folder)
    changed: list[str] = []
    wrong: list[str] = []
    for name, content in files.items():
        try:
            formatted = format_file(name, content)
        except PlaybookError as error:
            complain(error.problems)
            wrong.append(name)
            continue
        except LayoutError as error:
            errors.print(escape(str(error)), highlight=False, soft_wrap=True)
            wrong.append(name)
            continue
        if formatted.changed:
            changed.append(name)
            if not check:
                Path(name).write_text(formatted.after)
    if as_json:
        print_json({"files": len(files), "changed": changed, "wrong": wrong, "written": not check})
    else:
        said = "would change" if check else "changed"
        for name in changed:
            console.print(f"{said} {escape(name)}", highlight=False, soft_wrap=True)
        console.print(f"{len(files)} files, {len(changed)} {said}", highlight=False)
    if wrong or (check and changed):
        raise typer.Exit(FOUND_WRONG)


def _files(folder: Path) -> dict[str, bytes]:
    if folder.is_file():
        return {str(folder): folder.read_bytes()}
    try:
        return read_folder(folder)
    except PlaybookError as error:
        fail(str(error.problems[0].message), hint="name a folder or a file", code=2)
