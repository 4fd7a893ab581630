"""A folder of YAML files -> a playbook, or everything that is wrong with it, with its place."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
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
from rules.playbook.document import read_document
from rules.playbook.errors import PlaybookError, Problem
from rules.playbook.finding import Finding
from rules.playbook.forms import findings
from rules.playbook.holdouts import check_holdouts
from rules.playbook.lints.registry import lint
from rules.playbook.models import Playbook, Rule
from rules.playbook.nodes import Mapping as MappingNode
from rules.playbook.nodes import Node, Scalar, Series
from rules.playbook.template_checks import check_templates
from rules.playbook.templates import texts_in
from rules.playbook.tree import Path

SUFFIX = ".yaml"
MAX_RULES = 1000
"""Rules of one event type."""
MAX_PROBLEMS = 200
"""Problems that are told at once."""
_TOO_MANY = 2 * MAX_PROBLEMS
_FIRST = (30, 6)
"""Items of every list that are looked at when all of them have too many errors."""
_ORDERS = {"sequence", "then"}
"""Lists whose items depend on those after them."""
_LISTS = ("goals", "teams", "channels", "templates", "rules")

Source = FilePath | Mapping[str, str | bytes]
"""A folder, or file names with what the files hold."""
PartT = TypeVar("PartT", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A playbook and what its author should look at although it loads."""

    playbook: Playbook
    warnings: tuple[Problem, ...]
    place: Callable[[Finding], Problem]
    """Returns something found in the playbook, with its place in a file."""


def load(
    source: FilePath | Mapping[str, str | bytes], vocabulary: Vocabulary = VOCABULARY
) -> Playbook:
    """Return the playbook of a folder, or of file names with their texts.

    Raises
    ------
    PlaybookError
        With every problem of every file.
    """
    return _load(source, vocabulary, lints=False).playbook


def load_with_warnings(source: Source, vocabulary: Vocabulary = VOCABULARY) -> Loaded:
    """Return the playbook of `load` together with its warnings, those of the lints included."""
    return _load(source, vocabulary, lints=True)


