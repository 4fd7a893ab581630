"""A rule whose condition turned true for a customer: the raw material of a candidate."""

from dataclasses import dataclass, field
from typing import Literal

from detectors.event import Event
from rules.playbook.models import Rule

Value = float | str | bool | None
TriggerKind = Literal["inbound", "observed", "predicted"]


@dataclass(slots=True)
class Evidence:
    """What a model said, as far as the rule looked at it.

    Parameters
    ----------
    model
        Name of the score.
    snapshot
        How many labels the model had learnt from.
    score, baseline
        Probabilities in [0, 1]: the model's, and the naive one on the same row.
    top
        Largest contributions to the log-odds, as (human name, contribution).
    """

    model: str
    snapshot: int
    score: float
    baseline: float
    top: list[tuple[str, float]]


@dataclass(slots=True)
class Match:
    """One rule, one customer, one moment.

    Parameters
    ----------
    rule
        The rule that matched.
    at
        Event time at which the condition turned true: the event's, or an absence's deadline.
    event
        The event that made it true; for an absence the last one that armed it.
    kind
        What kind of trigger it was: an ask of the customer, something observed or predicted.
    occurrence
        What it is about, for instance the call's id: the same occurrence gives the same action id.
    facts
        Every name that the condition and the explanation read, with its value.
    conditions
        The condition leaf by leaf, as written, and whether it held.
    explanation
        The rule's ``explain`` with its names filled in.
    missing
        Names without a value under ``unless``; not empty means the candidate is suppressed.
    evidence
        What the models said.
    """

    rule: Rule
    at: float
    event: Event
    kind: TriggerKind
    occurrence: str
    facts: dict[str, Value]
    conditions: list[tuple[str, bool]]
    explanation: str
    missing: tuple[str, ...] = ()
    evidence: list[Evidence] = field(default_factory=list)
