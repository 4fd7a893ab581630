"""A typed condition in words."""

from collections.abc import Mapping
from dataclasses import dataclass

from rules.language.checker import kind_of
from rules.language.nodes import Binary, Call, Constant, Constants, Node, Reference, Unary
from rules.language.vocabulary import Scope
from rules.playbook.words.language import Language, number

PROBABILITY = "probability"
_FORMULA = {"+": "+", "-": "\N{MINUS SIGN}", "*": "\N{MULTIPLICATION SIGN}", "/": "/"}
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells conditions over the names of a scope.

    Parameters
    ----------
    facts
        Fact -> its noun phrase.
    endless
        Facts that are longer than any duration where nothing happened.
    """

    language: Language
    scope: Scope
    facts: Mapping[str, str]
    endless: frozenset[str] = frozenset()

    def clauses(self, node: Node) -> list[str]:
        """Return the parts that must all hold, each in words."""
        match node:
            case Binary(operator="and", left=left, right=right):
                return self.clauses(left) + self.clauses(right)
        return [self.clause(node, alone=True)]

    def clause(self, node: Node, *, alone: bool = False) -> str:  # noqa: PLR0911 - one per kind
        """Return a condition as a clause; in brackets where it joins several, unless alone."""
        match node:
            case Binary(operator="and" | "or" as joint):
                parts = [self.clause(part) for part in _chain(node, joint)]
                said = self.language.listed(parts, last=joint)
                return said if alone and joint == "or" else f"({said})"
            case Unary(operator="not", operand=operand):
                return self._not(operand)
            case Binary(operator="in" | "not in"):
                return self._membership(node)
            case Binary():
                return self._comparison(node)
            case Call():
                return self._call_clause(node)
            case Constant(value=value):
                return self.language.patterns["always" if value else "never"]
            case Reference(name=name):
                return self._truth(name, holds=True)
            case _:
                msg = f"a condition was expected; got {type(node).__name__}"
                raise TypeError(msg)

    def amount(self, node: Node, *, percent: bool = False) -> str:  # noqa: PLR0911 - one per kind
        """Return a value as a phrase."""
        match node:
            case Constant():
                return self._constant(node, percent=percent)
            case Reference(name=name):
                return self.phrase(name)
            case Unary(operator="-", operand=Constant(kind="num" | "duration") as inner):
                return f"\N{MINUS SIGN}{self._constant(inner, percent=percent)}"
            case Unary(operand=operand):
                return f"\N{MINUS SIGN}({self.amount(operand)})"
            case Binary(operator=operator) if operator in _FORMULA:
                left, right = self.amount(node.left), self.amount(node.right)
                return f"({left} {_FORMULA[operator]} {right})"
            case Call(function=function, arguments=arguments):
                return self._call_amount(function, arguments)
        return self.clause(node)

    def phrase(self, name: str) -> str:
        """Return the noun phrase of a name or a fact."""
        return self.facts.get(name) or self.language.of_name(name)

    def _not(self, operand: Node) -> str:
        match operand:
            case Reference(name=name):
                return self._truth(name, holds=False)
            case Call(function="has", arguments=(Reference(name=name),)):
                return self.language.say("unknown", a=self.phrase(name))
        return self.language.say("not", a=self.clause(operand, alone=True))

    def _truth(self, name: str, *, holds: bool) -> str:
        truths = self.language.truths.get(name)
        if truths:
            return truths[0] if holds else truths[1]
        return self.language.say("true" if holds else "false", a=self.phrase(name))

    def _stated(self, node: Node, *, holds: bool) -> str:
        if isinstance(node, Reference):
            return self._truth(node.name, holds=holds)
        said = self.clause(node, alone=True)
        return said if holds else self.language.say("not", a=said)

    def _comparison(self, node: Binary) -> str:
        left, operator, right = node.left, node.operator, node.right
        if kind_of(left, self.scope) == "bool":
            for one, other in ((left, right), (right, left)):
                if isinstance(other, Constant):
                    # Not the same as `not`: a missing value makes the comparison false.
                    holds = bool(other.value) == (operator == "==")
                    return self._stated(one, holds=holds)
            pattern = "same" if operator == "==" else "differ"
            return self.language.say(pattern, a=self.clause(left), b=self.clause(right))
        if isinstance(left, Constant) and not isinstance(right, Constant):
            left, operator, right = right, _TURNED[operator], left  # type: ignore[assignment]
        percent = self._is_probability(left)
        is_plain = isinstance(right, Constant | Unary)
        said = self.language.say(
            operator if is_plain else f"{operator} name",
            a=self.amount(left, percent=self._is_probability(right)),
            b=self._value(right, left, percent=percent),
        )
        is_endless = isinstance(left, Reference) and left.name in self.endless
        if is_endless and operator in {">", ">="}:
            return self.language.say("or never", a=said)
        return said

    def _membership(self, node: Binary) -> str:
        items = node.right.items if isinstance(node.right, Constants) else ()
        percent = self._is_probability(node.left)
        values = [self._value(item, node.left, percent=percent) for item in items]
        is_in = node.operator == "in"
        if not is_in:
            values = [self.language.say("not value", b=value) for value in values]
        listed = self.language.listed(values, last="or" if is_in else "and")
        return self.language.say("is", a=self.amount(node.left), b=listed)

    def _value(self, node: Node, of: Node, *, percent: bool) -> str:
        """Return what a name is compared with; a word of a closed list needs no quotes."""
        if isinstance(node, Constant) and isinstance(of, Reference) and isinstance(node.value, str):
            name = self.scope.get(of.name)
            if name is not None and name.values:
                return self.language.say("word", text=node.value)
        return self.amount(node, percent=percent)

    def _constant(self, node: Constant, *, percent: bool) -> str:
        if isinstance(node.value, str):
            return self.language.quoted(node.value)
        if isinstance(node.value, bool):
            return self.clause(node)
        if node.kind == "duration":
            return self.language.duration(node.value)
        if percent and 0 < node.value < 1:
            return f"{number(float(f'{100 * node.value:.12g}'))} %"
        return number(node.value)

    def _is_probability(self, node: Node) -> bool:
        name = self.scope.get(node.name) if isinstance(node, Reference) else None
        return name is not None and name.unit == PROBABILITY

    def _call_clause(self, node: Call) -> str:
        first = node.arguments[0]
        if node.function == "has":
            name = first.name if isinstance(first, Reference) else ""
            return self.language.say("known", a=self.phrase(name))
        a, b = (self.amount(argument) for argument in node.arguments)
        return self.language.say(node.function, a=a, b=b)

    def _call_amount(self, function: str, arguments: tuple[Node, ...]) -> str:
        said = [self.amount(argument) for argument in arguments]
        if function == "hour_of_day":
            is_now = arguments[0] == Reference(arguments[0].at, arguments[0].end, "event.at")
            return self.language.say("hour now" if is_now else "hour", a=said[0])
        if function == "abs":
            return f"|{said[0]}|"
        return self.language.say(function, a="; ".join(said))


def _chain(node: Node, joint: str) -> list[Node]:
    """Return what an operator joins, however many times it was written."""
    match node:
        case Binary(operator=operator, left=left, right=right) if operator == joint:
            return _chain(left, joint) + _chain(right, joint)
    return [node]
