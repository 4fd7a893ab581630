import gzip
import random
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from detectors.event import InvalidEventError, decode_event
from streams.sources.bank_calls.reader import JANUARY, CallLog
from streams.sources.bank_calls.rows import parse_row
from streams.sources.cloudevents import decode_record
from tests.streams.sources.bank_calls.test_rows import line

MALFORMED = Path(__file__).with_name("malformed.txt")


@pytest.fixture(scope="module")
def columns() -> list[list[str]]:
    """January's rows as plain columns, read without the reader."""
    rows = gzip.decompress(JANUARY.read_bytes()).decode().split("\r\n")
    return [row.split("\t") for row in rows[1:] if row]


def seconds(text: str) -> int:
    hours, minutes, rest = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + int(rest)


def write(path: Path, *lines: str, end: str = "\n") -> Path:
    path.write_bytes("".join(one + end for one in lines).encode())
    return path


def test_january_is_accounted_for_row_by_row(january: CallLog, columns: list[list[str]]) -> None:
    calls = [row for row in columns if row[12] != "PHANTOM"]
    waited = [row for row in calls if row[9] != "0:00:00" or row[10] != "0:00:00"]
    answered = [row for row in calls if row[12] == "AGENT"]
    found = january.summary

    assert found.rows == len(columns) == 31_599
    assert found.replayed == len(calls)
    assert found.excluded == len(columns) - len(calls)
    assert found.unreadable == 0
    assert found.rounded_ids == sum("E+" in row[2] for row in calls)
    assert found.events["contact.started"] == found.events["contact.ended"] == len(calls)
    assert found.events["contact.queued"] == len(waited)
    assert found.events["contact.answered"] == len(answered)
    assert found.events["contact.abandoned"] == sum(row[12] == "HANG" for row in waited)
    assert found.events.total() == len(january.events) == len(january)


def test_january_keeps_who_called_and_how_long(january: CallLog, columns: list[list[str]]) -> None:
    calls = [row for row in columns if row[12] != "PHANTOM"]
    ended = [event for event in january.events if event.type == "contact.ended"]

    def customers(outbound: bool) -> Counter[str]:
        wanted = "outbound" if outbound else "inbound"
        return Counter(e.customer for e in ended if e.identified and e.data["direction"] == wanted)

    for outbound in (False, True):
        assert customers(outbound) == Counter(
            row[2]
            for row in calls
            if row[2].isdigit() and row[2] != "0" and (row[4] == "TT") == outbound
        )
    waits = 0
    for row in calls:
        if row[9] != "0:00:00" or row[10] != "0:00:00":
            waits += int(row[11])
            if row[12] == "AGENT" and row[13] != "0:00:00":  # late service: still a wait
                waits += max(0, (seconds(row[13]) - seconds(row[10]) + 43_200) % 86_400 - 43_200)
    assert sum(event.data["wait_s"] for event in ended) == waits


def test_january_starts_when_the_rows_say(january: CallLog, columns: list[list[str]]) -> None:
    entries = {f"{r[5]}-{r[0]}-{r[1]}": (r[5], seconds(r[6]), int(r[8])) for r in columns}

    assert len(entries) == len(columns)  # the id of a call is unique
    for event in january.events:
        if event.type == "contact.started":
            day, entry, vru_s = entries[event.data["call"]]
            midnight = datetime.strptime(day, "%y%m%d").replace(tzinfo=UTC).timestamp()
            # Two hours ahead of UTC; entered too late by the clock: set to the exit.
            assert event.at == midnight - 7200 + entry + min(0, vru_s)


def test_january_is_in_time_order_and_stage_order(january: CallLog) -> None:
    order = ["queue.state", "started", "queued", "answered", "abandoned", "ended"]
    keys = [
        (e.at, e.data.get("call", ""), order.index(e.type.removeprefix("contact.")))
        for e in january.events
    ]

    assert keys == sorted(keys)
    assert len({event.id for event in january.events}) == len(january.events)


