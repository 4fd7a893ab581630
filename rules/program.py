"""The rules of a playbook at work: events in, matches out.

State lies in ``customer.rules`` alone, as plain values: slot -> what an operator keeps. A slot's
name is a digest of what the operator does, so a changed rule starts with empty state and all
others keep theirs, whatever playbook comes in between: what the running playbook does not know is
left alone for a day, and what is armed until its deadline. What happens meanwhile is not seen.

A match is a **new** truth: each event of a rule's type is an occurrence of its own, unless the
rule names one (``occurrence: event.call``); then the same occurrence matches once for as long as
its condition stays true. A sequence matches once per completion, an absence once per arming.

**When.** A rule with ``when`` is judged as its event arrives, as of the event's time. Sequences
and absences take events in the order of their times: an event waits until nothing older of its
customer can come. One that comes later than that is late: it counts in its windows, and where it
completes a count that newer events of its type had not, the rule is true as of the first of them;
it ends an absence, and moves a deadline, but it advances no sequence and begins no waiting.

**With what.** Conditions of steps and facts are judged as their event arrives. ``if`` and
``unless`` of a sequence or an absence see facts and the customer as of the moment that it is over,
but the event, scores and signals as of the last event that came: nobody scores a silence.

Only identified customers are looked at: nobody acts on a contact without a customer.
"""

import hashlib
from collections.abc import Mapping, Sequence
from math import inf
from zoneinfo import ZoneInfo

from detectors.customer import Customer
from detectors.event import Event
from rules.assembly import Assembly, name_operators
from rules.feedback import is_echo
from rules.footprint import footprint
from rules.fused import Check, On, fuse, fuse_check
from rules.language.vocabulary import VOCABULARY, Vocabulary
from rules.match import Match
from rules.matching import Matcher
from rules.plan import Plan, occurrence_of, plan_of
from rules.playbook.models import Playbook
from rules.plays.plays import Plays
from rules.plays.state import PLAYS
from rules.temporal import waiting
from rules.temporal.absence import ARMED, first_deadline, take_first
from rules.temporal.happened import Happened
from rules.temporal.state import SWEPT, USUAL_TEXT, State, tidy
from rules.temporal.waiting import WAITING, Steps

Scores = Mapping[str, float | str]

