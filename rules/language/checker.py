"""Types of an expression: every error at once, before any event is seen."""

import difflib
from collections.abc import Iterable
from functools import lru_cache

from detectors.schema import Kind, Name
from rules.language.errors import Flaw
from rules.language.nodes import Binary, Call, Constant, Constants, Node, Reference, Unary, walk
from rules.language.vocabulary import Scope

TEXTS = {"text", "enum"}
FUNCTIONS = ("has", "starts_with", "contains", "abs", "min", "max", "hour_of_day")
MAX_SUGGESTIONS = 8
"""Wrong names of one expression for which a right one is looked for."""
_ARGUMENTS = {"has": 1, "abs": 1, "hour_of_day": 1, "starts_with": 2, "contains": 2}
_EXAMPLES = {
    "num": "a number",
    "text": "a text",
    "enum": "a text",
    "bool": "true or false",
    "duration": "a duration such as 15m",
    "time": "a time",
}
_AMOUNTS = {"num", "duration"}
_NOTHING = {"null", "none", "nil", "undefined", "missing", "empty"}
# (left, operator, right) -> result
_ARITHMETIC: dict[tuple[Kind, str, Kind], Kind] = {
    ("num", "+", "num"): "num",
    ("num", "-", "num"): "num",
    ("num", "*", "num"): "num",
    ("num", "/", "num"): "num",
    ("duration", "+", "duration"): "duration",
    ("duration", "-", "duration"): "duration",
    ("duration", "*", "num"): "duration",
    ("num", "*", "duration"): "duration",
    ("duration", "/", "num"): "duration",
    ("duration", "/", "duration"): "num",
    ("time", "-", "time"): "duration",
    ("time", "+", "duration"): "time",
    ("duration", "+", "time"): "time",
    ("time", "-", "duration"): "time",
}


def suggest(word: str, known: Iterable[str]) -> str:
    """Return a question such as ``did you mean 'within'?``, or nothing.

    >>> suggest("withn", ["within", "when"])
    "did you mean 'within'?"
    """
    close = _closest(word, tuple(sorted(known)))
    return f"did you mean {close!r}?" if close else ""


@lru_cache(maxsize=1024)  # a name that is wrong is often wrong in many rules
def _closest(word: str, known: tuple[str, ...]) -> str:
    return next(iter(difflib.get_close_matches(word, known, 1)), "")


def check(node: Node, scope: Scope) -> list[Flaw]:
    """Return everything that is wrong with a condition, in the order of the text.

    Examples
    --------
    >>> from rules.language.parser import parse
    >>> from rules.language.vocabulary import VOCABULARY
    >>> scope = VOCABULARY.scope("contact.queued")
    >>> [flaw] = check(parse("customer.contacts_7 > 3"), scope)
    >>> flaw.message, flaw.help
    ("unknown name 'customer.contacts_7'", "did you mean 'customer.contacts_7d'?")
    """
    checker = _Checker(scope)
    kind = checker.kind(node)
    if kind is not None and kind != "bool":
        checker.add(
            node,
            f"a condition is true or false, not {_EXAMPLES[kind]}",
            "compare it with something",
        )
    checker.warn_under_not(node)
    return sorted(checker.flaws, key=lambda flaw: (flaw.at, flaw.end))


def kind_of(node: Node, scope: Scope) -> Kind:
    """Return the type of an expression that `check` found nothing wrong with."""
    kind = _Checker(scope).kind(node)
    if kind is None:
        msg = "an expression must be checked before it is compiled"
        raise ValueError(msg)
    return kind


