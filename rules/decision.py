"""What became of a candidate, with everything that led to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from detectors.event import Event
from rules.action import SOURCE, Action
from rules.gates.gate import Verdict
from rules.holdout import Assignment
from rules.match import Match
from rules.reason import Reason

DECISION: Final = "precede.decision"
"""Type of a decision's record; answers to other systems stand beside them."""


@dataclass(frozen=True, slots=True)
class Rival:
    """Another candidate of the customer for the same topic at the same moment.

    Parameters
    ----------
    rule
        Its rule.
    score
        What doing it was worth.
    """

    rule: str
    score: float


@dataclass(frozen=True, slots=True)
class Decision:
    """One candidate's end.

    Parameters
    ----------
    decision_id
        Unique per candidate, the same on every replay of the log.
    action_id
        The id of the action, also where none went out: the same occurrence later has it too.
    customer
        For whom.
    at
        When it was decided, event time.
    match
        What matched, and why.
    pyramid_level
        The rule's level, or 3 while the contact that triggered it is under way.
    verdicts
        What the gates said, in order; the last one failed unless it was let through.
    score
        What doing it was worth; ``None`` when it did not get as far as the comparison.
    rivals
        What it was compared with, the best first; a live rule's are live.
    holdout
        The arm of the customer; ``None`` where no lots were drawn, or it did not come to that.
    reason
        How it ended.
    action
        What goes out; only with reason ``sent``.
    release_at
        When what hours hold back is tried again, event time; ``None`` for never.
    """

    decision_id: str
    action_id: str
    customer: str
    at: float
    match: Match
    pyramid_level: int
    verdicts: tuple[Verdict, ...]
    score: float | None
    rivals: tuple[Rival, ...]
    holdout: Assignment | None
    reason: Reason
    action: Action | None
    release_at: float | None


def decision_event(
    decision: Decision,
    *,
    playbook_hash: str,
    partition: int,
    offset: int,
    approval: Mapping[str, Any] | None = None,
) -> Event:
    """Return the decision record as it travels: keys in a fixed order, times in Unix seconds.

    Parameters
    ----------
    playbook_hash
        The playbook that decided.
    partition, offset
        The record of interactions that led to it.
    approval
        Who approved the playbook, ``by``, and ``at`` which time; ``None`` where nobody did.
    """
    match = decision.match
    rule, trigger = match.rule, match.event
    data: dict[str, Any] = {
        "decision_id": decision.decision_id,
        "customer": decision.customer,
        "rule": rule.id,
        "rule_version": rule.version,
        "mode": rule.mode,
        "pyramid_level": decision.pyramid_level,
        "goal": rule.goal,
        "topic": rule.topic,
        "trigger": {
            "event_id": trigger.id,
            "type": trigger.type,
            "at": trigger.at,
            "kind": match.kind,
        },
        "matched_at": match.at,
        "occurrence": match.occurrence,
        "facts": match.facts,
        "conditions": match.conditions,
        "missing": match.missing,
        "explanation": match.explanation,
        **({} if match.held_since is None else {"held_since": match.held_since}),
        **({} if match.play is None else {"play": match.play.as_json()}),
        "models": [
            {
                "model": evidence.model,
                "snapshot": evidence.snapshot,
                "score": evidence.score,
                "baseline": evidence.baseline,
                "top": evidence.top,
                **({"withdrawn": True} if evidence.withdrawn else {}),
            }
            for evidence in match.evidence
        ],
        "gates": [
            [verdict.gate, "pass" if verdict.passed else "fail", verdict.detail]
            for verdict in decision.verdicts
        ],
        "arbitration": {
            "score": decision.score,
            "rivals": [[rival.rule, rival.score] for rival in decision.rivals],
        },
        "holdout": None if decision.holdout is None else decision.holdout.as_json(),
        "reason": decision.reason,
        "action_id": decision.action_id,
        "origin": {"partition": partition, "offset": offset},
        "playbook": playbook_hash,
        "approval": approval,
    }
    return Event(decision.decision_id, SOURCE, DECISION, decision.at, decision.customer, data)
