"""Which metrics, labels and label values the dashboard's queries name.

A small reader of PromQL, for what dashboards use: selectors, ranges, functions, aggregations with
``by`` and ``without``, vector matching. It does not evaluate anything.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

DASHBOARDS = Path(__file__).parents[2] / "deploy" / "grafana" / "dashboards"

TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    |(?P<range>\[[^\]]*\])
    |(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?:ms|[smhdwy])?)
    |(?P<name>[A-Za-z_:][A-Za-z0-9_:]*)
    |(?P<operator>=~|!~|!=|==|<=|>=|[-+*/%^<>=])
    |(?P<mark>[(){},@])""",
    re.VERBOSE,
)
GROUPING = frozenset({"by", "without"})
MATCHING = frozenset({"on", "ignoring", "group_left", "group_right"})
WORDS = frozenset({"and", "or", "unless", "bool", "offset", "inf", "nan"})
SCRAPED = frozenset({"instance", "job"})  # Prometheus adds these labels itself
MATCHERS = frozenset({"=", "!=", "=~", "!~"})
LABEL_VALUES = re.compile(r"label_values\((?:(?P<selector>.+),\s*)?(?P<label>\w+)\)")
LEGEND_LABEL = re.compile(r"{{\s*(\w+)\s*}}")


@dataclass(slots=True)
class Use:
    """One metric in one expression: the labels it needs and the values they are compared with."""

    name: str
    labels: set[str] = field(default_factory=set)
    values: dict[str, set[str]] = field(default_factory=dict)


def uses(expression: str) -> list[Use]:
    """Return each metric of a PromQL expression, once per place where it stands."""
    reader = _Reader(_tokens(expression))
    found = reader.expression()
    if reader.at < len(reader.tokens):
        msg = f"expected the end of the expression; got {reader.peek()!r} in {expression!r}"
        raise ValueError(msg)
    return found


def panels(dashboard: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Return every panel, those inside rows as well, without the rows."""
    for panel in dashboard["panels"]:
        if panel["type"] == "row":
            yield from panel["panels"]
        else:
            yield panel


def dashboards() -> list[dict[str, Any]]:
    """Return every provisioned dashboard."""
    return [json.loads(path.read_text()) for path in sorted(DASHBOARDS.glob("*.json"))]


def panel_uses() -> list[Use]:
    """Return every use of a metric in every panel and variable of every dashboard."""
    found = []
    for dashboard in dashboards():
        for panel in panels(dashboard):
            for target in panel["targets"]:
                inside = uses(target["expr"])
                for label in LEGEND_LABEL.findall(target.get("legendFormat", "")):
                    # An aggregation that keeps the label has said so; without one all must have it.
                    if not any(label in use.labels for use in inside):
                        for use in inside:
                            use.labels.add(label)
                found += inside
        for variable in dashboard["templating"]["list"]:
            if variable["type"] == "query":
                match = LABEL_VALUES.fullmatch(variable["query"]["query"])
                assert match, f"unknown kind of variable: {variable['query']['query']}"
                inside = uses(match["selector"] or "")
                for use in inside:
                    use.labels.add(match["label"])
                found += inside
    return found


def panel_metrics() -> dict[str, set[str]]:
    """Return each sample's name that a dashboard names -> the labels it must have."""
    named: dict[str, set[str]] = {}
    for use in panel_uses():
        named.setdefault(use.name, set()).update(use.labels - SCRAPED)
    return named


def _tokens(expression: str) -> list[str]:
    tokens, at = [], 0
    while at < len(expression):
        match = TOKEN.match(expression, at)
        if match is None:
            msg = f"not PromQL at {expression[at : at + 20]!r} in {expression!r}"
            raise ValueError(msg)
        if match.lastgroup != "space":
            tokens.append(match.group())
        at = match.end()
    return tokens


class _Reader:
    def __init__(self, tokens: list[str]) -> None:
        self.tokens, self.at = tokens, 0

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, expected: str = "") -> str:
        token = self.peek()
        if not token or (expected and token != expected):
            msg = f"expected {expected or 'more'}; got {token!r} in {' '.join(self.tokens)!r}"
            raise ValueError(msg)
        self.at += 1
        return token

    def expression(self) -> list[Use]:
        """Read up to the closing bracket or the end."""
        found: list[Use] = []
        while self.peek() not in {"", ")"}:
            token = self.take()
            if token == "(":
                found += self.expression()
                self.take(")")
            elif token in MATCHING:
                # Vector matching needs its labels on both sides; the left one was read already.
                labels = self.labels() if self.peek() == "(" else set()
                right = self.expression()
                for use in (found + right) if token == "on" else []:
                    use.labels |= labels
                return found + right
            elif (token[0].isalpha() or token[0] in "_:") and token.lower() not in WORDS:
                found += self.named(token)
        return found

    def named(self, name: str) -> list[Use]:
        """Read what a name begins: an aggregation, a function or a selector."""
        labels: set[str] = set()
        if self.peek() in GROUPING:
            labels |= self.grouping()
        if self.peek() != "(":
            return [self.selector(name)]
        self.take("(")
        inside = self.expression()
        self.take(")")
        if self.peek() in GROUPING:
            labels |= self.grouping()
        for use in inside:
            use.labels |= labels
        return inside

    def grouping(self) -> set[str]:
        self.take()
        return self.labels()

    def labels(self) -> set[str]:
        self.take("(")
        labels = set()
        while self.peek() != ")":
            token = self.take()
            if not token.isidentifier():
                msg = f"expected a label; got {token!r} in {' '.join(self.tokens)!r}"
                raise ValueError(msg)
            labels.add(token)
            if self.peek() != ")":
                self.take(",")
        self.take(")")
        return labels

    def selector(self, name: str) -> Use:
        use = Use(name)
        if self.peek() == "{":
            self.take("{")
            while self.peek() != "}":
                label = self.take()
                if label == ",":
                    continue
                operator, value = self.take(), self.take()
                if operator not in MATCHERS:
                    msg = f"expected a label matcher; got {operator!r}"
                    raise ValueError(msg)
                use.labels.add(label)
                use.values.setdefault(label, set()).update(_values(operator, value[1:-1]))
            self.take("}")
        return use


def _values(operator: str, value: str) -> set[str]:
    if "$" in value:  # a variable of the dashboard
        return set()
    values = value.split("|") if operator in {"=~", "!~"} else [value]
    return {value for value in values if value}
