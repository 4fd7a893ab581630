"""A rule made ready to run: its operators, and where their state lies."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import floor, inf

from detectors.event import Event
from rules.fused import Look
from rules.language.nodes import Binary, Constant, Node, Reference, references, walk
from rules.language.vocabulary import Vocabulary
from rules.playbook.errors import PlaybookError, Problem
from rules.playbook.models import Fact, Rule
from rules.playbook.tree import RuleTree, read_rule
from rules.reads import Condition
from rules.temporal.absence import Absence
from rules.temporal.counts import MAX_COUNTED, MIN_COUNTED, Count, Since
from rules.temporal.happened import Keeps, keeps
from rules.temporal.occurrences import Occurrences
from rules.temporal.pattern import ARMS, CAME, Pattern
from rules.temporal.sequence import Position, Sequence
from rules.temporal.state import (
    LIST_BYTES,
    NUMBER_BYTES,
    USUAL_TEXT,
    History,
    Operator,
    digest,
    text_bytes,
)
from rules.temporal.values import Last, Sum

_LETTERS = {"count": "c", "since": "s", "last": "l", "sum": "u"}
_COMPARISONS = {"==", "!=", "<", "<=", ">", ">="}


@dataclass(slots=True)
class Plan:
    """What runs for one rule.

    Parameters
    ----------
    condition
        ``if`` and ``unless``.
    looks
        The steps of the pattern.
    pattern
        What the rule waits for; nothing for one that is set off by an event.
    kept
        What must be kept of an event so that the rule can be judged later.
    occurrences
        Those that hold; nothing for a rule whose occurrence is the event.
    """

    tree: RuleTree
    condition: Condition
    facts: dict[str, History]
    looks: list[Look]
    pattern: Pattern | None
    kept: Keeps
    occurrences: Occurrences | None

    @property
    def rule(self) -> Rule:
        """The rule itself."""
        return self.tree.rule

    @property
    def absence(self) -> Absence | None:
        """What must stay away, if anything."""
        return None if self.pattern is None else self.pattern.absence

    def operators(self) -> list[Operator]:
        """Return everything of it that keeps state."""
        found: list[Operator | None] = [*self.facts.values(), self.occurrences]
        if self.pattern is not None:
            found += [self.pattern.sequence, self.pattern.absence]
        return [operator for operator in found if operator is not None]

    def operator_bytes(self, text: int = USUAL_TEXT) -> dict[str, int]:
        """Return slot -> the most bytes that an operator takes packed in a customer's record.

        Parameters
        ----------
        text
            Characters of the longest id or text.
        """
        sizes = {operator.slot: operator.bytes(text) for operator in self.operators()}
        if self.absence is not None:
            fields = self._kept_fields(self.kept, text)
            sizes[self.absence.slot] = self.absence.bytes(text, fields)
        return sizes

    def fed_by_trigger(self) -> list[History]:
        """Return the facts that a late trigger may make true as of a newer one."""
        return [
            operator
            for name, operator in self.facts.items()
            if isinstance(operator, Count | Sum)
            and self.tree.facts[name][0].event == self.rule.when
        ]

    def kept_bytes(self, kept: Keeps, text: int = USUAL_TEXT) -> int:
        """Return the most bytes that what is kept of a trigger takes packed, its ids included."""
        fields = self._kept_fields(kept, text)
        values = sum(text_bytes(len(name)) + size for name, size in fields.items())
        return 2 * text_bytes(text) + NUMBER_BYTES + 3 * LIST_BYTES + values

    def _kept_fields(self, kept: Keeps, text: int) -> dict[str, int]:
        texts = {"text": text_bytes(text), "enum": text_bytes(text), "bool": 1}
        scope = self.tree.scope
        found = {}
        for name in kept.fields:
            kind = scope[f"event.{name}"].kind if f"event.{name}" in scope else "text"
            found[name] = texts.get(kind, NUMBER_BYTES)
        for name in kept.scores:
            found[name] = texts.get(scope[f"score.{name}"].kind, NUMBER_BYTES)
        return found | dict.fromkeys(kept.signals, NUMBER_BYTES)


def plan_of(rule: Rule, templates: Mapping[str, str], vocabulary: Vocabulary) -> Plan:
    """Return the operators of a rule of a playbook that loaded.

    Parameters
    ----------
    templates
        Id -> text.

    Raises
    ------
    PlaybookError
        When the rule was not checked.
    """
    tree, flaws = read_rule(rule, templates, vocabulary)
    problems = [
        Problem("", 0, 0, f"rule {rule.id}, {'.'.join(map(str, path))}: {flaw.message}")
        for path, flaw in flaws
        if flaw.severity == "error"
    ]
    if problems:
        raise PlaybookError(problems)
    return plan_rule(tree, vocabulary)


def plan_rule(tree: RuleTree, vocabulary: Vocabulary) -> Plan:
    """Return the operators of a rule that was read without flaws.

    Their slots are full digests of what they do: an operator that did not change keeps its name.
    """
    rule = tree.rule
    facts = {name: _history(name, fact, tree, vocabulary) for name, (fact, _) in tree.facts.items()}
    pattern, looks = _pattern(tree, vocabulary)
    is_edge = bool(tree.occurrence) and rule.when is not None
    read = [name for node in (tree.if_, tree.unless) if node for name in references(node)]
    occurrence = [f"event.{tree.occurrence}"] if tree.occurrence else []
    return Plan(
        tree=tree,
        condition=Condition(tree.scope, tree.if_, tree.unless, facts),
        facts=facts,
        looks=looks,
        pattern=pattern,
        kept=keeps([*read, *tree.shown(), *occurrence]),
        occurrences=(
            Occurrences(digest("o", rule.id, rule.when, rule.occurrence)) if is_edge else None
        ),
    )


def occurrence_of(plan: Plan, event: Event) -> str:
    """Return what a rule is about on an event: what the field names, or else the event itself."""
    if plan.tree.occurrence:
        named = event.data.get(plan.tree.occurrence)
        if isinstance(named, str) and named:
            return named
    return event.id


def step_condition(event_type: str, node: Node | None, vocabulary: Vocabulary) -> Condition:
    """Return the condition of a step or of a fact: facts are not among its names."""
    return Condition(vocabulary.scope(event_type), node)


def _history(name: str, fact: Fact, tree: RuleTree, vocabulary: Vocabulary) -> History:
    # Without the rule's id: equal facts of several rules are counted once.
    slot = digest(_LETTERS[fact.kind], fact.event, fact.of, fact.within_s, fact.if_)
    within_s = inf if fact.within_s is None else fact.within_s
    match fact.kind:
        case "count":
            return Count(slot, within_s, _counted_to(name, tree))
        case "since":
            return Since(slot)
        case "last":
            kind = vocabulary.events[fact.event][fact.of or ""].kind
            return Last(slot, fact.of or "", kind, within_s)
        case "sum":
            return Sum(slot, fact.of or "", within_s)


def _counted_to(name: str, tree: RuleTree) -> int:
    """Return how many times a count must keep, so that nobody sees where it stops.

    Where a rule does no more than compare the count with numbers, one above the largest of them is
    enough, and never less than 8. Where it is shown, or computed with, or judged as of a time that
    may be past, it is all that can be kept.
    """
    if name in tree.shown() or tree.rule.when is None:
        return MAX_COUNTED
    nodes = [node for node in (tree.if_, tree.unless) if node is not None]
    uses = sum(
        isinstance(part, Reference) and part.name == name for node in nodes for part in walk(node)
    )
    limits = [limit for node in nodes for part in walk(node) for limit in _compared(part, name)]
    if len(limits) < uses:
        return MAX_COUNTED
    largest = max((floor(limit) for limit in limits), default=0)
    return min(MAX_COUNTED, max(MIN_COUNTED, largest + 1))


def _compared(part: Node, name: str) -> list[float]:
    match part:
        case Binary(operator=sign, left=Reference(name=read), right=Constant(value=limit)):
            pass
        case Binary(operator=sign, left=Constant(value=limit), right=Reference(name=read)):
            pass
        case _:
            return []
    return [limit] if read == name and sign in _COMPARISONS and isinstance(limit, float) else []


def _pattern(tree: RuleTree, vocabulary: Vocabulary) -> tuple[Pattern | None, list[Look]]:
    rule = tree.rule
    if rule.when is not None:
        return None, []
    absent = tree.absent
    if rule.absence is not None and absent is not None:
        return _pattern_of_absence(tree, vocabulary)
    steps = [step.model_dump(mode="json") for step in rule.sequence]
    what = (rule.id, steps, rule.within_s, rule.occurrence, rule.strict, rule.consume)
    positions: list[Position] = []
    looks = []
    for step, node in tree.steps:
        bits = 0
        for time in range(step.times):
            bits |= 1 << len(positions)
            positions.append(Position(time == 0, inf if step.within_s is None else step.within_s))
        condition = step_condition(step.event or "", node, vocabulary)
        looks.append(Look(step.event or "", bits, condition))
    came = 1 << len(positions)
    sequence = Sequence(
        digest("q", *what),
        positions,
        inf if rule.within_s is None else rule.within_s,
        strict=rule.strict,
        consumes=rule.consume == "all",
    )
    absence = None
    if absent is not None:
        step, node = absent
        absence = Absence(digest("a", *what), step.for_s or 0.0, tree.occurrence)
        condition = step_condition(step.absent or "", node, vocabulary)
        looks.append(Look(step.absent or "", came, condition, when_armed=absence.slot))
    return Pattern(sequence, absence, came), looks


def _pattern_of_absence(tree: RuleTree, vocabulary: Vocabulary) -> tuple[Pattern, list[Look]]:
    rule = tree.rule
    absent = tree.absent
    if rule.absence is None or absent is None:
        msg = "only a rule with an absence waits for one"
        raise TypeError(msg)
    step, node = absent
    event_type = step.absent or ""
    what = (rule.id, rule.absence.model_dump(mode="json"), rule.occurrence)
    # One that waits, and one whose time is over but that was not asked for yet.
    absence = Absence(digest("a", *what), step.for_s or 0.0, tree.occurrence, most=2)
    scope = vocabulary.scope(event_type)
    return Pattern(None, absence, CAME), [
        Look(event_type, CAME, Condition(scope, node)),
        Look(event_type, ARMS, Condition(scope, tree.arm_if), is_further=True),
    ]
