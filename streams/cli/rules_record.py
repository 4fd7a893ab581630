"""``precede rules record``: a test of a rule from what really happened to a customer."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from detectors.event import Event, InvalidEventError, decode_event, parse_time
from rules.language.checker import suggest
from rules.language.vocabulary import VOCABULARY
from rules.playbook.cases import parse_value
from rules.playbook.draft.recorded import Recorded, insert_test, record_test
from rules.playbook.loader import load, read_folder
from rules.playbook.models import Playbook
from streams.backtest.log import Log, read_values
from streams.backtest.source import Show
from streams.cli.log import progress_bar, told_in_a_sentence
from streams.cli.output import console, errors, fail, print_json
from streams.cli.problems import read
from streams.cli.rules_explain import PlaybookOption, complete_rule, playbook_here
from streams.cli.rules_log import opened
from streams.engine.transaction import partition_of

USAGE = 2
_EVERY = 5_000
_DAY = len("2026-01-31")


def record(
    customer: Annotated[str, typer.Argument(help="The customer, as in the events' subject.")],
    rule: Annotated[
        str | None,
        typer.Option(
            "--rule",
            metavar="R",
            help="The rule that the test is of; else the first that fires.",
            autocompletion=complete_rule,
        ),
    ] = None,
    start: Annotated[
        str | None, typer.Option("--from", metavar="T", help="From this time or date on.")
    ] = None,
    end: Annotated[
        str | None, typer.Option("--to", metavar="T", help="Before this time or date.")
    ] = None,
    log: Annotated[
        str | None,
        typer.Option(
            "--log",
            metavar="LOG",
            help="A log, a recorded file or a topic prefix; else the topics of the settings.",
        ),
    ] = None,
    given: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="A value that a name has throughout; repeatable."),
    ] = None,
    name: Annotated[str, typer.Option(help="What the test is called.")] = "",
    playbook: PlaybookOption = None,
    write: Annotated[
        bool, typer.Option("--write", help="Put the test into the rule's file.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Write a test of a rule from real events of a customer, without anything of that customer.

    Texts are replaced by harmless ones unless the playbook's conditions name them; times become
    relative. What is expected is what the playbook fires now, so the test passes as it stands, and
    fails when a change of the playbook changes that. Models do not run in tests: give their scores
    with --given score.repeat=0.7.

    For example:

      precede rules record c-42 --rule callback-after-abandonment --from 2026-01-05 --to 2026-01-08

      precede rules record c-42 --log january.txt.gz --playbook my-playbook --write
    """
    folder = playbook or playbook_here()
    book = read(folder, as_json=as_json).playbook
    known = [each.id for each in book.rules]
    if rule is not None and rule not in known:
        hint = suggest(rule, known) or f"rules: {', '.join(known[:20])}"
        fail(f"--rule must be a rule of the playbook; got {rule!r}", hint=hint, code=USAGE)
    since, until = _time(start, "--from"), _time(end, "--to")
    values = _given(given or [])
    with told_in_a_sentence(), progress_bar(quiet=as_json) as show, opened(log, show) as found:
        events = events_of(customer, found, since, until, show)
    if not events:
        fail(
            f"CUSTOMER must have events in the log at that time; got none of {customer!r}",
            hint="look at the subject of the events, and at --from and --to",
        )
    chosen = rule or _first_that_fires(events, book, values)
    try:
        recorded = record_test(events, book, chosen, name or "as it was recorded", values)
    except ValueError as error:
        fail(str(error), hint="choose a shorter time with --from and --to")
    file = _write(folder, chosen, recorded) if write else None
    if as_json:
        print_json(
            {
                "rule": chosen,
                "test": dict(recorded.test),
                "unknown": dict(recorded.unknown),
                "file": None if file is None else str(file),
            }
        )
        return
    for kind, count in recorded.unknown.items():
        errors.print(escape(f"left out: {count} of {kind}, which no rule can read"))
    if file is None:
        errors.print(escape(f"under tests: of the rule {chosen}"), highlight=False)
        console.print(escape(recorded.text().rstrip("\n")), highlight=False, soft_wrap=True)
    else:
        console.print(
            f"wrote a test of {chosen} into {escape(str(file))}", highlight=False, soft_wrap=True
        )


def events_of(
    customer: str, log: Log, since: float | None, until: float | None, show: Show
) -> list[Event]:
    """Return a customer's events of a log, from `since` on and before `until`."""
    named = customer.encode()
    file = log.partitions[partition_of(named, len(log.partitions))]
    found: list[Event] = []
    for number, value in enumerate(read_values(file)):
        if number % _EVERY == 0:
            show("looking", number, 0)
        if named not in value:
            continue
        try:
            event = decode_event(value)
        except InvalidEventError:
            continue
        if event.customer != customer or (since is not None and event.at < since):
            continue
        if until is None or event.at < until:
            found.append(event)
    return found


def _first_that_fires(events: list[Event], book: Playbook, values: dict[str, object]) -> str:
    fallback = book.rules[0].id
    try:
        recorded = record_test(events, book, fallback, "x", values)
    except ValueError:
        return fallback
    fired = [expectation["fires"] for expectation in recorded.test["expect"]]
    if not fired:
        fail(
            "some rule must fire on these events, or --rule must name one that stays silent",
            hint="name the rule that the test is of with --rule",
        )
    return str(fired[0])


def _write(folder: Path, rule: str, recorded: Recorded) -> Path:
    """Put the test under its rule, if the playbook loads with it."""
    files = read_folder(folder)
    for place, content in files.items():
        text = insert_test(content.decode(), rule, recorded.text())
        if text is None:
            continue
        load({**files, place: text})
        Path(place).write_text(text)
        return Path(place)
    fail(
        f"the rule {rule} must end in its tests, a line for each; its file is written otherwise",
        hint=f"precede rules fmt {folder}, or leave --write out and paste the test",
    )


def _time(text: str | None, option: str) -> float | None:
    if text is None:
        return None
    try:
        return parse_time(f"{text}T00:00:00Z" if len(text) == _DAY else text)
    except InvalidEventError as error:
        fail(f"{option}: {error}", code=USAGE)


def _given(written: list[str]) -> dict[str, object]:
    scope = VOCABULARY.scope(None)
    values: dict[str, object] = {}
    for each in written:
        name, _, text = each.partition("=")
        if name not in scope:
            fail(f"--given must be NAME=VALUE; got {each!r}", hint=suggest(name, scope), code=USAGE)
        try:
            parse_value(scope[name], text)
        except ValueError as error:
            fail(f"--given: {error}", code=USAGE)
        values[name] = text
    return values
