"""A candidate on its way to an action, and what a gate is."""

from dataclasses import dataclass, field
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from detectors.customer import Customer
from rules.gates.memory import Memory
from rules.holdout import Assignment
from rules.match import Match
from rules.playbook.steps import Step
from rules.reason import Reason


class Verdict(NamedTuple):
    """What one gate said.

    Parameters
    ----------
    gate
        Its name.
    passed
        Whether the candidate may go on.
    detail
        Why, as a person reads it.
    """

    gate: str
    passed: bool
    detail: str


@dataclass(slots=True)
class Candidate:
    """A match that wants to become an action.

    Parameters
    ----------
    match, step
        What matched and what would be done.
    customer, memory
        For whom, and what was done for them before.
    at
        When it is decided, event time: no earlier than the match, than the customer's newest
        event, and than the customer's newest action. So gates need only look back.
    zone
        Where the customer's clock hangs.
    action_id
        The 16 bytes of the id that the action would have.
    shadow
        Whether its rule only runs along: nothing goes out, and live rules never notice.
    reason
        How it ends; what it would be if all gates let it through, until one does not.
    context
        Weight of the rule's force, see `rules.arbitration`.
    contact_point, contact_point_told
        Where it would go to, and why: empty for the customer's id, ``None`` for nowhere.
    other_zones, zone_told
        Further zones where the customer's clock may hang: what counts by it must hold in all; and
        who told of them.
    verdicts
        What the gates said so far, the last one failed or none.
    rivals
        What it was ranked against; ``None`` before.
    holdout
        The arm of the experiment; ``None`` before, and where there is no experiment.
    """

    match: Match
    step: Step
    customer: Customer
    memory: Memory
    at: float
    zone: ZoneInfo
    action_id: bytes
    shadow: bool
    reason: Reason
    context: float
    contact_point: str | None
    contact_point_told: str
    other_zones: tuple[ZoneInfo, ...]
    zone_told: str
    verdicts: list[Verdict] = field(default_factory=list)
    rivals: "list[Candidate] | None" = None
    holdout: Assignment | None = None

    @property
    def zones(self) -> tuple[ZoneInfo, ...]:
        """Every zone where the customer's clock may hang."""
        return (self.zone, *self.other_zones)

    @property
    def is_later_step(self) -> bool:
        """Whether it goes on with a play that had begun before."""
        return self.match.number > 1

    @property
    def useful_until(self) -> float:
        """When doing it makes no sense any more, event time; infinite where the step says none."""
        due_s = self.step.due_s
        return float("inf") if due_s is None else self.match.began_at + due_s


class Gate(Protocol):
    """Something a candidate must pass. It changes nothing: what passes all is reserved later."""

    @property
    def name(self) -> str:
        """Its name in decisions."""

    @property
    def reason(self) -> Reason:
        """The terminal reason of what it holds back."""

    def check(self, candidate: Candidate) -> tuple[bool, str]:
        """Return whether the candidate may go on, and why, as a person reads it."""
