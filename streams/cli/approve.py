"""``precede playbook approve``: a second person says that a playbook may act."""

import asyncio
from typing import Annotated

import typer

from detectors.event import format_time
from rules.playbook.errors import PlaybookError
from rules.playbook.loader import read_folder
from streams.cli.examples import examples
from streams.cli.output import console, fail, print_json, told
from streams.cli.playbook import WHY, AsJson, Folder, TimeLimit
from streams.cli.problems import FOUND_WRONG, complain
from streams.kafka.topics import create_topics
from streams.settings import Settings
from streams.sources.approvals import approve as write
from streams.sources.vetting import TIME_LIMIT_S, vet

MAX_NAME = 128


@examples(
    'precede playbook approve my-playbook --by "Ruth Levi"',
    'precede playbook publish my-playbook --author "Dan Cohen"',
)
def approve(
    folder: Folder,
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who approves it.")],
    as_json: AsJson = False,
    time_limit: TimeLimit = TIME_LIMIT_S,
) -> None:
    """Approve a playbook exactly as it is in a folder, by someone other than its author.

    Checks and tests run first; what fails them cannot be approved. The approval belongs to the
    content, by its hash: an edit of anything but layout and comments needs a new one. It counts
    from the next `precede playbook publish` of this content on. Live rules of a playbook without
    one decide as ever and end `unapproved`, unless it was published with PRECEDE_APPROVAL=off.
    """
    name = by.strip()
    if not 0 < len(name) <= MAX_NAME:
        fail(f"--by must be a name of 1 to {MAX_NAME} characters; got {len(name)}", code=2)
    try:
        files = read_folder(folder)
    except PlaybookError as error:
        complain(error.problems)
        raise typer.Exit(FOUND_WRONG) from None
    vetted = vet(files, time_limit)
    if vetted.reason is not None:
        complain(vetted.problems)
        told(f"nothing was approved: {WHY[vetted.reason]}")
        raise typer.Exit(FOUND_WRONG)
    at = asyncio.run(_approve(vetted.hash, name, Settings()))
    if as_json:
        print_json({"approved": vetted.hash, "name": vetted.name, "by": name, "at": at})
        return
    console.print(
        f"approved {vetted.name} {vetted.hash[:12]} by {name}; it counts from its next publish on",
        highlight=False, markup=False, soft_wrap=True,
    )  # fmt: skip


async def _approve(content: str, by: str, settings: Settings) -> str:
    await create_topics(settings)
    return format_time((await write(content, by, settings)).at)
