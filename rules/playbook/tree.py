"""A rule with its expressions read: what the loader checks and the program runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from detectors.schema import Kind, Name
from rules.language.checker import check, suggest
from rules.language.errors import ExpressionError, Flaw
from rules.language.nodes import Binary, Constant, Node, Reference, walk
from rules.language.parser import parse
from rules.language.text import Wording, doubled, parse_wording
from rules.language.vocabulary import VOCABULARY, Scope, Vocabulary
from rules.playbook.models import Absence, Fact, Rule, SequenceStep
from rules.playbook.steps import WaitFor
from rules.temporal.counts import MAX_COUNTED

Path = tuple[str | int, ...]
"""Where in the rule, such as ``("sequence", 0, "if")``."""


@dataclass(slots=True)
class RuleTree:
    """The expressions of a rule.

    Parameters
    ----------
    trigger
        Event type that ``event.`` stands for in the condition.
    facts
        Name -> the fact and its condition.
    steps
        Steps that must come, each with its condition; `absent` is the one that must not, of a
        sequence or of an ``absence``.
    arm_if
        For whom an ``absence`` waits.
    if_, unless
        The condition.
    explain
        Wording of the explanation.
    templates
        Path of each action in the rule -> the wording of its template.
    waits
        Index in ``then`` of each wait for an event -> which of these events.
    occurrence
        Field of the trigger that names what the rule is about; empty for the event's id.
    scope
        Names of the condition with their types.
    """

    rule: Rule
    trigger: str
    scope: Scope
    facts: dict[str, tuple[Fact, Node | None]] = field(default_factory=dict)
    steps: list[tuple[SequenceStep, Node | None]] = field(default_factory=list)
    absent: tuple[SequenceStep, Node | None] | None = None
    arm_if: Node | None = None
    if_: Node | None = None
    unless: Node | None = None
    explain: Wording = field(default_factory=lambda: Wording(()))
    templates: dict[Path, Wording] = field(default_factory=dict)
    waits: dict[int, Node | None] = field(default_factory=dict)
    occurrence: str = ""

    def conditions(self) -> list[Node]:
        """Return every condition of the rule: of the steps, ``if`` and ``unless``."""
        nodes = [node for _, node in self.steps]
        nodes += [self.absent[1]] if self.absent else []
        nodes += [self.arm_if, self.if_, self.unless]
        return [node for node in nodes if node is not None]

    def shown(self) -> list[str]:
        """Return the names that the explanation and the templates show."""
        return [*self.explain.names(), *(n for w in self.templates.values() for n in w.names())]

    def shown_later(self) -> list[str]:
        """Return the names that the explanation and the templates of later steps show."""
        later = [w for path, w in self.templates.items() if path != ("then", 0)]
        return list(dict.fromkeys([*self.explain.names(), *(n for w in later for n in w.names())]))

    def kinds(self) -> dict[str, Kind]:
        """Return the type of every name of the condition."""
        return {name: description.kind for name, description in self.scope.items()}


def trigger_of(rule: Rule) -> str | None:
    """Return the event type that ``event.`` stands for in a rule's condition."""
    if rule.when is not None:
        return rule.when
    if rule.absence is not None:
        return rule.absence.of
    return next((step.event for step in reversed(rule.sequence) if step.event), None)


def fact_names(rule: Rule, vocabulary: Vocabulary = VOCABULARY) -> dict[str, Name]:
    """Return the facts of a rule as names that its condition may read."""
    return {name: _fact_name(name, fact, vocabulary) for name, fact in rule.facts.items()}


def _fact_name(name: str, fact: Fact, vocabulary: Vocabulary) -> Name:
    if fact.kind in {"count", "since"}:
        return Name(name, "duration" if fact.since else "num", "Fact of the rule")
    of = vocabulary.events.get(fact.event, {}).get(fact.of or "")
    if of is None:
        return Name(name, "num", "Fact of the rule", nullable=True)
    return replace(of, name=name, meaning="Fact of the rule", nullable=fact.kind == "last")


def read_rule(
    rule: Rule, templates: Mapping[str, str], vocabulary: Vocabulary
) -> tuple[RuleTree, list[tuple[Path, Flaw]]]:
    """Return a rule's expressions, and everything that is wrong with them and where.

    Parameters
    ----------
    templates
        Id -> text; one that is not there counts as empty.
    """
    return _Reader(rule, vocabulary).read(templates)


