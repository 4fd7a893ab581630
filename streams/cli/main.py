"""``precede``: every command, one module each."""

import typer

from streams.cli import cases, demo, kafka, playbook, replay, rules, verify, worker

app = typer.Typer(
    name="precede",
    help="Acts before the customer asks: a real-time proactive-service event processor.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("demo")(demo.demo)
app.command("worker")(worker.worker)
app.command("replay")(replay.replay)
app.command("verify")(verify.verify)
app.command("cases")(cases.cases)
app.add_typer(kafka.app, name="kafka")
app.add_typer(playbook.app, name="playbook")
app.add_typer(rules.app, name="rules")


def main() -> None:
    """Run the command line."""
    app()
