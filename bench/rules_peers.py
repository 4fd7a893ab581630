"""The compared rule engines, each used in the ways that its documentation offers.

All of them take the fields of an event as a dict; what turning it into their own values costs is
part of every call, as it is in use.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from itertools import compress
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from bench.rules_mix import VOCABULARY, RuleText, translated
from detectors.customer import Customer
from detectors.event import Event
from rules.fused import Work, fuse

Hits = Sequence[int]
Evaluate = Callable[[Event], Hits]
Loop = Callable[[Sequence[Event]], None]
Use = tuple[Evaluate, Loop]
"""What finds the rules of an event, and what finds those of a stream with nothing in between."""

OURS = "precede"


@dataclass(frozen=True, slots=True)
class Engine:
    """A way to use an engine.

    Parameters
    ----------
    package
        The distribution it needs, empty for our own.
    build
        Returns what evaluates rules, one event at a time.
    """

    name: str
    package: str
    build: Callable[[Sequence[RuleText]], Use]

    def missing(self) -> str:
        """Return why it cannot run, or nothing."""
        if not self.package:
            return ""
        try:
            import_module(_MODULES[self.package])
        except ImportError:
            return f"{self.package} is not installed; see bench/requirements.lock"
        return ""


_MODULES = {
    "zen-engine": "zen",
    "common-expression-language": "cel",
    "rule-engine": "rule_engine",
}


def versions() -> dict[str, str]:
    """Return the versions of the engines that are installed."""
    return {
        package: version(package)
        for package in _MODULES
        if not Engine("", package, _precede).missing()
    }


def _looped(evaluate: Evaluate) -> Loop:
    """Return a loop around a call that is far slower than what a call of Python adds."""

    def loop(stream: Sequence[Event]) -> None:
        for event in stream:
            evaluate(event)

    return loop


def _precede(rules: Sequence[RuleText]) -> Use:
    work = Work(rules=[(index, rule.condition(), None) for index, rule in enumerate(rules)])
    on = fuse(work, VOCABULARY, ZoneInfo("UTC"))
    customer, nothing = Customer("c"), dict[str, Any]()

    def evaluate(event: Event) -> Hits:
        return on(event, customer, nothing, nothing, nothing, event.at, event.at, False)[0]

    def loop(stream: Sequence[Event]) -> None:
        for event in stream:
            on(event, customer, nothing, nothing, nothing, 0.0, 0.0, False)

    return evaluate, loop


def _zen(rules: Sequence[RuleText]) -> Any:
    listed = ", ".join(translated(rule.node, engine="zen") for rule in rules)
    return import_module("zen").compile_expression(f"[{listed}]")


def _zen_dict(rules: Sequence[RuleText]) -> Use:
    evaluate, indexes = _zen(rules).evaluate, range(len(rules))

    def loop(stream: Sequence[Event]) -> None:
        for event in stream:
            list(compress(indexes, evaluate(event.data)))

    return lambda event: list(compress(indexes, evaluate(event.data))), loop


def _zen_json(rules: Sequence[RuleText]) -> Use:
    """Give the bytes of the event as they came; decoding them is not charged to the others."""
    evaluate, indexes = _zen(rules).evaluate, range(len(rules))
    written: dict[str, bytes] = {}

    def run(event: Event) -> Hits:
        if event.id not in written:
            written[event.id] = orjson.dumps(event.data)
        return list(compress(indexes, evaluate(written[event.id])))

    def loop(stream: Sequence[Event]) -> None:
        for event in stream:
            list(compress(indexes, evaluate(written[event.id])))

    return run, loop


def _cel_each(rules: Sequence[RuleText]) -> Use:
    cel = import_module("cel")
    programs = [cel.compile(translated(rule.node, engine="cel")) for rule in rules]

    def evaluate(event: Event) -> Hits:
        context = cel.Context(variables=event.data)
        return [index for index, program in enumerate(programs) if program.execute(context)]

    return evaluate, _looped(evaluate)


def _cel_list(rules: Sequence[RuleText]) -> Use:
    cel = import_module("cel")
    listed = ", ".join(translated(rule.node, engine="cel") for rule in rules)
    program, indexes = cel.compile(f"[{listed}]"), range(len(rules))

    def evaluate(event: Event) -> Hits:
        return list(compress(indexes, program.execute(cel.Context(variables=event.data))))

    return evaluate, _looped(evaluate)


def _rule_engine(rules: Sequence[RuleText]) -> Use:
    module = import_module("rule_engine")
    kinds = {"num": module.DataType.FLOAT, "text": module.DataType.STRING}
    types = {
        name: kinds.get(field.kind, module.DataType.BOOLEAN)
        for name, field in VOCABULARY.events["bench"].items()
    }
    context = module.Context(type_resolver=module.type_resolver_from_dict(types))
    compiled = [
        module.Rule(translated(rule.node, engine="rule-engine"), context=context) for rule in rules
    ]

    def evaluate(event: Event) -> Hits:
        data = event.data
        return [index for index, rule in enumerate(compiled) if rule.matches(data)]

    return evaluate, _looped(evaluate)


ENGINES = (
    Engine(OURS, "", _precede),
    Engine("zen, one array expression, dict", "zen-engine", _zen_dict),
    Engine("zen, one array expression, JSON bytes", "zen-engine", _zen_json),
    Engine("CEL (Rust), a program per rule", "common-expression-language", _cel_each),
    Engine("CEL (Rust), one list expression", "common-expression-language", _cel_list),
    Engine("rule-engine, typed", "rule-engine", _rule_engine),
)
