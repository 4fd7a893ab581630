"""``precede customer``: what is held about one customer, and how it is forgotten."""

import asyncio
import sys
from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Annotated

import typer
from rich.table import Table

from detectors.event import MAX_ID_LENGTH
from streams.backtest.source import Show
from streams.cli.log import progress_bar, told_in_a_sentence
from streams.cli.output import console, errors, fail, print_json
from streams.erasure.document import write_document
from streams.erasure.forget import NotAppliedError
from streams.erasure.forget import forget as erase
from streams.erasure.held import held
from streams.erasure.purge import Purged
from streams.erasure.purge import purge as free_logs
from streams.erasure.register import Erasure, digest_of, find, registered
from streams.kafka.client import client_options
from streams.kafka.reading import require_topics
from streams.kafka.topics import Topics
from streams.settings import Settings

NOT_YET = 3  # written down, but no worker has come to it

app = typer.Typer(help="Export and forget what is held about a customer.", no_args_is_help=True)

CustomerId = Annotated[str, typer.Argument(metavar="ID", help="The customer's id.")]
AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable result.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask; for scripts.")]


@app.command()
def export(
    customer: CustomerId,
    file: Annotated[
        Path | None, typer.Option("--file", help="Write all of it into this file, as JSON.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show everything that is held about a customer: state, labels, decisions, actions, events.

    Without --file and --json only how much of each there is. The file holds personal data.

    For example:

      precede customer export c-17 --file c-17.json

      precede customer export c-17 --json | jq .state
    """
    _require_id(customer)
    with told_in_a_sentence(), progress_bar(quiet=as_json) as show:
        if file is not None:
            with file.open("w", encoding="utf-8") as out:
                counts = asyncio.run(_export(customer, out, show))
        else:
            counts = asyncio.run(_export(customer, sys.stdout if as_json else None, show))
    if as_json and file is None:
        return
    if as_json:
        print_json({"file": str(file), "found": counts})
        return
    table = Table("what", "found", show_edge=False)
    for section, count in counts.items():
        table.add_row(section.replace("_", " "), f"{count:,}")
    console.print(table)
    if file is not None:
        console.print(f"all of it: {file}", highlight=False, soft_wrap=True)


@app.command()
def forget(
    customer: CustomerId,
    yes: Yes = False,
    reference: Annotated[
        str, typer.Option(help="What it was asked for with, such as a ticket; must name nobody.")
    ] = "",
    wait_s: Annotated[
        float, typer.Option("--wait", min=0, help="How long to wait for the workers, seconds.")
    ] = 30.0,
    as_json: AsJson = False,
) -> None:
    """Forget a customer: at once in state and ledger, with the next purge in the logs.

    What waits for the customer is cancelled. A customer who comes back later begins as new. Safe
    to run again, after whatever ended it; exit status 3 when no worker has come to it yet.

    For example:

      precede customer forget c-17 --reference DSR-2026-118

      precede customer forget c-17 --yes --json
    """
    _require_id(customer)
    _confirm("Forget this customer? It cannot be undone.", yes=yes)
    with told_in_a_sentence(), progress_bar(quiet=as_json) as show:
        try:
            erasure = asyncio.run(_forget(customer, reference, wait_s, show))
        except NotAppliedError as error:
            fail(str(error), code=NOT_YET)
    if as_json:
        print_json(asdict(erasure))
    else:
        console.print(
            f"forgotten: state and ledger hold nothing any more; the logs follow by "
            f"{_day(erasure.purge_by)}, with `precede customer purge`",
            soft_wrap=True,
        )


@app.command()
def purge(
    now: Annotated[
        bool, typer.Option("--now", help="Also what is not due yet. Deletes the most of the log.")
    ] = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Delete from the logs what is older than the erasures that are due. Run it daily.

    What came before goes for all customers: Kafka deletes from the beginning only. Decisions after
    it stay, and rest on a snapshot: `precede verify --from-snapshot`. Exit status 1 when an erasure
    was asked for that no worker has come to.

    For example:

      precede customer purge --yes

      precede customer purge --now
    """
    _confirm("Delete the log before the erasures that are due?", yes=yes)
    with told_in_a_sentence(), progress_bar(quiet=as_json) as show:
        done = asyncio.run(_purge(show, everything=now))
    if as_json:
        print_json(
            {
                "purged": len(done.erasures),
                "next_at": done.next_at,
                "kept_from": list(done.kept_from.values()),
                "unapplied": done.unapplied,
            }
        )
    else:
        _tell_purged(done)
    if done.unapplied:
        fail(
            f"every erasure must have reached the workers; {done.unapplied:,} did not in time",
            hint="run `precede customer forget ID` again for each, while workers run",
        )


def _tell_purged(done: Purged) -> None:
    following = f"; the next is due on {_day(done.next_at)}" if done.next_at else ""
    if not done.erasures:
        console.print(f"nothing is due{following}")
        return
    places = ", ".join(f"{offset:,}" for offset in done.kept_from.values())
    console.print(
        f"{len(done.erasures):,} erasures are complete; the partitions of interactions begin at "
        f"offset {places} now{following}",
        soft_wrap=True,
    )


@app.command()
def erasures(
    customer: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="Only the erasure of this customer.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the register of erasures: when each was asked for, applied and complete.

    It names nobody: a customer is found in it by the id alone. Exit status 1 when the customer
    that is asked for was never forgotten.

    For example:

      precede customer erasures

      precede customer erasures c-17
    """
    with told_in_a_sentence():
        found = asyncio.run(_erasures(customer))
    if as_json:
        print_json([asdict(each) for each in found])
    elif found:
        table = Table("customer", "no.", "reference", "asked", "applied", "logs free", "due by")
        for each in found:
            table.add_row(
                each.digest[:12], str(each.number), each.reference, _day(each.asked_at),
                _day(each.applied_at), _day(each.purged_at), _day(each.purge_by),
            )  # fmt: skip
        console.print(table)
    if customer is not None and not found:
        fail("the customer must have been forgotten; the register holds no such erasure")


async def _export(customer: str, out: IO[str] | None, show: Show) -> Counter[str]:
    settings = Settings()
    options = client_options(settings)
    await require_topics(Topics(settings.topic_prefix), options)
    found = held(settings, options, customer, show)
    return await write_document(customer, found, out.write if out is not None else len)


async def _forget(customer: str, reference: str, wait_s: float, show: Show) -> Erasure:
    settings = Settings()
    options = client_options(settings)
    await require_topics(Topics(settings.topic_prefix), options)
    return await erase(
        settings, options, customer, reference=reference, patience_s=wait_s, progress=show
    )


async def _purge(show: Show, *, everything: bool) -> Purged:
    settings = Settings()
    options = client_options(settings)
    await require_topics(Topics(settings.topic_prefix), options)
    return await free_logs(settings, options, everything=everything, progress=show)


async def _erasures(customer: str | None) -> list[Erasure]:
    settings = Settings()
    options = client_options(settings)
    await require_topics(Topics(settings.topic_prefix), options)
    salt, known = await registered(options, settings.topic_prefix)
    if customer is None:
        return known
    found = find(known, digest_of(customer, salt))
    return [] if found is None else [found]


def _require_id(customer: str) -> None:
    if not 0 < len(customer) <= MAX_ID_LENGTH:
        fail(f"ID must have 1 to {MAX_ID_LENGTH} characters; got {len(customer)}", code=2)


def _confirm(question: str, *, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        fail("a person must confirm this; nobody is at the terminal", hint="--yes", code=2)
    errors.print(question)
    typer.confirm("Go on?", abort=True, err=True)


def _day(at: float | None) -> str:
    return "-" if at is None else f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC"
