"""``precede why`` and ``precede why-not``: one true sentence about one customer and one rule."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from difflib import get_close_matches
from functools import partial
from math import inf
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.text import Text

from detectors.event import Event, decode_event
from rules.cancel import CANCEL
from rules.decision import DECISION
from rules.playbook.errors import PlaybookError
from rules.playbook.loader import load
from rules.playbook.models import Playbook
from rules.why.decided import called_back, newest_decision, why
from rules.why.not_fired import why_not
from rules.why.reach import reach_s
from rules.why.seen import Trace
from streams.backtest.log import LogError, read_values
from streams.backtest.prepare import adoption, logged
from streams.backtest.source import Show
from streams.backtest.tracing import Tracer
from streams.cli.log import progress_bar, reading, told_in_a_sentence
from streams.cli.output import console, fail, print_json
from streams.engine.playbooks import PlaybookStore
from streams.engine.snapshots import Snapshot, first_offset, newest_before, records, usable
from streams.engine.transaction import partition_of
from streams.erasure.forget import forgotten_before
from streams.kafka.client import client_options
from streams.kafka.reading import read_to_end, require_topics
from streams.kafka.topics import Topics
from streams.settings import Settings

CustomerId = Annotated[str, typer.Argument(metavar="CUSTOMER", help="The customer's id.")]
RuleId = Annotated[str, typer.Argument(metavar="RULE", help="Id of the rule.")]
At = Annotated[
    str | None,
    typer.Option(
        "--at", metavar="T", help="As of when: 1999-01-03T07:15, by the playbook's clock."
    ),
]
From = Annotated[
    str | None,
    typer.Option("--from", metavar="LOG", help="A log on disk instead of Kafka's topics."),
]
PlaybookOption = Annotated[
    Path | None,
    typer.Option(
        "--playbook", metavar="DIR", help="With --from: what was in force from its start."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="The answer with the complete trace.")]

_SHOW_EVERY = 2_000


def why_command(
    customer: CustomerId,
    rule: RuleId,
    at: At = None,
    source: From = None,
    folder: PlaybookOption = None,
    as_json: AsJson = False,
) -> None:
    """Say why an action went out to a customer, or which gate held it back.

    The newest decision up to T counts. Exit status 1 when there is none: ask why-not.

    For example:

      precede why 54613724 owner-for-regulars

      precede why 54613724 owner-for-regulars --at 1999-01-20T12:00 --json
    """
    with told_in_a_sentence(), progress_bar(quiet=as_json) as show:
        if source is None:
            playbook, decisions = asyncio.run(_decided(Settings(), customer))
            until = _until(at, playbook)
        else:
            playbook = _loaded(folder)
            until = _until(at, playbook)
            trace = _from_log(source, playbook, customer, until, show)
            decisions = [*trace.decisions, *trace.cancels]
    _require_rule(playbook, rule)
    found = newest_decision(decisions, rule, until)
    if found is None:
        fail(
            f"{rule} must have had a candidate for {customer} by then; it had none",
            hint=f"precede why-not {customer} {rule}",
        )
    sentence = why(found, _clock(playbook), called_back(found, decisions, until))
    if as_json:
        print_json({"answer": sentence, "decision": dict(found.data)})
    else:
        console.print(Text(sentence), soft_wrap=True)


def why_not_command(
    customer: CustomerId,
    rule: RuleId,
    at: At = None,
    source: From = None,
    folder: PlaybookOption = None,
    as_json: AsJson = False,
) -> None:
    """Say why a rule did nothing for a customer: what was false at the last event that mattered.

    The customer's partition is recomputed from the log up to T, or from a snapshot where the log
    begins later; that takes seconds.

    For example:

      precede why-not 54613724 callback-after-abandonment --at 1999-01-03T07:15

      precede why-not 54613724 owner-for-regulars --from january/ --playbook my-playbook --json
    """
    with told_in_a_sentence(), progress_bar(quiet=as_json) as show:
        if source is None:
            settings = Settings()
            playbook, trace = asyncio.run(_from_topics(settings, customer, rule, at, show))
        else:
            playbook = _loaded(folder)
            trace = _from_log(source, playbook, customer, _until(at, playbook), show)
    _require_rule(playbook, rule)
    asked = next(each for each in playbook.rules if each.id == rule)
    answer = why_not(asked, playbook, trace, _clock(playbook))
    if as_json:
        events = [
            {"id": seen.event.id, "type": seen.event.type, "at": seen.event.at,
             "data": dict(seen.event.data), "scores": dict(seen.scores),
             "signals": dict(seen.signals)}
            for seen in trace.seen
        ]  # fmt: skip
        decisions = [dict(each.data) for each in trace.decisions if each.data["rule"] == rule]
        print_json({**answer.as_json(), "events": events, "decisions": decisions})
    else:
        console.print(Text(answer.sentence), soft_wrap=True)


def _clock(playbook: Playbook) -> Callable[[float], str]:
    return partial(local_time, ZoneInfo(playbook.time_zone))


def local_time(zone: ZoneInfo, at: float) -> str:
    """Return a time by a zone's clock, to the second."""
    if at in {inf, -inf}:
        return "the end of the log"
    return f"{datetime.fromtimestamp(at, zone):%a %d %b %Y, %H:%M:%S}"


