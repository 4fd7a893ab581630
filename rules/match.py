"""A rule whose condition turned true for a customer: the raw material of a candidate."""

from dataclasses import dataclass, field
from typing import Literal

from detectors.event import Event
from rules.playbook.models import Rule
from rules.playbook.steps import Step
from rules.plays.place import Place

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
    withdrawn
        Whether the model is withdrawn: nothing may follow from what it said.
    """

    model: str
    snapshot: int
    score: float
    baseline: float
    top: list[tuple[str, float]]
    withdrawn: bool = False


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
        Names without a value under ``unless``, or scores of withdrawn models; not empty means the
        candidate is suppressed.
    withdrawn
        Scores among those that are missing because their model is withdrawn, each with the reason.
    evidence
        What the models said.
    held_since
        When the condition had turned true, where quiet or opening hours held the candidate back
        until `at`; ``None`` where they did not.
    play
        Which step of its play it is; ``None`` for a rule of one step.
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
    withdrawn: tuple[str, ...] = ()
    evidence: list[Evidence] = field(default_factory=list)
    held_since: float | None = None
    play: Place | None = None

    @property
    def began_at(self) -> float:
        """When the condition turned true first: time limits run from there."""
        return self.at if self.held_since is None else self.held_since

    @property
    def step(self) -> Step:
        """What is to be done."""
        return self.rule.first if self.play is None else self.play.step

    @property
    def number(self) -> int:
        """Which step of its rule it is, from 1."""
        return 1 if self.play is None else self.play.number
