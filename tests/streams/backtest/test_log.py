import gzip
from pathlib import Path

import pytest

from detectors.event import decode_event, encode_event
from streams.backtest.log import LogError, find_log, holds_events, read_values
from streams.backtest.recording import interactions as recorded
from streams.sources.bank_calls.reader import JANUARY, CallLog
from streams.sources.bank_calls.stages import SOURCE
from tests.streams.backtest.build import written
from tests.streams.engine.build import contact, first_rows, interactions

ONE, TWO = (encode_event(contact("started", at)) for at in (1.0, 2.0))


def test_what_was_written_is_read_in_its_order(tmp_path: Path) -> None:
    log = written(tmp_path / "log", [[ONE, TWO], [TWO]])

    assert [list(read_values(file)) for file in log.partitions] == [[ONE, TWO], [TWO]]


def test_the_same_log_is_the_same_bytes(tmp_path: Path) -> None:
    first, second = (written(tmp_path / name, [[ONE, TWO]]) for name in ("a", "b"))

    assert first.partitions[0].read_bytes() == second.partitions[0].read_bytes()


def test_a_plain_file_of_events_is_a_log_of_one_partition(tmp_path: Path) -> None:
    for name, content in (("plain", ONE + b"\n" + TWO), ("packed", gzip.compress(ONE + b"\r\n"))):
        file = tmp_path / name
        file.write_bytes(content)

        assert find_log(file).partitions == (file,)
        assert next(iter(read_values(file))) == ONE
        assert holds_events(file)


def test_a_partition_that_is_missing_is_told(tmp_path: Path) -> None:
    log = written(tmp_path / "log", [[ONE], [ONE], [ONE]])
    log.partitions[1].unlink()

    with pytest.raises(LogError, match="it has 0 of 3, 2 of 3; `precede log export"):
        find_log(tmp_path / "log")


def test_a_folder_without_a_log_and_what_is_no_folder_are_told(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing"):
        with pytest.raises(LogError, match="it has none"):
            find_log(path)


def test_a_file_that_is_no_log_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "no-event").write_bytes(b'{"type": "x"}\n')
    (tmp_path / "broken").write_bytes(gzip.compress(ONE * 1000)[:-20])

    with pytest.raises(LogError, match=r"line 1: specversion must be '1\.0'"):
        list(read_values(tmp_path / "no-event"))
    with pytest.raises(LogError, match="must be a readable file"):
        list(read_values(tmp_path / "broken"))
    assert not holds_events(JANUARY)


def test_after_an_error_no_log_remains_and_none_is_overwritten(tmp_path: Path) -> None:
    folder = tmp_path / "log"
    with pytest.raises(LogError, match="one with a line end"):
        written(folder, [[ONE], [b"{\n}"]])
    assert list(folder.iterdir()) == []

    written(folder, [[ONE]])
    with pytest.raises(LogError, match="must hold no log yet"):
        written(folder, [[TWO]])


def test_a_recording_gives_the_log_that_a_replay_leads_to(tmp_path: Path) -> None:
    file = tmp_path / "day.txt"
    file.write_bytes(first_rows(1))

    found: list[list[bytes]] = [[], [], [], []]
    for partition, value in recorded(CallLog(file), SOURCE, 4):
        found[partition].append(value)

    # The engine's own records, the switch of the playbook and the ids of the source left out.
    expected = [[read.value or b"" for read in part][1:] for part in interactions(1)]
    assert [_told(part) for part in found] == [_told(part) for part in expected]


def _told(values: list[bytes]) -> list[object]:
    events = [decode_event(value) for value in values]
    return [
        event if not event.type.startswith("source.") else (event.type, event.at)
        for event in events
    ]