class _Reader:
    def __init__(self, rule: Rule, vocabulary: Vocabulary) -> None:
        self._rule = rule
        self._vocabulary = vocabulary
        self._flaws: list[tuple[Path, Flaw]] = []

    def read(self, templates: Mapping[str, str]) -> tuple[RuleTree, list[tuple[Path, Flaw]]]:
        rule = self._rule
        trigger = trigger_of(rule)
        scope = self._vocabulary.scope(trigger, fact_names(rule, self._vocabulary))
        tree = RuleTree(rule, trigger or "", scope)
        if rule.when is not None:
            self._event_type(("when",), rule.when)
        for name, fact in rule.facts.items():
            tree.facts[name] = (fact, self._fact(name, fact))
        for index, step in enumerate(rule.sequence):
            node = self._step(index, step)
            if step.event is not None:
                tree.steps.append((step, node))
            else:
                tree.absent = (step, node)
        if rule.absence is not None:
            self._absence(tree, rule.absence)
        tree.if_ = self._condition(("if",), rule.if_, scope)
        tree.unless = self._condition(("unless",), rule.unless, scope)
        for node in (tree.if_, tree.unless):
            self._countable(tree, node)
        tree.explain = self._wording(("explain",), rule.explain, scope)
        for _, path, action in rule.actions():
            text = templates.get(action.template, "")
            tree.templates[path] = self._wording((*path, "template"), text, scope)
        for index, wait in enumerate(rule.then):
            if isinstance(wait, WaitFor):
                tree.waits[index] = self._wait(index, wait)
        for number, name in enumerate(rule.until):
            self._event_type(("until", number), name)
        tree.occurrence = self._occurrence(rule.occurrence, scope)
        return tree, self._flaws

    def _event_type(self, path: Path, name: str) -> bool:
        if self._vocabulary.is_trigger(name):
            return True
        known = self._vocabulary.triggers()
        message = f"unknown event {name!r}"
        if name in self._vocabulary.events:
            message = f"{name!r} concerns everybody, so no rule of a customer follows it"
        help_ = suggest(name, known) or f"events: {', '.join(known)}"
        self._flaws.append((path, Flaw(0, len(name), message, help_)))
        return False

    def _fact(self, name: str, fact: Fact) -> Node | None:
        path = ("facts", name)
        if not self._event_type((*path, fact.kind), fact.event):
            return None
        if fact.of is not None:
            self._field((*path, "of"), fact)
        return self._condition((*path, "if"), fact.if_, self._vocabulary.scope(fact.event))

    def _field(self, path: Path, fact: Fact) -> None:
        """Complain about a field that the event lacks, or that cannot be added up."""
        name, fields = fact.of or "", self._vocabulary.events[fact.event]
        message = help_ = ""
        if name not in fields:
            message = f"{fact.event} has no field {name!r}"
            help_ = suggest(name, fields) or f"fields: {', '.join(fields)}"
        elif fact.sum is not None and fields[name].kind not in {"num", "duration"}:
            message = f"a sum adds up numbers or durations; {name} is of kind {fields[name].kind}"
            help_ = "count the events, or take the last one"
        if message:
            self._flaws.append((path, Flaw(0, len(name), message, help_)))

    def _absence(self, tree: RuleTree, absence: Absence) -> None:
        if not self._event_type(("absence", "of"), absence.of):
            return
        scope = self._vocabulary.scope(absence.of)
        step = SequenceStep(absent=absence.of, for_s=absence.for_s, if_=absence.if_)
        tree.absent = (step, self._condition(("absence", "if"), absence.if_, scope))
        tree.arm_if = self._condition(("absence", "arm_if"), absence.arm_if, scope)

    def _step(self, index: int, step: SequenceStep) -> Node | None:
        path = ("sequence", index)
        key = "event" if step.event is not None else "absent"
        event_type = step.event or step.absent or ""
        if not self._event_type((*path, key), event_type):
            return None
        return self._condition((*path, "if"), step.if_, self._vocabulary.scope(event_type))

    def _wait(self, index: int, wait: WaitFor) -> Node | None:
        path = ("then", index)
        if not self._event_type((*path, "wait_for"), wait.wait_for):
            return None
        return self._condition((*path, "if"), wait.if_, self._vocabulary.scope(wait.wait_for))

    def _condition(self, path: Path, text: str | None, scope: Scope) -> Node | None:
        if text is None:
            return None
        try:
            node = parse(text)
        except ExpressionError as error:
            self._flaws.append((path, error.flaw))
            return None
        if path[0] in {"if", "unless"} and "event.at" not in scope:
            return None  # the event type is unknown, and that is said already
        self._flaws += [(path, flaw) for flaw in check(node, scope)]
        return node

    def _wording(self, path: Path, text: str, scope: Scope) -> Wording:
        try:
            wording = parse_wording(text)
        except ExpressionError as error:
            self._flaws.append((path, error.flaw))
            return Wording(())
        if "event.at" in scope:
            self._flaws += [(path, flaw) for flaw in wording.check(scope)]
            self._flaws += [(path, flaw) for flaw in doubled(text, scope)]
        return wording

    def _countable(self, tree: RuleTree, node: Node | None) -> None:
        """Complain about a comparison that no count reaches."""
        if node is None or not any(fact.count for fact, _ in tree.facts.values()):
            return
        path: Path = ("if",) if node is tree.if_ else ("unless",)
        for part in walk(node):
            if not isinstance(part, Binary) or part.operator in {"and", "or", "in", "not in"}:
                continue
            names = [s.name for s in (part.left, part.right) if isinstance(s, Reference)]
            limits = [s for s in (part.left, part.right) if isinstance(s, Constant)]
            counted = any(name in tree.facts and tree.facts[name][0].count for name in names)
            for limit in limits:
                if counted and isinstance(limit.value, float) and limit.value > MAX_COUNTED:
                    message = f"a count stops at {MAX_COUNTED}; got {limit.value:g}"
                    flaw = Flaw(limit.at, limit.end, message, "take a shorter window")
                    self._flaws.append((path, flaw))

    def _occurrence(self, text: str | None, scope: Scope) -> str:
        if text is None or "event.at" not in scope:
            return ""
        name = scope.get(text)
        if name is None or not text.startswith("event.") or name.kind != "text":
            fields = [
                key for key in scope if key.startswith("event.") and scope[key].kind == "text"
            ]
            message = f"an occurrence is a text of the event; got {text!r}"
            help_ = suggest(text, fields) or f"this event has {', '.join(fields)}"
            self._flaws.append((("occurrence",), Flaw(0, len(text), message, help_)))
            return ""
        return text.removeprefix("event.")
