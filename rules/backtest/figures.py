"""What the rules of a playbook would have done on a log, rule by rule."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rules.backtest.facts import LogFacts
from rules.backtest.needs import Missing, missing
from rules.backtest.overlap import overlaps
from rules.backtest.versions import as_run
from rules.playbook.models import Playbook, Rule
from rules.proof.decided import Decided
from rules.proof.ghosts import judge
from rules.proof.history import History
from rules.proof.result import NO_CAUSAL_CLAIM, RuleResult

PASSED: Final = frozenset(("sent", "shadow", "ghost"))
"""How a candidate ends that passed every gate; in a backtest each is a firing."""

HOUR_S: Final = 3600.0


def is_firing(decision: Decided) -> bool:
    """Return whether a candidate that began something passed every gate."""
    return decision.reason in PASSED and decision.step == 1


@dataclass(frozen=True, slots=True)
class RuleFigures:
    """What one rule would have done.

    Parameters
    ----------
    mode
        As the playbook has it.
    result
        Candidates by reason, and firings beside comparable moments.
    missing
        What the rule needs and the log lacks.
    overlaps
        Other rule -> candidates of this one within 24 h of one of the other's, same customer.
    days
        Length of the log; 0 for a log of one instant.
    hand_overs
        Firings that give a task to people.
    agent_hours
        What these take; ``None`` where the log tells no handling time.
    """

    mode: str
    result: RuleResult
    missing: Missing
    overlaps: Mapping[str, int]
    days: float
    hand_overs: int
    agent_hours: float | None

    @property
    def candidates_a_day(self) -> float | None:
        """Candidates, whatever became of them."""
        return sum(self.result.candidates.values()) / self.days if self.days else None

    @property
    def firings_a_day(self) -> float | None:
        """Candidates that passed every gate."""
        return self.result.total.fired / self.days if self.days else None

    def as_json(self) -> dict[str, Any]:
        """Return the figures as plain values; ``no_data`` says what a silent rule lacks."""
        return {
            "mode": self.mode,
            "no_data": list(self.missing.needed),
            "taken_for_never": list(self.missing.watched),
            "candidates_a_day": self.candidates_a_day,
            "firings_a_day": self.firings_a_day,
            **self.result.as_json(),
            "overlaps": dict(self.overlaps),
            "hand_overs": self.hand_overs,
            "agent_hours": self.agent_hours,
        }


def figures(
    playbook: Playbook, decisions: Sequence[Decided], history: History, facts: LogFacts
) -> dict[str, RuleFigures]:
    """Return the figures of every rule that runs in a backtest, in the order of the playbook.

    Parameters
    ----------
    playbook
        As written; its drafts were run in shadow.
    decisions
        What it led to on the log.
    """
    results = judge(history, decisions, as_run(playbook), is_firing)
    near = overlaps(decisions)
    fired = Counter(decision.rule for decision in decisions if is_firing(decision))
    found = {}
    for rule in playbook.rules:
        if rule.mode == "retired":
            continue
        hand_overs = fired[rule.id] if is_hand_over(rule) else 0
        found[rule.id] = RuleFigures(
            mode=rule.mode,
            result=results[rule.id],
            missing=missing(rule, facts.events.keys()),
            overlaps=near.get(rule.id, {}),
            days=facts.days,
            hand_overs=hand_overs,
            agent_hours=agent_hours(hand_overs, facts),
        )
    return found


def is_hand_over(rule: Rule) -> bool:
    """Return whether a firing gives people work: an offer or a message does not by itself."""
    return rule.first.do == "task"


def agent_hours(hand_overs: int, facts: LogFacts) -> float | None:
    """Return what hand-overs take; ``None`` where the log tells no handling time."""
    mean_s = facts.mean_service_s
    if not hand_overs:
        return 0.0
    return None if mean_s is None else hand_overs * mean_s / HOUR_S


def assumptions(facts: LogFacts) -> list[str]:
    """Return what the figures rest on, in sentences."""
    mean_s = facts.mean_service_s
    if mean_s is None:
        hours = "agent hours are not known: the log tells no handling time"
    else:
        hours = (
            f"agent hours: one task takes {mean_s:.0f} s, the mean of the log's "
            f"{facts.services:,} answered contacts; offers and messages take none"
        )
    return [
        NO_CAUSAL_CLAIM,
        "a firing is a candidate that passed every gate; drafts ran in shadow",
        hours,
    ]
