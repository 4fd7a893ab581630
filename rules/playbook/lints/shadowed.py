"""A rule that always loses to another one, so that nobody would notice if it were gone.

Two rules of one topic that follow the same event compete: one per topic and contact window goes
out (`rules.arbitration`). If one of them holds whenever the other does, goes first, and rests
for no longer than the contact window, the other never acts.
"""

from collections.abc import Iterator, Mapping

from rules.arbitration import worth
from rules.language.nodes import Binary, Node, conjuncts
from rules.playbook.finding import Finding
from rules.playbook.lints.subject import Subject, warn
from rules.playbook.models import Force, Rule
from rules.playbook.tree import RuleTree

_CLASSES = {"critical": 0, "service": 1, "promotional": 2}
_ACTING = "live"


def check(subject: Subject) -> Iterator[Finding]:
    """Yield the live rules that a better one always shadows."""
    window_s = subject.playbook.gates.contact_window_s
    context = subject.playbook.context
    acting = [tree for tree in subject.trees if tree.rule.mode == _ACTING]
    for index, tree in enumerate(subject.trees):
        if tree.rule.mode != _ACTING:
            continue
        for better in acting:
            rests = better.rule.cooldown_s > window_s
            if better is not tree and not rests and _shadows(better, tree, context):
                message = (
                    f"{better.rule.id!r} holds whenever this rule does, and goes first on "
                    f"{tree.rule.topic!r}: this rule never acts"
                )
                help_ = "raise its priority, narrow the other one, or leave it out"
                yield warn(("rules", index, "id"), message, help_)
                break


def _shadows(better: RuleTree, tree: RuleTree, context: Mapping[Force, float]) -> bool:
    first, second = better.rule, tree.rule
    return (
        first.topic == second.topic
        and _sets_off(first) == _sets_off(second)
        and _rank(first, context, 0.0) < _rank(second, context, 1.0)
        and _parts(better.if_, "and", better) <= _parts(tree.if_, "and", tree)
        and _parts(better.unless, "or", better) <= _parts(tree.unless, "or", tree)
    )


def _sets_off(rule: Rule) -> tuple[object, ...]:
    return (rule.when, rule.sequence, rule.within_s, rule.absence, rule.strict, rule.occurrence)


def _rank(rule: Rule, context: Mapping[Force, float], needed: float) -> tuple[int, float]:
    """Return where a rule stands if the customer needs it so much, where the rule asks that."""
    weight = 1.0 if rule.force is None else context.get(rule.force, 1.0)
    propensity = 1.0 if rule.propensity is None else needed
    return _CLASSES[rule.first.class_], -worth(rule, propensity, weight)


def _parts(node: Node | None, joined_by: str, tree: RuleTree) -> set[str]:
    """Return what a condition is joined of, each part in a form that can be compared."""
    if node is None:
        return set()
    parts = conjuncts(node) if joined_by == "and" else _disjuncts(node)
    text = (tree.rule.if_ if joined_by == "and" else tree.rule.unless) or ""
    facts = {name: repr(fact) for name, (fact, _) in tree.facts.items()}
    found = set()
    for part in parts:
        shown = " ".join(text[part.at : part.end].split())
        # A fact is what it counts, not what it is called.
        used = [f"{name}={what}" for name, what in facts.items() if name in shown]
        found.add(" ".join((shown, *used)))
    return found


def _disjuncts(node: Node) -> list[Node]:
    match node:
        case Binary(operator="or", left=left, right=right):
            return _disjuncts(left) + _disjuncts(right)
        case _:
            return [node]
