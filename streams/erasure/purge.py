"""Free the logs of the customers who were forgotten: delete what is before a snapshot.

Kafka deletes from the beginning of a partition only. What is left of the log begins at a snapshot
that was taken after the erasure, so state, `verify` and `why` still rest on something.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from aiokafka import TopicPartition

from streams.clock import now
from streams.engine.restore import StateError, position_of
from streams.engine.snapshots import Snapshot, drop_before, take, usable
from streams.erasure.register import Erasure, Register
from streams.kafka.reading import read_to_end
from streams.kafka.topics import Topics, delete_records, partition_count
from streams.settings import Settings

MARGIN_S: Final = 86_400.0
"""A daily run must not miss the day: what is due within a day is due."""
LATE_S: Final = 2 * 86_400.0
"""Events of the time before may come so late: the snapshot should be taken after them."""
OWN: Final = ("decisions", "labels")
"""Topics written by one partition of the engine each; the others are written by all."""
SHARED: Final = ("actions", "dead_letters", "raw_events")

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Purged:
    """What a purge did.

    Parameters
    ----------
    erasures
        Those that are complete now; none was due where it is empty.
    next_at
        When the next one is due, wall clock; ``None`` where none waits.
    kept_from
        Partition of interactions -> the offset at which the log begins now.
    unapplied
        How many erasures were asked for and never seen to be applied; they cannot be completed.
    """

    erasures: tuple[Erasure, ...]
    next_at: float | None
    kept_from: Mapping[int, int]
    unapplied: int


async def purge(
    settings: Settings,
    client_options: Mapping[str, Any],
    *,
    everything: bool,
    progress: Progress = lambda _what, _done, _of: None,
) -> Purged:
    """Delete from all logs what is older than the erasures that are due; safe to run again.

    Parameters
    ----------
    everything
        Also for erasures that are not due yet; all customers' log before a snapshot of now goes.

    Raises
    ------
    StateError
        When dispatch has not read what would be deleted.
    """
    async with Register(client_options, settings.topic_prefix) as register:
        waiting = [
            each
            for each in register.erasures
            if each.applied_at is not None and each.purged_at is None
        ]
        due = [each for each in waiting if everything or each.purge_by <= now() + MARGIN_S]
        unapplied = sum(each.applied_at is None for each in register.erasures)
        later = [each.purge_by - MARGIN_S for each in waiting if each not in due]
        if not due:
            return Purged((), min(later, default=None), {}, unapplied)
        after = max(each.applied_at or 0.0 for each in due)
        bases = await _bases(settings, client_options, after, progress)
        await _delete(settings, client_options, bases)
        await drop_before(settings, bases)
        done = tuple(replace(each, purged_at=now()) for each in due)
        await register.write(done)
    kept_from = {number: base.offset for number, base in bases.items()}
    return Purged(done, min(later, default=None), kept_from, unapplied)


async def _bases(
    settings: Settings, client_options: Mapping[str, Any], after: float, progress: Progress
) -> dict[int, Snapshot]:
    """Return the oldest snapshot of each partition that will do, so that most of the log stays."""
    found: dict[int, Snapshot] = {}
    for partition in range(settings.partitions):
        for snapshot in await usable(settings, client_options, partition):
            if snapshot.taken_at > after + LATE_S:
                found[partition] = snapshot
    if len(found) == settings.partitions:
        return found
    return {each.partition: each for each in await take(settings, client_options, progress)}


async def _delete(
    settings: Settings, client_options: Mapping[str, Any], bases: Mapping[int, Snapshot]
) -> None:
    topics = Topics(settings.topic_prefix)
    before: dict[TopicPartition, int] = {}
    for number, base in bases.items():
        before[TopicPartition(topics.interactions, number)] = base.offset
        for logical in OWN:
            name = str(getattr(topics, logical))
            before[TopicPartition(name, number)] = base.ends[logical][number]
    for logical in SHARED:
        name = str(getattr(topics, logical))
        for number in range(partition_count(logical, settings)):
            # Every partition of the engine writes there: only what is older than all snapshots.
            tp = TopicPartition(name, number)
            before[tp] = min(base.ends[logical][number] for base in bases.values())
    await _require_dispatched(settings, client_options, topics, before)
    await delete_records(settings, before)


async def _require_dispatched(
    settings: Settings,
    client_options: Mapping[str, Any],
    topics: Topics,
    before: Mapping[TopicPartition, int],
) -> None:
    group = f"{settings.topic_prefix}dispatch"
    for number in range(settings.partitions):
        tp = TopicPartition(topics.actions, number)
        committed = (await position_of(client_options, group, tp)).committed or 0
        # Offsets between may be markers of transactions, which nobody reads.
        unread = [
            record
            async for batch in read_to_end(
                client_options, tp.topic, number, since=committed, until=before[tp]
            )
            for record in batch
        ]
        if unread:
            msg = (
                f"dispatch must have read {tp.topic}/{number} up to offset {before[tp]}; "
                f"{len(unread)} records wait: let a worker dispatch, and run the command again"
            )
            raise StateError(msg)
