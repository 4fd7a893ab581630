"""Logs on disk for the tests of backtests."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from detectors.event import Event, encode_event
from streams.backtest.log import Log, LogWriter, find_log
from tests.streams.engine.build import Read, contact, interactions, lost_call, progress

HOUR = 3600.0
START = 915_300_000.0  # Saturday 2 January 1999, 20:00 in Jerusalem: the centre is open


def written(folder: Path, partitions: Sequence[Iterable[bytes]]) -> Log:
    """Return a log of these records."""
    with LogWriter(folder, len(partitions)) as writer:
        for number, values in enumerate(partitions):
            for value in values:
                writer.write(number, value)
    return find_log(folder)


def month(folder: Path, days: int) -> Log:
    """Return the first days of the recorded month."""
    return written(folder, [[read.value or b"" for read in part] for part in interactions(days)])


def lost_calls(folder: Path, count: int = 6, partitions: int = 2) -> Log:
    """Return a log of calls that were given up, every minute one, and never called back."""
    parts: list[list[Event]] = [[progress(START)] for _ in range(partitions)]
    for number in range(count):
        at = START + 60.0 * number
        parts[number % partitions] += lost_call(at, f"c-{number}", f"call-{number}")
    for part in parts:
        part += [progress(START + 2 * HOUR), contact("started", START + 30 * HOUR, "last", "last")]
        part.append(progress(START + 30 * HOUR))
    return written(folder, [[encode_event(event) for event in part] for part in parts])


def values(reads: Iterable[Read]) -> list[bytes]:
    return [read.value or b"" for read in reads]
