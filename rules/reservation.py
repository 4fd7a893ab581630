"""Other systems ask whether they may contact a customer: the same gates, and a place if wanted.

::

    identified -> already_asked -> consent -> contact_point -> open_complaint -> stop -> cooldown
        -> outcomes -> quiet_hours -> arbitration -> cap -> [reserve]

Left out are the gates about what only our own rules have: facts, an occurrence, a time limit, a
text, an approval, a team and its capacity, an experiment.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal
from uuid import UUID, uuid5

import orjson

from detectors.contacts import text
from detectors.customer import Customer
from detectors.event import Event
from rules.action import NAMESPACE, SOURCE
from rules.gates.cooldown import Cooldown
from rules.gates.gate import Candidate, Gate, Verdict
from rules.gates.memory import Memory, Retention, Send
from rules.gates.order import Gates
from rules.match import Match
from rules.playbook.models import Playbook, Rule
from rules.playbook.steps import Step
from rules.reason import Reason
from rules.release import Release

REQUESTED: Final = "contact.requested"
ANSWER: Final = "precede.answer"
ALLOWED: Final = "allowed"
CLASSES: Final = ("critical", "service", "promotional")
MAX_NAME: Final = 64

_OURS_ALONE: Final = frozenset(
    {"facts", "once", "usefulness", "tone", "approval", "opening_hours", "capacity"}
)
_TRANSIENT: Final[frozenset[Reason]] = frozenset({"cooldown", "quiet", "cap", "lost_arbitration"})
"""Reasons that time alone takes away."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether another system may contact a customer.

    Parameters
    ----------
    event
        The question.
    at
        When it was decided, event time.
    reason
        ``allowed``, or why not.
    detail
        The same as a person reads it.
    retry_at
        The first moment, event time, at which all that is known now would let it through; ``None``
        where time alone does not.
    reserved
        Whether the contact counts from now on, as if it had taken place.
    verdicts
        What the gates said, in order; the last one failed unless it is allowed.
    """

    event: Event
    at: float
    reason: Reason | Literal["allowed"]
    detail: str
    retry_at: float | None = None
    reserved: bool = False
    verdicts: tuple[Verdict, ...] = ()


def refused(event: Event, detail: str) -> Answer:
    """Return the answer to a question that no gate can judge."""
    return Answer(event, event.at, "error", detail)


def answer_event(answer: Answer, *, playbook_hash: str, partition: int, offset: int) -> Event:
    """Return the answer as it travels: keys in a fixed order, times in Unix seconds.

    Parameters
    ----------
    playbook_hash
        The playbook whose gates were asked; empty for none.
    partition, offset
        The record of interactions that asked.
    """
    event = answer.event
    asked = event.data.get
    data: dict[str, Any] = {
        "request": text(asked("request")),
        "customer": event.customer,
        "system": text(asked("system")),
        "channel": text(asked("channel")),
        "class": text(asked("class")),
        "topic": text(asked("topic")),
        "contact_point": text(asked("contact_point")) or None,
        "reserve": asked("reserve") is True,
        "asked_at": event.at,
        "allowed": answer.reason == ALLOWED,
        "reserved": answer.reserved,
        "reason": answer.reason,
        "detail": answer.detail,
        "retry_at": answer.retry_at,
        "gates": [
            [verdict.gate, "pass" if verdict.passed else "fail", verdict.detail]
            for verdict in answer.verdicts
        ],
        "origin": {"partition": partition, "offset": offset},
        "playbook": playbook_hash or None,
    }
    name = orjson.dumps(["answer", event.source, event.id]).decode()
    return Event(str(uuid5(NAMESPACE, name)), SOURCE, ANSWER, answer.at, event.customer, data)


class Reservations:
    """Answers the questions of other systems with a playbook's gates.

    A question about a topic is held back by the cool-down of every rule on it: who may not hear
    from us again may not hear from them. A channel named by the kind of contact point that it
    reaches, such as ``email``, must be free by each channel of that kind.

    Parameters
    ----------
    candidate
        Returns the candidate of a match, as for our own actions.
    """

    def __init__(
        self,
        playbook: Playbook,
        gates: Gates,
        retention: Retention,
        release: Release,
        candidate: Callable[[Customer, Memory, Match], Candidate],
    ) -> None:
        self._gates: tuple[Gate, ...] = tuple(
            gate for gate in (*gates.alone, *gates.ranked) if gate.name not in _OURS_ALONE
        )
        self._retention = retention
        self._candidate = candidate
        self._kinds = playbook.gates.contact_points
        self._on_topic: dict[str, list[Rule]] = {}
        for rule in playbook.rules:
            self._on_topic.setdefault(rule.topic, []).append(rule)
        self._release = release

    def answer(self, customer: Customer, event: Event) -> Answer:
        """Return whether a ``contact.requested`` is allowed, and reserve it where it asks for that.

        The same request of the same system about the same customer is reserved once, however
        often it is asked.

        Parameters
        ----------
        customer
            As after the event.
        """
        flaw = _flaw(event)
        if flaw:
            return refused(event, flaw)
        memory = Memory(customer.gates)
        candidate = self._candidate(customer, memory, _match(event))
        candidate.action_id = _reservation_id(event).bytes
        _name_point(candidate, text(event.data.get("contact_point")))
        memory.forget(self._retention, candidate.at)
        if any(send.action_id == candidate.action_id for send in memory.sends(shadow=False)):
            return Answer(event, candidate.at, ALLOWED, "reserved before", reserved=True)
        steps = self._steps(candidate)
        held = self._first_that_holds(candidate, steps, self._gates)
        verdicts = tuple(candidate.verdicts)
        if held is not None:
            detail = verdicts[-1].detail
            retry_at = self._retry_at(candidate, steps) if held in _TRANSIENT else None
            return Answer(event, candidate.at, held, detail, retry_at, verdicts=verdicts)
        reserve = event.data.get("reserve") is True
        if reserve:
            memory.add_contact(_send(candidate, event), self._retention)
        return Answer(event, candidate.at, ALLOWED, "nothing against it", None, reserve, verdicts)

    def _steps(self, candidate: Candidate) -> list[Step]:
        """Return what is asked, by every name that its channel goes by in the playbook."""
        step = candidate.step
        alike = sorted(channel for channel, kind in self._kinds.items() if kind == step.channel)
        return [step, *(step.model_copy(update={"channel": channel}) for channel in alike)]

    def _first_that_holds(
        self, candidate: Candidate, steps: Sequence[Step], gates: Sequence[Gate]
    ) -> Reason | None:
        candidate.verdicts = []
        asked = candidate.match.rule
        for gate in gates:
            rules = [asked]
            if isinstance(gate, Cooldown):
                rules = self._on_topic.get(asked.topic) or rules
            passed, detail = _ask(gate, candidate, steps, rules)
            candidate.verdicts.append(Verdict(gate.name, passed, detail))
            if not passed:
                return gate.reason
        return None

    def _retry_at(self, candidate: Candidate, steps: Sequence[Step]) -> float | None:
        timed = [gate for gate in self._gates if gate.reason in _TRANSIENT]
        asked_at = candidate.at
        try:
            for at in self._release.times(candidate):
                candidate.at = at
                if self._first_that_holds(candidate, steps, timed) is None:
                    return at
        finally:
            candidate.at = asked_at
        return None


def _ask(
    gate: Gate, candidate: Candidate, steps: Sequence[Step], rules: Sequence[Rule]
) -> tuple[bool, str]:
    """Return what a gate says to every way in which the question can be put: the first no."""
    asked, step = candidate.match.rule, candidate.step
    said: tuple[bool, str] | None = None
    try:
        for candidate.match.rule in rules:
            for candidate.step in steps:
                verdict = gate.check(candidate)
                if not verdict[0]:
                    return verdict
                said = said or verdict
    finally:
        candidate.match.rule, candidate.step = asked, step
    return said or (True, "")


def _name_point(candidate: Candidate, point: str) -> None:
    """Take the contact point that the other system names instead of the one we would use."""
    if not point:
        return
    candidate.contact_point, candidate.contact_point_told = point, "as asked"
    reach, step = candidate.customer.reach, candidate.step
    is_critical = step.class_ == "critical"
    if reach is not None and reach.points.is_suppressed(point, step.channel, critical=is_critical):
        candidate.contact_point, candidate.contact_point_told = None, "suppressed"


def _flaw(event: Event) -> str:
    data = event.data
    for name in ("request", "system", "channel", "topic"):
        if not 0 < len(text(data.get(name))) <= MAX_NAME:
            return f"data.{name} must be a text of 1 to {MAX_NAME} characters; correct the sender"
    if data.get("class") not in CLASSES:
        return f"data.class must be one of {', '.join(CLASSES)}; correct the sender"
    return ""


def _match(event: Event) -> Match:
    """Return the question as a rule would put it."""
    data = event.data
    step = Step.model_construct(
        do="message", channel=data["channel"], template="", class_=data["class"]
    )
    rule = Rule.model_construct(
        id=f"system:{data['system']}",
        owner="",
        description="",
        pyramid_level=1,
        goal="",
        explain="",
        topic=data["topic"],
        cooldown_s=0.0,
        mode="live",
        then=(step,),
    )
    return Match(rule, event.at, event, "observed", data["request"], {}, [], "")


def _reservation_id(event: Event) -> UUID:
    data = event.data
    name = ["reservation", data["system"], event.customer, data["request"]]
    return uuid5(NAMESPACE, orjson.dumps(name).decode())


def _send(candidate: Candidate, event: Event) -> Send:
    step = candidate.step
    return Send(
        at=candidate.at,
        rule="",
        topic=candidate.match.rule.topic,
        class_=step.class_,
        channel=step.channel,
        action_id=candidate.action_id,
        shadow=False,
        contact_point=candidate.contact_point or "",
        system=event.data["system"],
    )
