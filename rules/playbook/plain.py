"""The plain part of YAML, which nearly every playbook is written in, read quickly.

Block and flow lists and mappings with simple keys, texts plain, quoted on one line, or in blocks.
Whatever else stands in a file, also everything that is wrong, is not judged here: the reader gives
up, and the complete one reads the file and says what is wrong. Both give the same tree.
"""

import re

from rules.playbook.nodes import MAX_DEPTH, File, Mapping, Node, Scalar, Series

_NOT_PLAIN = re.compile(r"[^\n\x20-\x7e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]")
"""Tabs, carriage returns, other line breaks and whatever is no text."""
_BLANK = re.compile(r"(?: *(?:#[^\n]*)?\n)*")
_INDENT = re.compile(r" *")
_KEY = re.compile(r"([A-Za-z_][A-Za-z0-9_.-]{0,99}):(?=[ \n])")
_REST = re.compile(r" *(?: #[^\n]*)?\n")
_DOUBLE = re.compile(r'"([^"\\\n]*)"')
_SINGLE = re.compile(r"'((?:[^'\n]|'')*)'")
_WORDS = r"(?:[^\s:#]+|:(?=\S)|(?<=\S)#| +(?=[^\s#]))*"
_PLAIN = re.compile(rf"(?:[^\s\-?:,\[\]{{}}#&*!|>'\"%@`]|-(?=[^\s,\[\]{{}}#])){_WORDS}")
_MORE = re.compile(rf"(?=\S){_WORDS}")
_HEADER = re.compile(r"([|>])(-?) *(?: #[^\n]*)?\n")
_FLOW_SPACE = re.compile(r"(?:[ \n]+(?:#[^\n]*(?=\n))?)*")
_FLOW_PLAIN = re.compile(
    r"(?:[A-Za-z0-9_/+<=~]|[-.](?=[A-Za-z0-9]))"
    r"(?:[^\s,\[\]{}:#?`]|:(?=[A-Za-z0-9/.])| +(?=[^\s,\[\]{}:#?`]))*"
)
_FLOW_KEY = re.compile(r'(?:([A-Za-z_][A-Za-z0-9_.-]{0,99})|"([^"\\\n]{1,99})"):(?=[ \n])')


def read_plain(file: File) -> Mapping | None:
    """Return the mapping that a file holds if all of it is plain, or nothing.

    Raises
    ------
    StopReadingError
        When a list has too many entries.
    """
    if _NOT_PLAIN.search(file.text) or not file.text.endswith("\n"):
        return None
    try:
        return _Plain(file).read()
    except _OtherError:
        return None


class _OtherError(Exception):
    """Something that is not plain."""


