"""A log made ready for many playbooks: what models say, recorded once.

Beside the log lies a folder per content of the log, version of the code and time zone::

    LOG/.prepared/6f1c.../0.records     what can matter, with what the models said, in chunks
                          0.facts       counts, and the contacts' stages for the proof
"""

import hashlib
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

import msgpack

import detectors
import streams.backtest
import streams.engine
from detectors.event import Event, encode_event
from detectors.waiting import WAITING
from rules.backtest.facts import LogFacts
from rules.backtest.versions import with_rules
from rules.compiled import program_of
from rules.playbook.models import Playbook
from rules.proof.history import STAGES
from streams.backtest.decisions import Decisions, Gathering
from streams.backtest.log import Log, Logged, read_values
from streams.backtest.recorded import OpenCustomers, RecordingModels, Said
from streams.backtest.squeeze import concerns_all, is_state, squeeze
from streams.engine.processor import Processor

FOLDER = ".prepared"
_CHUNK = 5_000
_SHOW_EVERY = 2_000
_LEVEL = 1
_SIZE = 8  # bytes that say how long a chunk is

Progress = Callable[[int], None]
"""Called with how many more records are done."""


class Prepared(NamedTuple):
    """What is known of a partition beside its records.

    Parameters
    ----------
    stages
        The stages of all contacts, as far as the proof reads them, in the order of the log.
    is_exact
        Whether the recording may stand for the log; not where an event failed in the engine.
    """

    facts: LogFacts
    stages: list[Event]
    is_exact: bool


def prepared_name(log: Log, zone: str) -> str:
    """Return the name under which a log is kept ready for playbooks of a time zone."""
    digest = hashlib.sha256(zone.encode())
    for package in (detectors, streams.engine, streams.backtest):
        for file in sorted(Path(package.__path__[0]).rglob("*.py")):
            digest.update(file.read_bytes())
    for path in log.partitions:
        with path.open("rb") as opened:
            digest.update(hashlib.file_digest(opened, "sha256").digest())
    return digest.hexdigest()[:16]


def needs_states(playbook: Playbook) -> bool:
    """Return whether what a playbook decides depends on every state of the queues."""
    by_gates = bool(playbook.rules and playbook.gates.service_level)
    return by_gates or program_of(playbook).follows(WAITING)


def is_prepared(folder: Path, partition: int) -> bool:
    """Return whether a partition was prepared, completely."""
    return (folder / f"{partition}.facts").is_file()


def prepare(
    log: Log, partition: int, folder: Path, playbook: Playbook, progress: Progress
) -> Decisions | None:
    """Run a playbook over one partition, and record what the models say on the way.

    They say the same under every playbook of the same time zone. What they alone read is left out
    of the recording: states of queues, and contacts that nobody identified, for whom no rule acts.
    So are events that a customer's system repeats.

    Returns
    -------
    What the playbook decided; ``None`` where only the engine can tell on the whole log: an event
    failed, or rules follow callers while they wait, or gates look at queues.
    """
    if needs_states(playbook):
        prepare(log, partition, folder, with_rules(playbook, ()), progress)
        return None
    processor = Processor(partition, len(log.partitions), "log", lambda _name: playbook)
    models = processor.mind.models = RecordingModels()
    customers = processor.customers = OpenCustomers()
    gathering = Gathering()
    gathering.take(processor.process([adoption(partition, playbook)]))
    facts, stages, shown = LogFacts(), list[tuple[str | float, ...]](), 0
    part = folder / f"{partition}.records.part"
    with part.open("wb") as file:
        chunks = _Chunks(file)
        for offset, value in squeeze(_counted(read_values(log.partitions[partition]), facts)):
            if output := processor.process([logged(partition, offset, value)]):
                gathering.take(output)
            event = models.take()
            if event is not None:
                facts.add(event)
                stages += [_stage(event)] if event.type in STAGES else []
                if event.identified:
                    chunks.add(offset, value, models.said)
            elif concerns_all(value) and not is_state(value):
                chunks.add(offset, value, ())
            if facts.records >= shown + _SHOW_EVERY:
                progress(facts.records - shown)
                shown = facts.records
        chunks.write()
    progress(facts.records - shown)
    part.rename(folder / f"{partition}.records")
    if customers.rolled_back and playbook.rules:
        # Perhaps it is one of the rules that failed: the recording must not suffer from that.
        prepare(log, partition, folder, with_rules(playbook, ()), progress)
        return None
    _write_facts(folder, partition, facts, stages, is_exact=not customers.rolled_back)
    return None if customers.rolled_back else gathering.decisions()


