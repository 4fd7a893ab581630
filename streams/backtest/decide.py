"""What a playbook decides on one partition of a log. Runs in a process of its own."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from rules.playbook.models import Playbook
from streams.backtest.decisions import Decisions, Gathering
from streams.backtest.log import Log, Logged, read_values
from streams.backtest.prepare import (
    Progress,
    adoption,
    logged,
    needs_states,
    read_chunks,
    read_prepared,
)
from streams.backtest.recorded import OpenCustomers, RecordedModels
from streams.backtest.squeeze import squeeze
from streams.engine.processor import Processor

_BATCH = 1_000


class DivergedError(RuntimeError):
    """The run left the recording."""


def decide(
    log: Log, partition: int, prepared: Path | None, playbook: Playbook, progress: Progress
) -> Decisions:
    """Return what a playbook that holds from the start decides on one partition.

    Parameters
    ----------
    prepared
        Where the log is prepared; without it models learn anew from every event. A playbook that
        follows callers while they wait needs every state of the queues, so the whole log.
    """
    looks_again = needs_states(playbook)
    known = None if prepared is None or looks_again else read_prepared(prepared, partition)
    if prepared is not None and known is not None and known.is_exact:
        try:
            decisions, at = _on_prepared(log, partition, prepared, playbook, progress)
        except DivergedError:
            pass  # an event failed on one of the rules: only the whole log tells what follows
        else:
            progress(known.facts.records - at)
            return decisions
    processor = Processor(partition, len(log.partitions), "log", lambda _name: playbook)
    records = _complete(log, partition, progress, all_states=looks_again)
    return _collect(processor, partition, playbook, records)


def _on_prepared(
    log: Log, partition: int, prepared: Path, playbook: Playbook, progress: Progress
) -> tuple[Decisions, int]:
    """Return what was decided, and the first offset that is not recorded any more."""
    processor = Processor(partition, len(log.partitions), "log", lambda _name: playbook)
    at = 0
    models = processor.mind.models = RecordedModels()
    customers = processor.customers = OpenCustomers()

    def records() -> Iterator[list[Logged]]:
        nonlocal at
        for chunk, said in read_chunks(prepared, partition):
            models.feed(said)
            yield chunk
            if chunk:
                progress(chunk[-1].offset + 1 - at)
                at = chunk[-1].offset + 1

    decisions = _collect(processor, partition, playbook, records())
    if customers.rolled_back or not models.silent:
        raise DivergedError
    return decisions, at


def _complete(
    log: Log, partition: int, progress: Progress, *, all_states: bool
) -> Iterator[list[Logged]]:
    batch: list[Logged] = []
    at = 0
    values = read_values(log.partitions[partition])
    for offset, value in squeeze(values, all_states=all_states):
        batch.append(logged(partition, offset, value))
        if len(batch) == _BATCH:
            yield batch
            batch = []
            progress(offset + 1 - at)
            at = offset + 1
    yield batch


def _collect(
    processor: Processor, partition: int, playbook: Playbook, records: Iterable[list[Logged]]
) -> Decisions:
    gathering = Gathering()
    gathering.take(processor.process([adoption(partition, playbook)]))
    for batch in records:
        gathering.take(processor.process(batch))
    return gathering.decisions()
