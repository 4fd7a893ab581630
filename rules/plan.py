"""A rule made ready to run: its operators, and where their state lies."""

import hashlib
from dataclasses import dataclass
from math import inf

import orjson

from detectors.event import Event
from rules.fused import Condition
from rules.language.nodes import Node
from rules.language.vocabulary import Vocabulary
from rules.playbook.models import Rule
from rules.playbook.tree import RuleTree
from rules.temporal.absence import Absence
from rules.temporal.counts import Count, Since
from rules.temporal.sequence import Position, Sequence

MAX_OCCURRENCES = 8
"""Occurrences remembered per rule and customer: each matches once while its condition holds."""


@dataclass(slots=True)
class Plan:
    """What runs for one rule.

    Parameters
    ----------
    condition
        ``if`` and ``unless``.
    positions
        Per step of the sequence: its event type, the bits of its positions, its condition.
    occurrences
        Slot of the occurrences that hold; empty for a rule whose occurrence is the event.
    """

    tree: RuleTree
    condition: Condition
    facts: dict[str, Count | Since]
    positions: list[tuple[str, int, Condition]]
    sequence: Sequence | None
    absence: Absence | None
    occurrences: str

    @property
    def rule(self) -> Rule:
        """The rule itself."""
        return self.tree.rule

    def slots(self) -> list[str]:
        """Return the keys of its state."""
        operators = [*self.facts.values(), self.sequence, self.absence]
        return [o.slot for o in operators if o is not None] + (
            [self.occurrences] if self.occurrences else []
        )


def plan_rule(tree: RuleTree, vocabulary: Vocabulary) -> Plan:
    """Return the operators of a rule that was read without flaws."""
    rule = tree.rule
    facts: dict[str, Count | Since] = {}
    for name, (fact, _) in tree.facts.items():
        # Without the rule's id: equal facts of several rules are counted once.
        slot = _slot("fact", fact.count, fact.since, fact.within_s, fact.if_)
        facts[name] = Since(slot) if fact.within_s is None else Count(slot, fact.within_s)
    steps = [step.model_dump(mode="json") for step in rule.sequence]
    what = (rule.id, steps, rule.within_s, rule.occurrence)
    positions, masks = _positions(tree, vocabulary)
    sequence = absence = None
    if positions:
        within_s = inf if rule.within_s is None else rule.within_s
        sequence = Sequence(_slot("sequence", *what), positions, within_s)
    if tree.absent is not None and tree.absent[0].for_s is not None:
        absence = Absence(_slot("absence", *what), tree.absent[0].for_s)
    is_edge = bool(tree.occurrence) and rule.when is not None
    return Plan(
        tree=tree,
        condition=Condition(tree.scope, tree.if_, tree.unless, facts),
        facts=facts,
        positions=masks,
        sequence=sequence,
        absence=absence,
        occurrences=_slot("occurrences", rule.id, rule.when, rule.occurrence) if is_edge else "",
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


def _positions(
    tree: RuleTree, vocabulary: Vocabulary
) -> tuple[list[Position], list[tuple[str, int, Condition]]]:
    positions: list[Position] = []
    masks = []
    for step, node in tree.steps:
        mask = 0
        for time in range(step.times):
            mask |= 1 << len(positions)
            positions.append(Position(time == 0, inf if step.within_s is None else step.within_s))
        event_type = step.event or ""
        masks.append((event_type, mask, step_condition(event_type, node, vocabulary)))
    return positions, masks


def _slot(*content: object) -> str:
    return hashlib.sha256(orjson.dumps(content)).hexdigest()[:8]
