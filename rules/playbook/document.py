"""A YAML file as a tree that knows where everything stands.

YAML 1.2 [1]_ without what makes a file mean something else than it says: no anchors, aliases,
tags, merge keys or duplicate keys, one document. A scalar is what the author wrote: a whole number
such as ``3`` is a number, ``true`` and ``false`` are bools, all else is text, also ``no``,
``21:00`` and ``1.10``.

References
----------
.. [1] YAML 1.2.2, yaml.org/spec/1.2.2.
"""

from collections.abc import Iterator
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

from rules.playbook.errors import Problem
from rules.playbook.nodes import MAX_DEPTH, File, Mapping, Node, Scalar, Series, StopReadingError
from rules.playbook.plain import read_plain
from rules.playbook.syntax import explain

MAX_BYTES = 256 * 1024
MAX_OPENED = 100
"""Brackets and braces that one line opens: the scanner's time grows with their square."""
MAX_BRACKETS = 5_000
"""Brackets and braces that a file opens."""
_OPENERS = ("[", "{", "- ", "? ")
MAX_LINE = 10_000
"""Characters of a line."""
MAX_LINES = 12_000
"""Lines of a file."""
MAX_PROBLEMS = 100
"""Problems that are told of a file as YAML; nobody reads more at once."""


def read_document(name: str, content: str | bytes) -> tuple[Mapping | None, list[Problem]]:
    """Return the mapping that a file holds, and what is wrong with it as YAML."""
    try:
        file = _open(name, content)
        _check_lines(file)
        plain = read_plain(file)
    except StopReadingError as stop:
        return None, [stop.problem]
    return (plain, []) if plain is not None else read_complete(file)


def read_complete(file: File) -> tuple[Mapping | None, list[Problem]]:
    """Return the same of any text, however it is written, in about ten times the time."""
    reader = _Reader(file)
    try:
        return reader.read(), reader.problems
    except StopReadingError as stop:
        problem = stop.problem
    except MarkedYAMLError as error:
        problem = explain(file, error)
    except ReaderError as error:
        message = "this character is not allowed in a text file"
        problem = file.problem(error.position, message, "remove it")
    except (YAMLError, ValueError) as error:
        problem = file.problem(0, f"this is no YAML: {str(error)[:200]}")
    return None, [*reader.problems, problem]


def _open(name: str, content: str | bytes) -> File:
    raw = content if isinstance(content, bytes) else content.encode(errors="surrogatepass")
    if len(raw) > MAX_BYTES:
        message = f"a file has at most {MAX_BYTES // 1024} KiB; got {len(raw) / 1024:,.0f} KiB"
        raise StopReadingError(Problem(name, 1, 1, message, "split it by concept"))
    if isinstance(content, str):
        return File(name, content.removeprefix("\ufeff"))
    try:
        return File(name, content.decode().removeprefix("\ufeff"))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problem = Problem(name, line, 1, "a file must be UTF-8", "save it as UTF-8")
        raise StopReadingError(problem) from None


def _check_lines(file: File) -> None:
    if not file.text.strip():
        raise StopReadingError(file.problem(0, "the file is empty", "remove it, or add a rule"))
    lines = file.text.splitlines(keepends=True)
    if len(lines) > MAX_LINES:
        message = f"a file has at most {MAX_LINES:,} lines; got {len(lines):,}"
        raise StopReadingError(file.problem(0, message, "split it by concept"))
    start = 0
    for line in lines:
        if len(line) > MAX_LINE:
            message = f"a line has at most {MAX_LINE:,} characters; got {len(line):,}"
            raise StopReadingError(file.problem(start, message, "write it on several lines"))
        if len(line) > MAX_OPENED and sum(map(line.count, _OPENERS)) > MAX_OPENED:
            message = f"a line opens at most {MAX_OPENED} brackets"
            raise StopReadingError(file.problem(start, message, "write it on several lines"))
        start += len(line)
    if (opened := file.text.count("[") + file.text.count("{")) > MAX_BRACKETS:
        message = f"a file opens at most {MAX_BRACKETS:,} brackets; got {opened:,}"
        raise StopReadingError(file.problem(0, message, "split it by concept"))


class _Reader:
    """Builds the tree from parser events; it is as deep as the file, and files are shallow."""

    def __init__(self, file: File) -> None:
        self._file = file
        self.problems: list[Problem] = []

    def read(self) -> Mapping:
        documents = 0
        root: Node | None = None
        events = iter(YAML(typ="safe", pure=True).parse(self._file.text))
        for event in events:
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if event.version or event.tags:
                    self._complain(event, "directives are not allowed", "remove the line with '%'")
                if documents > 1:
                    self._complain(event, "a file holds one document", "remove the line '---'")
            elif isinstance(
                event, ScalarEvent | MappingStartEvent | SequenceStartEvent | AliasEvent
            ):
                node = self._node(event, events, 1)
                root = root or node
        if root is None:
            message = "the file holds comments only"
            raise StopReadingError(self._file.problem(0, message, "remove it, or add a rule"))
        if not isinstance(root, Mapping):
            message = "a file must hold keys at its top"
            raise StopReadingError(self._file.problem(root.start, message, "write 'rules:'"))
        return root

    def _complain(self, event: Any, message: str, help_: str) -> None:
        width = event.end_mark.index - event.start_mark.index
        problem = self._file.problem(event.start_mark.index, message, help_, width=width)
        if len(self.problems) == MAX_PROBLEMS:
            raise StopReadingError(problem)
        self.problems.append(problem)

    def _node(self, event: Any, events: Iterator[Any], depth: int) -> Node:
        start, end = event.start_mark.index, event.end_mark.index
        if depth > MAX_DEPTH:
            message = f"a file is at most {MAX_DEPTH} levels deep"
            raise StopReadingError(self._file.problem(start, message, "write it flatter"))
        if isinstance(event, AliasEvent):
            self._complain(event, "aliases are not allowed", "write the value out")
            return Scalar(self._file, start, end, "", None)
        if event.anchor is not None:
            self._complain(
                event, "anchors are not allowed", "write the value out where it is needed"
            )
        if event.tag is not None:
            self._complain(event, "tags are not allowed", "remove the word with '!'")
        if isinstance(event, MappingStartEvent):
            return self._mapping(Mapping(self._file, start, end), events, depth)
        if isinstance(event, SequenceStartEvent):
            series = Series(self._file, start, end)
            for inner in events:
                if isinstance(inner, SequenceEndEvent):
                    break
                series.items.append(self._node(inner, events, depth + 1))
                series.limit(len(series.items))
            return series
        return Scalar(self._file, start, end, event.value, event.style)

    def _mapping(self, mapping: Mapping, events: Iterator[Any], depth: int) -> Mapping:
        for event in events:
            if isinstance(event, MappingEndEvent):
                break
            key = self._node(event, events, depth + 1)
            node = self._node(next(events), events, depth + 1)
            if not isinstance(key, Scalar):
                problem = self._file.problem(
                    key.start, "a key must be a text", "write 'key: value'"
                )
                self.problems.append(problem)
            elif key.text == "<<":
                self._complain(event, "merge keys are not allowed", "write the values out")
            elif key.text in mapping.entries:
                first = mapping.entries[key.text][0]
                help_ = f"first on line {self._file.line(first.start)}"
                self._complain(event, f"{key.text!r} is given twice", help_)
            else:
                mapping.entries[key.text] = (key, node)
                mapping.limit(len(mapping.entries))
        return mapping
