"""Writes a file in its canonical layout.

Two spaces a level, list items under their key, one way to write an expression, comments where they
were.
"""

from dataclasses import dataclass
from typing import Final

from rules.playbook.layout.expressions import canonical, tokens, words
from rules.playbook.layout.scalars import written
from rules.playbook.layout.source import BLOCK_STYLES, Collection, Entry, Scalar, Source

WIDTH: Final = 100
EXPRESSIONS: Final = frozenset(("if", "unless", "arm_if"))
"""Keys of a rule that hold an expression, wherever in it they stand, but for its tests."""
_RULE_KEYS: Final = (
    "id", "owner", "description", "pyramid_level", "force", "goal", "customer_goal",
    "when", "facts", "sequence", "absence", "within", "strict", "consume",
    "if", "unless", "occurrence", "priority", "propensity",
    "value", "lever", "cost", "topic", "cooldown", "window", "mode", "percent",
    "experiment", "holdout", "then", "until", "explain", "tests",
)  # fmt: skip
_TEST_KEYS: Final = ("name", "given", "events", "expect")
_ORDERS: Final = {("rules",): _RULE_KEYS, ("rules", "tests"): _TEST_KEYS}
"""Keys above a list of mappings -> the order of the keys in each."""

Path = tuple[str, ...]
"""Keys from the top, without the places in lists."""


def write_source(source: Source) -> str:
    """Return the text of a file in canonical layout."""
    lines = _Writer().mapping(source.root, 0, ())
    while lines and not lines[0]:
        lines.pop(0)
    return "\n".join([*lines, *_singled(source.below)]).rstrip("\n") + "\n"


@dataclass(slots=True)
class _Writer:
    """Every method returns lines, the first one without its indentation where it may follow."""

    def mapping(self, node: Collection, indent: int, path: Path) -> list[str]:
        lines: list[str] = []
        for entry in _ordered(node.entries, path):
            lines += self.entry(entry, indent, path)
        return lines

    def entry(self, entry: Entry, indent: int, path: Path) -> list[str]:
        """Return a key with its value, and what stands above it."""
        pad = " " * indent
        inner = (*path, entry.key or "")
        above = [pad + line if line else "" for line in _singled(entry.above)]
        if isinstance(entry.node, Scalar):
            first, *more = self.scalar(entry.node, indent, inner, f"{pad}{entry.key}:")
            return [*above, _beside(first, entry), *more]
        flow = _flow(entry.node, inner)
        head = f"{pad}{entry.key}:"
        if flow is not None and len(f"{head} {flow}") <= WIDTH:
            return [*above, _beside(f"{head} {flow}", entry)]
        head = _beside(head, entry)
        if entry.node.is_mapping:
            return [*above, head, *self.mapping(entry.node, indent + 2, inner)]
        return [*above, head, *self.items(entry.node, indent + 2, inner)]

    def items(self, node: Collection, indent: int, path: Path) -> list[str]:
        """Return a list, an item under the other; rules are kept apart by a blank line."""
        lines: list[str] = []
        for number, entry in enumerate(node.entries):
            above = list(entry.above)
            if path == ("rules",):
                above = [line for line in above if line or not number]
                above = ["", *above] if number else [line for line in above if line]
            pad = " " * indent
            lines += [pad + line if line else "" for line in _singled(above)]
            lines += self.item(entry, indent, path)
        return lines

    def item(self, entry: Entry, indent: int, path: Path) -> list[str]:
        pad = " " * indent
        if isinstance(entry.node, Scalar):
            first, *more = self.scalar(entry.node, indent, path, f"{pad}-")
            return [_beside(first, entry), *more]
        flow = _flow(entry.node, path)
        if flow is not None and len(f"{pad}- {flow}") <= WIDTH:
            return [_beside(f"{pad}- {flow}", entry)]
        if flow is not None and entry.node.is_mapping and _is_flat(entry.node):
            *lines, last = _folded(entry.node, path, pad)
            if all(len(line) <= WIDTH for line in (*lines, last)):
                return [*lines, _beside(last, entry)]
        if entry.node.is_mapping:
            inner = self.mapping(entry.node, indent + 2, path)
        else:
            inner = self.items(entry.node, indent + 2, path)
        # What stands above the first key stands above the dash.
        place = next(n for n, line in enumerate(inner) if line and line.lstrip()[0] != "#")
        above = [pad + line.lstrip() for line in inner[:place] if line]
        if entry.beside:
            above.append(pad + entry.beside)
        return [*above, f"{pad}- {inner[place].lstrip()}", *inner[place + 1 :]]

    def scalar(self, node: Scalar, indent: int, path: Path, head: str) -> list[str]:
        """Return a value behind `head`, on more lines where it needs them."""
        if is_expression(path):
            return _expression(node, indent, head)
        if node.style in BLOCK_STYLES:
            return _block(node, indent, head)
        if "\n" in node.raw:
            one = written(node.value)
            if len(f"{head} {one}") <= WIDTH or "\n" in node.value or "  " in node.value:
                return [f"{head} {one}"]
            return [f"{head} >-", *_filled(node.value.split(" "), " " * (indent + 2))]
        return [f"{head} {node.raw}" if node.raw else head]


