"""``precede rules new``: six questions, and a rule with two tests that pass."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.markup import escape
from rich.table import Table

from rules.language.checker import suggest
from rules.language.vocabulary import VOCABULARY
from rules.playbook.draft.compose import Files, compose, counted
from rules.playbook.draft.pattern import EXAMPLES, parse_pattern
from rules.playbook.draft.starter import CHANNELS, DESK, GOAL, OWNER, STARTER
from rules.playbook.draft.wish import (
    Wish,
    WishError,
    known_event,
    read_condition,
    read_wording,
    refuse,
)
from rules.playbook.errors import PlaybookError
from rules.playbook.loader import load, load_with_warnings, read_folder
from rules.playbook.models import Goal, Playbook
from rules.playbook.words.english import ENGLISH
from rules.playbook.words.sentence import explain_rule
from streams.cli.output import console, errors, fail, print_json
from streams.cli.problems import complain

USAGE = 2
DOES = ("task", "offer", "message")

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Around:
    """What the rule can refer to.

    Parameters
    ----------
    files
        The playbook's files, the starter's where there was none.
    fresh
        Files of these that must be written.
    desk
        The team that does most tasks.
    """

    files: Files
    fresh: dict[str, str]
    rules: list[str]
    teams: list[str]
    desk: str
    goals: list[str]
    channels: dict[str, str]


def complete_event(incomplete: str) -> list[str]:
    """Return event types for the shell."""
    return [kind for kind in VOCABULARY.triggers() if kind.startswith(incomplete)]


def new(
    folder: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="The playbook's folder; an empty one is begun.")
    ] = Path(),
    when: Annotated[
        str | None,
        typer.Option(
            metavar="EVENT", help="1. What happens: an event type.", autocompletion=complete_event
        ),
    ] = None,
    condition: Annotated[
        str | None, typer.Option("--if", metavar="EXPR", help="2. Which of these; '' for all.")
    ] = None,
    pattern: Annotated[
        str | None, typer.Option(metavar="WORDS", help=f"3. In time: {'; '.join(EXAMPLES)}.")
    ] = None,
    do: Annotated[
        str | None, typer.Option(metavar="WHAT", help="4. task TEAM, offer or message.")
    ] = None,
    text: Annotated[
        str | None, typer.Option(metavar="TEXT", help="5. The wording; {event.x} is a value.")
    ] = None,
    rule_id: Annotated[
        str | None, typer.Option("--id", metavar="ID", help="6. What the rule is called.")
    ] = None,
    goal: Annotated[str | None, typer.Option(help="A goal of the playbook.")] = None,
    owner: Annotated[str | None, typer.Option(help="The team that owns the rule.")] = None,
    level: Annotated[int | None, typer.Option(min=1, max=5, help="Level of the pyramid.")] = None,
    topic: Annotated[str | None, typer.Option(help="What it is about, such as cards.")] = None,
    cooldown: Annotated[str, typer.Option(help="How long it then rests.")] = "24h",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Ask six questions and write a rule with two tests: one that fires, one that stays silent.

    Scripts answer by options: with --when nothing is asked, and what is not said has its default.
    The rule is a draft; its tests pass at once. In an empty folder a whole starter playbook is
    written.

    For example:

      precede rules new my-playbook

      precede rules new my-playbook --when card.declined --if 'event.amount > 20'
      --pattern '2 in 24h' --do 'task service-desk' --text 'Please call about {event.reason}.'
      --id card-declined-twice
    """
    around = _around(folder)
    asks = when is None
    event = _ask(when, "1. What happens?  (? lists the events)", _event)
    kind = _ask(
        condition, f"2. Which of these?  (Enter for all; ? lists what {event} has)",
        lambda said: _condition(said, event), default="", asks=asks,
    )  # fmt: skip
    shape = _ask(
        pattern, f"3. How often, or what must not follow?  ({'; '.join(EXAMPLES)})",
        parse_pattern, default="once", asks=asks,
    )  # fmt: skip
    suggested = f"task {around.desk}"
    step = _ask(
        do, "4. What shall be done?  (task TEAM, offer, message)",
        lambda said: _step(said, around), default=suggested, asks=asks,
    )  # fmt: skip
    wording = _ask(
        text, "5. In which words?  ({event.x} is a value)",
        lambda said: read_wording(said, event, VOCABULARY, counted(shape)),
        default=f"Please help this customer: {ENGLISH.of_event(event).one}.", asks=asks,
    )  # fmt: skip
    name = _ask(
        rule_id, "6. What is the rule called?  (lower-case words with hyphens)",
        lambda said: _id(said, around), default=_free(event.replace(".", "-"), around),
        asks=asks,
    )  # fmt: skip
    wish = Wish(
        id=name,
        event=event,
        condition=kind,
        pattern=shape,
        do=step[0],
        to=step[1],
        text=wording,
        owner=owner or (OWNER if OWNER in around.teams else around.teams[0]),
        goal=goal or around.goals[0],
        channel=around.channels[step[0]],
        topic=topic or event.split(".")[0],
        cooldown=cooldown,
        level=level,
    )
    file = folder / f"{name}.yaml"
    if file.exists():
        fail(f"{file} must not exist yet; it does", hint="choose another --id", code=USAGE)
    try:
        content, playbook = compose(wish, str(file), around.files)
    except WishError as error:
        fail(str(error), hint=error.help)
    except PlaybookError as error:
        complain(error.problems)
        raise typer.Exit(1) from None
    written = {
        **{str(folder / name): text for name, text in around.fresh.items()},
        str(file): content,
    }
    folder.mkdir(parents=True, exist_ok=True)
    for place, body in written.items():
        Path(place).write_text(body)
    rule = next(rule for rule in playbook.rules if rule.id == name)
    if as_json:
        explained = explain_rule(rule, playbook)
        print_json({"rule": name, "files": list(written), "sentence": explained})
        return
    for place in written:
        console.print(f"[green]wrote[/] {escape(place)}", highlight=False, soft_wrap=True)
    console.print(escape(explain_rule(rule, playbook)), highlight=False, soft_wrap=True)
    warnings = load_with_warnings(folder).warnings
    complain([problem for problem in warnings if problem.file == str(file)])
    console.print(
        escape(f"next: read {file}, then precede rules test {folder}"),
        highlight=False, soft_wrap=True,
    )  # fmt: skip