def _until(text: str | None, playbook: Playbook) -> float:
    """Return the time that a person named; without an offset it is the playbook's clock."""
    if text is None:
        return inf
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        msg = f"must be a time such as 1999-01-03T07:15; got {text!r}"
        raise typer.BadParameter(msg, param_hint="--at") from None
    zone = ZoneInfo(playbook.time_zone)
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp()


def _loaded(folder: Path | None) -> Playbook:
    if folder is None:
        msg = "must name the playbook's folder where --from names a log"
        raise typer.BadParameter(msg, param_hint="--playbook")
    try:
        return load(folder)
    except PlaybookError as error:
        fail(str(error), hint=f"`precede rules check {folder}` shows every error with its place")


def _require_rule(playbook: Playbook, rule: str) -> None:
    known = [each.id for each in playbook.rules]
    if rule not in known:
        near = get_close_matches(rule, known, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(known)}"
        fail(f"RULE must be a rule of the playbook in force; got {rule!r}", hint=hint)


def _from_log(source: str, playbook: Playbook, customer: str, until: float, show: Show) -> Trace:
    with reading(source, show) as log:
        of_n = len(log.partitions)
        number = partition_of(customer.encode(), of_n)
        tracer = Tracer(number, of_n, "log", customer, until, lambda _name: playbook)
        tracer.take(adoption(number, playbook))
        for offset, value in enumerate(read_values(log.partitions[number])):
            tracer.take(logged(number, offset, value))
            if offset % _SHOW_EVERY == 0:
                show("recomputing", offset, 0)
            if tracer.is_over:
                break
        return tracer.trace


async def _from_topics(
    settings: Settings, customer: str, rule: str, at: str | None, show: Show
) -> tuple[Playbook, Trace]:
    options, topics, playbooks = await _opened(settings)
    published = playbooks.newest()
    until = _until(at, published[-1])
    number = partition_of(customer.encode(), settings.partitions)
    tracer = Tracer(number, settings.partitions, settings.clock, customer, until, playbooks.get)
    back_s = max((reach_s(each) for each in published[-1].rules if each.id == rule), default=0.0)
    base = await _base(settings, options, number, until, back_s)
    if base is not None:
        state = dict([each async for each in records(settings, options, base)])
        tracer.resume(state, -inf if base.at is None else base.at)
    done = 0
    # Read to the end in any case: a reader that is left half-way would stay connected.
    async for batch in read_to_end(
        options, topics.interactions, number, since=base.offset if base is not None else 0
    ):
        for record in batch:
            if not tracer.is_over:
                tracer.take(record)
        done += len(batch)
        show("recomputing", done, 0)
    if tracer.playbook is None:
        msg = f"a playbook must have been in force by then; none was in partition {number}"
        raise LogError(msg)
    return tracer.playbook, tracer.trace


async def _base(
    settings: Settings, options: dict[str, Any], partition: int, until: float, back_s: float
) -> Snapshot | None:
    """Return the snapshot to begin at, nothing for the start of the log.

    It is the last one so long before T that the log from there on tells all that can count; where
    the log does not reach back so far, the oldest.
    """
    found = await usable(settings, options, partition)
    reached = min((each.at for each in found[:1] if each.at is not None), default=-inf)
    base = newest_before(found, min(until, reached) - back_s)
    if base is not None or not await first_offset(settings, options, partition):
        return base
    base = found[-1] if found else None
    if base is None or (base.at is not None and base.at > until):
        msg = (
            "T must be a time that the log still tells of; what was before was deleted, and no "
            "snapshot is so old: ask about a later time"
        )
        raise LogError(msg)
    return base


async def _decided(settings: Settings, customer: str) -> tuple[Playbook, list[Event]]:
    options, topics, playbooks = await _opened(settings)
    number = partition_of(customer.encode(), settings.partitions)
    forgotten = await forgotten_before(settings, options, customer)
    recorded = [
        decode_event(record.value)
        async for batch in read_to_end(options, topics.decisions, number)
        for record in batch
        if record.key == customer.encode()
    ]
    decisions = (each for each in recorded if each.type in {DECISION, CANCEL})
    kept = [each for each in decisions if each.data["origin"]["offset"] >= forgotten]
    return playbooks.newest()[-1], kept


async def _opened(settings: Settings) -> tuple[dict[str, Any], Topics, PlaybookStore]:
    options = client_options(settings)
    topics = Topics(settings.topic_prefix)
    await require_topics(topics, options)
    playbooks = PlaybookStore(options, topics.playbooks)
    await playbooks.refresh()
    if not playbooks.newest():
        msg = f"{topics.playbooks} must hold a playbook; it is empty: publish one first"
        raise LogError(msg)
    return dict(options), topics, playbooks
