"""What goes out: everything that dispatch needs, since dispatch knows no customers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal
from uuid import UUID, uuid5

import orjson

from detectors.event import Event

SOURCE: Final = "precede"
NAMESPACE: Final = UUID("5e0d6c0c-6f43-5b8e-9d3f-0d6b1d2f7a51")
"""Of all ids of actions and decisions; another one would send everything once more."""

Clock = Literal["log", "live"]


@dataclass(frozen=True, slots=True)
class PointCap:
    """At most so many actions to one contact point in a window.

    Parameters
    ----------
    id
        Names the cap in the playbook.
    max
        Actions allowed in one window, 1 to 32.
    window
        Rolling, such as ``7d``: no stretch of seven days holds more.
    """

    id: str
    max: int
    window: str


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do for one customer, once.

    Parameters
    ----------
    action_id
        From the rule's experiment, customer and occurrence; the rule's version is no part of it,
        so that an edit sends nothing twice.
    decision_id
        The decision that let it through.
    at
        When it was decided, event time.
    rule, rule_version, topic, pyramid_level, explanation
        Why it is done; the level is the one of the moment, see `rules.decide`.
    customer, contact_point
        For whom and where to; the contact point is the customer id where none is known.
    do, class_, channel, to
        What it is, of which class, over which channel, by which team (``None`` for nobody).
    template, text, subject, language
        The wording's id, and the wording filled in, with the subject of an e-mail where it has one;
        the language is empty where the template does not say it.
    occurrence
        What it is about.
    not_before, not_after
        Event times between which it may leave, half-open ``[not_before, not_after)``: from the
        decision until the first of the time limit, the end of the contact window, the team's
        closing and the next quiet hours.
    due_at
        Until when it must be done, event time; ``None`` for no limit.
    clock
        Whether these times are judged by the log or by the wall clock.
    point_caps
        Caps that dispatch must keep over all customers who share the contact point.
    cause
        What every event that comes of it must carry, see `rules.feedback`.
    """

    action_id: str
    decision_id: str
    at: float
    rule: str
    rule_version: str
    topic: str
    pyramid_level: int
    explanation: str
    customer: str
    contact_point: str
    do: str
    class_: str
    channel: str
    to: str | None
    template: str
    text: str
    subject: str
    language: str
    occurrence: str
    not_before: float
    not_after: float
    due_at: float | None
    clock: Clock
    point_caps: tuple[PointCap, ...]
    cause: Mapping[str, Any]


def action_id(experiment: str, customer: str, occurrence: str, step: int = 1) -> UUID:
    """Return the id of the action of a rule for a customer about an occurrence.

    Parameters
    ----------
    experiment
        The rule's, by default the rule's id.
    step
        Which step of its play it is, from 1.

    Examples
    --------
    >>> str(action_id("call-back", "c-1", "call-7"))
    '...'
    """
    name = [experiment, customer, occurrence, *([step] if step > 1 else [])]
    return uuid5(NAMESPACE, orjson.dumps(name).decode())


def action_event(action: Action, *, playbook_hash: str, partition: int, offset: int) -> Event:
    """Return the action as it travels: keys in a fixed order, times in Unix seconds.

    Parameters
    ----------
    playbook_hash
        The playbook that decided.
    partition, offset
        The record of interactions that led to it.
    """
    data: dict[str, Any] = {
        "action_id": action.action_id,
        "decision_id": action.decision_id,
        "rule": action.rule,
        "rule_version": action.rule_version,
        "customer": action.customer,
        "contact_point": action.contact_point,
        "do": action.do,
        "class": action.class_,
        "channel": action.channel,
        "to": action.to,
        "template": action.template,
        "text": action.text,
        "subject": action.subject,
        "language": action.language,
        "topic": action.topic,
        "occurrence": action.occurrence,
        "pyramid_level": action.pyramid_level,
        "explanation": action.explanation,
        "not_before": action.not_before,
        "not_after": action.not_after,
        "due_at": action.due_at,
        "clock": action.clock,
        "point_caps": action.point_caps,
        **action.cause,
        "origin": {"partition": partition, "offset": offset},
        "playbook": playbook_hash,
    }
    return Event(action.action_id, SOURCE, "precede.action", action.at, action.customer, data)
