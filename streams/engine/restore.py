"""Read back the state of one partition."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.engine.contract import Processor
from streams.kafka.reading import newest_values

log = logging.getLogger(__name__)

APPLIED = b"applied"


class StateError(RuntimeError):
    """State and committed offset disagree."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a group stands in a partition.

    Parameters
    ----------
    committed
        The next offset that it will read; ``None`` where Kafka knows of none.
    begin, end
        Offsets of the oldest record that there is, and of the next one to be written.
    """

    committed: int | None
    begin: int
    end: int


async def position_of(
    client_options: Mapping[str, Any], group: str, source: TopicPartition
) -> Position:
    """Return where the group stands."""
    consumer = AIOKafkaConsumer(**client_options, group_id=group, enable_auto_commit=False)
    await consumer.start()
    try:
        return Position(
            await consumer.committed(source),
            (await consumer.beginning_offsets([source]))[source],
            (await consumer.end_offsets([source]))[source],
        )
    finally:
        await consumer.stop()


def check_position(source: TopicPartition, position: Position, applied: int) -> None:
    """Tell what is missing between what was applied and what there is to read.

    Raises
    ------
    StateError
        When the topic ends before what was applied: it is another one, under the same name.
    """
    name = f"{source.topic}/{source.partition}"
    if applied > position.end:
        msg = (
            f"{name} must reach the offset {applied} that was applied; it ends at {position.end}: "
            "the topic was deleted and made anew; use another topic prefix, or delete the state "
            "topic of the role as well to begin anew"
        )
        raise StateError(msg)
    if applied and applied < position.begin:
        log.error(
            "%s: %d records expired before they were read; going on at offset %d",
            name, position.begin - applied, position.begin,
        )  # fmt: skip


async def restore(
    client_options: Mapping[str, Any],
    state: TopicPartition,
    processor: Processor,
    committed: int | None,
    progress: Callable[[int, int], None],
) -> tuple[int, int]:
    """Give the processor the newest value of every key of its state partition.

    Parameters
    ----------
    state
        The state partition; only committed records are read.
    committed
        Offset that the group has committed, in the same transaction as the state; transactions
        between two checkpoints leave it out, so the state may be further. ``None`` where it never
        did, or Kafka has dropped it: seven days after a group was left by its last member.
    progress
        Called with (offset reached, end offset).

    Returns
    -------
    Number of records that were restored, and the offset at which the state stands.

    Raises
    ------
    StateError
        When the state is behind the committed offset: never guessed.
    """
    newest = await newest_values(client_options, state.topic, state.partition, progress)
    applied = int(newest.pop(APPLIED, b"0"))
    if committed is not None and applied < committed:
        msg = (
            f"state of {state.topic}/{state.partition} must have reached the committed offset "
            f"{committed}; got {applied}: the state topic was altered, or the group's offsets were"
        )
        raise StateError(msg)
    for key, value in newest.items():
        processor.restore(key, value)
    return len(newest), applied
