"""What became of a candidate, with everything that led to it."""

from dataclasses import dataclass
from typing import Any

from detectors.event import Event
from rules.action import SOURCE, Action
from rules.gates.gate import Verdict
from rules.match import Match
from rules.reason import Reason


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
    reason
        How it ended.
    action
        What goes out; only with reason ``sent``.
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
    reason: Reason
    action: Action | None


def decision_event(decision: Decision, *, playbook_hash: str, partition: int, offset: int) -> Event:
    """Return the decision record as it travels: keys in a fixed order, times in Unix seconds.

    Parameters
    ----------
    playbook_hash
        The playbook that decided.
    partition, offset
        The record of interactions that led to it.
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
        "models": [
            {
                "model": evidence.model,
                "snapshot": evidence.snapshot,
                "score": evidence.score,
                "baseline": evidence.baseline,
                "top": evidence.top,
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
        "reason": decision.reason,
        "action_id": decision.action_id,
        "origin": {"partition": partition, "offset": offset},
        "playbook": playbook_hash,
    }
    return Event(
        decision.decision_id, SOURCE, "precede.decision", decision.at, decision.customer, data
    )
