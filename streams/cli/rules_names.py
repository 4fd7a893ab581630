"""``precede rules names``: every name that may be used, and what a log holds of it."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from detectors.event import InvalidEventError, decode_event, format_time
from rules.playbook.json_schema import playbook_schema
from rules.playbook.names import Known, Seen, Sight, known_names, names_as_json
from rules.playbook.words.english import ENGLISH
from streams.backtest.log import Log, read_values
from streams.backtest.source import Show
from streams.cli.log import progress_bar, told_in_a_sentence
from streams.cli.output import console, fail, print_json
from streams.cli.rules_log import opened
from streams.schemas import encoded

_HEADS = {
    "customer": "the customer, whatever the event",
    "score": "models",
    "signal": "signals of friction, 0 to 1",
}
_EVERY = 5_000
_OF_A_CUSTOMER = b'"subject":'  # as `encode_event` writes it


def names(
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[WORD]...", help="Only names that say this.")
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="LOG", help="Look into a log, a recorded file or a topic prefix."
        ),
    ] = None,
    topic: Annotated[
        bool, typer.Option("--topic", help="Look into the topics of the settings.")
    ] = False,
    schema: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the playbook's JSON Schema for editors."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """List every event and name that a rule may use: meaning, type, unit, values and source.

    With a log, each also with how often it was there and when last; "no data" is where the log
    has none, so a rule on it would never fire.

    For example:

      precede rules names wait

      precede rules names --from january.txt.gz

      precede rules names --schema playbook.schema.json
    """
    if schema is not None:
        try:
            schema.write_bytes(encoded(playbook_schema()))
        except OSError as error:
            fail(f"--schema must be a file that can be written; got {error}", code=2)
        if not as_json:
            console.print(f"wrote {escape(str(schema))}", highlight=False, soft_wrap=True)
            return
    if source is not None and topic:
        fail("--from and --topic exclude each other; got both", code=2)
    chosen = [known for known in known_names() if known.says(words or [])]
    if not chosen:
        some = [word for word in words or [] if any(known.says([word]) for known in known_names())]
        fail(
            f"all words must occur in a name or its meaning; got {' '.join(words or [])!r}",
            hint=f"try {' or '.join(some)} alone" if some else "without words all are listed",
        )
    seen = None
    if topic or source is not None:
        with told_in_a_sentence(), progress_bar(quiet=as_json) as show, opened(source, show) as log:
            seen = look(log, show)
    if as_json:
        print_json(names_as_json(chosen, seen))
    else:
        _show(chosen, seen)


def look(log: Log, show: Show) -> Seen:
    """Return what a log holds of every name."""
    seen = Seen()
    for file in log.partitions:
        for number, value in enumerate(read_values(file)):
            # Most records are states of queues, once per partition, and of no customer.
            if _OF_A_CUSTOMER in value:
                try:
                    seen.add(decode_event(value))
                except InvalidEventError:
                    continue
            if number % _EVERY == 0:
                show("looking", seen.events, 0)
    seen.finish()
    return seen


def _show(chosen: list[Known], seen: Seen | None) -> None:
    groups: dict[str, list[Known]] = {}
    for known in chosen:
        groups.setdefault(known.event_type or known.group, []).append(known)
    for head, members in groups.items():
        if head in _HEADS:
            console.print(f"\n[bold]{head}.[/]  {_HEADS[head]}", highlight=False)
        else:
            said = f"\n[bold]{head}[/]  {escape(ENGLISH.of_event(head).happens)}"
            if seen is not None:
                said += f"  [dim]{escape(_sight(seen.types.get(head, Sight())))}[/]"
            console.print(said, highlight=False, soft_wrap=True)
            if seen is not None and head not in seen.types:
                continue
        table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True, style="cyan")
        table.add_column()
        if seen is not None:
            table.add_column(no_wrap=True, style="dim")
        for known in members:
            row = [f"  {known.name}", _kind(known), escape(_meaning(known))]
            if seen is not None:
                is_time = known.name == "event.at"
                sight = seen.types.get(head, Sight()) if is_time else None
                row.append(_sight(sight or seen.of(known.name, known.event_type)))
            table.add_row(*row)
        console.print(table)
    if seen is not None and not seen.events:
        console.print("\nthe log holds no event of a customer")


def _kind(known: Known) -> str:
    unit = known.described.unit
    shown = known.described.kind + (f" ({unit})" if unit and unit != "s" else "")
    return f"{shown}?" if known.described.nullable else shown


def _meaning(known: Known) -> str:
    values = known.described.values
    return known.described.meaning + (f": {', '.join(values)}" if values else "")


def _sight(sight: Sight) -> str:
    if not sight.count:
        return "no data"
    from_whom = f" from {', '.join(sorted(sight.sources))}" if sight.sources else ""
    return f"{sight.count:,}, last {format_time(sight.last)[:16]}Z{from_whom}"
