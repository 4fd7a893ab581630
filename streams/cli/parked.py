"""``precede parked``: actions that wait for a person."""

import asyncio
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from detectors.event import format_time
from streams.cli.log import progress_bar, told_in_a_sentence
from streams.cli.output import console, fail, print_json
from streams.cli.person import this_person
from streams.dispatch.parked import Waiting, ask_cancel, ask_replay, read_parked
from streams.kafka.client import client_options
from streams.kafka.reading import require_topics
from streams.kafka.topics import Topics
from streams.settings import Settings

app = typer.Typer(help="List, replay or cancel actions that wait.", no_args_is_help=True)

MAX_REASON = 500
"""Characters of a reason."""

Ids = Annotated[list[str] | None, typer.Argument(metavar="ID...", help="Ids of actions.")]
Channel = Annotated[str | None, typer.Option("--channel", metavar="C", help="All of a channel.")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it is kept.")]
By = Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who asks; else user@host.")]
Planned = Annotated[
    bool,
    typer.Option("--planned", help="Also those that wait for their time, a retry or a resume."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]


@app.callback()
def parked() -> None:
    """List, replay or cancel actions that wait for a person.

    ``parked`` ones were not taken, and trying again is of no use before something is changed.
    Of ``unknown`` ones nobody knows whether they were taken, and the channel would not recognise a
    repeat: ask the mail server, the SMS service or the customer first.
    """


@app.command("list")
def list_(channel: Channel = None, planned: Planned = False, as_json: AsJson = False) -> None:
    """List them, the longest waiting first.

    Examples
    --------
      precede parked list

      precede parked list --channel mail --json
    """
    every = _read(planned=planned, as_json=as_json)
    found = [one for one in every if channel in {None, one.entry.channel}]
    if as_json:
        print_json({"waiting": [_told(one) for one in found]})
    elif found:
        console.print(_table(found))
    else:
        console.print("nothing waits")


@app.command()
def replay(
    ids: Ids = None,
    channel: Channel = None,
    even_if_sent: Annotated[
        bool,
        typer.Option("--even-if-sent", help="Also unknown ones: the customer may get it twice."),
    ] = False,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Let actions go out again, by their ids or all of a channel.

    One whose time is over ends as expired, and gates are not asked again. One of unknown outcome
    goes out again only with --even-if-sent; of a channel the others do meanwhile.

    Examples
    --------
      precede parked replay 0d5b6f6e-6c0e-5f4e-8f53-0c1f4a0f9a11

      precede parked replay --channel crm
    """
    chosen = _chosen(ids, channel, planned=False, as_json=as_json)
    certain = [one for one in chosen if even_if_sent or one.entry.state == "parked"]
    left = len(chosen) - len(certain)
    if left and ids:
        fail(
            f"{left} of these may have been sent; an action must be parked to go out again",
            hint="make sure that it was not sent, then add --even-if-sent",
        )
    with told_in_a_sentence():
        asyncio.run(
            ask_replay(certain, Settings(), by=by or this_person(), even_if_taken=even_if_sent)
        )
    _say("asked to replay", certain, left, as_json=as_json)


@app.command()
def cancel(
    ids: Ids = None,
    channel: Channel = None,
    planned: Planned = False,
    reason: Reason = "",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """End actions, by their ids or all of a channel: they go out no more.

    An unknown one stays unknown, and is no longer listed.

    Examples
    --------
      precede parked cancel 0d5b6f6e-6c0e-5f4e-8f53-0c1f4a0f9a11 --reason "told by telephone"

      precede stop --channel sms && precede parked cancel --channel sms --planned
    """
    if len(reason) > MAX_REASON:
        fail(f"--reason must have at most {MAX_REASON} characters; got {len(reason)}", code=2)
    chosen = _chosen(ids, channel, planned=planned, as_json=as_json)
    with told_in_a_sentence():
        asyncio.run(ask_cancel(chosen, Settings(), by=by or this_person(), reason=reason))
    _say("asked to cancel", chosen, 0, as_json=as_json)


def _chosen(
    ids: list[str] | None, channel: str | None, *, planned: bool, as_json: bool
) -> list[Waiting]:
    if bool(ids) == (channel is not None):
        fail("either ids of actions or --channel must be given", code=2)
    found = _read(planned=planned, as_json=as_json)
    if ids:
        found = [one for one in found if one.entry.id in ids]
        missing = [one for one in ids if one not in {each.entry.id for each in found}]
        if missing:
            fail(
                f"each id must be of an action that waits; got {', '.join(missing)}",
                hint="precede parked list",
            )
        return found
    return [one for one in found if one.entry.channel == channel]


def _read(*, planned: bool, as_json: bool) -> list[Waiting]:
    settings = Settings()

    async def read() -> list[Waiting]:
        await require_topics(Topics(settings.topic_prefix), client_options(settings))
        return await read_parked(
            settings, lambda done, of: show("partitions", done, of), planned=planned
        )

    with told_in_a_sentence(), progress_bar(quiet=as_json) as show:
        return asyncio.run(read())


def _told(waiting: Waiting) -> dict[str, Any]:
    entry = waiting.entry
    return {
        "action_id": entry.id,
        "state": entry.state,
        "since": format_time(entry.changed_at),
        "reason": entry.reason,
        "rule": entry.rule,
        "channel": entry.channel,
        "customer": entry.customer,
        "contact_point": entry.contact_point,
        "attempts": entry.attempts,
    }


def _table(found: list[Waiting]) -> Table:
    table = Table(title=f"{len(found):,} actions wait", title_justify="left")
    for column in ("action", "state", "since", "channel", "rule", "why"):
        table.add_column(column, overflow="fold")
    for one in found:
        entry = one.entry
        since = format_time(entry.changed_at)[:19]
        cells = (entry.id, entry.state, since, entry.channel, entry.rule, entry.reason)
        table.add_row(*map(Text, cells))  # names and reasons are no markup
    return table


def _say(what: str, chosen: list[Waiting], left: int, *, as_json: bool) -> None:
    if as_json:
        ids = [one.entry.id for one in chosen]
        print_json({"actions": ids, "left": left})
        return
    console.print(f"{what}: {len(chosen):,} actions")
    if left:
        console.print(f"left: {left:,} that may have been sent; --even-if-sent takes them too")
