"""``precede``: every command, one module each."""

import sys
from typing import TYPE_CHECKING

import typer
from aiokafka.errors import KafkaError
from pydantic import ValidationError

from streams.cli import (
    api,
    approve,
    assess,
    backtest,
    brake,
    cases,
    customer,
    demo,
    friction,
    kafka,
    log,
    models,
    parked,
    playbook,
    replay,
    rules,
    rules_explain,
    rules_fmt,
    rules_names,
    rules_new,
    rules_record,
    schemas,
    scorecard,
    snapshot,
    stop,
    verify,
    why,
    worker,
)
from streams.cli.output import told
from streams.engine.restore import StateError
from streams.health import AddressInUseError
from streams.kafka.error import KafkaSetupError
from streams.settings import SettingsError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

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
app.command("scorecard")(scorecard.scorecard)
app.command("assess")(assess.command)
app.command("why")(why.why_command)
app.command("why-not")(why.why_not_command)
app.command("api")(api.api)
app.command("stop")(stop.stop)
app.command("resume")(stop.resume)
app.command("snapshot")(snapshot.snapshot)
app.command("schemas")(schemas.write)
app.add_typer(customer.app, name="customer")
app.add_typer(kafka.app, name="kafka")
app.add_typer(log.app, name="log")
app.add_typer(models.app, name="models")
app.add_typer(brake.app, name="brake")
app.add_typer(parked.app, name="parked")
app.add_typer(playbook.app, name="playbook")
app.add_typer(rules.app, name="rules")
models.app.command("friction")(friction.friction)
playbook.app.command("approve")(approve.approve)
rules.app.command("new")(rules_new.new)
rules.app.command("names")(rules_names.names)
rules.app.command("explain")(rules_explain.explain)
rules.app.command("fmt")(rules_fmt.fmt)
rules.app.command("record")(rules_record.record)
rules.app.command("backtest")(backtest.backtest)


# What a person can put right; anything else is a fault of ours and keeps its trace.
EXPECTED = (KafkaSetupError, AddressInUseError, SettingsError, StateError, KafkaError)


def main() -> None:
    """Run the command line; what a person can put right is told in a sentence."""
    try:
        app()
    except ValidationError as error:
        sys.exit(told("\n".join(_setting(each) for each in error.errors())))
    except EXPECTED as error:
        sys.exit(told(str(error)))


def _setting(error: "ErrorDetails") -> str:
    # Without the value: it may be a secret.
    name = "PRECEDE_" + "__".join(map(str, error["loc"])).upper()
    return f"{name}: {error['msg']}; see deploy/.env.example"
