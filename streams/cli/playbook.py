"""``precede playbook``: bring a playbook into force, and see which one is."""

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from aiokafka.errors import KafkaError
from rich.table import Table
from rich.text import Text

from detectors.event import format_time
from rules.playbook.approval import Approval
from rules.playbook.errors import PlaybookError
from rules.playbook.loader import read_folder
from streams.cli.examples import examples
from streams.cli.output import console, errors, print_json, told
from streams.cli.person import this_person
from streams.cli.problems import FOUND_WRONG, complain
from streams.clock import now
from streams.engine.published import published
from streams.engine.refusal import SHOWN, Reason, Refusal
from streams.kafka.client import client_options
from streams.kafka.error import KafkaSetupError
from streams.kafka.reading import require_topics
from streams.kafka.topics import Topics, create_topics
from streams.settings import Settings
from streams.sources.publish import content_of, publish_content, tell_refusal
from streams.sources.vetting import TIME_LIMIT_S, Vetted, named, vet

HEAD_START_S = 2.0
"""Between a playbook and the switch to it: workers need about a second to prepare fifty rules."""
POLL_S = 0.5
WHY: dict[Reason, str] = {
    "invalid": "its files have errors",
    "tests": "a test fails",
    "timeout": "checking it took too long",
    "error": "the check itself broke",
}

app = typer.Typer(help="Bring a playbook into force.", no_args_is_help=True)

