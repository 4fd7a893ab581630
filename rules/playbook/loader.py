"""A folder of YAML files -> a playbook, or everything that is wrong with it, with its place."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from rules.gates.config import GatesConfig
from rules.language.errors import Flaw
from rules.language.vocabulary import VOCABULARY, Vocabulary
from rules.playbook.checks import (
    Known,
    check_gates,
    check_rule,
    check_zone,
)
from rules.playbook.document import Mapping as MappingNode
from rules.playbook.document import Node, Scalar, Series, read_document
from rules.playbook.errors import PlaybookError, Problem
from rules.playbook.finding import Finding
from rules.playbook.forms import findings
from rules.playbook.models import Playbook, Rule
from rules.playbook.tree import Path

SUFFIX = ".yaml"
MAX_RULES = 1000
_LISTS = ("goals", "teams", "channels", "templates", "rules")

Source = FilePath | Mapping[str, str | bytes]
"""A folder, or file names with what the files hold."""
PartT = TypeVar("PartT", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A playbook and what its author should look at although it loads."""

    playbook: Playbook
    warnings: tuple[Problem, ...]


def load(
    source: FilePath | Mapping[str, str | bytes], vocabulary: Vocabulary = VOCABULARY
) -> Playbook:
    """Return the playbook of a folder, or of file names with their texts.

    Raises
    ------
    PlaybookError
        With every problem of every file.
    """
    return load_with_warnings(source, vocabulary).playbook


def load_with_warnings(source: Source, vocabulary: Vocabulary = VOCABULARY) -> Loaded:
    """Return the playbook of `load` together with its warnings."""
    texts = read_folder(source) if isinstance(source, FilePath) else source
    book = _Book()
    for name in sorted(texts):
        root, problems = read_document(name, texts[name])
        book.problems += problems
        if root is not None:
            book.add(root)
    if not texts:
        message = f"a playbook must have at least one file *{SUFFIX}"
        book.problems.append(Problem(str(source), 1, 1, message, "add rules.yaml"))
    playbook = book.check(vocabulary) if not book.problems or book.values else None
    problems = sorted(book.problems, key=lambda p: (p.file, p.line, p.column))
    if playbook is None or any(problem.severity == "error" for problem in problems):
        raise PlaybookError(problems)
    return Loaded(playbook, tuple(problems))


def read_folder(folder: FilePath) -> dict[str, bytes]:
    """Return the files of a playbook's folder and of the folders in it, by their paths.

    Raises
    ------
    PlaybookError
        When the folder is none.
    """
    if not folder.is_dir():
        message = "a playbook is a folder with files such as rules.yaml"
        raise PlaybookError([Problem(str(folder), 1, 1, message)])
    return {str(file): file.read_bytes() for file in sorted(folder.rglob(f"*{SUFFIX}"))}


