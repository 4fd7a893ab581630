"""A YAML file as a tree that knows where everything stands.

YAML 1.2 [1]_ without what makes a file mean something else than it says: no anchors, aliases,
tags, merge keys or duplicate keys, one document. A scalar is what the author wrote: a whole number
such as ``3`` is a number, ``true`` and ``false`` are bools, all else is text, also ``no``,
``21:00`` and ``1.10``.

References
----------
.. [1] YAML 1.2.2, yaml.org/spec/1.2.2.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
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

MAX_BYTES = 256 * 1024
MAX_DEPTH = 16
MAX_OPENED = 100
"""Brackets and braces that one line opens: the scanner's time grows with their square."""

_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,14}", re.ASCII)
_PLAIN_STYLES = {None, ""}


@dataclass(frozen=True, slots=True)
class File:
    """A file's name and text."""

    name: str
    text: str

    def problem(
        self,
        start: int,
        message: str,
        help_: str = "",
        *,
        width: int = 1,
        is_warning: bool = False,
    ) -> Problem:
        """Return a problem at a character, counted from 0."""
        start = min(start, len(self.text))
        line = self.text.count("\n", 0, start) + 1
        line_start = self.text.rfind("\n", 0, start) + 1
        line_end = self.text.find("\n", start)
        source = self.text[line_start : line_end if line_end >= 0 else len(self.text)]
        return Problem(
            self.name,
            line,
            start - line_start + 1,
            message,
            help_,
            source.rstrip("\r")[:200],
            width,
            "warning" if is_warning else "error",
        )


@dataclass(slots=True)
class Node:
    """A scalar, list or mapping, and the characters it takes in its file."""

    file: File
    start: int
    end: int

    def value(self) -> Any:
        """Return plain Python values."""
        raise NotImplementedError


@dataclass(slots=True)
class Scalar(Node):
    """A text as its author wrote it; `style` is the quote or block sign, if any."""

    text: str
    style: str | None

    def value(self) -> int | str | bool | None:
        """Return a whole number, true or false, nothing, or the text."""
        if self.style not in _PLAIN_STYLES:
            return self.text
        if _WHOLE.fullmatch(self.text):
            return int(self.text)
        return {"true": True, "false": False, "": None}.get(self.text, self.text)

    def place(self, offset: int) -> int:
        """Return where in the file a character of the text stands.

        Value and file hold the same characters in the same order, white space apart, so the n-th
        of them is the same in both.
        """
        body = self.file.text[self.start : self.end]
        if self.style == '"' and "\\" in body:
            return self.start
        if self.style in {">", "|"}:
            at = body.find("\n") + 1
        else:
            at = 0 if self.style in _PLAIN_STYLES else 1
        before = sum(not c.isspace() for c in self.text[:offset])
        while at < len(body):
            if not body[at].isspace():
                if before == 0:
                    break
                before -= 1
                # Within single quotes a quote is written twice.
                at += 1 if self.style == "'" and body[at : at + 2] == "''" else 0
            at += 1
        return self.start + at


@dataclass(slots=True)
class Series(Node):
    """A list."""

    items: list[Node] = field(default_factory=list)

    def value(self) -> list[Any]:
        """Return a list of plain values."""
        return [item.value() for item in self.items]


@dataclass(slots=True)
class Mapping(Node):
    """Keys with their values, in order."""

    entries: dict[str, tuple[Scalar, Node]] = field(default_factory=dict)

    def value(self) -> dict[str, Any]:
        """Return a dict of plain values."""
        return {key: node.value() for key, (_, node) in self.entries.items()}


def read_document(name: str, content: str | bytes) -> tuple[Mapping | None, list[Problem]]:
    """Return the mapping that a file holds, and what is wrong with it as YAML."""
    try:
        file = _open(name, content)
    except _StopReadingError as stop:
        return None, [stop.problem]
    reader = _Reader(file)
    try:
        _check_lines(file)
        return reader.read(), reader.problems
    except _StopReadingError as stop:
        problem = stop.problem
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = str(error.problem or error.context or "this is no YAML").strip()
        start = mark.index if mark is not None else 0
        help_ = "quote a text that contains ': ' or begins with a sign"
        problem = file.problem(start, message, help_)
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
        raise _StopReadingError(Problem(name, 1, 1, message, "split it by concept"))
    if isinstance(content, str):
        return File(name, content.removeprefix("\ufeff"))
    try:
        return File(name, content.decode().removeprefix("\ufeff"))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problem = Problem(name, line, 1, "a file must be UTF-8", "save it as UTF-8")
        raise _StopReadingError(problem) from None


def _check_lines(file: File) -> None:
    start = 0
    for line in file.text.splitlines(keepends=True):
        if line.count("[") + line.count("{") + line.count("- ") + line.count("? ") > MAX_OPENED:
            message = f"a line opens at most {MAX_OPENED} brackets"
            raise _StopReadingError(file.problem(start, message, "write it on several lines"))
        start += len(line)


class _StopReadingError(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


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
            is_blank = not self._file.text.strip()
            message = "the file is empty" if is_blank else "the file holds comments only"
            raise _StopReadingError(self._file.problem(0, message, "remove it, or add a rule"))
        if not isinstance(root, Mapping):
            message = "a file must hold keys at its top"
            raise _StopReadingError(self._file.problem(root.start, message, "write 'rules:'"))
        return root

    def _complain(self, event: Any, message: str, help_: str) -> None:
        width = event.end_mark.index - event.start_mark.index
        problem = self._file.problem(event.start_mark.index, message, help_, width=width)
        self.problems.append(problem)

    def _node(self, event: Any, events: Iterator[Any], depth: int) -> Node:
        start, end = event.start_mark.index, event.end_mark.index
        if depth > MAX_DEPTH:
            message = f"a file is at most {MAX_DEPTH} levels deep"
            raise _StopReadingError(self._file.problem(start, message, "write it flatter"))
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
                line = self._file.text.count("\n", 0, first.start) + 1
                self._complain(event, f"{key.text!r} is given twice", f"first on line {line}")
            else:
                mapping.entries[key.text] = (key, node)
        return mapping
