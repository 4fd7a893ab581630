"""What the owner of a partition asks of the work that is done on it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol


class Record(Protocol):
    """A record as Kafka delivered it (an aiokafka ``ConsumerRecord`` is one)."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]
    timestamp: int


@dataclass(slots=True)
class Outgoing:
    """A record to be written in the next transaction.

    Parameters
    ----------
    topic
        Field name in ``Topics``, such as ``"decisions"``, not the name on the broker.
    partition
        Number of the partition; ``None`` leaves it to the hash of the key.
    since_ms
        When the record that caused it was appended, Unix milliseconds; 0 where nothing did.
    """

    topic: str
    key: bytes | None
    value: bytes | None
    partition: int | None = None
    headers: tuple[tuple[str, bytes], ...] = ()
    since_ms: int = 0


class Processor(Protocol):
    """The work on one partition: synchronous, no clock, no I/O.

    State reaches the broker in the same transaction as the output and the applied offset, and a
    new owner restores it before the first record.
    """

    def process(self, records: Sequence[Record]) -> list[Outgoing]:
        """Apply records in order and return what they cause."""

    def checkpoint(self) -> list[Outgoing]:
        """Return the state that changed since the last call, as records of the state topic."""

    def restore(self, key: bytes, value: bytes) -> None:
        """Take one record of the state topic; called for the newest value of each key."""

    def restored(self, applied: int) -> list[Outgoing]:
        """All state is there, `applied` is the next offset; return what must be said at once."""

    def urgent(self, output: Iterable[Outgoing]) -> int:
        """How soon this output should be committed, called once for each output.

        0: with the regular checkpoint; 1: with the next transaction, at once if none was lately;
        2: at once, since somebody waits who has not long.
        """


class PlaybookMissingError(LookupError):
    """A record names a playbook that this worker has not read yet.

    Parameters
    ----------
    hash
        The playbook's hash.
    output
        What the records before it caused.
    offset
        Of the record that names it: the next to process.
    done
        Number of records before it in the batch.
    """

    def __init__(self, hash: str, output: list[Outgoing], offset: int, done: int) -> None:  # noqa: A002
        super().__init__(hash)
        self.hash = hash
        self.output = output
        self.offset = offset
        self.done = done
