"""A playbook's files in canonical layout, with a promise: none means anything else afterwards."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from rules.playbook.document import read_document
from rules.playbook.errors import PlaybookError
from rules.playbook.layout.expressions import tokens
from rules.playbook.layout.source import read_source
from rules.playbook.layout.writer import Path, is_expression, write_source

_ROUNDS = 4
"""Layouts of a layout until nothing moves: a line that became free may take what did not fit."""


class LayoutError(Exception):
    """A file cannot be laid out without a change of what it means; it stays as it is."""


@dataclass(frozen=True, slots=True)
class Formatted:
    """A file before and after."""

    name: str
    before: str
    after: str

    @property
    def changed(self) -> bool:
        """Whether it was not in canonical layout."""
        return self.before != self.after


def format_file(name: str, content: str | bytes) -> Formatted:
    r"""Return a file in canonical layout.

    Raises
    ------
    PlaybookError
        When it is no YAML that a playbook may hold.
    LayoutError
        When the result would mean something else.

    Examples
    --------
    >>> text = 'rules:\n- if: "event.wait_s>1m&&true"   # why\n  id: a-rule\n'
    >>> print(format_file("rules.yaml", text).after, end="")
    rules:
      - id: a-rule
        if: event.wait_s > 1m and true  # why
    """
    before = content if isinstance(content, str) else _decoded(name, content)
    meaning = semantic_hash({name: content})
    text = before.removeprefix("\ufeff").replace("\r\n", "\n")
    for _ in range(_ROUNDS):
        after = write_source(read_source(text))
        if after == text:
            break
        text = after
    else:
        msg = f"{name} must come to rest in a layout; it does not; write it plainer"
        raise LayoutError(msg)
    if semantic_hash({name: text}) != meaning:
        msg = f"{name} must mean the same in another layout; it would not; write it plainer"
        raise LayoutError(msg)
    return Formatted(name, before, text)


def semantic_hash(files: Mapping[str, str | bytes]) -> str:
    """Return a digest of what files mean: their values, each expression as its tokens.

    Layout, comments, the order of keys, and how an operator is spelled do not count.

    Raises
    ------
    PlaybookError
        When one of them is no YAML that a playbook may hold.
    """
    values = []
    for name in sorted(files):
        root, problems = read_document(name, files[name])
        if root is None or problems:
            raise PlaybookError(problems)
        values.append([name, _meaning(root.value(), ())])
    return hashlib.sha256(orjson.dumps(values, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _meaning(value: Any, path: Path) -> Any:
    if isinstance(value, dict):
        return {str(key): _meaning(inner, (*path, str(key))) for key, inner in value.items()}
    if isinstance(value, list):
        return [_meaning(inner, path) for inner in value]
    if isinstance(value, str) and is_expression(path):
        return tokens(value) or value
    if isinstance(value, bool) and is_expression(path):
        return ["true" if value else "false"]
    return value


def _decoded(name: str, content: bytes) -> str:
    root, problems = read_document(name, content)
    if root is None or problems:
        raise PlaybookError(problems)
    return content.decode()
