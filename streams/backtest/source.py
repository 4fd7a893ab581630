"""What ``--from`` names: a log on disk, a recording, or the topics of a prefix."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from streams.backtest.log import Log, LogError, LogWriter, find_log, holds_events
from streams.backtest.recording import interactions
from streams.kafka.client import client_options
from streams.kafka.reading import read_to_end, require_topics
from streams.kafka.topics import Topics
from streams.settings import Settings
from streams.sources.bank_calls.stages import SOURCE as BANK_CALLS
from streams.sources.registry import READERS

Show = Callable[[str, int, int], None]
"""Called with what is being done, records done and records in all; 0 for not known."""


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Yield a folder that goes afterwards: it holds customers' data."""
    folder = Path(tempfile.mkdtemp(prefix="precede-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def record(file: Path, folder: Path, of_n: int, show: Show, source: str = BANK_CALLS) -> int:
    """Write a recorded source into a folder as a log, without Kafka; return the records written.

    Parameters
    ----------
    source
        What the recording is of, one of ``READERS``.

    Raises
    ------
    LogError
        When the file holds none, or the folder holds a log already.
    """
    log = READERS[source](file)
    if not log.summary.replayed:
        msg = f"{file} must be a recording of {source}; got {log.summary.unreadable} other lines"
        raise LogError(msg)
    written = 0

    def progress(done: int) -> None:
        show("reading", done, len(log))

    with LogWriter(folder, of_n) as writer:
        for partition, value in interactions(log, source, of_n, progress):
            writer.write(partition, value)
            written += 1
    return written


async def export(settings: Settings, folder: Path, show: Show) -> int:
    """Write the topic of interactions into a folder as a log; return the records written.

    Raises
    ------
    KafkaSetupError
        When there are no such topics.
    LogError
        When the folder holds a log already, or the topic is empty.
    """
    options = client_options(settings)
    topics = Topics(settings.topic_prefix)
    await require_topics(topics, options)
    written = 0
    with LogWriter(folder, settings.partitions) as writer:
        for partition in range(settings.partitions):
            reading: AsyncIterator[list[object]] = read_to_end(
                options, topics.interactions, partition
            )
            async for batch in reading:
                for each in batch:
                    writer.write(partition, each.value)  # type: ignore[attr-defined]
                written += len(batch)
                show(f"reading partition {partition}", written, 0)
        if not written:
            msg = f"{topics.interactions} must hold events; it is empty: run a replay first"
            raise LogError(msg)
    return written


def open_log(named: str, settings: Settings, scratch: Path, show: Show) -> Log:
    """Return the log that a person named.

    Parameters
    ----------
    named
        A path if there is one: a log, or a recorded month of bank calls. Else a topic prefix.
    scratch
        Where to put a log made of a recording or of topics.

    Raises
    ------
    LogError
        When it is neither.
    KafkaSetupError
        When there are no topics of that prefix.
    """
    path = Path(named)
    if not path.exists():
        if "/" in named:
            msg = f"LOG must be a file, a folder or a topic prefix; there is no {named}"
            raise LogError(msg)
        chosen = settings.model_copy(update={"topic_prefix": named})
        asyncio.run(export(chosen, scratch, show))
        return find_log(scratch)
    if path.is_file() and not holds_events(path):
        record(path, scratch, settings.partitions, show)
        return find_log(scratch)
    return find_log(path)
