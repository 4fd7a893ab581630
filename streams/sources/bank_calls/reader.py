"""Read a month of the call log and tell it again as it happened."""

import gzip
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from detectors.event import Event, InvalidEventError, format_time
from streams.sources.bank_calls.queue_watch import QueueWatch
from streams.sources.bank_calls.rows import COLUMNS, MAX_ROW_BYTES, parse_row
from streams.sources.bank_calls.stages import SOURCE, cut
from streams.sources.raw_record import RawRecord, structured

QUEUE = "calls"
ROW_TYPE = f"{SOURCE}.row"

JANUARY = Path(__file__).with_name("january.txt.gz")
"""January 1999, shipped with its acknowledgement."""

_GZIP = b"\x1f\x8b"
_SENT_BYTES = 4 * MAX_ROW_BYTES


@dataclass(slots=True)
class Summary:
    """Where the rows of a file went: rows = replayed + excluded + unreadable.

    Parameters
    ----------
    rows
        Lines that are neither empty nor the header.
    replayed
        Calls, cut into events.
    excluded
        Rows that are no call of their own: of outcome PHANTOM, or the same line again.
    unreadable
        Rows that go to the broker as their bytes.
    rounded_ids
        Replayed calls whose customer a spreadsheet has made unreadable: not identified.
    events
        Type -> number of events, states of the queue included.
    """

    rows: int = 0
    replayed: int = 0
    excluded: int = 0
    unreadable: int = 0
    rounded_ids: int = 0
    events: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class UnreadableRow:
    """A row that no call can be made of.

    Parameters
    ----------
    at
        Start of the readable row before it in the file, or of the first one after it if there is
        none: the row's own time is unknown, and neighbours in the file are near in time.
    number
        Line in the file, from 1.
    value
        Its bytes without the line end, cut after 4,000.
    """

    at: float
    number: int
    value: bytes


class CallLog:
    """One file of finished calls, in memory, as the stream of events that it was.

    A row whose date, line and call id have occurred before is another call, and its id gets a
    suffix ``-2``, ``-3``; if the whole line is the same it is the same call and is excluded.
    Neither occurs in January 1999.

    Parameters
    ----------
    path
        The file, plain or gzipped, with or without header; line ends of any kind.

    Attributes
    ----------
    summary
        Where the rows went.
    events
        Contacts and states of the queue, in time order; within a second by call, then by stage.
    unreadable
        Rows that no call can be made of, in the order in which they are sent.

    Examples
    --------
    >>> log = CallLog(JANUARY)
    >>> log.summary.rows, log.summary.replayed, log.summary.excluded, log.summary.unreadable
    (31599, 31359, 240, 0)
    """

    def __init__(self, path: Path) -> None:
        self.summary = Summary()
        self.unreadable: list[UnreadableRow] = []
        with path.open("rb") as file:
            is_gzipped = file.read(len(_GZIP)) == _GZIP
            file.seek(0)
            if is_gzipped:
                with gzip.open(file) as unpacked:
                    contacts = self._read(unpacked)
            else:
                contacts = self._read(file)
        # Stable: stages of one second and one call keep their order.
        contacts.sort(key=lambda event: (event.at, event.data["call"]))
        watch = QueueWatch(SOURCE, QUEUE)
        self.events: list[Event] = []
        for event in contacts:
            self.events.extend(watch.observe(event))
            self.events.append(event)
        self.summary.events.update(event.type for event in self.events)

    def __len__(self) -> int:
        """Return the number of records."""
        return len(self.events) + len(self.unreadable)

    def records(self) -> Iterator[RawRecord]:
        """Yield everything for raw-events in time order, an unreadable row before an event."""
        rows = iter(self.unreadable)
        row = next(rows, None)
        for event in self.events:
            while row is not None and row.at <= event.at:
                yield _binary(row)
                row = next(rows, None)
            yield structured(event)
        while row is not None:
            yield _binary(row)
            row = next(rows, None)

    def _read(self, lines: Iterable[bytes]) -> list[Event]:
        contacts: list[Event] = []
        at: float | None = None
        unplaced: list[tuple[int, bytes]] = []
        seen: dict[str, list[bytes]] = {}
        for number, line in enumerate(lines, 1):
            value = line.rstrip(b"\r\n ")
            if not value.strip() or (self.summary.rows == 0 and _is_header(value)):
                continue
            self.summary.rows += 1
            try:
                row = parse_row(value)
            except InvalidEventError:
                self.summary.unreadable += 1
                if at is None:
                    unplaced.append((number, value))
                else:
                    self.unreadable.append(_unreadable(at, number, value))
                continue
            events = cut(row)
            at = events[0].at
            self.unreadable.extend(_unreadable(at, *one) for one in unplaced)
            unplaced.clear()
            same = seen.setdefault(row.call, [])
            if row.phantom or value in same:
                self.summary.excluded += 1
                continue
            same.append(value)
            if len(same) > 1:
                events = cut(replace(row, call=f"{row.call}-{len(same)}"))
            self.summary.replayed += 1
            self.summary.rounded_ids += row.rounded_id
            contacts.extend(events)
        self.unreadable.extend(_unreadable(0.0, *one) for one in unplaced)
        self.unreadable.sort(key=lambda row: (row.at, row.number))
        return contacts


def _is_header(value: bytes) -> bool:
    return value.split(b"\t", 1)[0].strip() == COLUMNS[0].encode()


def _unreadable(at: float, number: int, value: bytes) -> UnreadableRow:
    return UnreadableRow(at, number, value[:_SENT_BYTES])


def _binary(row: UnreadableRow) -> RawRecord:
    headers = (
        ("content-type", b"text/plain"),
        ("ce_specversion", b"1.0"),
        ("ce_id", f"row-{row.number}".encode()),
        ("ce_source", SOURCE.encode()),
        ("ce_type", ROW_TYPE.encode()),
        ("ce_time", format_time(row.at).encode()),
    )
    return RawRecord(row.at, SOURCE.encode(), row.value, headers)