@dataclass(slots=True)
class _Book:
    """The files put together: lists are joined, everything else stands in one file."""

    problems: list[Problem] = field(default_factory=list)
    nodes: dict[str, Node] = field(default_factory=dict)
    keys: dict[str, Scalar] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)

    def add(self, root: MappingNode) -> None:
        """Take a file."""
        for key, (scalar, node) in root.entries.items():
            if key not in self.nodes:
                self.keys[key] = scalar
                self.nodes[key] = node
            elif key in _LISTS and isinstance(first := self.nodes[key], Series):
                more = node.items if isinstance(node, Series) else [node]
                items = [*first.items, *more]
                self.nodes[key] = Series(first.file, first.start, first.end, items)
            else:
                other = self.keys[key]
                line = other.file.text.count("\n", 0, other.start) + 1
                message = f"{key!r} is given in another file already"
                help_ = f"first in {other.file.name}:{line}"
                problem = scalar.file.problem(scalar.start, message, help_, width=len(key))
                self.problems.append(problem)
        self.values = {key: node.value() for key, node in self.nodes.items()}

    def check(self, vocabulary: Vocabulary) -> Playbook | None:
        """Return the playbook if its form is right; note everything that is wrong."""
        playbook = None
        try:
            playbook = Playbook.model_validate(self.values)
        except ValidationError as error:
            self._note(findings(error, Playbook, ()))
        known = self._known()
        self._note(self._twice())
        if isinstance(zone := self.values.get("time_zone"), str):
            self._note(check_zone(zone))
        if (gates := _valid(GatesConfig, self.values.get("gates"))) is not None:
            self._note(check_gates(gates, known))
        if len(known.rules) > MAX_RULES:
            message = f"a playbook has at most {MAX_RULES} rules; got {len(known.rules)}"
            self.problems.append(self.keys["rules"].file.problem(self.keys["rules"].start, message))
            return None
        for index, value in enumerate(self._list("rules")):
            if (rule := _valid(Rule, value)) is not None:
                self._note(check_rule(index, rule, known, vocabulary))
        return playbook

    def _list(self, key: str) -> list[Any]:
        value = self.values.get(key)
        return value if isinstance(value, list) else []

    def _known(self) -> Known:
        """Return the ids that can be told, also where something else is wrong."""
        templates = [value for value in self._list("templates") if isinstance(value, dict)]
        return Known(
            goals=_leaves(self._list("goals")),
            teams=[identity for _, identity in _ids((), self._list("teams"))],
            channels=[identity for _, identity in _ids((), self._list("channels"))],
            templates={str(value.get("id")): str(value.get("text", "")) for value in templates},
            rules=[identity for _, identity in _ids((), self._list("rules"))],
        )

    def _twice(self) -> Iterable[Finding]:
        """Yield every id that stands a second time."""
        for key in _LISTS:
            first: dict[str, Path] = {}
            for path, identity in _ids((key,), self._list(key)):
                if identity in first:
                    where = f"first {self._line(first[identity])}"
                    flaw = Flaw(0, len(identity), f"{identity!r} is given twice", where)
                    yield Finding(path, flaw)
                first.setdefault(identity, path)

    def _line(self, path: Path) -> str:
        node, _ = self._find(path)
        line = node.file.text.count("\n", 0, node.start) + 1
        return f"in {node.file.name}:{line}"

    def _note(self, found: Iterable[Finding]) -> None:
        for finding in found:
            node, key = self._find(finding.path)
            flaw = finding.flaw
            start, width = node.start, flaw.end - flaw.at
            if finding.is_key and key is not None:
                start = key.start
            elif isinstance(node, Scalar):
                start = node.place(flaw.at)
                width = min(width, max(1, node.place(max(flaw.at, flaw.end - 1)) - start + 1))
                width = min(width, max(1, len(node.file.text[start : node.end].rstrip())))
            else:
                width = 1
            problem = node.file.problem(
                start,
                flaw.message,
                flaw.help,
                width=width,
                is_warning=flaw.severity == "warning",
            )
            if problem not in self.problems:
                self.problems.append(problem)

    def _find(self, path: Path) -> tuple[Node, Scalar | None]:
        """Return the node at a path, or the nearest one above it, and its key."""
        first = next(iter(self.nodes.values()))
        node: Node = MappingNode(
            first.file,
            0,
            0,
            {key: (self.keys[key], node) for key, node in self.nodes.items()},
        )
        key: Scalar | None = None
        for step in path:
            if isinstance(node, MappingNode) and step in node.entries:
                key, node = node.entries[str(step)]
            elif isinstance(node, Series) and isinstance(step, int) and step < len(node.items):
                node = node.items[step]
        return node, key


def _valid(model: type[PartT], value: Any) -> PartT | None:
    try:
        return model.model_validate(value)
    except ValidationError:
        return None


def _leaves(goals: list[Any]) -> dict[str, bool]:
    """Return every goal of a tree, and whether it has no goals below it."""
    found: dict[str, bool] = {}
    for goal in goals:
        inner = goal.get("goals") if isinstance(goal, dict) else None
        below = inner if isinstance(inner, list) else []
        found[str(goal.get("id") if isinstance(goal, dict) else goal)] = not below
        found |= _leaves(below)
    return found


def _ids(path: Path, values: list[Any]) -> Iterable[tuple[Path, str]]:
    for index, value in enumerate(values):
        if isinstance(value, dict):
            yield (*path, index, "id"), str(value.get("id"))
            if isinstance(inner := value.get("goals"), list):
                yield from _ids((*path, index, "goals"), inner)
        else:
            yield (*path, index), str(value)
