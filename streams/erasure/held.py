"""Everything that is held about one customer, found and made readable, one thing at a time."""

import base64
import math
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from aiokafka import TopicPartition

from detectors.customer import Customer, unpack
from detectors.event import format_time
from streams.engine.customers import PREFIX
from streams.engine.restore import APPLIED
from streams.engine.transaction import partition_of
from streams.kafka.reading import read_to_end, reader
from streams.kafka.topics import Topics, partition_count
from streams.settings import Settings
from streams.sources.cloudevents import decode_record
from streams.sources.registry import adapter_of

SECTIONS: Final = (
    "state", "open_labels", "interactions", "decisions", "actions", "ledger", "labels",
    "raw_events", "dead_letters",
)  # fmt: skip
"""In this order."""
_OWN: Final = ("state", "interactions", "decisions", "labels")
"""Of these topics only one partition can hold the customer."""
_TIMES: Final = ("_at", "since")
_TIME_NAMES: Final = frozenset({"at", "t0", "due", "deadline"})

Progress = Callable[[str, int, int], None]


@dataclass(slots=True)
class _Search:
    """One customer, and how the customer is recognised in bytes."""

    customer: str
    key: bytes
    written: bytes  # as JSON writes it
    calls: set[str] = field(default_factory=set)  # learnt from the interactions


async def held(
    settings: Settings,
    client_options: Mapping[str, Any],
    customer: str,
    progress: Progress = lambda _what, _done, _of: None,
) -> AsyncIterator[tuple[str, Any]]:
    """Yield (section, what was found), section by section in the order of `SECTIONS`.

    In memory are one batch of records, the ids of the customer's calls and the customer's entries
    of one partition of the ledger.

    Parameters
    ----------
    progress
        Called with (section, records read, records in all).
    """
    scan = _Scan(settings, client_options, customer, progress)
    await scan.count()
    for found in (
        scan.state(),
        scan.through("interactions", _event),
        scan.through("decisions", _event),
        scan.through("actions", _event),
        scan.ledger(),
        scan.through("labels", _label),
        scan.through("raw_events", _raw),
        scan.through("dead_letters", _letter),
    ):
        async for each in found:
            yield each


class _Scan:
    """The way through the topics."""

    def __init__(
        self,
        settings: Settings,
        client_options: Mapping[str, Any],
        customer: str,
        progress: Progress,
    ) -> None:
        self._settings = settings
        self._options = client_options
        self._topics = Topics(settings.topic_prefix)
        self._progress = progress
        self._own = partition_of(customer.encode(), settings.partitions)
        self._search = _Search(customer, customer.encode(), orjson.dumps(customer)[1:-1])
        self._done = self._total = 0

    async def count(self) -> None:
        """Learn how many records there are to be read."""
        partitions = [
            tp
            for logical in (*_OWN, "actions", "ledger", "raw_events", "dead_letters")
            for tp in self._partitions(logical)
        ]
        async with reader(self._options) as consumer:
            begins = await consumer.beginning_offsets(partitions)
            ends = await consumer.end_offsets(partitions)
        self._total = sum(ends[tp] - begins[tp] for tp in partitions)

    async def through(
        self, logical: str, read: Callable[[Any, _Search], Any]
    ) -> AsyncIterator[tuple[str, Any]]:
        """Yield what a topic holds."""
        for tp in self._partitions(logical):
            async for record in self._records(logical, tp):
                if (found := read(record, self._search)) is not None:
                    yield logical, found

    async def state(self) -> AsyncIterator[tuple[str, Any]]:
        """Yield the state and the labels that are open."""
        key, packed = PREFIX + self._search.key, None
        for tp in self._partitions("state"):
            async for record in self._records("state", tp):
                packed = record.value if record.key == key else packed
        if packed is not None:
            state = state_of(unpack(self._search.customer, packed))
            labels = state.pop("labels")
            yield "state", state
            for label in labels:
                yield "open_labels", label

    async def ledger(self) -> AsyncIterator[tuple[str, Any]]:
        """Yield the newest entry of each of the customer's actions."""
        for tp in self._partitions("ledger"):
            found: dict[bytes, Any] = {}
            async for record in self._records("ledger", tp):
                if record.value is None:
                    found.pop(record.key, None)
                elif record.key != APPLIED and self._search.written in record.value:
                    entry = orjson.loads(record.value)
                    if entry["event"].get("subject") == self._search.customer:
                        found[record.key] = _placed(record, entry)
            for entry in found.values():
                yield "ledger", entry

    async def _records(self, logical: str, tp: TopicPartition) -> AsyncIterator[Any]:
        async for batch in read_to_end(self._options, tp.topic, tp.partition):
            for record in batch:
                yield record
            self._done += len(batch)
            self._progress(logical, self._done, self._total)

    def _partitions(self, logical: str) -> list[TopicPartition]:
        name = str(getattr(self._topics, logical))
        if logical in _OWN:
            return [TopicPartition(name, self._own)]
        numbers = range(partition_count(logical, self._settings))
        return [TopicPartition(name, number) for number in numbers]


