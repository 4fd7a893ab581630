"""The full job: the demo's playbook over a recorded month of calls, as interactions.

The work itself is one and the same pure processor in every system. In Precede its state, output and
offset go into one Kafka transaction; elsewhere each event's output is sent and the customers that
it changed are put into the system's table or state, models and the rest every two seconds.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import rules.playbook.loader
from bench.peers.measure import PARTITIONS
from bench.peers.topics import Written
from detectors.event import Event, encode_event
from rules.playbook.models import Playbook
from streams.engine.contract import Outgoing
from streams.engine.processor import Processor
from streams.engine.transaction import partition_of
from streams.sources.bank_calls.reader import JANUARY, CallLog
from streams.sources.bank_calls.stages import SOURCE
from streams.sources.normalise import Normaliser
from streams.sources.raw_record import RawRecord, structured

PLAYBOOK = Path(rules.playbook.loader.__file__).with_name("default")
STATE_EACH_S = 2.0  # as often as Precede's checkpoint
NOBODY = b""  # key of records that concern everybody; some systems want a key on each record
RECEIVED = 1_767_225_600.0  # when the records came in: long after the month they tell of
RESULTS = ("decisions", "actions", "labels", "dead_letters")

Change = tuple[bytes, bytes | None]
"""Key of a piece of state and its new value; none when it is gone."""


@dataclass(slots=True)
class Taken:
    """A record, as the processor reads it."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()
    timestamp: int = int(RECEIVED * 1000)


def playbook() -> Playbook:
    """Return the demo's playbook."""
    return rules.playbook.loader.load(PLAYBOOK)


def interactions() -> Iterator[Written]:
    """Yield the recorded month as interactions, the playbook's switch first in each partition."""
    digest = playbook().hash
    switch = Event("playbook", "/bench", "control.playbook", RECEIVED, "", {"hash": digest})
    first = (
        Outgoing("interactions", None, encode_event(switch), partition=number)
        for number in range(PARTITIONS)
    )
    for outgoing in chain(first, _normalised(_calls())):
        if outgoing.topic == "interactions":
            yield outgoing.key or NOBODY, outgoing.value or b"", outgoing.partition


def _calls() -> Iterator[RawRecord]:
    opened = {"clock": "log", "ordered": True, "reacts": False, "lateness_s": 0.0}
    at = 0.0
    for record in CallLog(JANUARY).records():
        if not at:
            yield structured(Event("opened", SOURCE, "source.opened", record.at, "", opened))
        at = record.at
        yield record
    yield structured(Event("closed", SOURCE, "source.closed", at))


def _normalised(records: Iterable[RawRecord]) -> Iterator[Outgoing]:
    raw = [
        Normaliser(number, PARTITIONS, PARTITIONS, "log", lateness_s=30.0)
        for number in range(PARTITIONS)
    ]
    for normaliser in raw:
        yield from normaliser.restored(0)
    for offset, record in enumerate(records):  # all of them stand in one raw partition
        taken = Taken("raw-events", 0, offset, record.key, record.value, record.headers)
        yield from raw[0].process([taken])


def processor(partition: int, known: Playbook) -> Processor:
    """Return the processor of a partition, which finds the playbook when its switch comes."""
    return Processor(partition, PARTITIONS, "log", {known.hash: known}.get)


def expected(records: Iterable[Written]) -> list[bytes]:
    """Return what some records of `interactions`, from the first on, lead to."""
    known = playbook()
    workers = [processor(number, known) for number in range(PARTITIONS)]
    ends = [0] * PARTITIONS
    said: list[bytes] = []
    for key, value, wanted in records:
        number = partition_of(key, PARTITIONS) if wanted is None else wanted
        taken = Taken("interactions", number, ends[number], key, value)
        ends[number] += 1
        said.extend(outgoing.value or b"" for outgoing in workers[number].process([taken]))
    return said


class Pieces:
    """The processors of all partitions, driven record by record, their changes told each time."""

    def __init__(self) -> None:
        known = playbook()
        self._processors = [processor(number, known) for number in range(PARTITIONS)]
        self._due = [time.monotonic() + STATE_EACH_S] * PARTITIONS

    def process(self, record: Taken) -> tuple[list[Outgoing], list[Change]]:
        """Return what a record leads to, and the state that it changed."""
        worker = self._processors[record.partition]
        said = worker.process([record])
        changes: list[Change] = list(worker.customers.changes())
        if time.monotonic() >= self._due[record.partition]:
            self._due[record.partition] = time.monotonic() + STATE_EACH_S
            prefix = b"%d:" % record.partition
            changes.extend((prefix + key, value) for key, value in worker.mind.changes())
        return said, changes
