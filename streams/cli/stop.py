"""``precede stop`` and ``precede resume``: nothing more leaves; it may leave again."""

import asyncio
from dataclasses import asdict
from difflib import get_close_matches
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from detectors.event import format_time
from rules.playbook.models import Playbook
from streams.cli.examples import examples
from streams.cli.output import console, errors, fail, print_json
from streams.cli.person import this_person
from streams.clock import now
from streams.engine.playbooks import PlaybookStore
from streams.kafka.client import client_options
from streams.kafka.reading import require_topics
from streams.kafka.topics import Topics, create_topics
from streams.settings import Settings
from streams.sources.control import Order, Scope, give, orders

MAX_TEXT = 500
"""Characters of a reason or a name."""

Rule = Annotated[str | None, typer.Option("--rule", metavar="R", help="Only this rule.")]
Channel = Annotated[str | None, typer.Option("--channel", metavar="C", help="Only this channel.")]
Reason = Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="Why; it is kept.")]
By = Annotated[
    str | None, typer.Option("--by", metavar="NAME", help="Who orders it; else user@host.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]


@examples(
    'precede stop --reason "wrong amounts in messages"',
    'precede stop --rule callback-after-abandonment --reason "desk is down" --by "Ruth Levi"',
    "precede stop --list",
)
def stop(
    rule: Rule = None,
    channel: Channel = None,
    reason: Reason = None,
    by: By = None,
    list_: Annotated[
        bool, typer.Option("--list", help="Show the newest order about each thing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Stop everything, one rule or one channel: within 2 s nothing of it leaves any more.

    Dispatchers begin no call that is stopped, whatever waits in the log before it; calls that are
    out already end. Actions that wait go out after `precede resume` if they are still in time. New
    candidates end with reason `brake`. Who stopped what, when and why stays in the topic `control`
    and in the log; workers show precede_stopped, and /health/ready the reason.
    """
    if list_:
        _list(as_json=as_json)
        return
    order = _order(rule, channel, reason, by, stopped=True)
    settings = Settings()
    asyncio.run(_give(order, settings))
    _show(order, as_json=as_json)
    hint = "" if order.scope == "all" else asyncio.run(_unknown(order, settings))
    if hint:
        errors.print(f"warning: {hint}", highlight=False, markup=False, soft_wrap=True)
        raise typer.Exit(1)


@examples(
    'precede resume --reason "amounts are right again"',
    'precede resume --rule callback-after-abandonment --reason "desk is back"',
)
def resume(
    rule: Rule = None,
    channel: Channel = None,
    reason: Reason = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Let go on what `precede stop` stopped: everything, one rule or one channel.

    It lifts exactly the stop that it names: resuming everything leaves a stopped rule stopped.
    """
    order = _order(rule, channel, reason, by, stopped=False)
    settings = Settings()
    held = asyncio.run(_stopped(settings))
    if order.key not in {each.key for each in held}:
        others = ", ".join(each.what for each in held)
        fail(
            f"only what is stopped can be resumed; {order.what} is not",
            hint=f"stopped are: {others}" if others else "nothing is stopped",
        )
    asyncio.run(_give(order, settings))
    _show(order, as_json=as_json)


def _order(
    rule: str | None, channel: str | None, reason: str | None, by: str | None, *, stopped: bool
) -> Order:
    if rule is not None and channel is not None:
        fail(
            "either --rule or --channel can be named; got both", hint="stop them one by one", code=2
        )
    scope: Scope = "rule" if rule is not None else "channel" if channel is not None else "all"
    name = (rule if rule is not None else channel or "").strip()
    if scope != "all" and not 0 < len(name) <= MAX_TEXT:
        fail(f"--{scope} must be the name of a {scope}; got {name[:64]!r}", code=2)
    why = (reason or "").strip()
    if not 0 < len(why) <= MAX_TEXT:
        fail(f"--reason must say why in 1 to {MAX_TEXT} characters; got {len(why)}", code=2)
    person = (by or this_person()).strip()[:MAX_TEXT]
    return Order(scope, name, stopped, person, now(), why)


def _show(order: Order, *, as_json: bool) -> None:
    if as_json:
        print_json(_plain(order))
        return
    did = "stopped" if order.stopped else "resumed"
    console.print(f"{did} {order.what}", highlight=False, markup=False, soft_wrap=True)


def _list(*, as_json: bool) -> None:
    found = asyncio.run(_orders(Settings()))
    if as_json:
        print_json({"orders": [_plain(order) for order in found]})
        return
    table = Table(box=None)
    for column in ("what", "is", "since", "by", "reason"):
        table.add_column(column)
    for order in found:
        state = "stopped" if order.stopped else "running"
        cells = (order.what, state, format_time(order.at), order.by, order.reason)
        table.add_row(*map(Text, cells))  # what people wrote is no markup
    if found:
        console.print(table)
    else:
        console.print("nothing was ever stopped")


def _plain(order: Order) -> dict[str, object]:
    return {**asdict(order), "at": format_time(order.at)}


async def _give(order: Order, settings: Settings) -> None:
    await create_topics(settings)
    await give(order, settings)


async def _orders(settings: Settings) -> list[Order]:
    await require_topics(Topics(settings.topic_prefix), client_options(settings))
    await create_topics(settings)  # those of an older installation may lack the control topic
    return await orders(settings)


async def _stopped(settings: Settings) -> list[Order]:
    return [order for order in await _orders(settings) if order.stopped]


async def _unknown(order: Order, settings: Settings) -> str:
    """Return that no playbook knows what was stopped, as of the newest one; empty when it does."""
    store = PlaybookStore(client_options(settings), Topics(settings.topic_prefix).playbooks)
    await store.refresh()
    loaded = store.newest()
    known = _names(loaded[-1], order.scope) if loaded else []
    if not known or order.name in known:
        return ""
    near = get_close_matches(order.name, known, 1)
    meant = f"; did you mean {near[0]!r}?" if near else ""
    return f"the newest playbook has no {order.scope} {order.name!r}: this stops nothing{meant}"


def _names(playbook: Playbook, scope: Scope) -> list[str]:
    return [rule.id for rule in playbook.rules] if scope == "rule" else [*playbook.channels]