def state_of(customer: Customer) -> dict[str, Any]:
    """Return a customer's state with names for everything, times as people write them."""
    state: dict[str, Any] = _plain("", customer)
    state.pop("digest", None)  # of the newest event; it stands in `seen` too
    state.pop("digest_of", None)
    return state


def _plain(name: str, value: Any) -> Any:  # noqa: PLR0911 - one per kind of value
    if isinstance(value, bool) or value is None or isinstance(value, str | int):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        is_time = name in _TIME_NAMES or name.endswith(_TIMES)
        return format_time(value) if is_time else value
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Mapping):
        return {str(_plain("", key)): _plain(str(key), each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset) and not hasattr(value, "_fields"):
        return [_plain(name, each) for each in value]
    fields = getattr(value, "_fields", None) or type(value).__slots__
    return {each.lstrip("_"): _plain(each, getattr(value, each)) for each in fields}


def _event(record: Any, search: _Search) -> Any:
    """Return a CloudEvent of ours that is about the customer."""
    if search.written not in record.value:
        return None
    event = orjson.loads(record.value)
    data = event.get("data") or {}
    if event.get("subject") != search.customer and data.get("customer") != search.customer:
        return None
    if isinstance(call := data.get("call"), str):
        search.calls.add(call)
    return _placed(record, event)


def _label(record: Any, search: _Search) -> Any:
    label = orjson.loads(record.value)
    _, _, call = label["label_id"].partition(":")
    return _placed(record, label) if call in search.calls else None


def _raw(record: Any, search: _Search) -> Any:
    """Return a raw event as its source wrote it, if an adapter says whose it is."""
    if not _is_about(record, search):
        return None
    headers = {name: (text or b"").decode(errors="replace") for name, text in record.headers}
    content = (record.value or b"").decode(errors="replace")
    return _placed(record, {"headers": headers, "content": content})


def _is_about(record: Any, search: _Search) -> bool:
    if record.key == search.key:
        return True
    texts = (record.value or b"", *(text or b"" for _, text in record.headers))
    if not any(search.key in text or search.written in text for text in texts):
        return False
    try:
        event = decode_record(record.value, record.headers)
        return adapter_of(event.source)(event).customer == search.customer
    except Exception:  # what no adapter reads is a dead letter, and looked at there
        return False


def _letter(record: Any, search: _Search) -> Any:
    """Return a dead letter keyed by the customer, or of which the customer is the subject."""
    letter = orjson.loads(record.value)
    data = letter["data"]
    original = base64.b64decode(data.pop("original_base64", ""))
    named = f"customer {search.customer!r}" in data.get("reason", "")
    if not (record.key == search.key or named or _subject(original) == search.customer):
        return None
    data["original"] = original.decode(errors="replace")
    return _placed(record, letter)


def _subject(original: bytes) -> object:
    try:
        found = orjson.loads(original)
    except ValueError:
        return None
    return found.get("subject") if isinstance(found, dict) else None


def _placed(record: Any, content: Any) -> dict[str, Any]:
    return {"partition": record.partition, "offset": record.offset, "record": content}