def read_prepared(folder: Path, partition: int) -> Prepared:
    """Return what is known of a partition beside its records."""
    content = _unpacked((folder / f"{partition}.facts").read_bytes())
    facts = LogFacts(**content["facts"])
    facts.events = Counter(facts.events)
    return Prepared(facts, [_event(*stage) for stage in content["stages"]], content["is_exact"])


def read_chunks(folder: Path, partition: int) -> Iterator[tuple[list[Logged], list[Said]]]:
    """Yield records, and what models said about them."""
    with (folder / f"{partition}.records").open("rb") as file:
        while size := file.read(_SIZE):
            records, said = _unpacked(file.read(int.from_bytes(size)))
            yield (
                [logged(partition, offset, value) for offset, value in records],
                [Said(*each) for each in said],
            )


def adoption(partition: int, playbook: Playbook) -> Logged:
    """Return the record that puts a playbook into force; it stands before the first offset."""
    data = {"hash": playbook.hash}
    switch = Event("backtest", "precede/backtest", "control.playbook", 0.0, "", data)
    return logged(partition, -1, encode_event(switch))


def logged(partition: int, offset: int, value: bytes) -> Logged:
    """Return a record of the log as the processor takes it."""
    return Logged("interactions", partition, offset, None, value)


class _Chunks:
    """Gathers records and writes them in chunks, each with its size before it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._records: list[tuple[int, bytes]] = []
        self._said: list[Said] = []

    def add(self, offset: int, value: bytes, said: Iterable[Said]) -> None:
        self._records.append((offset, value))
        self._said.extend(said)
        if len(self._records) >= _CHUNK:
            self.write()

    def write(self) -> None:
        packed = _packed((self._records, self._said))
        self._file.write(len(packed).to_bytes(_SIZE) + packed)
        self._records, self._said = [], []


def _counted(values: Iterable[bytes], facts: LogFacts) -> Iterator[bytes]:
    for value in values:
        facts.records += 1
        yield value


def _write_facts(
    folder: Path,
    partition: int,
    facts: LogFacts,
    stages: list[tuple[str | float, ...]],
    *,
    is_exact: bool,
) -> None:
    plain = {name: getattr(facts, name) for name in LogFacts.__slots__}
    content = {"facts": plain, "stages": stages, "is_exact": is_exact}
    part = folder / f"{partition}.facts.part"
    part.write_bytes(_packed(content))
    part.rename(folder / f"{partition}.facts")  # last: now the partition is prepared


def _stage(event: Event) -> tuple[str | float, ...]:
    get = event.data.get
    texts = (get("call"), get("direction"), get("outcome"))
    return (
        event.id, event.source, event.type, event.at, event.customer,
        *(text if isinstance(text, str) else "" for text in texts),
    )  # fmt: skip


def _event(
    id: str, source: str, type: str, at: float, customer: str,  # noqa: A002
    call: str, direction: str, outcome: str,
) -> Event:  # fmt: skip
    data = {"call": call, "direction": direction, "outcome": outcome}
    return Event(id, source, type, at, customer, data)


def _packed(content: Any) -> bytes:
    return zlib.compress(msgpack.packb(content), _LEVEL)


def _unpacked(packed: bytes) -> Any:
    return msgpack.unpackb(zlib.decompress(packed), strict_map_key=False)
