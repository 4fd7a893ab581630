"""A recorded source -> a log, without Kafka: what normalise would have written."""

from collections.abc import Callable, Iterator
from itertools import islice

from streams.backtest.log import Logged
from streams.engine.contract import Outgoing
from streams.engine.transaction import partition_of
from streams.sources.bank_calls.reader import CallLog
from streams.sources.normalise import Normaliser
from streams.sources.raw_record import RawRecord, source_closed, source_opened

_LATER_MS = 4_000_000_000_000  # recordings are history: every event is older than its arrival
_BATCH = 1_000


def interactions(
    log: CallLog,
    source: str,
    of_n: int,
    progress: Callable[[int], None] = lambda _done: None,
) -> Iterator[tuple[int, bytes]]:
    """Yield (partition, record) of interactions as a replay of the log leads to them.

    Parameters
    ----------
    of_n
        Partitions of interactions.
    progress
        Called with the number of raw records done.
    """
    normalisers = [Normaliser(number, of_n, of_n, "log", 0.0) for number in range(of_n)]
    for normaliser in normalisers:
        yield from _kept(normaliser.restored(0), of_n)
    records = _with_source(log, source)
    done = 0
    while batch := list(islice(records, _BATCH)):
        raw = [
            Logged(
                "raw-events", 0, done + place, record.key, record.value, record.headers, _LATER_MS
            )
            for place, record in enumerate(batch)
        ]
        yield from _kept(normalisers[0].process(raw), of_n)
        done += len(batch)
        progress(done)


def _with_source(log: CallLog, source: str) -> Iterator[RawRecord]:
    first: float | None = None
    at = 0.0
    for record in log.records():
        if first is None:
            first = record.at
            yield source_opened(source, first)
        at = max(at, record.at)
        yield record
    if first is not None:
        yield source_closed(source, at)


def _kept(output: list[Outgoing], of_n: int) -> Iterator[tuple[int, bytes]]:
    for record in output:
        if record.topic == "interactions" and record.value is not None:
            number = record.partition
            yield partition_of(record.key or b"", of_n) if number is None else number, record.value