class _Checker:
    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._suggested = 0
        self.flaws: list[Flaw] = []

    def add(self, node: Node, message: str, help_: str = "") -> None:
        self.flaws.append(Flaw(node.at, node.end, message, help_))

    def kind(self, node: Node) -> Kind | None:
        """Return the type, or nothing where it could not be told (a flaw says why)."""
        match node:
            case Constant(kind=kind):
                return kind
            case Reference():
                name = self._name(node)
                return name.kind if name else None
            case Constants():
                self.add(node, "a list stands only after 'in'", 'write event.x in ["a", "b"]')
                return None
            case Unary():
                return self._unary(node)
            case Binary():
                return self._binary(node)
            case Call():
                return self._call(node)

    def _name(self, node: Reference) -> Name | None:
        name = self._scope.get(node.name)
        if name is None:
            help_ = self._suggest(node.name, self._scope)
            if not help_ and node.name.startswith("event."):
                fields = sorted(key for key in self._scope if key.startswith("event."))
                help_ = f"this event has {', '.join(fields)}" if fields else ""
            elif node.name.lower() in _NOTHING:
                help_ = "ask has(NAME), or not has(NAME)"
            elif not help_ and "." not in node.name:
                help_ = f"put quotes around a text: \"{node.name[:40]}\"; or count it under 'facts'"
            self.add(node, f"unknown name {node.name!r}", help_)
        return name

    def _suggest(self, word: str, known: Iterable[str]) -> str:
        """Return a suggestion for the first wrong names: each takes long to find."""
        self._suggested += 1
        return suggest(word, known) if self._suggested <= MAX_SUGGESTIONS else ""

    def _want(self, node: Node, allowed: set[str], role: str) -> Kind | None:
        kind = self.kind(node)
        if kind is None or kind in allowed:
            return kind
        wanted = " or ".join(dict.fromkeys(_EXAMPLES[k] for k in _EXAMPLES if k in allowed))
        self.add(node, f"{role} takes {wanted}, not {_EXAMPLES[kind]}")
        return None

    def _unary(self, node: Unary) -> Kind | None:
        if node.operator == "not":
            self._want(node.operand, {"bool"}, "'not'")
            return "bool"
        return self._want(node.operand, _AMOUNTS, "minus")

    def _binary(self, node: Binary) -> Kind | None:
        match node.operator:
            case "and" | "or":
                self._want(node.left, {"bool"}, f"'{node.operator}'")
                self._want(node.right, {"bool"}, f"'{node.operator}'")
                return "bool"
            case "in" | "not in":
                self._membership(node)
                return "bool"
            case "+" | "-" | "*" | "/":
                return self._arithmetic(node)
            case _:
                self._comparison(node)
                return "bool"

    def _arithmetic(self, node: Binary) -> Kind | None:
        left, right = self.kind(node.left), self.kind(node.right)
        if left is None or right is None:
            return None
        result = _ARITHMETIC.get((left, node.operator, right))
        if result is None:
            what = f"{_EXAMPLES[left]} {node.operator} {_EXAMPLES[right]}"
            self.add(node, f"{what} has no meaning", _unit_help(left, right))
        return result

    def _comparison(self, node: Binary) -> None:
        left, right = self.kind(node.left), self.kind(node.right)
        if left is None or right is None:
            return
        if left != right and not {left, right} <= TEXTS:
            message = f"{_EXAMPLES[left]} cannot be compared with {_EXAMPLES[right]}"
            self.add(node, message, _unit_help(left, right))
        elif node.operator not in {"==", "!="} and left in {*TEXTS, "bool"}:
            self.add(node, f"{_EXAMPLES[left]} has no order", "use == or !=")
        else:
            self._possible(node.left, node.right)
            self._possible(node.right, node.left)

    def _membership(self, node: Binary) -> None:
        left = self.kind(node.left)
        if not isinstance(node.right, Constants):
            self.kind(node.right)
            self.add(node.right, f"'{node.operator}' takes a list", 'write in ["a", "b"]')
            return
        if not node.right.items:
            self.add(node.right, "the list is empty, so nothing is in it", 'write in ["a", "b"]')
        for item in node.right.items:
            if left is None:
                continue
            if item.kind != left and not (left in TEXTS and item.kind == "text"):
                message = f"{_EXAMPLES[left]} is never {_EXAMPLES[item.kind]}"
                self.add(item, message, _unit_help(left, item.kind))
            else:
                self._possible(node.left, item)

    def _possible(self, name: Node, constant: Node) -> None:
        """Complain about a value that an enum never has."""
        if not isinstance(name, Reference) or not isinstance(constant, Constant):
            return
        values = self._scope[name.name].values
        if values and constant.value not in values:
            help_ = self._suggest(str(constant.value), values) or f"values: {', '.join(values)}"
            self.add(constant, f"{name.name} is never {constant.value!r}", help_)

    def _call(self, node: Call) -> Kind | None:  # noqa: PLR0911 - one per function
        arguments = node.arguments
        if node.function not in FUNCTIONS:
            help_ = self._suggest(node.function, FUNCTIONS) or f"functions: {', '.join(FUNCTIONS)}"
            self.add(node, f"unknown function {node.function[:40]!r}", help_)
            for argument in arguments:
                self.kind(argument)
            return None
        want = _ARGUMENTS.get(node.function)
        if len(arguments) != want if want else len(arguments) <= 1:
            number = want or "two or more"
            self.add(node, f"{node.function}() takes {number}, got {len(arguments)}")
            return None
        role = f"{node.function}()"
        match node.function:
            case "has":
                if isinstance(arguments[0], Reference):
                    self._name(arguments[0])
                else:
                    self.add(arguments[0], "has() takes a name", "write has(customer.last_wait)")
                return "bool"
            case "starts_with" | "contains":
                for argument in arguments:
                    self._want(argument, TEXTS, role)
                return "bool"
            case "hour_of_day":
                self._want(arguments[0], {"time"}, role)
                return "num"
            case "abs":
                return self._want(arguments[0], _AMOUNTS, role)
            case _:
                return self._least(node)

    def _least(self, node: Call) -> Kind | None:
        kinds = [
            self._want(argument, {*_AMOUNTS, "time"}, f"{node.function}()")
            for argument in node.arguments
        ]
        if None in kinds:
            return None
        if len(set(kinds)) > 1:
            self.add(node, f"{node.function}() compares like with like", "give all the same unit")
            return None
        return kinds[0]

    def warn_under_not(self, node: Node) -> None:
        parts = walk(node)
        turned = [part for part in parts if isinstance(part, Unary) and part.operator == "not"]
        if not turned:
            return
        asked = {
            part.arguments[0].name
            for part in parts
            if isinstance(part, Call)
            and part.function == "has"
            and part.arguments
            and isinstance(part.arguments[0], Reference)
        }
        for part in turned:
            for inner in walk(part.operand):
                if isinstance(inner, Reference) and inner.name not in asked:
                    name = self._scope.get(inner.name)
                    if name is not None and name.nullable:
                        message = f"{inner.name} may be missing, then this 'not' is true"
                        help_ = f"add 'has({inner.name}) and', or turn the comparison round"
                        self.flaws.append(Flaw(inner.at, inner.end, message, help_, "warning"))


def _unit_help(left: Kind, right: Kind) -> str:
    if {left, right} == _AMOUNTS:
        return "write 90s, 15m, 24h, 7d"
    if "time" in {left, right}:
        return "no date can be written; compare it with another time, or take hour_of_day(event.at)"
    if {left, right} & TEXTS and "num" in {left, right}:
        return "a number stands without quotes, a text with them"
    return ""