def _ask(
    given: str | None,
    question: str,
    read: Callable[[str], Answer],
    default: str | None = None,
    *,
    asks: bool = True,
) -> Answer:
    """Return a usable answer: the option's, or of the person, who may try again."""
    if given is None and not asks:
        given = default
    if given is not None:
        try:
            return read(given)
        except WishError as error:
            fail(str(error), hint=error.help, code=USAGE)
        except ValueError as error:
            fail(str(error), code=USAGE)
    while True:
        said = typer.prompt(question, default=default, err=True, show_default=bool(default))
        try:
            return read(str(said))
        except WishError as error:
            errors.print(escape(str(error)), highlight=False, soft_wrap=True)
            if error.help:
                errors.print(f"  = help: {escape(error.help)}", highlight=False, soft_wrap=True)
        except ValueError as error:
            errors.print(escape(str(error)), highlight=False, soft_wrap=True)


def _around(folder: Path) -> Around:
    """Return what stands in the folder, or what a new playbook begins with."""
    if folder.exists() and not folder.is_dir():
        fail(f"DIR must be a folder; got the file {folder}", code=USAGE)
    files: Files = read_folder(folder) if folder.is_dir() else {}
    if not files:
        started = {str(folder / name): text for name, text in STARTER.items()}
        return Around(started, dict(STARTER), [], [OWNER, DESK], DESK, [GOAL], dict(CHANNELS))
    try:
        playbook = load(files)
    except PlaybookError as error:
        complain(error.problems)
        fail(
            "the playbook must be free of errors before a rule is added",
            hint=f"precede rules check {folder}",
        )
    teams = [team.id for team in playbook.teams]
    steps = [step for rule in playbook.rules for _, _, step in rule.actions()]
    done = Counter(step.to for step in steps if step.to).most_common(1)
    return Around(
        files, {}, [rule.id for rule in playbook.rules], teams,
        done[0][0] if done else teams[0],
        list(_leaves(playbook.goals)), _channels(playbook),
    )  # fmt: skip


def _leaves(goals: tuple[Goal, ...]) -> list[str]:
    return [leaf for goal in goals for leaf in (_leaves(goal.goals) if goal.goals else [goal.id])]


def _channels(playbook: Playbook) -> dict[str, str]:
    """Return the channel of each kind of step: the usual one, or one named so, or any."""
    steps = [step for rule in playbook.rules for _, _, step in rule.actions()]
    used = {
        do: Counter(step.channel for step in steps if step.do == do).most_common(1) for do in DOES
    }
    named = {do: CHANNELS[do] for do in DOES if CHANNELS[do] in playbook.channels}
    return {
        do: used[do][0][0] if used[do] else named.get(do) or playbook.channels[0] for do in DOES
    }


def _event(said: str) -> str:
    name = said.strip()
    if name == "?":
        table = Table(box=None)
        table.add_column("event", no_wrap=True)
        table.add_column("what happens")
        for kind in VOCABULARY.triggers():
            table.add_row(kind, ENGLISH.of_event(kind).happens)
        errors.print(table)
        refuse("choose one of these")
    return known_event(name, VOCABULARY)


def _condition(said: str, event: str) -> str:
    if said.strip() == "?":
        table = Table(box=None)
        for column in ("name", "type", "meaning"):
            table.add_column(column, no_wrap=column != "meaning")
        for name, described in VOCABULARY.scope(event).items():
            values = f": {', '.join(described.values)}" if described.values else ""
            table.add_row(name, described.kind, escape(f"{described.meaning}{values}"))
        errors.print(table)
        refuse("write a condition such as event.amount > 20 and customer.open_cases == 0")
    return read_condition(said, event, VOCABULARY).text


def _step(said: str, around: Around) -> tuple[str, str]:
    what, _, team = said.strip().partition(" ")
    if what not in DOES:
        help_ = suggest(what, DOES)
        refuse(f"what is done is task TEAM, offer or message; got {said!r}", help_)
    if (what == "task" or team) and team not in around.teams:
        known = suggest(team, around.teams) or f"teams: {', '.join(around.teams)}"
        line = f"- {{id: {team or 'card-desk'}, name: Who they are}}"
        refuse(
            f"who does it must be a team of the playbook; got {team!r}",
            f"{known}; a new one is a line under 'teams:' such as {line}",
        )
    return what, team


def _id(said: str, around: Around) -> str:
    name = "-".join(said.lower().split())
    if name in around.rules:
        refuse(f"there is a rule {name!r} already", "choose another name")
    parts = name.split("-")
    if not all(part.isalnum() and part.isascii() for part in parts) or not name[0].isalpha():
        refuse(f"a name is lower-case words joined by '-'; got {said!r}")
    return name


def _free(name: str, around: Around) -> str:
    number = 2
    free = name = name.replace("_", "-")
    while free in around.rules:
        free = f"{name}-{number}"
        number += 1
    return free