def is_expression(path: Path) -> bool:
    """Return whether the value at the keys is an expression."""
    return bool(path) and path[0] == "rules" and path[-1] in EXPRESSIONS and "tests" not in path


def _expression(node: Scalar, indent: int, head: str) -> list[str]:
    text = canonical(node.value)
    one = f"{head} {written(text)}" if text.strip() else f"{head} {node.raw}".rstrip()
    found = tokens(node.value)
    if found is None and node.style in BLOCK_STYLES:
        return _block(node, indent, head)
    if len(one) <= WIDTH or found is None:
        return [one]
    return [f"{head} >", *_wrapped(found, " " * (indent + 2))]


def _wrapped(found: list[str], pad: str) -> list[str]:
    """Return an expression on several lines, broken before ``and`` and ``or`` where that does."""
    clauses: list[list[str]] = [[]]
    for word in words(found):
        if word in {"and", "or"} and clauses[-1]:
            clauses.append([])
        clauses[-1].append(word)
    lines: list[str] = []
    for clause in clauses:
        said = " ".join(clause)
        if lines and len(f"{lines[-1]} {said}") <= WIDTH:
            lines[-1] += f" {said}"
        elif len(pad + said) <= WIDTH:
            lines.append(pad + said)
        else:
            lines += _filled(clause, pad)
    return lines


def _filled(parts: list[str], pad: str) -> list[str]:
    lines = [pad + parts[0]]
    for part in parts[1:]:
        if len(f"{lines[-1]} {part}") <= WIDTH:
            lines[-1] += f" {part}"
        else:
            lines.append(pad + part)
    return lines


def _block(node: Scalar, indent: int, head: str) -> list[str]:
    header, *body = node.raw.split("\n")
    filled = [line for line in body if line.strip()]
    digit = next((int(sign) for sign in header if sign.isdigit()), 0)
    if digit or any("\t" in line[: len(line) - len(line.lstrip())] for line in filled):
        return [f"{head} {written(node.value)}"]
    least = len(filled[0]) - len(filled[0].lstrip()) if filled else 0
    pad = " " * (indent + 2)
    lines = [pad + line[least:].rstrip() if line.strip() else "" for line in body]
    return [f"{head} {header.rstrip()}", *lines]


def _is_flat(node: Collection) -> bool:
    return all(isinstance(entry.node, Scalar) for entry in node.entries)


def _folded(node: Collection, path: Path, pad: str) -> list[str]:
    """Return an item in braces on as few lines as it needs, such as a long event of a test."""
    lines = [f"{pad}- {{"]
    for number, part in enumerate(_flow_parts(node, path) or ()):
        end = "}" if number == len(node.entries) - 1 else ","
        glue = " " if number else ""
        if number and len(f"{lines[-1]}{glue}{part}{end}") > WIDTH:
            lines.append(f"{pad}   {part}{end}")
        else:
            lines[-1] += f"{glue}{part}{end}"
    return lines


def _flow(node: Collection, path: Path) -> str | None:
    """Return a collection in brackets on one line, or nothing where it must stand in lines."""
    parts = _flow_parts(node, path)
    if parts is None:
        return None
    inside = ", ".join(parts)
    return f"{{{inside}}}" if node.is_mapping else f"[{inside}]"


def _flow_parts(node: Collection, path: Path) -> list[str] | None:
    """Return the entries of a collection as they stand in brackets."""
    if node.entries and (not node.flow or any(_has_comments(entry) for entry in node.entries)):
        return None
    parts = []
    for entry in node.entries:
        inner = (*path, entry.key) if entry.key is not None else path
        if isinstance(entry.node, Collection):
            value = _flow(entry.node, inner)
        elif is_expression(inner):
            value = written(canonical(entry.node.value), flow=True)
        elif "\n" in entry.node.raw:
            value = written(entry.node.value, flow=True)
        else:
            value = entry.node.raw
        if value is None:
            return None
        parts.append(value if entry.key is None else f"{entry.key}: {value}".rstrip())
    return parts


def _has_comments(entry: Entry) -> bool:
    if entry.beside or any(entry.above):
        return True
    return isinstance(entry.node, Collection) and any(map(_has_comments, entry.node.entries))


def _ordered(entries: list[Entry], path: Path) -> list[Entry]:
    order = _ORDERS.get(path)
    if order is None:
        return entries
    places = {key: place for place, key in enumerate(order)}
    return sorted(entries, key=lambda entry: places.get(entry.key or "", len(places)))


def _beside(line: str, entry: Entry) -> str:
    """Return the line with the comment beside it, in its column where that is free."""
    if not entry.beside:
        return line
    return f"{line}{' ' * max(2, entry.column - len(line))}{entry.beside}"


def _singled(lines: list[str]) -> list[str]:
    """Return lines with several blank ones made one."""
    return [line for number, line in enumerate(lines) if line or not number or lines[number - 1]]
