"""From matches to actions: gates in order, the best first, and one reason for every candidate."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import orjson

from detectors.centre import QueueState
from detectors.customer import Customer
from detectors.event import Event
from rules.action import NAMESPACE, Action, Clock, action_id
from rules.arbitration import rank, score
from rules.breaker import Breaker
from rules.canary import is_live
from rules.cancel import Cancel
from rules.decision import Decision, Rival
from rules.feedback import caused_by
from rules.gates.already_asked import open_asks, own_call
from rules.gates.gate import Candidate, Gate, Verdict
from rules.gates.memory import Memory, Retention, Send
from rules.gates.notice import Notices
from rules.gates.order import Gates
from rules.gates.service_level import QueueOf, ServiceLevel
from rules.gates.zones import Zones
from rules.held import hold
from rules.holdout import Holdout
from rules.match import Match
from rules.playbook.models import Playbook
from rules.playbook.wording import render
from rules.release import Release
from rules.reservation import Answer, Reservations

QUEUE_AGAIN_S = 900.0
"""What waits for a shorter queue is tried again after this."""
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
    orders
        Gates that control records open and shut, see `rules.gates.order`.
    braked
        Returns why a rule is braked, ``None`` if it is not; a braked rule runs along as a shadow
        and ends as ``brake``.
    queue
        Returns the newest state of a queue.
    """

    def __init__(
        self,
        playbook: Playbook,
        partition: int,
        of_n: int,
        clock: Clock,
        orders: Sequence[Gate] = (),
        braked: Callable[[str], str | None] = lambda _rule: None,
        queue: QueueOf = lambda _name: QueueState(),
    ) -> None:
        self._braked = braked
        zone = ZoneInfo(playbook.time_zone)
        self._zones = Zones(zone)
        self._gates = Gates(playbook, partition, of_n, zone, orders, queue)
        self._firings_per_minute = playbook.limits.firings_per_minute
        self._breaker = Breaker(self._firings_per_minute)
        self._retention = Retention(playbook)
        self._notices = Notices(self._gates.consent, self._retention, clock)
        self._holdout = Holdout(playbook)
        self._context = playbook.context
        self._release = Release(playbook, self._retention)
        self._reservations = Reservations(
            playbook, self._gates, self._retention, self._release, self._candidate
        )
        self._templates = {template.id: template for template in playbook.templates}
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
            decision = self._decision(candidate, alike[key])
            decisions.append(decision)
            if decision.release_at is not None and not candidate.is_later_step:
                hold(customer.gates, candidate.match, decision.release_at)
            alike[key] += 1
        return decisions

    def notice(self, customer: Customer, event: Event) -> list[Cancel]:
        """Take an event of `rules.gates.notice.HEEDED`; return what must not go out any more."""
        return self._notices.take(customer, event)

    def answer(self, customer: Customer, event: Event) -> Answer:
        """Answer the question of another system, a ``contact.requested``."""
        return self._reservations.answer(customer, event)

    def snapshot(self) -> dict[str, Any]:
        """Return what teams have taken and rules have fired, as plain values in a fixed order."""
        return {"capacity": self._gates.capacity.snapshot(), "firings": self._breaker.snapshot()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take what `snapshot` returned, of this playbook or another."""
        self._gates.capacity.restore(state["capacity"])
        self._breaker.restore(state["firings"])

    def _candidate(self, customer: Customer, memory: Memory, match: Match) -> Candidate:
        rule = match.rule
        shadow = self._braked(rule.id) is not None or not is_live(rule, customer.id)
        # The customer's time comes last: before the first event it is NaN, which max() passes over.
        at = max(match.at, memory.newest_at(shadow=shadow), customer.at)
        contact_point, told = self._gates.channels.contact_point(customer, match.step)
        zones, zone_told = self._zones.of(customer, contact_point or "")
        return Candidate(
            match=match,
            step=match.step,
            customer=customer,
            memory=memory,
            at=at,
            zone=zones[0],
            action_id=action_id(
                rule.experiment_id, customer.id, match.occurrence, match.number
            ).bytes,
            shadow=shadow,
            reason="shadow" if shadow else "sent",
            context=1.0 if rule.force is None else self._context.get(rule.force, 1.0),
            contact_point=contact_point,
            contact_point_told=told,
            other_zones=zones[1:],
            zone_told=zone_told,
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
                self._assign(candidate)
                self._reserve(candidate)

    def _assign(self, candidate: Candidate) -> None:
        """Let a ghost take the place of an action for a customer who is held out."""
        rule, step = candidate.match.rule, candidate.step
        if candidate.shadow:
            why = self._braked(rule.id)
            if why is not None and is_live(rule, candidate.customer.id):
                candidate.verdicts.append(Verdict("brake", False, why))
                candidate.reason = "brake"
            return
        if candidate.is_later_step:
            return  # what was begun goes on
        candidate.holdout = self._holdout.assign(rule, step, candidate.customer)
        if candidate.holdout is not None and candidate.holdout.arm == "holdout":
            candidate.reason = "ghost"

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
                ghost=candidate.reason == "ghost",
                not_after=self._not_after(candidate) if candidate.reason == "sent" else 0.0,
                contact_point=candidate.contact_point or "",
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
            holdout=candidate.holdout,
            reason=candidate.reason,
            action=(
                self._action(candidate, str(action_uuid), decision_id, level)
                if candidate.reason == "sent"
                else None
            ),
            release_at=self._release_at(candidate),
        )

    def _action(self, candidate: Candidate, id_: str, decision_id: str, level: int) -> Action:
        match, step, at = candidate.match, candidate.step, candidate.at
        rule = match.rule
        words = self._templates[step.template].worded(_language(candidate.customer))
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
            contact_point=candidate.contact_point or candidate.customer.id,
            do=step.do,
            class_=step.class_,
            channel=step.channel,
            to=step.to,
            template=step.template,
            text=render(words.text, rule, match.facts, words.language),
            subject=render(words.subject, rule, match.facts, words.language),
            language=words.language,
            occurrence=match.occurrence,
            not_before=at,
            not_after=self._not_after(candidate),
            due_at=None if step.due_s is None else candidate.useful_until,
            clock=self._clock,
            point_caps=self._gates.caps.per_point(step),
            cause=caused_by(rule.id, match.event),
        )

    def _release_at(self, candidate: Candidate) -> float | None:
        if candidate.reason == "quiet":
            hours = (self._gates.quiet_hours, self._gates.opening_hours)
            at = self._release.after_hours(candidate, hours)
        elif candidate.reason == "capacity" and candidate.verdicts[-1].gate == ServiceLevel.name:
            at = candidate.at + QUEUE_AGAIN_S
        else:
            return None
        # The time of a later step of a play begins when it can be done.
        is_in_time = at is not None and (candidate.is_later_step or at < candidate.useful_until)
        return at if is_in_time else None

    def _not_after(self, candidate: Candidate) -> float:
        limit = min(candidate.useful_until, candidate.at + self._contact_window_s)
        return min(
            self._gates.opening_hours.closes_at(candidate, limit),
            self._gates.quiet_hours.next_after(candidate),
        )


def _language(customer: Customer) -> object:
    return None if customer.standing is None else customer.standing.facts.get("language")


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