SWEEP_S = 86400.0
"""State that nothing can use is dropped at the first event that a rule reads on a new day."""


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
    plays
        What is done in several steps.
    """

    def __init__(self, playbook: Playbook, vocabulary: Vocabulary = VOCABULARY) -> None:
        self._vocabulary = vocabulary
        self._zone = ZoneInfo(playbook.time_zone)
        templates = {template.id: template.shown for template in playbook.templates}
        running = [rule for rule in playbook.rules if rule.mode not in {"draft", "retired"}]
        self._plans = [plan_of(rule, templates, vocabulary) for rule in running]
        self._operators = name_operators(self._plans)
        shape = "".join(sorted(self._operators))
        self.shape = hashlib.sha256(shape.encode()).hexdigest()[:8]
        self._matchers = {
            plan.rule.id: Matcher(plan, vocabulary, self._zone) for plan in self._plans
        }
        self._work = Assembly(self._plans, vocabulary)
        self._on: dict[str, On] = {
            event_type: fuse(work, vocabulary, self._zone)
            for event_type, work in self._work.of_types.items()
        }
        self._checks: dict[int, Check] = {}
        self.plays = Plays(playbook, self._plans, self._matchers, vocabulary)
        self._by_slot = {
            plan.pattern.slot: index
            for index, plan in enumerate(self._plans)
            if plan.pattern is not None
        }
        self._ranks = {slot: self._plans[index].rule.id for slot, index in self._by_slot.items()}

    def observe(
        self,
        event: Event,
        customer: Customer,
        scores: Scores,
        signals: Scores,
        *,
        complete_until: float | None = None,
    ) -> list[Match]:
        """Take an event, after the customer was updated with it, and return what it made true.

        Parameters
        ----------
        complete_until
            The time before which no event of this customer is to come: the later of the watermark
            and of the customer's newest event less the lateness. An older event is late, a newer
            one waits for `due` where a rule asks for an order. Without it nothing waits, and what
            is older than the customer's newest event is late.
        """
        on = self._on.get(event.type)
        if on is None or not customer.identified:
            return []
        state, at, newest = customer.rules, event.at, customer.at
        complete = newest if complete_until is None else complete_until
        waits = complete < newest or WAITING in state
        held = self._held(event, customer, scores, signals) if at < newest else None
        hits, steps = on(event, customer, scores, signals, state, at, newest, waits)
        matches: list[Match] = []
        if hits or held:
            matches += self._by_event(event, customer, scores, signals, hits, held or {})
        if steps:
            is_late = at < complete
            if waits and not is_late:
                keeps = self._work.keeps[event.type]
                waiting.put(state, event.type, keeps.of(event, scores, signals), steps)
                while waiting.is_full(state):
                    matches += self._take_waiting(customer, scores, signals)
            else:
                matches += self._step(event, customer, scores, signals, steps, is_late=is_late)
        if state and state.get(SWEPT) != newest // SWEEP_S:
            self._sweep(state, newest)
        return matches

    def due(
        self,
        customer: Customer,
        until: float,
        scores: Scores,
        signals: Scores,
        *,
        now: float | None = None,
        expired: list[str] | None = None,
    ) -> list[Match]:
        """Return what is known now that time has come to `until`, exclusive.

        Waiting events are taken, and absences fire whose deadline is over: in order of time, then
        events before deadlines, then by rule. Conditions hold or not as of that time.

        Parameters
        ----------
        scores, signals
            For those that the event did not have when it came.
        now
            How far time has really come. An absence that is overdue then by a tenth of its time,
            or by 6 h, does not fire. Without it all fire.
        expired
            Takes the rule's id for each absence that did not fire because it was overdue.
        """
        state = customer.rules
        matches: list[Match] = []
        while state:
            event_at, deadline = waiting.first_waiting(state), first_deadline(state)
            if min(event_at, deadline) >= until:
                break
            if event_at <= deadline:
                matches += self._take_waiting(customer, scores, signals)
            else:
                matches += self._expire(customer, scores, signals, now, expired)
        tidy(state)
        return matches

    def again(
        self,
        rule_id: str,
        event: Event,
        customer: Customer,
        scores: Scores,
        signals: Scores,
        at: float,
    ) -> list[Match]:
        """Return the match of a rule on an event that came before, if it holds as of `at`."""
        index = next((n for n, plan in enumerate(self._plans) if plan.rule.id == rule_id), None)
        if index is None:
            return []
        return self._judge(index, event, customer, scores, signals, at)

    def follows(self, event_type: str) -> bool:
        """Return whether a rule looks at events of this type."""
        return event_type in self._on

    def next_deadline(self, customer: Customer) -> float:
        """Return when `due` has something to do, infinite for never."""
        state = customer.rules
        if not state:
            return inf
        deadline = first_deadline(state) if ARMED in state else inf
        return min(deadline, waiting.first_waiting(state)) if WAITING in state else deadline

    def silenced(
        self,
        event: Event,
        customer: Customer,
        scores: Scores,
        usable: Scores,
        signals: Scores,
    ) -> list[Match]:
        """Return what an event would have made true if all scores could be used.

        Only rules with ``when`` are looked at, after `observe`, and nothing changes. Each match
        lacks the scores that cannot be used and names them as missing.

        Parameters
        ----------
        scores, usable
            All scores of the event, and those of them that rules may see.
        """
        work = self._work.of_types.get(event.type)
        if work is None or not customer.identified:
            return []
        state, at = customer.rules, event.at
        found = []
        for index, *_ in work.rules:
            plan, check = self._plans[index], self._check(index)
            matcher = self._matchers[plan.rule.id]
            lost = tuple(n for n in matcher.scores if n in scores and n not in usable)
            if (
                lost
                and not check(event, customer, usable, signals, state, at)
                and check(event, customer, scores, signals, state, at)
            ):
                for match in self._match(plan, event, customer, usable, signals, at):
                    match.missing = tuple(f"score.{name}" for name in lost)
                    found.append(match)
        return found

    def scores_read(self, rule_id: str) -> tuple[str, ...]:
        """Return the scores that a rule's conditions read, without ``score.``, in their order."""
        return self._matchers[rule_id].scores

    def bytes_per_customer(self, rule_id: str | None = None, text: int = USUAL_TEXT) -> int:
        """Return the most bytes that a customer's rules take, packed; see `rules.footprint`."""
        return footprint(self._plans, self.plays, rule_id, text)

    def _by_event(
        self,
        event: Event,
        customer: Customer,
        scores: Scores,
        signals: Scores,
        hits: Sequence[int],
        held: Mapping[int, set[float]],
    ) -> list[Match]:
        """Return the matches of rules with ``when``, in the order of the playbook."""
        found = dict.fromkeys(hits, event.at)
        for index, before in held.items():
            if index not in found:
                holds = self._held_later(index, event, customer, scores, signals)
                if completed := holds - before:
                    found[index] = min(completed)
        matches = []
        for index in sorted(found):
            plan, at = self._plans[index], found[index]
            if plan.occurrences is not None:
                occurrence = occurrence_of(plan, event)
                if not plan.occurrences.begin(customer.rules, occurrence, at):
                    continue
            matches += self._match(plan, event, customer, scores, signals, at)
        return matches

    def _held(
        self, event: Event, customer: Customer, scores: Scores, signals: Scores
    ) -> dict[int, set[float]]:
        """Return, of the rules that count a late event, as of which later times they held."""
        return {
            index: self._held_later(index, event, customer, scores, signals)
            for index in self._work.counting.get(event.type, ())
        }

    def _held_later(
        self, index: int, event: Event, customer: Customer, scores: Scores, signals: Scores
    ) -> set[float]:
        state, check = customer.rules, self._check(index)
        facts = self._plans[index].fed_by_trigger()
        times = {at for fact in facts for at in fact.later(state, event.at)}
        return {at for at in times if check(event, customer, scores, signals, state, at)}

    def _step(
        self,
        event: Event,
        customer: Customer,
        scores: Scores,
        signals: Scores,
        steps: Steps,
        *,
        is_late: bool,
    ) -> list[Match]:
        """Let patterns take an event; return the matches of those that it completed."""
        matches = []
        for slot, mask in steps:
            index = self._by_slot.get(slot)
            if index is None:
                continue  # of a playbook that was there while the event waited
            plan = self._plans[index]
            pattern = plan.pattern
            if pattern is None:
                continue

            def happened(plan: Plan = plan) -> Happened:
                return plan.kept.of(event, scores, signals)

            if pattern.take(customer.rules, mask, event.at, happened, is_late=is_late):
                matches += self._judge(index, event, customer, scores, signals, event.at)
        return matches

    def _take_waiting(self, customer: Customer, scores: Scores, signals: Scores) -> list[Match]:
        event_type, happened, steps = waiting.take_first_waiting(customer.rules)
        event = happened.event(event_type, customer.id)
        then_scores, then_signals = {**scores, **happened.scores}, {**signals, **happened.signals}
        return self._step(event, customer, then_scores, then_signals, steps, is_late=False)

    def _expire(
        self,
        customer: Customer,
        scores: Scores,
        signals: Scores,
        now: float | None,
        expired: list[str] | None,
    ) -> list[Match]:
        slot, armed = take_first(customer.rules, self._ranks)
        index = self._by_slot.get(slot)
        if index is None:
            return []  # the rule is gone
        plan = self._plans[index]
        if plan.absence is None:
            return []
        if now is not None and plan.absence.is_overdue(armed.deadline, now):
            if expired is not None:
                expired.append(plan.rule.id)
            return []
        happened = armed.happened
        event = happened.event(plan.tree.trigger, customer.id)
        then_scores, then_signals = {**scores, **happened.scores}, {**signals, **happened.signals}
        return self._judge(index, event, customer, then_scores, then_signals, armed.deadline)

    def _judge(
        self,
        index: int,
        event: Event,
        customer: Customer,
        scores: Scores,
        signals: Scores,
        at: float,
    ) -> list[Match]:
        if not self._check(index)(event, customer, scores, signals, customer.rules, at):
            return []
        return self._match(self._plans[index], event, customer, scores, signals, at)

    def _match(
        self,
        plan: Plan,
        event: Event,
        customer: Customer,
        scores: Scores,
        signals: Scores,
        at: float,
    ) -> list[Match]:
        if is_echo(plan.rule.id, event):
            return []
        match = self._matchers[plan.rule.id].match
        return [match(event, customer, scores, signals, at, occurrence_of(plan, event))]

    def _check(self, index: int) -> Check:
        """Return what judges a rule alone; made when it is needed first."""
        if index not in self._checks:
            condition = self._plans[index].condition
            self._checks[index] = fuse_check(condition, self._vocabulary, self._zone)
        return self._checks[index]

    def _sweep(self, state: State, newest: float) -> None:
        """Drop what nothing can use any more."""
        for slot in list(state):
            operator = self._operators.get(slot)
            if operator is not None:
                operator.forget(state, newest)
            elif slot not in {ARMED, WAITING, SWEPT, PLAYS}:
                del state[slot]
        state[SWEPT] = int(newest // SWEEP_S)
        tidy(state)
