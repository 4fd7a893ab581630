"""The conditions of a rule where they are written, and how to write another in their place."""

from collections.abc import Callable
from dataclasses import dataclass

from rules.language.nodes import Node
from rules.language.vocabulary import VOCABULARY, Vocabulary
from rules.playbook.models import Absence, Playbook, Rule
from rules.playbook.steps import Wait, WaitFor
from rules.playbook.tree import Path, RuleTree, read_rule


def rule_trees(playbook: Playbook, vocabulary: Vocabulary = VOCABULARY) -> list[RuleTree]:
    """Return every rule with its expressions read, in the order of the playbook."""
    texts = {template.id: template.shown for template in playbook.templates}
    return [read_rule(rule, texts, vocabulary)[0] for rule in playbook.rules]


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition.

    Parameters
    ----------
    path
        Where it is in the rule, such as ``("facts", "fails", "if")``.
    text, node
        As written, and read.
    event_type
        Type of the event that it looks at when it is the condition of a step or a fact; empty
        for ``if`` and ``unless``, which look at the trigger.
    put
        Returns the rule with another text in its place.
    """

    path: Path
    text: str
    node: Node
    event_type: str
    put: Callable[[str], Rule]


def written_conditions(tree: RuleTree) -> list[Condition]:
    """Return every condition of a rule, in the order of the grammar."""
    rule = tree.rule
    found: list[Condition] = []
    for name, (fact, node) in tree.facts.items():
        if node is not None and fact.if_ is not None:
            put = _in_fact(rule, name, "if_")
            found.append(Condition(("facts", name, "if"), fact.if_, node, fact.event, put))
    steps = [node for _, node in tree.steps] + ([tree.absent[1]] if tree.absent else [])
    for index, (step, step_node) in enumerate(zip(rule.sequence, steps, strict=False)):
        if step_node is not None and step.if_ is not None:
            kind = step.event or step.absent or ""
            path: Path = ("sequence", index, "if")
            found.append(Condition(path, step.if_, step_node, kind, _in_step(rule, index, "if_")))
    if (absence := rule.absence) is not None:
        for key, field, text, node in (
            ("if", "if_", absence.if_, tree.absent[1] if tree.absent else None),
            ("arm_if", "arm_if", absence.arm_if, tree.arm_if),
        ):
            if node is not None and text is not None:
                put = _in_absence(rule, absence, field)
                found.append(Condition(("absence", key), text, node, absence.of, put))
    for number, waited in tree.waits.items():
        wait = rule.then[number]
        if waited is not None and isinstance(wait, WaitFor) and wait.if_ is not None:
            put = _in_then(rule, number, "if_")
            path = ("then", number, "if")
            found.append(Condition(path, wait.if_, waited, wait.wait_for, put))
    if tree.if_ is not None and rule.if_ is not None:
        found.append(Condition(("if",), rule.if_, tree.if_, "", _in_rule(rule, "if_")))
    if tree.unless is not None and rule.unless is not None:
        put = _in_rule(rule, "unless")
        found.append(Condition(("unless",), rule.unless, tree.unless, "", put))
    return found


@dataclass(frozen=True, slots=True)
class Length:
    """One length of time that is no part of a condition.

    Parameters
    ----------
    what
        Its key in the playbook, such as ``within``.
    put
        Returns the rule with another length in its place, seconds.
    """

    path: Path
    what: str
    seconds: float
    put: Callable[[float], Rule]


def written_durations(rule: Rule) -> list[Length]:
    """Return the lengths of time of a rule that decide when it acts, in the order of the text."""
    found = [
        Length(("facts", name, "within"), "within", fact.within_s, _in_fact(rule, name, "within_s"))
        for name, fact in rule.facts.items()
        if fact.within_s is not None
    ]
    for index, step in enumerate(rule.sequence):
        for key, field, seconds in (
            ("within", "within_s", step.within_s),
            ("for", "for_s", step.for_s),
        ):
            if seconds is not None:
                path: Path = ("sequence", index, key)
                found.append(Length(path, key, seconds, _in_step(rule, index, field)))
    if (absence := rule.absence) is not None:
        put = _in_absence(rule, absence, "for_s")
        found.append(Length(("absence", "for"), "for", absence.for_s, put))
    if rule.within_s is not None:
        found.append(Length(("within",), "within", rule.within_s, _in_rule(rule, "within_s")))
    for number, wait in enumerate(rule.then):
        if isinstance(wait, WaitFor):
            put = _in_then(rule, number, "within_s")
            found.append(Length(("then", number, "within"), "within", wait.within_s, put))
        elif isinstance(wait, Wait):
            put = _in_then(rule, number, "wait_s")
            found.append(Length(("then", number, "wait"), "wait", wait.wait_s, put))
    return found


@dataclass(frozen=True, slots=True)
class Times:
    """How often a step must come, where that is more than once."""

    path: Path
    number: int
    put: Callable[[int], Rule]


def written_times(rule: Rule) -> list[Times]:
    """Return the repetitions that a sequence asks for."""
    return [
        Times(("sequence", index, "times"), step.times, _in_step(rule, index, "times"))
        for index, step in enumerate(rule.sequence)
        if step.times > 1
    ]


def counted(tree: RuleTree) -> set[str]:
    """Return the event types that the rule's facts look back to."""
    return {fact.event for fact, _ in tree.facts.values()}


def followed(tree: RuleTree) -> set[str]:
    """Return every event type that matters to a rule."""
    steps = {step.event or step.absent or "" for step in tree.rule.sequence}
    plays = {step.wait_for for step in tree.rule.then if isinstance(step, WaitFor)}
    return steps | plays | set(tree.rule.until) | counted(tree) | {tree.trigger}


def waits(tree: RuleTree) -> bool:
    """Return whether the rule takes its events in the order of their times, or has a deadline."""
    return tree.rule.when is None


def _in_rule(rule: Rule, field: str) -> Callable[[object], Rule]:
    return lambda value: rule.model_copy(update={field: value})


def _in_fact(rule: Rule, name: str, field: str) -> Callable[[object], Rule]:
    def put(value: object) -> Rule:
        fact = rule.facts[name].model_copy(update={field: value})
        return rule.model_copy(update={"facts": {**rule.facts, name: fact}})

    return put


def _in_absence(rule: Rule, absence: Absence, field: str) -> Callable[[object], Rule]:
    return lambda value: rule.model_copy(
        update={"absence": absence.model_copy(update={field: value})}
    )


def _in_then(rule: Rule, index: int, field: str) -> Callable[[object], Rule]:
    def put(value: object) -> Rule:
        steps = list(rule.then)
        steps[index] = steps[index].model_copy(update={field: value})
        return rule.model_copy(update={"then": tuple(steps)})

    return put


def _in_step(rule: Rule, index: int, field: str) -> Callable[[object], Rule]:
    def put(value: object) -> Rule:
        steps = list(rule.sequence)
        steps[index] = steps[index].model_copy(update={field: value})
        return rule.model_copy(update={"sequence": tuple(steps)})

    return put