def _load(source: Source, vocabulary: Vocabulary, *, lints: bool) -> Loaded:
    texts = read_folder(source) if isinstance(source, FilePath) else source
    book = _Book()
    for name in sorted(texts):
        root, problems = read_document(name, texts[name])
        book.problems += problems
        if root is not None:
            book.add(root)
        else:
            book.is_whole = False
    if not texts:
        message = f"a playbook must have at least one file *{SUFFIX}"
        book.problems.append(Problem(str(source), 1, 1, message, "add rules.yaml"))
    playbook = book.check(vocabulary) if not book.problems or book.nodes else None
    if lints and playbook is not None and not any(p.severity == "error" for p in book.problems):
        book.note(lint(playbook, vocabulary))
    problems = sorted(book.problems, key=lambda p: (p.file, p.line, p.column))
    if playbook is None or any(problem.severity == "error" for problem in problems):
        raise PlaybookError(problems)
    return Loaded(playbook, tuple(problems), book.place)


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
    told: set[Problem] = field(default_factory=set)
    is_whole: bool = True
    """Whether every file could be read."""

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
                message = f"{key!r} is given in another file already"
                help_ = f"first in {other.file.name}:{other.file.line(other.start)}"
                problem = scalar.file.problem(scalar.start, message, help_, width=len(key))
                self.problems.append(problem)

    def check(self, vocabulary: Vocabulary) -> Playbook | None:
        """Return the playbook if its form is right; note everything that is wrong."""
        playbook = None
        self.values = {key: node.value() for key, node in self.nodes.items()}
        if crowded := list(_crowded(self._list("rules"))):
            self.note(crowded)
            return None
        try:
            playbook = Playbook.model_validate(self.values)
        except ValidationError as error:
            self.note(findings(_shortened(error, self.values), Playbook, ()))
        known = self._known()
        self.note(self._twice())
        if isinstance(zone := self.values.get("time_zone"), str):
            self.note(check_zone(zone))
        if (gates := _valid(GatesConfig, self.values.get("gates"))) is not None:
            self.note(check_gates(gates, known))
        rules = playbook.rules if playbook is not None else map(_rule, self._list("rules"))
        for index, rule in enumerate(rules):
            if len(self.problems) >= MAX_PROBLEMS:
                break
            if rule is not None:
                self.note(check_rule(index, rule, known, vocabulary))
        if playbook is not None:
            self.note(check_holdouts(playbook))
            self.note(check_templates(playbook))
        return playbook

    def _list(self, key: str) -> list[Any]:
        value = self.values.get(key)
        return value if isinstance(value, list) else []

    def _known(self) -> Known:
        """Return the ids that can be told, also where something else is wrong."""
        templates: dict[str, list[tuple[Path, str]]] = {
            str(value.get("id")): [(("templates", index, *k), text) for k, text in texts_in(value)]
            for index, value in enumerate(self._list("templates"))
            if isinstance(value, dict)
        }
        return Known(
            goals=_leaves(self._list("goals")),
            teams=[identity for _, identity in _ids((), self._list("teams"))],
            channels=[identity for _, identity in _ids((), self._list("channels"))],
            templates=templates,
            rules=dict.fromkeys(identity for _, identity in _ids((), self._list("rules"))),
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
        return f"in {node.file.name}:{node.file.line(node.start)}"

    def note(self, found: Iterable[Finding]) -> None:
        """Keep what was found, each thing once."""
        for finding in found:
            if self._may_be_elsewhere(finding):
                continue
            problem = self.place(finding)
            if len(self.problems) >= MAX_PROBLEMS:
                break
            if problem not in self.told:
                self.told.add(problem)
                self.problems.append(problem)

    def _may_be_elsewhere(self, finding: Finding) -> bool:
        """Return whether something is only missing because a file could not be read."""
        if self.is_whole:
            return False
        if not finding.path:
            return True
        _, _, rest = finding.flaw.message.partition("unknown ")
        return rest.partition(" ")[0] in {key.removesuffix("s") for key in _LISTS} - {
            key.removesuffix("s") for key in self.nodes
        }

    def place(self, finding: Finding) -> Problem:
        """Return what was found with its place in a file."""
        node, key = self._find(finding.path)
        flaw = finding.flaw
        start, width = node.start, flaw.end - flaw.at
        if finding.is_key and key is not None:
            start = key.start
        elif isinstance(node, Scalar):
            start = node.place(flaw.at)
            width = min(width, max(1, node.place(max(flaw.at, flaw.end - 1)) - start + 1))
            width = min(width, max(1, len(node.file.text[start : node.end].rstrip())))
        elif isinstance(node, MappingNode) and (found := _swallowed(node, flaw)) is not None:
            return found
        else:
            width = 1
        return node.file.problem(
            start,
            flaw.message,
            flaw.help,
            width=width,
            is_warning=flaw.severity == "warning",
        )

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


def _swallowed(node: MappingNode, flaw: Flaw) -> Problem | None:
    """Return that a key is missing because the text above it took it in, if that is so."""
    name = flaw.message.removesuffix(" is missing").strip("'")
    if not flaw.message.endswith(" is missing"):
        return None
    for key, (_, value) in node.entries.items():
        if isinstance(value, Scalar) and (at := f" {value.text}".find(f" {name}: ")) >= 0:
            message = f"{name!r} has become part of the text of {key!r}"
            help_ = f"begin it in the same column as {key!r}"
            return value.file.problem(value.place(at), message, help_, width=len(name))
    return None


def _rule(value: Any) -> Rule | None:
    return _valid(Rule, value)


def _valid(model: type[PartT], value: Any) -> PartT | None:
    try:
        return model.model_validate(value)
    except ValidationError:
        return None


def _shortened(error: ValidationError, values: Mapping[str, Any]) -> ValidationError:
    """Return what is wrong with the first parts of a playbook that has far too many errors.

    Each error takes microseconds to be told, and a file of a few bytes may hold a million.
    """
    for most in _FIRST:
        if error.error_count() <= _TOO_MANY:
            break
        try:
            Playbook.model_validate(_cut(values, most))
        except ValidationError as shorter:
            if shorter.error_count() < MAX_PROBLEMS // 2:
                break  # most of what is wrong stands further down
            error = shorter
        else:
            break
    return error


def _cut(value: Any, most: int) -> Any:
    """Return the same with the first items of its lists only, where these stand for themselves."""
    if isinstance(value, Mapping):
        return {key: each if key in _ORDERS else _cut(each, most) for key, each in value.items()}
    return [_cut(each, most) for each in value[:most]] if isinstance(value, list) else value


def _crowded(rules: list[Any]) -> Iterable[Finding]:
    """Yield the first rule of each event type that has too many."""
    counts: Counter[str] = Counter()
    for index, rule in enumerate(rules):
        parts = rule if isinstance(rule, dict) else {}
        named: list[tuple[Path, Any]] = [(("when",), parts.get("when"))]
        if isinstance(absence := parts.get("absence"), dict):
            named.append((("absence", "of"), absence.get("of")))
        if isinstance(steps := parts.get("sequence"), list):
            named += [
                (("sequence", number, "event"), step.get("event"))
                for number, step in enumerate(steps)
                if isinstance(step, dict)
            ]
        types = {kind: path for path, kind in reversed(named) if isinstance(kind, str)}
        counts.update(list(types))
        for kind, path in types.items():
            if counts[kind] == MAX_RULES + 1:
                message = f"an event type has at most {MAX_RULES:,} rules; this is one more"
                help_ = f"take a rule on {kind} out, or give one of them more to look at"
                flaw = Flaw(0, len(kind), message, help_)
                yield Finding(("rules", index, *path), flaw)


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
