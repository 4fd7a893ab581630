"""Where a playbook plays: its program on one real customer, as the engine would run it.

The stage is built once and plays many time lines; the values a test gives take the place of the
customer's own.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import msgpack

from detectors.customer import Customer, pack, unpack
from detectors.event import Event
from detectors.features import Feature
from rules.decide import Decider
from rules.decision import Decision
from rules.gates.notice import HEEDED
from rules.language.interpreter import Value
from rules.language.vocabulary import Vocabulary
from rules.match import Match
from rules.playbook.models import Playbook, Rule
from rules.playbook.timeline import CUSTOMER, Timeline
from rules.plays.plays import EndedT
from rules.plays.tally import Tally
from rules.program import Program
from rules.reason import Reason
from rules.temporal.happened import told

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
        """Return what fires, in order; without gates all of it goes out, so plays go on.

        Parameters
        ----------
        lateness_s
            For so long timers and sequences wait for events that are still to come.
        """
        return [fired.match for fired in self._run(line, _let_out, lateness_s=lateness_s)]

    def decide(self, line: Timeline, *, restarts: bool) -> list[Decision]:
        """Return what is decided, gates included.

        Parameters
        ----------
        restarts
            Whether everything that is kept is written to bytes after each event, and read by a
            program and gates that know nothing else.
        """
        decider = self._decider()

        def decide(customer: Customer, matches: Sequence[Match]) -> list[Decision]:
            return decider.decide(customer, matches)

        def heed(customer: Customer, event: Event) -> None:
            if event.type in HEEDED:
                decider.notice(customer, event)

        def restart(customer: Customer) -> Customer:
            nonlocal decider
            gates, decider = decider.snapshot(), self._decider()
            decider.restore(msgpack.unpackb(msgpack.packb(gates), strict_map_key=False))
            return unpack(CUSTOMER, pack(customer, self._next_deadline(customer)))

        same: Callable[[Customer], Customer] = lambda customer: customer  # noqa: E731
        return self._run(line, decide, heed=heed, restart=restart if restarts else same)

    def _run(
        self,
        line: Timeline,
        decide: Callable[[Customer, Sequence[Match]], list[EndedT]],
        *,
        lateness_s: float = 0.0,
        heed: Callable[[Customer, Event], None] = lambda customer, event: None,
        restart: Callable[[Customer], Customer] = lambda customer: customer,
    ) -> list[EndedT]:
        self._given = dict(line.given)
        scores, signals = told(line.given, "score."), told(line.given, "signal.")
        program, plays, tally = self._program, self._program.plays, Tally()
        customer = Customer(CUSTOMER)
        ends: list[EndedT] = []

        def pass_time(until: float) -> None:
            while (deadline := self._next_deadline(customer)) < until:
                after = math.nextafter(deadline, math.inf)
                matches = program.due(customer, after, scores, signals)
                matches += plays.due(customer, after, tally)
                ends.extend(plays.decide(customer, matches, decide, tally))

        for event in line.events:
            pass_time(event.at - lateness_s)
            customer.update(event)
            heed(customer, event)
            complete = customer.at - lateness_s if lateness_s else None
            matches = program.observe(event, customer, scores, signals, complete_until=complete)
            matches += plays.observe(event, customer, scores, signals, tally)
            ends += plays.decide(customer, matches, decide, tally)
            customer = restart(customer)
        pass_time(math.inf)
        return ends

    def _next_deadline(self, customer: Customer) -> float:
        program = self._program
        return min(program.next_deadline(customer), program.plays.next_deadline(customer))

    def _decider(self) -> Decider:
        return Decider(self._playbook, 0, 1, "log")

    def _value(self, name: str, feature: Feature, customer: Customer, at: float) -> Value:
        return self._given[name] if name in self._given else feature.get(customer, at)


def with_rules(playbook: Playbook, rules: Iterable[Rule]) -> Playbook:
    """Return the playbook with other rules."""
    return playbook.model_copy(update={"rules": tuple(rules)})


def as_live(rule: Rule) -> Rule:
    """Return the rule as if it were live; a test is played whatever the mode."""
    return rule.model_copy(update={"mode": "live"})


@dataclass(frozen=True, slots=True)
class _Fired:
    """A match that went out."""

    match: Match
    at: float
    reason: Reason = "sent"
    release_at: float | None = None


def _let_out(customer: Customer, matches: Sequence[Match]) -> list[_Fired]:
    return [_Fired(match, max(match.at, customer.at)) for match in fired(matches)]


def fired(matches: Iterable[Match]) -> list[Match]:
    """Return the matches that are candidates: a value missing under ``unless`` suppresses."""
    return [match for match in matches if not match.missing]
