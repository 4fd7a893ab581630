"""Records, logs and processors for the tests of the engine."""

import gzip
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile

import orjson

from detectors.event import Event, encode_event
from rules.playbook.loader import load
from rules.playbook.models import Playbook
from streams.engine.contract import Outgoing
from streams.engine.processor import Processor
from streams.engine.transaction import partition_of
from streams.sources.bank_calls.reader import JANUARY, CallLog
from streams.sources.bank_calls.stages import SOURCE
from streams.sources.normalise import Normaliser
from streams.sources.raw_record import RawRecord, structured

PARTITIONS = 4
DAYS = 3
NOW = 1_800_000_000.0  # wall clock of the recordings, long after the month they tell of
DEFAULT = Path(__file__).parents[3] / "rules" / "playbook" / "default"


@dataclass(slots=True)
class Read:
    """A record as Kafka would deliver it."""

    value: bytes | None
    offset: int = 0
    key: bytes | None = None
    partition: int = 0
    topic: str = "precede.interactions"
    headers: Sequence[tuple[str, bytes]] = ()
    timestamp: int = int(NOW * 1000)


@cache
def default_playbook() -> Playbook:
    return load(DEFAULT)


def first_rows(days: int) -> bytes:
    """Return the recorded month's header and rows of its first days, as they stand in the file."""
    header, *rows = gzip.decompress(JANUARY.read_bytes()).splitlines(keepends=True)
    wanted = {f"9901{day:02}".encode() for day in range(1, days + 1)}
    return header + b"".join(row for row in rows if row.split(b"\t")[5] in wanted)


@cache
def calls(days: int) -> list[RawRecord]:
    """Return the first days of the recorded month, its source opened and closed."""
    with NamedTemporaryFile() as file:
        Path(file.name).write_bytes(first_rows(days))
        records = list(CallLog(Path(file.name)).records())
    opened = {"clock": "log", "ordered": True, "reacts": False, "lateness_s": 0.0}
    return [
        structured(Event("opened", SOURCE, "source.opened", records[0].at, "", opened)),
        *records,
        structured(Event("closed", SOURCE, "source.closed", records[-1].at)),
    ]


def raw(records: Iterable[RawRecord]) -> list[Read]:
    """Return what one partition of raw-events would hold."""
    return [
        Read(record.value, offset, record.key, 0, "precede.raw-events", record.headers)
        for offset, record in enumerate(records)
    ]


def normalise(records: Sequence[Read]) -> list[Outgoing]:
    """Return everything that normalise says about one raw partition; all others are idle."""
    raw = [Normaliser(number, PARTITIONS, PARTITIONS, "log", 30.0) for number in range(PARTITIONS)]
    idle = [record for normaliser in raw for record in normaliser.restored(0)]
    return [*idle, *raw[0].process(records)]


def partitions_of(output: Iterable[Outgoing], topic: str = "interactions") -> list[list[Read]]:
    """Return the partitions of a topic as output fills them, in order."""
    found: list[list[Read]] = [[] for _ in range(PARTITIONS)]
    for record in output:
        if record.topic == topic:
            number = record.partition
            if number is None:
                number = partition_of(record.key or b"", PARTITIONS)
            log = found[number]
            log.append(Read(record.value, len(log), record.key, number, f"precede.{topic}"))
    return found


@cache
def interactions(days: int = DAYS) -> list[list[Read]]:
    """Return the partitions of interactions of the first days, the playbook's switch first."""
    switch = encode_event(playbook_switch(default_playbook().hash))
    first = [Outgoing("interactions", None, switch, partition=p) for p in range(PARTITIONS)]
    return partitions_of([*first, *normalise(raw(calls(days)))])


def playbook_switch(digest: str) -> Event:
    return Event(f"playbook-{digest}", "precede/publish", "control.playbook", NOW, "",
                 {"hash": digest})  # fmt: skip


def only(playbook: Playbook | None) -> Callable[[str], Playbook | None]:
    """Return a look-up that knows one playbook."""
    return lambda digest: playbook if playbook and playbook.hash == digest else None


def processor(partition: int = 0, playbook: Playbook | None = None) -> Processor:
    return Processor(partition, PARTITIONS, "log", only(playbook or default_playbook()))


def state_of(worker: Processor) -> dict[bytes, bytes | None]:
    return {record.key or b"": record.value for record in worker.checkpoint()}


def compacted(state: dict[bytes, bytes], worker: Processor) -> dict[bytes, bytes]:
    """Return what the compacted topic holds once the worker's checkpoint is written."""
    for key, value in state_of(worker).items():
        if value is None:
            state.pop(key, None)
        else:
            state[key] = value
    return state


def restored(state: dict[bytes, bytes], partition: int = 0) -> Processor:
    """Return a fresh processor that stands where the state says, as a new owner would."""
    worker = processor(partition)
    for key, value in state.items():
        worker.restore(key, value)
    worker.restored(0)
    return worker


def log_of(events: Iterable[Event]) -> list[Read]:
    """Return a partition of interactions that holds these events."""
    return [
        Read(encode_event(event), offset, event.customer.encode() or None)
        for offset, event in enumerate(events)
    ]


def progress(at: float, raw: int = 0, of_n: int = 1, *, lateness_s: float = 0.0) -> Event:
    data = {"raw": raw, "of_n": of_n, "idle": False, "event_time": at, "lateness_s": lateness_s}
    return Event(f"progress-{raw}", "precede/normalise", "progress", at, "", data)


def contact(
    stage: str, at: float, customer: str = "c-1", call: str = "call-1", **more: object
) -> Event:
    """Return an event of an inbound call."""
    data = {"call": call, "channel": "phone", "direction": "inbound", "topic": "regular",
            "priority": "regular"} | more  # fmt: skip
    return Event(f"{call}-{stage}", SOURCE, f"contact.{stage}", at, customer, data)


def lost_call(at: float, customer: str, call: str) -> list[Event]:
    """Return a call that was given up in the queue: 15 minutes later a call-back is due."""
    return [
        contact("started", at - 60, customer, call),
        contact("queued", at - 60, customer, call),
        contact("abandoned", at, customer, call, wait_s=60.0),
        contact("ended", at, customer, call, wait_s=60.0, service_s=0.0, outcome="abandoned"),
    ]


def of(output: Iterable[Outgoing], topic: str) -> Iterator[dict[str, object]]:
    """Yield what the records of one topic hold."""
    for record in output:
        if record.topic == topic:
            yield orjson.loads(record.value or b"{}")
