"""The rules of a playbook at work: events in, matches out.

State lies in ``customer.rules`` alone, as plain values: slot -> what an operator keeps. A slot's
name is a digest of what the operator does, so a changed rule starts with empty state and all
others keep theirs.

A match is a **new** truth: each event of a rule's type is an occurrence of its own, unless the
rule names one (``occurrence: event.call``); then the same occurrence matches once for as long as
its condition stays true. A sequence matches once per completion.

Only identified customers are looked at: nobody acts on a contact without a customer.
"""

import hashlib
from collections.abc import Callable, Mapping
from math import inf
from zoneinfo import ZoneInfo

from detectors.customer import Customer
from detectors.event import Event
from rules.fused import Check, On, Work, fuse, fuse_check
from rules.language.vocabulary import VOCABULARY, Vocabulary
from rules.match import Match
from rules.matching import Matcher
from rules.plan import MAX_OCCURRENCES, Plan, occurrence_of, plan_rule, step_condition
from rules.playbook.errors import PlaybookError, Problem
from rules.playbook.models import Playbook, Rule
from rules.playbook.tree import read_rule
from rules.temporal.counts import State

Scores = Mapping[str, float]

_SHAPE = ""  # key of the state under which the program that wrote it is named


class Program:
    """The rules of a playbook that are in shadow, canary or live mode.

    Parameters
    ----------
    playbook
        Must have loaded without errors.
    vocabulary
        The names that rules may use, and how to get those of a customer.

    Attributes
    ----------
    shape
        Digest of the operators that keep state; equal shapes understand each other's state.
    """

    def __init__(self, playbook: Playbook, vocabulary: Vocabulary = VOCABULARY) -> None:
        self._vocabulary = vocabulary
        self._zone = ZoneInfo(playbook.time_zone)
        templates = {template.id: template.text for template in playbook.templates}
        running = [rule for rule in playbook.rules if rule.mode not in {"draft", "retired"}]
        self._plans = [self._plan(rule, templates) for rule in running]
        self._matchers = {
            plan.rule.id: Matcher(plan, vocabulary, self._zone) for plan in self._plans
        }
        self._slots = frozenset(slot for plan in self._plans for slot in plan.slots())
        self.shape = hashlib.sha256("".join(sorted(self._slots)).encode()).hexdigest()[:8]
        self._on: dict[str, On] = {
            event_type: fuse(work, vocabulary, self._zone)
            for event_type, work in self._work().items()
        }
        self._checks: dict[str, Check] = {
            plan.rule.id: fuse_check(plan.condition, vocabulary, self._zone)
            for plan in self._plans
            if plan.sequence is not None
        }
        self._absences = [(plan, plan.absence) for plan in self._plans if plan.absence]

    def observe(
        self, event: Event, customer: Customer, scores: Scores, signals: Scores
    ) -> list[Match]:
        """Take an event, after the customer was updated with it, and return what it made true.

        An event older than the customer's newest counts in windows and ends absences, but never
        advances a sequence; what it makes true is true as of the newest event.
        """
        on = self._on.get(event.type)
        if on is None or not customer.identified:
            return []
        state = customer.rules
        if state and state.get(_SHAPE) != self.shape:
            self._adopt(state)
        late = event.at < customer.at
        now = customer.at if late else event.at
        hits = on(event, customer, scores, signals, state, now, late)
        if state:
            state[_SHAPE] = self.shape
            _tidy(state)
        if not hits:
            return []
        matches = []
        for index in hits:
            plan = self._plans[index]
            if self._is_new(plan, event, customer, scores, signals, now):
                match = self._matchers[plan.rule.id].match
                occurrence = occurrence_of(plan, event)
                matches.append(match(event, customer, scores, signals, now, occurrence))
        return matches

    def due(self, customer: Customer, until: float, scores: Scores, signals: Scores) -> list[Match]:
        """Return what did not come in time: absences whose deadline is before `until`.

        In order of the deadline, then of the rule. Conditions hold or not as of the deadline.
        """
        state = customer.rules
        if not state:
            return []
        if state.get(_SHAPE) != self.shape:
            self._adopt(state)
        over = [
            (armed.deadline, plan.rule.id, armed.occurrence, armed)
            for plan, absence in self._absences
            for armed in absence.due(state, until)
        ]
        _tidy(state)
        over.sort(key=lambda entry: entry[:3])
        matches = []
        for deadline, rule_id, occurrence, armed in over:
            event = armed.event(customer.id)
            if self._checks[rule_id](event, customer, scores, signals, state, deadline):
                match = self._matchers[rule_id].match
                matches.append(match(event, customer, scores, signals, deadline, occurrence))
        return matches

    def next_deadline(self, customer: Customer) -> float:
        """Return when the customer's first absence is over, infinite for none."""
        state = customer.rules
        if not state:
            return inf
        return min((absence.next_deadline(state) for _, absence in self._absences), default=inf)

    def scores_read(self, rule_id: str) -> tuple[str, ...]:
        """Return the scores that a rule's conditions read, without ``score.``, in their order."""
        return self._matchers[rule_id].scores

    def _plan(self, rule: Rule, templates: Mapping[str, str]) -> Plan:
        template = templates.get(rule.then[0].template, "")
        tree, flaws = read_rule(rule, template, self._vocabulary)
        problems = [
            Problem("", 0, 0, f"rule {rule.id}, {'.'.join(map(str, path))}: {flaw.message}")
            for path, flaw in flaws
            if flaw.severity == "error"
        ]
        if problems:
            raise PlaybookError(problems)
        return plan_rule(tree, self._vocabulary)

    def _work(self) -> dict[str, Work]:
        work: dict[str, Work] = {}
        counted = set()
        for plan in self._plans:
            for name, (fact, node) in plan.tree.facts.items():
                operator = plan.facts[name]
                event_type = fact.count or fact.since or ""
                if operator.slot not in counted:
                    counted.add(operator.slot)
                    condition = step_condition(event_type, node, self._vocabulary)
                    work.setdefault(event_type, Work()).adds.append((operator, condition))
        for index, plan in enumerate(self._plans):
            if plan.absence is not None and plan.tree.absent is not None:
                step, node = plan.tree.absent
                event_type = step.absent or ""
                condition = step_condition(event_type, node, self._vocabulary)
                cancel = (plan.absence.slot, plan.absence.cancel, condition)
                work.setdefault(event_type, Work()).cancels.append(cancel)
            if plan.sequence is not None:
                for event_type in dict.fromkeys(kind for kind, _, _ in plan.positions):
                    here = [(mask, c) for kind, mask, c in plan.positions if kind == event_type]
                    advance = (index, here, _advance(plan))
                    work.setdefault(event_type, Work()).advances.append(advance)
            if plan.rule.when is not None:
                lapse = _lapse(plan) if plan.occurrences else None
                entry = (index, plan.condition, lapse)
                work.setdefault(plan.rule.when, Work()).rules.append(entry)
        return work

    def _adopt(self, state: State) -> None:
        """Drop what operators that are gone had kept."""
        for slot in [key for key in state if key not in self._slots]:
            del state[slot]
        if state:
            state[_SHAPE] = self.shape

    def _is_new(
        self,
        plan: Plan,
        event: Event,
        customer: Customer,
        scores: Scores,
        signals: Scores,
        now: float,
    ) -> bool:
        if plan.sequence is not None:
            check = self._checks[plan.rule.id]
            return check(event, customer, scores, signals, customer.rules, now)
        if not plan.occurrences:
            return True
        occurrence = occurrence_of(plan, event)
        state = customer.rules
        holding = state.setdefault(plan.occurrences, [])
        state[_SHAPE] = self.shape
        if occurrence in holding:
            return False
        holding.append(occurrence)
        del holding[:-MAX_OCCURRENCES]
        return True


def _advance(plan: Plan) -> Callable[[State, int, Event], bool]:
    """Return what takes an event of the sequence; an absence is armed instead of matching."""
    sequence, absence = plan.sequence, plan.absence
    if sequence is None:
        msg = "only a rule with a sequence advances"
        raise TypeError(msg)

    def advance(state: State, mask: int, event: Event) -> bool:
        if not sequence.advance(state, mask, event.at):
            return False
        if absence is None:
            return True
        absence.arm(state, occurrence_of(plan, event), event)
        return False

    return advance


def _lapse(plan: Plan) -> Callable[[State, Event], None]:
    """Return what forgets an occurrence whose condition no longer holds."""

    def lapse(state: State, event: Event) -> None:
        holding = state.get(plan.occurrences)
        if holding is None:
            return
        occurrence = occurrence_of(plan, event)
        if occurrence in holding:
            holding.remove(occurrence)
            if not holding:
                del state[plan.occurrences]
                _tidy(state)

    return lapse


def _tidy(state: State) -> None:
    """Leave nothing behind when no operator keeps anything."""
    if len(state) == 1 and _SHAPE in state:
        del state[_SHAPE]
