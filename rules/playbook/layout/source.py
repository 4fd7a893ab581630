"""A YAML file as its author laid it out: values, their styles, comments and blank lines.

Unlike `rules.playbook.document`, which reads what a file means, this keeps what a person put there
for other people. Only for files that `read_document` finds nothing wrong with.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.events import (
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
)

BLOCK_STYLES = frozenset((">", "|"))


@dataclass(slots=True)
class Scalar:
    """A value as it is written; `style` is the quote or block sign, empty for none."""

    raw: str
    value: str
    style: str


@dataclass(slots=True)
class Collection:
    """A list or, where its entries have keys, a mapping; `flow` when written in brackets."""

    is_mapping: bool
    flow: bool
    entries: list["Entry"] = field(default_factory=list)


Node = Scalar | Collection


@dataclass(slots=True)
class Entry:
    """A key with its value, or an item of a list.

    Parameters
    ----------
    above
        Comments on lines of their own before it; an empty text is a blank line.
    beside
        Comment behind it on its line.
    column
        Where the author began that comment, counted from 0.
    """

    key: str | None
    node: Node
    above: list[str] = field(default_factory=list)
    beside: str = ""
    column: int = 0


@dataclass(slots=True)
class Source:
    """A whole file: its entries, and comments after the last one."""

    root: Collection
    below: list[str]


@dataclass(slots=True)
class _Span:
    """Where an entry stands: characters, end exclusive, and the brackets around it, if any."""

    entry: Entry
    start: int
    end: int
    brackets: "_Brackets | None"


@dataclass(slots=True)
class _Brackets:
    start: int
    end: int = -1


def read_source(text: str) -> Source:
    """Return a file that reads as a mapping, with its comments."""
    reader = _Reader(text)
    root = reader.read()
    return Source(root, _Comments(text, reader.spans, reader.scalars).attach())


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._brackets: _Brackets | None = None
        self.spans: list[_Span] = []
        self.scalars: list[tuple[int, int]] = []

    def read(self) -> Collection:
        events = iter(YAML(typ="safe", pure=True).parse(self._text))
        for event in events:
            if isinstance(event, MappingStartEvent):
                node, _ = self._collection(event, events)
                return node
        msg = "a file must hold keys at its top"
        raise ValueError(msg)

    def _node(self, event: Any, events: Iterator[Any]) -> tuple[Node, int]:
        """Return a node and the character after it."""
        if not isinstance(event, ScalarEvent):
            return self._collection(event, events)
        start, end = event.start_mark.index, event.end_mark.index
        raw = self._text[start:end]
        if event.style in BLOCK_STYLES:
            raw = raw.rstrip()
            end = start + len(raw)
        self.scalars.append((start, end))
        return Scalar(raw, event.value, event.style or ""), end

    def _collection(self, event: Any, events: Iterator[Any]) -> tuple[Collection, int]:
        is_mapping = isinstance(event, MappingStartEvent)
        node = Collection(is_mapping, bool(event.flow_style))
        outer = self._brackets
        if node.flow:
            self._brackets = _Brackets(event.start_mark.index)
        last = event.start_mark.index
        for inner in events:
            if isinstance(inner, MappingEndEvent | SequenceEndEvent):
                last = inner.end_mark.index if node.flow else last
                break
            last = self._entry(node, inner, events)
        if node.flow and self._brackets is not None:
            self._brackets.end = last
        self._brackets = outer
        return node, last

    def _entry(self, node: Collection, event: Any, events: Iterator[Any]) -> int:
        start = event.start_mark.index
        key = None
        place = len(self.spans)
        entry = Entry(None, Scalar("", "", ""))
        self.spans.append(_Span(entry, start, start, self._brackets))
        if node.is_mapping:
            name, _ = self._node(event, events)
            key = name.raw if isinstance(name, Scalar) else ""
            event = next(events)
        entry.key = key
        entry.node, end = self._node(event, events)
        # An empty value ends where its key does.
        self.spans[place].end = max(end, start + len(key or ""))
        node.entries.append(entry)
        return self.spans[place].end


class _Comments:
    """Finds comments and blank lines, and the entries that they belong to."""

    def __init__(self, text: str, spans: list[_Span], scalars: list[tuple[int, int]]) -> None:
        self._spans = spans
        self._starts: list[int] = [0]
        for at, character in enumerate(text):
            if character == "\n":
                self._starts.append(at + 1)
        # White space instead of values: what looks like a comment now is one.
        blanked = list(text)
        for start, end in scalars:
            for at in range(start, end):
                if blanked[at] != "\n":
                    blanked[at] = "x"
        self._lines = "".join(blanked).split("\n")
        self._text = text.split("\n")

    def attach(self) -> list[str]:
        """Give every comment to an entry; return those below the last one."""
        waiting: list[str] = []
        spans = iter(self._spans)
        span = next(spans, None)
        for number, line in enumerate(self._lines):
            start = self._starts[number]
            # A line with an entry takes what gathered above it.
            first = True
            while span is not None and span.start < start + len(line) + 1:
                if span.start >= start and first:
                    span.entry.above = waiting
                    waiting = []
                first = False
                span = next(spans, None)
            bare = line.strip()
            if not bare:
                waiting.append("")
            elif bare.startswith("#"):
                waiting.append(self._text[number].strip())
            elif (at := _comment_in(line)) >= 0:
                self._beside(start + at, at, self._text[number][at:].strip())
        while waiting and not waiting[-1]:
            waiting.pop()
        return waiting

    def _beside(self, at: int, column: int, comment: str) -> None:
        line_start = at - column
        before = [s for s in self._spans if s.start < at]
        open_here = [s for s in before if s.brackets is None or s.brackets.end > at]
        on_line = [s for s in open_here if s.start >= line_start]
        if on_line:
            entry = on_line[-1].entry
        else:
            entry = max(open_here, key=lambda s: (s.end <= at, s.end, s.start)).entry
        entry.beside = f"{entry.beside} {comment}".strip()
        entry.column = column


def _comment_in(line: str) -> int:
    """Return where the comment of a line begins, -1 for none."""
    at = line.find("#")
    while at > 0 and not line[at - 1].isspace():
        at = line.find("#", at + 1)
    return at
