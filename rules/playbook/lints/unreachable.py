"""A condition that can never hold, such as ``x > 5 and x < 3``, so that a rule never fires.

Found by taking the condition apart into alternatives (disjunctive normal form, at most 256 of
them) and holding together what each says of one name: bounds, values of an enum, presence. What
cannot be told this way, arithmetic between names for instance, counts as possible.

The check is one of those known for rule bases: a rule whose condition cannot be satisfied is
"unfirable" in Preece and Shinghal, Foundation and Application of Knowledge Base Verification,
International Journal of Intelligent Systems 9(8), 1994.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from rules.language.interpreter import Interpreter
from rules.language.nodes import Binary, Node, Unary, references
from rules.language.vocabulary import Scope
from rules.playbook.finding import Finding
from rules.playbook.lints.literal import Literal, contradiction
from rules.playbook.lints.subject import Subject, warn
from rules.playbook.tree import RuleTree
from rules.playbook.written import written_conditions

MAX_ALTERNATIVES = 256

Alternatives = list[list[Literal]]


def check(subject: Subject) -> Iterator[Finding]:
    """Yield every condition that can never hold; ``unless`` counts with ``if``."""
    for index, tree in enumerate(subject.trees):
        for condition in written_conditions(tree):
            if not condition.event_type:
                continue
            scope = subject.vocabulary.scope(condition.event_type)
            why = _why_never(_Text(condition.text).alternatives(condition.node, holds=True), scope)
            if why is not None:
                key = condition.path[0]
                message = f"no event can be this {'fact' if key == 'facts' else 'step'}: {why.text}"
                path = ("rules", index, *condition.path)
                yield warn(path, message, why.help, why.at, why.end)
        yield from _rule(index, tree)


class _Why:
    """Two parts that exclude each other; the mark is under the later one."""

    def __init__(self, first: Literal, second: Literal) -> None:
        first, second = sorted((first, second), key=lambda part: (part.in_unless, part.node.at))
        self.at, self.end = second.node.at, second.node.end
        self.in_unless = second.in_unless
        one, other = first.shown, second.shown
        self.text = f"{other} never holds" if first is second else f"{other} excludes {one}"
        self.help = "correct one of them"
        if first is second:
            is_share = any(name.startswith("score.") for name in references(first.node))
            self.help = "a score lies between 0 and 1: 70 % is 0.7" if is_share else "correct it"


def _rule(index: int, tree: RuleTree) -> Iterator[Finding]:
    alternatives: Alternatives | None = [[]]
    if tree.if_ is not None:
        alternatives = _Text(tree.rule.if_ or "").alternatives(tree.if_, holds=True)
    why = _why_never(alternatives, tree.scope)
    if why is None and tree.unless is not None:
        unless = _Text(tree.rule.unless or "", in_unless=True)
        spared = unless.alternatives(tree.unless, holds=False)
        if alternatives is None or spared is None:
            return
        why = _why_never(_both(alternatives, spared), tree.scope)
    if why is not None:
        path = ("rules", index, "unless" if why.in_unless else "if")
        message = f"this rule can never fire: {why.text}"
        yield warn(path, message, why.help, why.at, why.end)


def _why_never(alternatives: Alternatives | None, scope: Scope) -> _Why | None:
    """Return two parts that exclude each other, if that is so in every alternative."""
    if alternatives is None:
        return None
    found: _Why | None = None
    for parts in alternatives:
        pair = _constant(parts) or contradiction(parts, scope)
        if pair is None:
            return None
        found = found or _Why(*pair)
    return found


def _constant(parts: list[Literal]) -> tuple[Literal, Literal] | None:
    """Return a part that reads no name and does not hold."""
    interpreter = Interpreter(lambda _: None, ZoneInfo("UTC"))
    for part in parts:
        if not references(part.node) and interpreter.holds(part.node) is not part.holds:
            return part, part
    return None


@dataclass(frozen=True, slots=True)
class _Text:
    """A condition as written, to be taken apart."""

    text: str
    in_unless: bool = False

    def alternatives(self, node: Node, *, holds: bool) -> Alternatives | None:
        """Return the ways in which it holds (or does not); nothing when there are too many."""
        match node:
            case Unary(operator="not", operand=operand):
                return self.alternatives(operand, holds=not holds)
            case Binary(operator="and" | "or" as operator, left=left, right=right):
                first = self.alternatives(left, holds=holds)
                second = self.alternatives(right, holds=holds)
                if first is None or second is None:
                    return None
                if (operator == "and") is holds:
                    return _both(first, second)
                return first + second if len(first + second) <= MAX_ALTERNATIVES else None
            case _:
                shown = " ".join(self.text[node.at : node.end].split())
                return [[Literal(node, holds, shown, self.in_unless)]]


def _both(first: Alternatives, second: Alternatives) -> Alternatives | None:
    if len(first) * len(second) > MAX_ALTERNATIVES:
        return None
    return [one + other for one in first for other in second]
