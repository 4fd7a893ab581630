"""A recorded log: the topic of interactions as files, one per partition.

::

    LOG/
      interactions-0-of-4.jsonl.gz
      interactions-1-of-4.jsonl.gz
      interactions-2-of-4.jsonl.gz
      interactions-3-of-4.jsonl.gz

Each line is one record of the partition, in its order: a CloudEvent in structured mode, exactly as
the topic holds it, so also ``progress`` and ``queue.state``, which stand in every partition. A
file may be plain or gzipped, whatever its name ends in; packed in another way it is no log. A
single file of such lines, of any name, is a log of one partition.

Time comes from the ``progress`` records alone: without them nothing fires that waits for time. The
partitions belong together, since models and capacity are per partition: a folder with one of them
missing is no log.
"""

import gzip
import re
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import IO, BinaryIO, Self

from detectors.event import InvalidEventError, decode_event

_NAME = re.compile(r"interactions-(\d{1,4})-of-(\d{1,4})\.jsonl(\.gz)?")
_GZIP = b"\x1f\x8b"
_LEVEL = 1  # a month packs in seconds, to a tenth of its size
_READ_BYTES = 1 << 20
_UNREADABLE = "{} must be a readable file, plain or gzipped; got {}"


class LogError(ValueError):
    """The files are no log: what must hold, what was got, what to do."""


@dataclass(slots=True)
class Logged:
    """A record of a log, in the form in which Kafka would deliver it."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()
    timestamp: int = 0


@dataclass(frozen=True, slots=True)
class Log:
    """Where the partitions of a log are, in their order.

    Parameters
    ----------
    path
        What the user named.
    """

    path: Path
    partitions: tuple[Path, ...]


def find_log(path: Path) -> Log:
    """Return the log of a folder, or of a single file.

    Raises
    ------
    LogError
        When there is none, or not all of it.
    """
    if path.is_file():
        return Log(path, (path,))
    found = {
        (int(name[1]), int(name[2])): file
        for file in (sorted(path.iterdir()) if path.is_dir() else ())
        if (name := _NAME.fullmatch(file.name))
    }
    of_n = {of_n for _, of_n in found}
    if len(of_n) != 1 or {number for number, _ in found} != set(range(max(of_n, default=0))):
        have = ", ".join(f"{number} of {of_n}" for number, of_n in sorted(found)) or "none"
        msg = (
            f"{path} must be a file of events, or a folder with every partition "
            f"(interactions-0-of-4.jsonl.gz, ...); it has {have}; "
            "`precede log export DIR` writes one"
        )
        raise LogError(msg)
    return Log(path, tuple(found[number] for number in sorted(found)))


def read_values(file: Path) -> Iterator[bytes]:
    """Yield the records of one partition.

    Raises
    ------
    LogError
        When the file cannot be read, or its first line is no event.
    """
    try:
        with _opened(file) as lines:
            for number, line in enumerate(lines):
                value = line.rstrip(b"\r\n")
                if not number:
                    _check_first(file, value)
                yield value
    except (OSError, EOFError, zlib.error) as error:
        raise LogError(_UNREADABLE.format(file, error)) from error


def _check_first(file: Path, value: bytes) -> None:
    try:
        decode_event(value)
    except InvalidEventError as error:
        msg = f"{file} must hold one CloudEvent per line; line 1: {error}"
        raise LogError(msg) from None


def holds_events(file: Path) -> bool:
    """Return whether a file begins like JSON lines; a recording of a source does not.

    Raises
    ------
    LogError
        When the file cannot be read.
    """
    try:
        with _opened(file) as lines:
            return lines.read(1) == b"{"
    except (OSError, EOFError, zlib.error) as error:
        raise LogError(_UNREADABLE.format(file, error)) from error


@contextmanager
def _opened(file: Path) -> Iterator[BinaryIO | BufferedReader]:
    with ExitStack() as stack:
        opened = stack.enter_context(file.open("rb"))
        if opened.peek(len(_GZIP)).startswith(_GZIP):
            yield BufferedReader(stack.enter_context(gzip.open(opened)), _READ_BYTES)
        else:
            yield opened


class LogWriter:
    """Writes a log into a folder; it appears there when all of it is written.

    Use as a context manager. After an error nothing remains.

    Parameters
    ----------
    folder
        Where; made if it is missing. A log that is there must be removed first.
    of_n
        How many partitions.

    Raises
    ------
    LogError
        When the folder holds a log already.
    """

    def __init__(self, folder: Path, of_n: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        if any(_NAME.fullmatch(file.name) for file in folder.iterdir()):
            msg = f"{folder} must hold no log yet; remove it, or name another folder"
            raise LogError(msg)
        self._names = [f"interactions-{number}-of-{of_n}.jsonl.gz" for number in range(of_n)]
        self._folder = folder
        self._files: list[tuple[IO[bytes], gzip.GzipFile]] = []

    def __enter__(self) -> Self:
        """Open the files."""
        for name in self._names:
            raw = self._part(name).open("wb")
            # No name and no time inside: the same log is the same bytes.
            self._files.append((raw, gzip.GzipFile("", "wb", _LEVEL, raw, mtime=0)))
        return self

    def __exit__(self, error: object, *_: object) -> None:
        """Put the files in their place, or take them away."""
        for (raw, file), name in zip(self._files, self._names, strict=True):
            file.close()
            raw.close()
            if error is None:
                self._part(name).rename(self._folder / name)
            else:
                self._part(name).unlink()

    def write(self, partition: int, value: bytes) -> None:
        """Append a record; its bytes hold no line end, as JSON on the wire never does.

        Raises
        ------
        LogError
            When they do.
        """
        if b"\n" in value:
            msg = "a record must be JSON on one line; got one with a line end"
            raise LogError(msg)
        self._files[partition][1].write(value + b"\n")

    def _part(self, name: str) -> Path:
        return self._folder / f"{name}.part"
