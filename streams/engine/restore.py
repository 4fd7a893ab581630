"""Read back the state of one partition."""

from collections.abc import Callable, Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.engine.contract import Processor
from streams.kafka.reading import newest_values

APPLIED = b"applied"


class StateError(RuntimeError):
    """State and committed offset disagree."""


async def committed_offset(
    client_options: Mapping[str, Any], group: str, source: TopicPartition
) -> int | None:
    """Return the next offset that the group will read; ``None`` where Kafka knows of none."""
    consumer = AIOKafkaConsumer(**client_options, group_id=group, enable_auto_commit=False)
    await consumer.start()
    try:
        committed: int | None = await consumer.committed(source)
        return committed
    finally:
        await consumer.stop()


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
        Offset that the group has committed, written in the same transaction as the state;
        ``None`` where it never did, or Kafka has dropped it: seven days after a group was left by
        its last member. Then the state alone says how far it has come.
    progress
        Called with (offset reached, end offset).

    Returns
    -------
    Number of records that were restored, and the offset at which the state stands.

    Raises
    ------
    StateError
        When the state's applied offset is not the committed one: never guessed.
    """
    newest = await newest_values(client_options, state.topic, state.partition, progress)
    applied = int(newest.pop(APPLIED, b"0"))
    if committed is not None and applied != committed:
        msg = (
            f"state of {state.topic}/{state.partition} must stand at the committed offset "
            f"{committed}; got {applied}: the state topic was altered, or the group's offsets were"
        )
        raise StateError(msg)
    for key, value in newest.items():
        processor.restore(key, value)
    return len(newest), applied
