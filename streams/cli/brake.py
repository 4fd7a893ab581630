"""``precede brake``: rules that customers resented, and how they come back."""

import asyncio
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from streams.cli.output import console, fail, print_json
from streams.cli.person import this_person
from streams.settings import Settings
from streams.sources.release import braked
from streams.sources.release import release as release_rule

app = typer.Typer(
    help="Rules that were taken out of service because customers resented them.",
    no_args_is_help=True,
)

AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable result.")]


@app.callback()
def brake() -> None:
    """Rules that were taken out of service because customers resented them."""


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """Show the rules that are braked, and by what they broke their limits.

    A braked rule runs along as a shadow; its candidates end as `brake`. The limits stand in the
    playbook: `limits: {opt_outs: 2, echo_contacts: 5}`, both per hundred customers.

    For example:  precede brake list
    """
    found = asyncio.run(braked(Settings()))
    if as_json:
        print_json({"braked": [{"rule": rule, "reason": why} for rule, why in found.items()]})
        return
    if not found:
        console.print("no rule is braked")
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("rule", no_wrap=True)
    table.add_column("why")
    for rule, why in found.items():
        table.add_row(rule, Text(why))
    console.print(table)


@app.command()
def release(
    rule: Annotated[str, typer.Argument(help="Id of the rule.")],
    reason: Annotated[str, typer.Option(help="Why it may act again; kept in the log.")],
    by: Annotated[str, typer.Option(help="Who decided it; else user@host.")] = "",
    as_json: AsJson = False,
) -> None:
    """Put a braked rule back into service; what was counted against it is forgotten.

    For example:  precede brake release late-parcel --reason "new wording"
    """
    settings = Settings()
    found = asyncio.run(braked(settings))
    if rule not in found:
        have = f"these are: {', '.join(found)}" if found else "none is"
        fail(f"RULE must be a braked rule; got {rule!r}", hint=have)
    name = by or this_person()
    asyncio.run(release_rule(rule, name, reason, settings))
    if as_json:
        print_json({"released": rule, "by": name, "reason": reason})
    else:
        console.print(f"{rule} acts again where the log says so", highlight=False)
