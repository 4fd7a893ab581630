"""The events that commands about rules look into: of a log, or of the settings' topics."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from streams.backtest.log import Log, find_log
from streams.backtest.source import Show, export, temporary_folder
from streams.cli.log import reading
from streams.settings import Settings


@contextmanager
def opened(named: str | None, show: Show) -> Iterator[Log]:
    """Yield the log that a person named, or what the topics of the settings hold now.

    Parameters
    ----------
    named
        A log on disk, a recorded file or a topic prefix; ``None`` for the settings' own.
    """
    if named is not None:
        with reading(named, show) as log:
            yield log
        return
    with temporary_folder() as scratch:
        asyncio.run(export(Settings(), scratch, show))
        yield find_log(scratch)
