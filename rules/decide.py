"""From matches to actions: gates in order, the best first, and one reason for every candidate."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import orjson

from detectors.customer import Customer
from rules.action import NAMESPACE, Action, Clock, action_id
from rules.arbitration import rank, score
from rules.breaker import Breaker
from rules.canary import is_live
from rules.decision import Decision, Rival
from rules.feedback import caused_by
from rules.gates.already_asked import open_asks, own_call
from rules.gates.gate import Candidate, Gate, Verdict
from rules.gates.memory import Memory, Retention, Send
from rules.gates.order import Gates
from rules.match import Match
from rules.playbook.models import Playbook
from rules.playbook.wording import render

ASKING_LEVEL = 3
"""Highest level of the pyramid while the customer is asking: 4 and 5 come before the ask."""


class Decider:
    """Decides on one partition of interactions. Knows no clock: time comes with the matches.

    What a customer's gates remember is in ``Customer.gates``; what teams can still take today is
    here. A decision's time is the latest of the match, the customer's newest event and the
    customer's newest action, so that a customer's time never runs backwards.

    A rule in another mode than ``live`` runs along: it passes the same gates, sees what went out
    and what rules like it would have sent, and ends as ``shadow``; live rules never notice it.

    Parameters
    ----------
    playbook
        Gates, templates and cool-downs.
    partition, of_n
        Number of the partition, from 0, and how many there are; capacity is split by them.
    clock
        Which clock dispatch judges the actions' times by.
    """

    def __init__(self, playbook: Playbook, partition: int, of_n: int, clock: Clock) -> None:
        self._zone = ZoneInfo(playbook.time_zone)
        self._gates = Gates(playbook, partition, of_n, self._zone)
        self._firings_per_minute = playbook.limits.firings_per_minute
        self._breaker = Breaker(self._firings_per_minute)
        self._retention = Retention(playbook)
        self._texts = {template.id: template.text for template in playbook.templates}
        self._contact_window_s = playbook.gates.contact_window_s
        self._clock = clock

    def decide(self, customer: Customer, matches: Sequence[Match]) -> list[Decision]:
        """Return one decision per match, in the order of the matches, and reserve what goes out.

        Parameters
        ----------
        customer
            As after the event, or as of the timers' deadlines; its gates' state is updated.
        matches
            Of this customer, of one event or of the timers that fired together. Those of one
            moment compete; moments are decided in order.
        """
        memory = Memory(customer.gates)
        candidates = [self._candidate(customer, memory, match) for match in matches]
        in_time = sorted((c for c in candidates if self._is_allowed(c)), key=_at)
        if in_time:
            memory.forget(self._retention, in_time[0].at)
        for _, moment in groupby(in_time, key=_at):
            self._pass(moment)
        alike: Counter[tuple[bytes, str]] = Counter()
        decisions = []
        for candidate in candidates:
            key = (candidate.action_id, candidate.match.event.id)
            decisions.append(self._decision(candidate, alike[key]))
            alike[key] += 1
        return decisions

    def snapshot(self) -> dict[str, Any]:
        """Return what teams have taken and rules have fired, as plain values in a fixed order."""
        return {"capacity": self._gates.capacity.snapshot(), "firings": self._breaker.snapshot()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take what `snapshot` returned, of this playbook or another."""
        self._gates.capacity.restore(state["capacity"])
        self._breaker.restore(state["firings"])

    def _candidate(self, customer: Customer, memory: Memory, match: Match) -> Candidate:
        rule = match.rule
        step = rule.then[0]
        shadow = not is_live(rule, customer.id)
        # The customer's time comes last: before the first event it is NaN, which max() passes over.
        at = max(match.at, memory.newest_at(shadow=shadow), customer.at)
        return Candidate(
            match=match,
            step=step,
            customer=customer,
            memory=memory,
            at=at,
            zone=self._zone,
            action_id=action_id(rule.id, customer.id, match.occurrence).bytes,
            shadow=shadow,
            reason="shadow" if shadow else "sent",
        )

    def _is_allowed(self, candidate: Candidate) -> bool:
        """Count a firing; a rule that fires for everybody at once is braked before any gate."""
        if self._breaker.allows(candidate.match.rule.id, candidate.at):
            return True
        detail = f"more than {self._firings_per_minute} firings of this rule in a minute"
        candidate.verdicts.append(Verdict("breaker", False, detail))
        candidate.reason = "brake"
        return False

    def _pass(self, moment: Iterable[Candidate]) -> None:
        ranked = rank(c for c in moment if _is_through(c, self._gates.alone))
        for candidate in ranked:
            topic = candidate.match.rule.topic
            candidate.rivals = [
                rival
                for rival in ranked
                if rival is not candidate
                and rival.match.rule.topic == topic
                and (candidate.shadow or not rival.shadow)
            ]
            if _is_through(candidate, self._gates.ranked):
                self._reserve(candidate)

    def _reserve(self, candidate: Candidate) -> None:
        rule, step = candidate.match.rule, candidate.step
        candidate.memory.add(
            Send(
                at=candidate.at,
                rule=rule.id,
                topic=rule.topic,
                class_=step.class_,
                channel=step.channel,
                action_id=candidate.action_id,
                shadow=candidate.shadow,
            )
        )
        self._gates.capacity.reserve(candidate)

    def _decision(self, candidate: Candidate, nth: int) -> Decision:
        match = candidate.match
        action_uuid = UUID(bytes=candidate.action_id)
        name = [str(action_uuid), candidate.at, match.at, match.event.id, nth]
        decision_id = str(uuid5(NAMESPACE, orjson.dumps(name).decode()))
        level = _level(candidate)
        rivals = candidate.rivals
        return Decision(
            decision_id=decision_id,
            action_id=str(action_uuid),
            customer=candidate.customer.id,
            at=candidate.at,
            match=match,
            pyramid_level=level,
            verdicts=tuple(candidate.verdicts),
            score=None if rivals is None else score(candidate),
            rivals=tuple(Rival(rival.match.rule.id, score(rival)) for rival in rivals or ()),
            reason=candidate.reason,
            action=(
                self._action(candidate, str(action_uuid), decision_id, level)
                if candidate.reason == "sent"
                else None
            ),
        )

    def _action(self, candidate: Candidate, id_: str, decision_id: str, level: int) -> Action:
        match, step, at = candidate.match, candidate.step, candidate.at
        rule = match.rule
        limit = min(candidate.useful_until, at + self._contact_window_s)
        return Action(
            action_id=id_,
            decision_id=decision_id,
            at=at,
            rule=rule.id,
            rule_version=rule.version,
            topic=rule.topic,
            pyramid_level=level,
            explanation=match.explanation,
            customer=candidate.customer.id,
            contact_point=candidate.customer.id,
            do=step.do,
            class_=step.class_,
            channel=step.channel,
            to=step.to,
            template=step.template,
            text=render(self._texts[step.template], rule, match.facts),
            occurrence=match.occurrence,
            not_before=at,
            not_after=min(
                self._gates.opening_hours.closes_at(candidate, limit),
                self._gates.quiet_hours.next_after(candidate),
            ),
            due_at=None if step.due_s is None else candidate.useful_until,
            clock=self._clock,
            cause=caused_by(rule.id, match.event),
        )


def _at(candidate: Candidate) -> float:
    return candidate.at


def _is_through(candidate: Candidate, gates: tuple[Gate, ...]) -> bool:
    for gate in gates:
        passed, detail = gate.check(candidate)
        candidate.verdicts.append(Verdict(gate.name, passed, detail))
        if not passed:
            candidate.reason = gate.reason
            return False
    return True


def _level(candidate: Candidate) -> int:
    level, own = candidate.match.rule.pyramid_level, own_call(candidate.match)
    if any(call == own for call, _ in open_asks(candidate.customer, candidate.at)):
        return min(level, ASKING_LEVEL)
    return level
