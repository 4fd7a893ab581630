"""A file's content as a tree that knows where everything stands."""

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Any

from rules.playbook.errors import Problem

MAX_DEPTH = 16
MAX_ITEMS = 1000
"""Entries of a list, and keys of a part."""

_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,14}", re.ASCII)
_BREAK = re.compile(r"\n")
_PLAIN_STYLES = {None, ""}


@dataclass(frozen=True, slots=True)
class File:
    """A file's name and text."""

    name: str
    text: str
    _starts: list[int] = field(default_factory=list, init=False, repr=False, compare=False)

    def line(self, at: int) -> int:
        """Return the line of a character; lines are counted from 1, characters from 0."""
        if at > 0 and not self._starts:
            self._starts.extend(found.end() for found in _BREAK.finditer(self.text))
        return bisect_right(self._starts, at) + 1

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
        line_start = self.text.rfind("\n", 0, start) + 1
        line_end = self.text.find("\n", start)
        source = self.text[line_start : line_end if line_end >= 0 else len(self.text)]
        return Problem(
            self.name,
            self.line(start),
            start - line_start + 1,
            message,
            help_,
            source.rstrip("\r")[:200],
            width,
            "warning" if is_warning else "error",
        )


class StopReadingError(Exception):
    """The rest of a file cannot be read."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


@dataclass(slots=True)
class Node:
    """A scalar, list or mapping, and the characters it takes in its file."""

    file: File
    start: int
    end: int

    def value(self) -> Any:
        """Return plain Python values."""
        raise NotImplementedError

    def limit(self, entries: int) -> None:
        """Stop where a list or mapping has too many entries."""
        if entries > MAX_ITEMS:
            message = f"a list has at most {MAX_ITEMS:,} entries"
            raise StopReadingError(self.file.problem(self.start, message, "split the file"))


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
