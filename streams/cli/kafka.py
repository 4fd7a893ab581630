"""``precede kafka``: a real Apache Kafka on this machine, for trying out and for tests."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from streams.cli.output import console, fail, print_json
from streams.kafka.artifacts import KAFKA_VERSION
from streams.kafka.error import KafkaSetupError
from streams.kafka.launcher import KafkaServer, stop_server
from streams.kafka.ready import serving_cluster
from streams.kafka.state import ServerState, running
from streams.settings import Settings

NOT_RUNNING = 3  # as `systemctl status` and init scripts say it (LSB 5.0, Init Script Actions)

app = typer.Typer(
    no_args_is_help=True,
    help=f"Start and stop Apache Kafka {KAFKA_VERSION} on this machine: one node, loopback only, "
    "without Java or containers installed. For a Kafka of your own set PRECEDE_BOOTSTRAP_SERVERS.",
)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]


@app.command()
def up(
    port: Annotated[
        int,
        typer.Option(min=0, max=65535, help="Port for clients; 0: a free one, kept over restarts."),
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Start Kafka and leave it running; does nothing when it runs already.

    The first start fetches Kafka, 43 MB, once per user. Data and logs are in PRECEDE_HOME
    (.precede).

    Examples: precede kafka up | precede kafka up --port 9092
    """
    settings = Settings()
    state = running(settings.home)
    if state is None:
        try:
            KafkaServer(settings.home, port, java=settings.java).start(detached=True)
        except KafkaSetupError as error:
            fail(str(error))
        state = running(settings.home)
    elif port and not state.bootstrap.endswith(f":{port}"):
        fail(
            f"port must be the one of the running Kafka, {state.bootstrap}; got {port}",
            hint="run `precede kafka down` first",
        )
    if state is None:
        fail(
            "Kafka must keep running; got its end right after the start",
            hint=f"look into {settings.home / 'kafka'}",
        )
    _show(state, settings, as_json=as_json)


@app.command()
def down(as_json: AsJson = False) -> None:
    """Stop Kafka; its data stays. Does nothing when it does not run.

    Examples: precede kafka down | precede kafka down --json
    """
    stopped = stop_server(Settings().home)
    if as_json:
        print_json({"running": False, "stopped": stopped is not None})
    else:
        console.print("Kafka stopped" if stopped else "Kafka was not running")


@app.command()
def status(as_json: AsJson = False) -> None:
    """Say whether Kafka runs and where; exit code 0 when it does, 3 when not.

    Examples: precede kafka status | precede kafka status --json
    """
    settings = Settings()
    state = running(settings.home)
    if state is not None:
        _show(state, settings, as_json=as_json)
        return
    if as_json:
        print_json({"running": False, "home": str(_folder(settings))})
    else:
        console.print("Kafka is not running; start it with `precede kafka up`")
    raise typer.Exit(NOT_RUNNING)


def _show(state: ServerState, settings: Settings, *, as_json: bool) -> None:
    host, _, port = state.bootstrap.rpartition(":")
    serving = serving_cluster(host, int(port)) == state.cluster
    if as_json:
        home = str(_folder(settings))
        print_json({"running": True, "serving": serving, "home": home, **asdict(state)})
        return
    since = datetime.fromtimestamp(state.started, UTC)
    says = "runs" if serving else "runs, but does not answer yet,"
    console.print(f"Kafka {KAFKA_VERSION} {says} at [bold]{state.bootstrap}[/]", highlight=False)
    console.print(
        f"process {state.pid}, since {since:%Y-%m-%d %H:%M:%S} UTC, files in {_folder(settings)}",
        highlight=False,
        soft_wrap=True,
    )
    if settings.bootstrap_servers:
        console.print(
            "note: other commands use PRECEDE_BOOTSTRAP_SERVERS="
            f"{settings.bootstrap_servers}; unset it to use this one",
            highlight=False,
            soft_wrap=True,
        )


def _folder(settings: Settings) -> Path:
    return settings.home.absolute() / "kafka"
