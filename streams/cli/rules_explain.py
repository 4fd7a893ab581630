"""``precede rules explain``: what a rule does, in one sentence."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

import rules.playbook
from rules.language.checker import suggest
from rules.playbook.errors import PlaybookError
from rules.playbook.loader import load
from rules.playbook.words.sentence import explain_rule
from streams.cli.output import console, fail, print_json
from streams.cli.problems import read

DEFAULT = Path(rules.playbook.__file__).parent / "default"
USAGE = 2


class Lang(StrEnum):
    """Languages in which rules are told."""

    EN = "en"
    RU = "ru"


def playbook_here() -> Path:
    """Return the playbook of the current folder, else the default one."""
    return Path() if Path("playbook.yaml").is_file() else DEFAULT


def complete_rule(context: typer.Context, incomplete: str) -> list[str]:
    """Return rule ids for the shell, of the playbook that the line names."""
    folder = context.params.get("playbook") or playbook_here()
    try:
        found = load(Path(folder))
    except PlaybookError:
        return []
    return [rule.id for rule in found.rules if rule.id.startswith(incomplete)]


PlaybookOption = Annotated[
    Path | None,
    typer.Option(
        "--playbook", "-p", metavar="DIR",
        help="The playbook's folder; else the current one, else the default playbook.",
    ),
]  # fmt: skip


def explain(
    rule: Annotated[
        str | None,
        typer.Argument(help="Id of the rule; all of them without.", autocompletion=complete_rule),
    ] = None,
    playbook: PlaybookOption = None,
    lang: Annotated[Lang, typer.Option(help="Language of the sentence.")] = Lang.EN,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say in one sentence what a rule does, by what it is made of, not by its description.

    For example:

      precede rules explain callback-after-abandonment

      precede rules explain card-declined-twice --playbook my-playbook --lang ru
    """
    loaded = read(playbook or playbook_here(), as_json=as_json).playbook
    known = [each.id for each in loaded.rules]
    if rule is not None and rule not in known:
        hint = suggest(rule, known) or f"rules: {', '.join(known[:20])}"
        fail(f"RULE must be a rule of the playbook; got {rule!r}", hint=hint, code=USAGE)
    chosen = [each for each in loaded.rules if rule in {None, each.id}]
    told = {each.id: explain_rule(each, loaded, lang.value) for each in chosen}
    if as_json:
        print_json({"lang": lang.value, "rules": told})
        return
    for name, sentence in told.items():
        if rule is None:
            console.print(f"[bold]{name}[/]", highlight=False)
        console.print(escape(sentence), highlight=False, soft_wrap=True)
