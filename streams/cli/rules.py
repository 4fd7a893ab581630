"""``precede rules``: look at a playbook before it runs."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from rules.language.checker import suggest
from rules.playbook.models import Rule
from rules.playbook.stage import IDLE
from rules.program import Program
from streams.cli.output import console, fail, print_json
from streams.cli.problems import FOUND_WRONG, complain, read
from streams.cli.rules_cases import report

app = typer.Typer(
    no_args_is_help=True,
    help="Check and test a playbook: a folder of YAML files with rules, gates, goals and actions.",
)

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The playbook's folder.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]
Strict = Annotated[bool, typer.Option("--strict", help="Let warnings fail the command too.")]


@app.command()
def check(folder: Folder, as_json: AsJson = False, strict: Strict = False) -> None:
    """Read a playbook and show everything that is wrong with it, each with its place.

    Types, limits and references are errors; what loads but deserves a look is a warning: a rule
    that can never fire or always loses, a goal without a rule, words that press. The table tells
    how many bytes a customer's record grows by at most.

    Example:  precede rules check rules/playbook/default --strict
    """
    loaded = read(folder, as_json=as_json)
    playbook, warnings = loaded.playbook, loaded.warnings
    program = Program(playbook)
    rows = [_about(rule, program) for rule in playbook.rules]
    if as_json:
        print_json(
            {
                "hash": playbook.hash,
                "bytes_per_customer": program.bytes_per_customer(),
                "rules": rows,
                "problems": [asdict(problem) for problem in warnings],
            }
        )
    else:
        table = Table(box=None)
        for column in rows[0]:
            table.add_column("rule" if column == "id" else column, no_wrap=column == "id")
        for row in rows:
            table.add_row(*(str(value) for value in row.values()))
        console.print(table)
        complain(warnings)
        console.print(f"[green]{playbook.name}: {len(rows)} rules, {playbook.hash[:12]}[/]")
        size = f"at most {program.bytes_per_customer():,} bytes in the record of a customer"
        console.print(f"{size}, on whom every rule waits at once", highlight=False)
    if strict and warnings:
        raise typer.Exit(FOUND_WRONG)


@app.command("test")
def run(
    folder: Folder,
    rule: Annotated[
        list[str] | None, typer.Option(help="Only this rule; may be given several times.")
    ] = None,
    junit: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the results as JUnit XML too.")
    ] = None,
    as_json: AsJson = False,
    strict: Strict = False,
) -> None:
    """Run the tests that stand beside the rules, and try how much they would notice.

    Each case runs as written; then with events arriving in other orders, restarted after every
    event, and with each value that may be missing left out: nothing may fire that did not before.
    A case that fails in any of these fails the command. What no case shows (coverage) and small
    faults that no case notices are warnings.

    Example:  precede rules test rules/playbook/default --junit results.xml
    """
    loaded = read(folder, as_json=as_json)
    only = rule or []
    known = [each.id for each in loaded.playbook.rules]
    for name in only:
        if name not in known:
            hint = suggest(name, known) or f"rules: {', '.join(known[:20])}"
            fail(f"--rule must be a rule of the playbook; got {name!r}", hint=hint, code=2)
    found = report(loaded, only)
    if junit is not None:
        found.write_junit(junit)
    if as_json:
        print_json(found.as_json())
    else:
        found.show()
    if found.trial.failed or (strict and (found.warnings or loaded.warnings)):
        raise typer.Exit(FOUND_WRONG)


def _about(rule: Rule, program: Program) -> dict[str, Any]:
    absence = f"no {rule.absence.of}" if rule.absence else ""
    steps = " > ".join(step.event or f"no {step.absent}" for step in rule.sequence)
    return {
        "id": rule.id,
        "version": rule.version,
        "level": rule.pyramid_level,
        "mode": rule.mode,
        "tests": len(rule.tests),
        "trigger": rule.when or absence or steps,
        "bytes": 0 if rule.mode in IDLE else program.bytes_per_customer(rule.id),
    }
