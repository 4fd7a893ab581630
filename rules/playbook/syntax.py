"""What the YAML reader complains about, said to a person who writes a playbook."""

import re

from ruamel.yaml.error import MarkedYAMLError

from rules.playbook.errors import Problem
from rules.playbook.nodes import File

_QUOTE = "quote a text that contains ': ' or begins with a sign"
_CHARACTER = re.compile(r"found character '(.*)' that cannot start any token")
_WORD = re.compile(r"[\w.-]+")
_UNCLOSED = re.compile(r"expected ',' or '([\]}])', but got '?(.*?)'?$")


def explain(file: File, error: MarkedYAMLError) -> Problem:  # noqa: PLR0911 - one per complaint
    """Return where a file stops being YAML, why, and what to do."""
    at = _index(error.problem_mark)
    opened = _index(error.context_mark)
    found = str(error.problem or error.context or "this is no YAML").strip()
    if at is None:
        at = opened or 0
    if (character := _CHARACTER.fullmatch(found)) is not None:
        return _character(file, at, character[1])
    if opened is not None and (unclosed := _UNCLOSED.fullmatch(found)) is not None:
        return _bracket(file, at, opened, unclosed[1])
    if found == "mapping values are not allowed here":
        return _colon(file, at)
    if found == "could not find expected ':'":
        message = "a line must be 'key: value' or belong to the text above it"
        at = at if opened is None else opened
        help_ = "write ':' and a space after the key"
        if "\u00a0" in file.text[at:].partition("\n")[0]:
            help_ = "replace the no-break space after ':' by an ordinary one"
        return file.problem(at, message, help_)
    if found.startswith("expected <block end>"):
        return _indented(file, at, found)
    if found.startswith("found unexpected") and opened is not None:
        message = f"this text has no closing {file.text[opened : opened + 1]}"
        return file.problem(opened, message, "close it at the end of the text")
    if found.startswith("found unknown escape character"):
        help_ = "put single quotes around the text, or write the backslash twice"
        return file.problem(at, "this backslash means nothing", help_)
    if found.startswith("expected the node content"):
        message = f"nothing stands before this {file.text[at : at + 1]!r}"
        return file.problem(at, message, "remove it, or add what is missing")
    return file.problem(at, found, _QUOTE)


def _index(mark: object) -> int | None:
    index = getattr(mark, "index", None)
    return index if isinstance(index, int) else None


def _character(file: File, at: int, character: str) -> Problem:
    if character == "\\t":
        message = "a tab cannot indent a line or stand before a value"
        return file.problem(at, message, "indent with spaces")
    return file.problem(at, f"a text cannot begin with {character!r}", "put quotes around it")


def _colon(file: File, at: int) -> Problem:
    """Blame the line above when this one is a key of its own that is indented further."""
    above, _, line = file.text[:at].rpartition("\n")
    above = above.rstrip()
    start = above.rfind("\n") + 1
    indent = len(above) - start - len(above[start:].lstrip(" "))
    if above and _WORD.fullmatch(line.strip(" ")) and len(line) - len(line.lstrip(" ")) > indent:
        message = "the line below begins further right, but this one has its value already"
        help_ = "begin both in the same column; write a space after '-'"
        return file.problem(start + indent, message, help_)
    message = "this ':' cannot stand here"
    return file.problem(at, message, "put quotes around a text that contains ': '")


def _bracket(file: File, at: int, opened: int, closing: str) -> Problem:
    if "\n" not in file.text[opened:at]:
        message = f"expected ',' or {closing!r} before this"
        help_ = f"close the {file.text[opened : opened + 1]!r}, or quote the text"
        return file.problem(at, message, help_)
    message = f"this {file.text[opened : opened + 1]!r} is never closed"
    return file.problem(opened, message, f"add {closing!r}")


def _indented(file: File, at: int, found: str) -> Problem:
    line_start = file.text.rfind("\n", 0, at) + 1
    if file.text[line_start:at].strip(" -") and "scalar" in found:
        message = "the text has ended before this"
        help_ = "put ' around a text that contains \""
        if file.text[line_start:at].rstrip(" ").endswith(("}", "]")):
            help_ = "put quotes around the whole text"
        return file.problem(at, message, help_)
    message = "this line begins in another column than those it belongs to"
    return file.problem(at, message, "begin the keys of one part in the same column")