class _Plain:
    def __init__(self, file: File) -> None:
        self._file = file
        self._text = file.text
        self._at = 0  # where reading goes on; between nodes the start of a line

    def read(self) -> Mapping:
        column = self._next_line()
        if column != 0 or not _KEY.match(self._text, self._at):
            raise _OtherError
        mapping = self._mapping(0, 1)
        if self._at < len(self._text):
            raise _OtherError
        return mapping

    def _next_line(self) -> int:
        """Go to the start of the next line that holds something; return its indentation."""
        at = _BLANK.match(self._text, self._at).end()  # type: ignore[union-attr]
        self._at = at
        if at == len(self._text):
            return -1
        return _INDENT.match(self._text, at).end() - at  # type: ignore[union-attr]

    def _end_line(self, at: int) -> None:
        rest = _REST.match(self._text, at)
        if rest is None:
            raise _OtherError
        self._at = rest.end()

    def _mapping(self, column: int, depth: int) -> Mapping:
        """Read the keys that begin at a column; the first one is on the current line."""
        if depth > MAX_DEPTH - 1:
            raise _OtherError
        text = self._text
        at = self._at + column
        mapping = Mapping(self._file, at, at)
        while True:
            key = _KEY.match(text, at)
            if key is None or key[1] in mapping.entries:
                raise _OtherError
            scalar = Scalar(self._file, at, key.end(1), key[1], None)
            mapping.entries[key[1]] = (scalar, self._value(key.end(), column, depth + 1, True))
            mapping.limit(len(mapping.entries))
            indent = self._next_line()
            if indent < column:
                return mapping
            at = self._at + indent
            if indent > column:
                raise _OtherError

    def _series(self, column: int, depth: int, start: int, end: int) -> Series:
        """Read the items whose dashes are at a column; the first one is on the current line."""
        if depth > MAX_DEPTH - 1:
            raise _OtherError
        series = Series(self._file, start, end)
        while True:
            at = self._at + column
            series.items.append(self._item(at, column, depth + 1))
            series.limit(len(series.items))
            indent = self._next_line()
            if indent != column or not self._is_dash(self._at + indent):
                if indent > column:
                    raise _OtherError
                return series

    def _is_dash(self, at: int) -> bool:
        return self._text.startswith(("- ", "-\n"), at)

    def _item(self, dash: int, column: int, depth: int) -> Node:
        at = _INDENT.match(self._text, dash + 1).end()  # type: ignore[union-attr]
        if _KEY.match(self._text, at):
            # A mapping whose first key stands beside the dash.
            return self._mapping(column + at - dash, depth)
        if self._is_dash(at):
            raise _OtherError
        return self._value(dash + 1, column, depth, False)

    def _value(self, at: int, column: int, depth: int, of_key: bool) -> Node:
        """Read what follows a key or a dash that stands at a column."""
        text = self._text
        rest = _REST.match(text, at)
        if rest is not None:
            return self._below(rest.end(), column, depth, of_key)
        at = _INDENT.match(text, at).end()  # type: ignore[union-attr]
        sign = text[at]
        if sign in "[{":
            node, end = self._flow(at, depth)
            self._end_line(end)
            return node
        if sign in "|>":
            return self._block(at, column)
        if sign in "\"'":
            scalar, end = self._quoted(at)
            self._end_line(end)
            return scalar
        plain = _PLAIN.match(text, at)
        if plain is None:
            raise _OtherError
        self._end_line(plain.end())
        return self._folded(at, plain.end(), plain[0], column)

    def _below(self, line: int, column: int, depth: int, of_key: bool) -> Node:
        """Read what stands on the lines after a key or a dash."""
        self._at = line
        indent = self._next_line()
        start = self._at + indent
        if of_key and indent == column and self._is_dash(start):
            return self._series(column, depth, start, start + 1)
        if indent <= column:
            raise _OtherError
        if self._is_dash(start):
            return self._series(indent, depth, start, start)
        if _KEY.match(self._text, start):
            return self._mapping(indent, depth)
        raise _OtherError

    def _quoted(self, at: int) -> tuple[Scalar, int]:
        sign = self._text[at]
        found = (_DOUBLE if sign == '"' else _SINGLE).match(self._text, at)
        if found is None:
            raise _OtherError
        value = found[1] if sign == '"' else found[1].replace("''", "'")
        return Scalar(self._file, at, found.end(), value, sign), found.end()

    def _folded(self, at: int, end: int, value: str, column: int) -> Scalar:
        """Return a plain text with the further lines that belong to it."""
        text = self._text
        parts = [value]
        # A comment on the line before ends the text.
        while text[end : self._at].strip(" ") == "\n":
            indent = _INDENT.match(text, self._at).end() - self._at  # type: ignore[union-attr]
            start = self._at + indent
            if start == len(text) or text[start] == "\n":
                # An empty line may belong to the text.
                before = self._at
                if self._next_line() > column:
                    raise _OtherError
                self._at = before
                break
            if indent <= column or text[start] == "#":
                break
            more = _MORE.match(text, start)
            if more is None:
                raise _OtherError
            parts.append(more[0])
            end = more.end()
            self._end_line(end)
        return Scalar(self._file, at, end, " ".join(parts), None)

    def _block(self, at: int, column: int) -> Scalar:
        """Read a text that is indented below its sign."""
        text = self._text
        header = _HEADER.match(text, at)
        if header is None:
            raise _OtherError
        lines: list[str] = []
        position = header.end()
        indent = -1
        while position < len(text):
            end = text.index("\n", position)
            line = text[position:end]
            bare = line.lstrip(" ")
            if not bare:
                if len(line) > max(indent, 0):
                    raise _OtherError
                lines.append("")
            else:
                if indent < 0:
                    indent = len(line) - len(bare)
                if len(line) - len(bare) < max(indent, column + 1):
                    break
                lines.append(line[indent:])
            position = end + 1
        if indent <= column or (header[1] == ">" and any(line[:1] == " " for line in lines)):
            raise _OtherError
        self._at = position
        while lines and not lines[-1]:
            lines.pop()
        value = "\n".join(lines) if header[1] == "|" else _fold(lines)
        if not header[2]:
            value += "\n"
        return Scalar(self._file, at, position, value, header[1])

    def _flow(self, at: int, depth: int) -> tuple[Node, int]:
        """Read a list or mapping in brackets; return it and where it ends."""
        if depth > MAX_DEPTH - 1:
            raise _OtherError
        if self._text[at] == "[":
            return self._flow_series(at, depth)
        return self._flow_mapping(at, depth)

    def _flow_series(self, at: int, depth: int) -> tuple[Series, int]:
        text = self._text
        series = Series(self._file, at, at + 1)
        at = self._flow_space(at + 1)
        if text[at] == "]":
            return series, at + 1
        while True:
            node, at = self._flow_value(at, depth + 1)
            series.items.append(node)
            series.limit(len(series.items))
            at = self._flow_space(at)
            if text[at] == "]":
                return series, at + 1
            if text[at] != ",":
                raise _OtherError
            at = self._flow_space(at + 1)

    def _flow_mapping(self, at: int, depth: int) -> tuple[Mapping, int]:
        text = self._text
        mapping = Mapping(self._file, at, at + 1)
        at = self._flow_space(at + 1)
        if text[at] == "}":
            return mapping, at + 1
        while True:
            key = _FLOW_KEY.match(text, at)
            if key is None:
                raise _OtherError
            name, style = (key[1], None) if key[1] is not None else (key[2], '"')
            if name in mapping.entries or name == "<<":
                raise _OtherError
            scalar = Scalar(self._file, at, key.end() - 1, name, style)
            node, at = self._flow_value(self._flow_space(key.end()), depth + 1)
            mapping.entries[name] = (scalar, node)
            mapping.limit(len(mapping.entries))
            at = self._flow_space(at)
            if text[at] == "}":
                return mapping, at + 1
            if text[at] != ",":
                raise _OtherError
            at = self._flow_space(at + 1)

    def _flow_space(self, at: int) -> int:
        if self._text[at] not in " \n":
            return at
        end = _FLOW_SPACE.match(self._text, at).end()  # type: ignore[union-attr]
        if end == len(self._text):
            raise _OtherError
        return end

    def _flow_value(self, at: int, depth: int) -> tuple[Node, int]:
        sign = self._text[at]
        if sign in "[{":
            return self._flow(at, depth)
        if sign in "\"'":
            return self._quoted(at)
        plain = _FLOW_PLAIN.match(self._text, at)
        if plain is None:
            raise _OtherError
        return Scalar(self._file, at, plain.end(), plain[0], None), plain.end()


def _fold(lines: list[str]) -> str:
    """Join lines by spaces, and paragraphs by line breaks."""
    value = ""
    breaks = 0
    for number, line in enumerate(lines):
        if not line:
            breaks += 1
            continue
        if number:
            value += "\n" * breaks or " "
        value += line
        breaks = 0
    return value
