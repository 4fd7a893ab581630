"""Runs the tests that stand beside the rules, on a clock of their own.

Every case runs all live rules of the playbook and the tested one, on a real customer, and the
complete list of firings is compared. Then it runs again with the rules' state written to bytes and
read back after every event: nothing may change. Gates are not part of it.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import msgpack

from detectors.customer import Customer
from detectors.event import Event
from detectors.features import Feature
from rules.language.duration import format_duration
from rules.language.interpreter import Value
from rules.language.vocabulary import VOCABULARY, Vocabulary
from rules.match import Match
from rules.playbook.cases import parse_value
from rules.playbook.models import Expectation, Playbook, Rule, RuleTest
from rules.playbook.tree import fact_names
from rules.program import Program

START_AT = 1767596400.0
"""Zero of the time line: Monday 2026-01-05, 07:00 UTC."""
_CUSTOMER = "tested-customer"
_EXACT_S = 1e-5  # sums of fractions of a second; Kafka and the wire keep microseconds


@dataclass(frozen=True, slots=True)
class CaseResult:
    """How a test ended.

    Parameters
    ----------
    failures
        What differs from the expectation, in words; empty when it passed.
    """

    rule: str
    name: str
    failures: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether all firings were as expected."""
        return not self.failures


def run_tests(playbook: Playbook, vocabulary: Vocabulary = VOCABULARY) -> list[CaseResult]:
    """Return the result of every test of a playbook, in its order."""
    return [
        CaseResult(rule.id, test.name, tuple(_run(playbook, rule, test, vocabulary)))
        for rule in playbook.rules
        for test in rule.tests
    ]


def _run(playbook: Playbook, rule: Rule, test: RuleTest, vocabulary: Vocabulary) -> list[str]:
    given = _given(test, vocabulary)
    features = {
        key[9:]: _fixed(vocabulary.customer[key[9:]], value)
        for key, value in given.items()
        if key.startswith("customer.")
    }
    vocabulary = vocabulary.with_customer(features)
    rules = tuple(
        other.model_copy(update={"mode": "live"}) if other.id == rule.id else other
        for other in playbook.rules
    )
    program = Program(playbook.model_copy(update={"rules": rules}), vocabulary)
    events = _events(test, vocabulary)
    firings = _play(program, events, given, saves=False)
    failures = _differences(test.expect, firings, vocabulary)
    if _shown(_play(program, events, given, saves=True)) != _shown(firings):
        failures.append("with the state saved and restored after every event, other firings")
    return failures


def _given(test: RuleTest, vocabulary: Vocabulary) -> dict[str, Value]:
    scope = vocabulary.scope(None)
    return {name: parse_value(scope[name], text) for name, text in test.given.items()}


def _fixed(feature: Feature, value: Value) -> Feature:
    return replace(feature, get=partial(_return, value))


def _return(value: Value, _customer: Customer, _at: float) -> Value:
    return value


def _events(test: RuleTest, vocabulary: Vocabulary) -> list[Event]:
    """Return the events of the time line in order; of equal times, the one written first."""
    events: list[Event] = []
    for written in test.events:
        names = vocabulary.events[written.event]
        data = {key: parse_value(names[key], text) for key, text in written.fields.items()}
        for time in range(written.repeat):
            at = START_AT + written.at_s + time * written.every_s
            number = f"{len(events):04d}"
            events.append(Event(number, "test", written.event, at, _CUSTOMER, data))
    return sorted(events, key=lambda event: event.at)


def _play(
    program: Program, events: Sequence[Event], given: Mapping[str, Value], *, saves: bool
) -> list[Match]:
    scores = _table(given, "score.")
    signals = _table(given, "signal.")
    customer = Customer(_CUSTOMER)
    matches: list[Match] = []
    for event in events:
        matches += program.due(customer, event.at, scores, signals)
        customer.update(event)
        matches += program.observe(event, customer, scores, signals)
        if saves:
            customer.rules = msgpack.unpackb(msgpack.packb(customer.rules))
    matches += program.due(customer, math.inf, scores, signals)
    return [match for match in matches if not match.missing]


def _table(given: Mapping[str, Value], space: str) -> dict[str, float]:
    return {
        name.removeprefix(space): value
        for name, value in given.items()
        if name.startswith(space) and isinstance(value, float)
    }


def _differences(
    expected: Sequence[Expectation], firings: Sequence[Match], vocabulary: Vocabulary
) -> list[str]:
    left = list(firings)
    failures = []
    for expectation in expected:
        at = START_AT + expectation.at_s
        when = format_duration(expectation.at_s)
        found = next(
            (m for m in left if m.rule.id == expectation.fires and abs(m.at - at) < _EXACT_S), None
        )
        if found is None:
            failures.append(f"{expectation.fires} must fire at {when}; it stayed silent")
            continue
        left.remove(found)
        failures += [f"{when}: {text}" for text in _because(expectation, found, vocabulary)]
    failures += [
        f"{match.rule.id} fired at {format_duration(match.at - START_AT)}; nobody expected it"
        for match in left
    ]
    return failures


def _because(expectation: Expectation, match: Match, vocabulary: Vocabulary) -> list[str]:
    """Return the values on which a firing was decided otherwise than expected."""
    scope = vocabulary.scope(match.event.type, fact_names(match.rule))
    failures = []
    for name, text in expectation.because.items():
        wanted = parse_value(scope[name], text)
        if name not in match.facts:
            failures.append(f"{name} must be {text}; the rule does not read it")
        elif not _is_equal(wanted, match.facts[name]):
            failures.append(f"{name} must be {text}; got {match.facts[name]!r}")
    return failures


def _is_equal(wanted: Value, got: Value) -> bool:
    if isinstance(wanted, float) and isinstance(got, float):
        return math.isclose(wanted, got, rel_tol=1e-9, abs_tol=1e-9)
    return wanted == got


def _shown(firings: Sequence[Match]) -> list[tuple[str, float, dict[str, Value], str]]:
    return [(m.rule.id, m.at, m.facts, m.explanation) for m in firings]