Folder = Annotated[
    Path, typer.Argument(metavar="DIR", help="Folder of YAML files, owned by the CX team.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]
Author = Annotated[
    str | None,
    typer.Option(
        "--author", metavar="NAME", help="Who wrote it, who cannot approve it; else user@host."
    ),
]
TimeLimit = Annotated[
    float, typer.Option("--time-limit", min=1.0, help="Seconds that checks and tests may take.")
]


@app.callback()
def playbook() -> None:
    """Bring a playbook into force."""


@app.command()
@examples(
    "precede playbook publish rules/playbook/default",
    "PRECEDE_APPROVAL=off precede playbook publish my-playbook",
)
def publish(
    folder: Folder,
    as_json: AsJson = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check and test only; Kafka is not asked.")
    ] = False,
    time_limit: TimeLimit = TIME_LIMIT_S,
    author: Author = None,
) -> None:
    """Check a playbook, run its tests and switch every partition to it through the log.

    Checks and tests run in a process of their own. A playbook with an error, or with a failing
    test, changes nothing: it is told what is wrong and where, the workers show
    precede_playbook_refused_timestamp_seconds, and the command ends with status 1.

    Live rules send nothing, and end `unapproved`, before someone other than the author has approved
    exactly this content: see `precede playbook approve`. PRECEDE_APPROVAL=off switches that off for
    what is published with it; metrics and health show it.
    """
    files = _read(folder, as_json=as_json)
    settings = Settings()
    vetted = _vet(files, time_limit)
    if vetted.reason is not None:
        is_told = not dry_run and asyncio.run(_refuse(folder, vetted, settings))
        _show_refused(vetted, as_json=as_json, is_told=is_told)
        raise typer.Exit(FOUND_WRONG)
    approval = None
    if not dry_run:
        name = author or this_person()
        approval = asyncio.run(_publish(folder, files, vetted, settings, name))
    _show_published(vetted, approval, as_json=as_json)


@app.command()
def watch(folder: Folder, time_limit: TimeLimit = TIME_LIMIT_S, author: Author = None) -> None:
    """Publish a folder whenever its content changes: for writing rules against a running worker.

    What is refused is told with its places, and the watch goes on; Ctrl-C ends it.

    Example:  precede playbook watch my-playbook
    """
    _read(folder, as_json=False)
    console.print(f"watching {folder}; Ctrl-C ends it", highlight=False, soft_wrap=True)
    try:
        asyncio.run(_watch(folder, Settings(), time_limit, author or this_person()))
    except KeyboardInterrupt:
        console.print("stopped")


@app.command("list")
def list_(
    as_json: AsJson = False,
    last: Annotated[int, typer.Option(min=1, help="How many of the newest to show.")] = 10,
) -> None:
    """Show the newest published playbooks, where each is in force, and what was refused last.

    Example:  precede playbook list
    """
    found = asyncio.run(_published(Settings(), last))
    if as_json:
        print_json(found)
        return
    table = Table(box=None)
    for column in ("published", "hash", "name", "rules", "in force in partitions", "approved by"):
        table.add_column(column)
    for row in found["playbooks"]:
        partitions = ", ".join(map(str, row["partitions"]))
        rules = "cannot be read" if row["rules"] is None else str(row["rules"])
        approved = Text(", ".join(row["approved_by"]))  # names, not markup
        table.add_row(row["at"], row["hash"][:12], row["name"], rules, partitions, approved)
    console.print(table)
    if (refused := found["refused"]) is not None:
        errors.print(f"refused at {refused['at']}: {WHY[refused['reason']]}", highlight=False)
        for line in refused["said"]:
            errors.print(f"  {line}", highlight=False, markup=False, soft_wrap=True)


async def _watch(folder: Path, settings: Settings, time_limit: float, author: str) -> None:
    seen: dict[str, bytes] = {}
    done: dict[str, bytes] = {}
    in_force = ""
    while True:
        files = await asyncio.to_thread(read_folder, folder)
        # Once more the same, so that an editor has finished writing.
        if files == seen and files != done:
            done = files
            vetted = await asyncio.to_thread(vet, files, time_limit)
            if vetted.reason is not None:
                is_told = await _refuse(folder, vetted, settings)
                _show_refused(vetted, as_json=False, is_told=is_told)
            elif vetted.hash != in_force:
                approval = await _publish(folder, files, vetted, settings, author)
                in_force = vetted.hash
                _show_published(vetted, approval, as_json=False)
        seen = files
        await asyncio.sleep(POLL_S)


async def _publish(
    folder: Path, files: dict[str, bytes], vetted: Vetted, settings: Settings, author: str
) -> Approval:
    await create_topics(settings)
    return await publish_content(
        vetted.hash, vetted.name, content_of(folder, files), settings,
        author=author, head_start_s=HEAD_START_S,
    )  # fmt: skip


async def _refuse(folder: Path, vetted: Vetted, settings: Settings) -> bool:
    """Tell the workers, and return whether they could be told."""
    said = tuple(named(folder, problem) for problem in vetted.problems[:SHOWN])
    refusal = Refusal(now(), vetted.reason or "error", said)
    try:
        await require_topics(Topics(settings.topic_prefix), client_options(settings))
        await tell_refusal(refusal, settings)
    except (KafkaSetupError, KafkaError, ConnectionError, TimeoutError):
        return False
    return True


async def _published(settings: Settings, last: int) -> dict[str, Any]:
    options, topics = client_options(settings), Topics(settings.topic_prefix)
    await require_topics(topics, options)
    return await published(options, topics, settings.partitions, last)


def _read(folder: Path, *, as_json: bool) -> dict[str, bytes]:
    try:
        return read_folder(folder)
    except PlaybookError as error:
        _show_refused(Vetted("invalid", error.problems), as_json=as_json, is_told=False)
        raise typer.Exit(FOUND_WRONG) from None


def _vet(files: dict[str, bytes], time_limit: float) -> Vetted:
    if not errors.is_terminal:
        return vet(files, time_limit)
    with errors.status("checking and testing"):
        return vet(files, time_limit)


def _show_published(vetted: Vetted, approval: Approval | None, *, as_json: bool) -> None:
    """Tell what was published, or what may be where nothing was."""
    if as_json:
        about = {key: value for key, value in asdict(vetted).items() if key != "reason"}
        given = {} if approval is None else approval.fields()
        print_json({"published": approval is not None, **about, **given})
        return
    complain(vetted.problems)
    what = "may be published:" if approval is None else "published"
    console.print(
        f"{what} [bold]{vetted.name}[/] {vetted.hash[:12]}, {vetted.rules} rules, "
        f"{vetted.tests} tests pass"
    )
    if approval is not None:
        console.print(_said(approval, vetted.hash), highlight=False, markup=False, soft_wrap=True)


def _said(approval: Approval, content: str) -> str:
    """Return in a sentence whether live rules may act."""
    flaw = approval.flaw(content)
    if approval.policy == "off":
        return "approval is switched off (PRECEDE_APPROVAL=off): live rules act without one"
    if flaw:
        return (
            f"live rules will send nothing and end `unapproved`, {flaw}: `precede playbook approve "
            "DIR --by NAME`, then publish again"
        )
    return f"approved by {approval.by} at {format_time(approval.at)}"


def _show_refused(vetted: Vetted, *, as_json: bool, is_told: bool) -> None:
    reason = vetted.reason or "error"
    if as_json:
        problems = [asdict(problem) for problem in vetted.problems]
        print_json({"published": False, "reason": reason, "told": is_told, "problems": problems})
        return
    complain(vetted.problems)
    where = "the workers show it" if is_told else "no worker was told"
    told(f"nothing was published: {WHY[reason]}; {where}")