def test_order_of_the_rows_does_not_matter(january: CallLog, tmp_path: Path) -> None:
    rows = gzip.decompress(JANUARY.read_bytes()).split(b"\r\n")[1:]
    random.Random(1).shuffle(rows)
    shuffled = tmp_path / "shuffled.txt"
    shuffled.write_bytes(b"\n".join(rows))  # plain, other line ends, no header

    log = CallLog(shuffled)

    assert log.events == january.events
    assert log.summary == january.summary


def test_records_are_the_events(january: CallLog) -> None:
    for record, event in zip(january.records(), january.events, strict=True):
        if event.at > january.events[0].at + 86_400:
            break
        assert decode_event(record.value) == event
        assert record.at == event.at
        assert record.key.decode() == (event.customer or "bank-calls")
        assert record.headers == (("content-type", b"application/cloudevents+json; charset=UTF-8"),)


def test_malformed_rows_are_accounted_for() -> None:
    found = CallLog(MALFORMED).summary

    # 20 lines: header, two blank ones, and 17 rows.
    assert (found.rows, found.replayed, found.excluded, found.unreadable) == (17, 6, 2, 9)
    assert found.rows == found.replayed + found.excluded + found.unreadable
    assert found.rounded_ids == 1


def test_malformed_rows_travel_as_their_bytes() -> None:
    lines = MALFORMED.read_bytes().splitlines()
    records = [r for r in CallLog(MALFORMED).records() if len(r.headers) > 1]

    numbers = [int(dict(record.headers)["ce_id"].removeprefix(b"row-")) for record in records]
    assert numbers == [2, 6, 7, 8, 9, 10, 11, 12, 13]
    for number, record in zip(numbers, records, strict=True):
        assert record.value == lines[number - 1]
        assert dict(record.headers)["ce_type"] == b"bank-calls.row"
        with pytest.raises(InvalidEventError):
            parse_row(record.value)
        assert decode_record(record.value, record.headers).at == record.at


def test_malformed_rows_stand_where_their_neighbour_in_the_file_starts() -> None:
    records = list(CallLog(MALFORMED).records())
    starts = [
        (decode_event(r.value).data["call"][-5:], r.at)
        for r in records
        if len(r.headers) == 1 and decode_event(r.value).type == "contact.started"
    ]
    unreadable = [record.at for record in records if len(record.headers) > 1]
    at = dict(starts)

    assert [record.at for record in records] == sorted(record.at for record in records)
    # Line 2 has no readable row before it; the others follow line 5.
    assert unreadable == [at["33116"]] + [at["33118"]] * 8


def test_malformed_rows_come_in_time_order_from_a_file_that_is_not(tmp_path: Path) -> None:
    file = write(tmp_path / "a.txt", line(date="990105"), "late", line(date="990102"), "early")

    records = list(CallLog(file).records())

    assert [record.at for record in records] == sorted(record.at for record in records)
    assert [r.value for r in records if len(r.headers) > 1] == [b"early", b"late"]


def test_one_id_twice_is_two_calls_and_one_line_twice_is_one() -> None:
    log = CallLog(MALFORMED)
    started = [event.id for event in log.events if event.type == "contact.started"]

    assert "990101-AA0101-33120-started" in started
    assert "990101-AA0101-33120-2-started" in started
    assert len(started) == 6


def test_phantom_does_not_take_the_id_of_a_call(tmp_path: Path) -> None:
    file = write(tmp_path / "a.txt", line(outcome="PHANTOM"), line())

    assert CallLog(file).events[0].id == "990101-AA0101-33118-started"


def test_huge_row_is_cut(tmp_path: Path) -> None:
    file = write(tmp_path / "a.txt", line(), line(server="X" * 5_000_000))

    (row,) = CallLog(file).unreadable
    assert len(row.value) == 4000


@pytest.mark.parametrize("lines", [[], [""], ["vru+line\tcall_id"]])
def test_file_without_rows(tmp_path: Path, lines: list[str]) -> None:
    log = CallLog(write(tmp_path / "a.txt", *lines))

    assert log.summary.rows == len(log) == 0
    assert list(log.records()) == []


def test_file_without_any_readable_row(tmp_path: Path) -> None:
    log = CallLog(write(tmp_path / "a.txt", "one", "two", end="\r\n"))

    assert [(record.at, record.value) for record in log.records()] == [(0.0, b"one"), (0.0, b"two")]
