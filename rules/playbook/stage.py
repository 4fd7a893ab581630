"""Where a playbook plays: its program on one real customer, as the engine would run it.

The stage is built once and plays many time lines; the values a test gives take the place of the
customer's own.
"""

import math
from collections.abc import Iterable
from dataclasses import replace
from functools import partial

import msgpack

from detectors.customer import Customer, pack, unpack
from detectors.features import Feature
from rules.decide import Decider
from rules.decision import Decision
from rules.language.interpreter import Value
from rules.language.vocabulary import Vocabulary
from rules.match import Match
from rules.playbook.models import Playbook, Rule
from rules.playbook.timeline import CUSTOMER, Timeline
from rules.program import Program

IDLE = frozenset({"draft", "retired"})
"""Modes in which a rule does not run."""


class Stage:
    """A playbook ready to play.

    Parameters
    ----------
    playbook
        Its rules that are neither draft nor retired run.
    """

    def __init__(self, playbook: Playbook, vocabulary: Vocabulary) -> None:
        self._playbook = playbook
        self._given: dict[str, Value] = {}
        self._vocabulary = vocabulary.with_customer(
            {
                name: replace(feature, get=partial(self._value, f"customer.{name}", feature))
                for name, feature in vocabulary.customer.items()
            }
        )
        self._program = Program(playbook, self._vocabulary)

    def play(self, line: Timeline, *, lateness_s: float = 0.0) -> list[Match]:
        """Return what fires, in order.

        Parameters
        ----------
        lateness_s
            For so long timers and sequences wait for events that are still to come.
        """
        self._given = dict(line.given)
        scores, signals = _table(line, "score."), _table(line, "signal.")
        program, customer = self._program, Customer(CUSTOMER)
        matches: list[Match] = []
        for event in line.events:
            matches += self._due(program, customer, event.at - lateness_s, scores, signals)
            customer.update(event)
            complete = customer.at - lateness_s if lateness_s else None
            matches += program.observe(event, customer, scores, signals, complete_until=complete)
        matches += self._due(program, customer, math.inf, scores, signals)
        return fired(matches)

    def decide(self, line: Timeline, *, restarts: bool) -> list[Decision]:
        """Return what is decided, gates included.

        Parameters
        ----------
        restarts
            Whether everything that is kept is written to bytes after each event, and read by a
            program and gates that know nothing else.
        """
        self._given = dict(line.given)
        scores, signals = _table(line, "score."), _table(line, "signal.")
        program, customer, decider = self._program, Customer(CUSTOMER), self._decider()
        decisions: list[Decision] = []
        for event in line.events:
            due = self._due(program, customer, event.at, scores, signals)
            decisions += decider.decide(customer, due)
            customer.update(event)
            decisions += decider.decide(customer, program.observe(event, customer, scores, signals))
            if restarts:
                packed = pack(customer, program.next_deadline(customer))
                customer = unpack(CUSTOMER, packed)
                gates, decider = decider.snapshot(), self._decider()
                decider.restore(msgpack.unpackb(msgpack.packb(gates), strict_map_key=False))
        due = self._due(program, customer, math.inf, scores, signals)
        return decisions + decider.decide(customer, due)

    def _decider(self) -> Decider:
        return Decider(self._playbook, 0, 1, "log")

    def _due(
        self,
        program: Program,
        customer: Customer,
        until: float,
        scores: dict[str, float],
        signals: dict[str, float],
    ) -> list[Match]:
        matches: list[Match] = []
        while (deadline := program.next_deadline(customer)) < until:
            after = math.nextafter(deadline, math.inf)
            matches += program.due(customer, after, scores, signals)
        return matches

    def _value(self, name: str, feature: Feature, customer: Customer, at: float) -> Value:
        return self._given[name] if name in self._given else feature.get(customer, at)


def with_rules(playbook: Playbook, rules: Iterable[Rule]) -> Playbook:
    """Return the playbook with other rules."""
    return playbook.model_copy(update={"rules": tuple(rules)})


def as_live(rule: Rule) -> Rule:
    """Return the rule as if it were live; a test is played whatever the mode."""
    return rule.model_copy(update={"mode": "live"})


def fired(matches: Iterable[Match]) -> list[Match]:
    """Return the matches that are candidates: a value missing under ``unless`` suppresses."""
    return [match for match in matches if not match.missing]


def _table(line: Timeline, space: str) -> dict[str, float]:
    return {
        name.removeprefix(space): value
        for name, value in line.given.items()
        if name.startswith(space) and isinstance(value, float)
    }
