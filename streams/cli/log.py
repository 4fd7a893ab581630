"""``precede log``: the log of record as files, for backtests without Kafka."""

import asyncio
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from aiokafka.errors import KafkaError
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from streams.backtest.log import Log, LogError
from streams.backtest.source import Show, export, open_log, record, temporary_folder
from streams.cli.output import console, errors, fail, print_json
from streams.engine.faults import TooManyFaultsError
from streams.kafka.error import KafkaSetupError
from streams.settings import Settings
from streams.sources.bank_calls.stages import SOURCE
from streams.sources.registry import READERS

app = typer.Typer(help="Keep the log of record as files.", no_args_is_help=True)


@app.callback()
def log() -> None:
    """Keep the log of record as files."""


@app.command("export")
def write(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder for the log.")],
    file: Annotated[
        Path | None,
        typer.Option("--file", help="A recording to make the log of, instead of Kafka's topic."),
    ] = None,
    source: Annotated[str, typer.Option(help="What the recording is of.")] = SOURCE,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable result.")] = False,
) -> None:
    """Write the topic of interactions, or a recording, into files: one per partition, gzipped.

    Each line is one CloudEvent as the topic holds it. They hold customers' data: keep them as
    carefully.

    For example:

      PRECEDE_TOPIC_PREFIX=precede. precede log export march/

      precede log export january/ --file january.txt.gz
    """
    settings = Settings()
    if source not in READERS:
        fail(f"--source must be one of {', '.join(READERS)}; got {source!r}", code=2)
    with told_in_a_sentence(), progress_bar(quiet=as_json) as show:
        if file is None:
            written = asyncio.run(export(settings, folder, show))
        else:
            written = record(file, folder, settings.partitions, show, source)
    if as_json:
        print_json({"folder": str(folder), "partitions": settings.partitions, "records": written})
    else:
        console.print(
            f"{written:,} records in {settings.partitions} partitions: {folder}", soft_wrap=True
        )


@contextmanager
def reading(named: str, show: Show) -> Iterator[Log]:
    """Yield the log that a person named; what was made for it goes afterwards."""
    with temporary_folder() as scratch:
        yield open_log(named, Settings(), scratch, show)


@contextmanager
def told_in_a_sentence() -> Iterator[None]:
    """Leave with a sentence where a log or Kafka is not what it must be."""
    try:
        yield
    except (LogError, KafkaSetupError, TooManyFaultsError) as error:
        fail(str(error))
    except (KafkaError, TimeoutError) as error:
        fail(f"Kafka must hold the topics; got {error!r}", hint="start it, or name a log on disk")
    except (OSError, EOFError, zlib.error) as error:
        fail(f"files must be readable and the folder writable; got {error}")


@contextmanager
def progress_bar(*, quiet: bool) -> Iterator[Show]:
    """Yield what shows how far it is; nothing is shown where no person looks."""
    columns = (
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
    )  # fmt: skip
    disable = quiet or not errors.is_terminal
    with Progress(*columns, console=errors, disable=disable, transient=True) as bar:
        task = bar.add_task("", total=None)

        def show(what: str, done: int, of: int) -> None:
            bar.update(task, description=what, completed=done, total=of or None)

        yield show
