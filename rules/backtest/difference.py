"""What changes from one version of a playbook to another, on the same log.

A firing is the same one under both if it has the same action id: the same rule, customer and
occurrence.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rules.backtest.facts import LogFacts
from rules.backtest.figures import agent_hours, is_firing, is_hand_over
from rules.backtest.versions import as_run
from rules.playbook.models import Playbook
from rules.proof.decided import Decided
from rules.proof.ghosts import judge
from rules.proof.history import History
from rules.proof.result import RuleResult


@dataclass(frozen=True, slots=True)
class RuleDifference:
    """Firings of a rule that only one version has.

    Parameters
    ----------
    extra, missing
        Those that only the new version has, and only the old one; called anyway and comparable as
        everywhere, on these firings alone. ``None`` where the version lacks the rule.
    agent_hours
        Of the extra hand-overs less the missing ones; ``None`` where nothing is known of it.
    """

    extra: RuleResult | None
    missing: RuleResult | None
    agent_hours: float | None

    @property
    def extra_count(self) -> int:
        """How many firings only the new version has."""
        return self.extra.total.fired if self.extra else 0

    @property
    def missing_count(self) -> int:
        """How many firings only the old version has."""
        return self.missing.total.fired if self.missing else 0

    def as_json(self) -> dict[str, Any]:
        """Return the figures as plain values."""
        return {
            "extra": self.extra.as_json() if self.extra else None,
            "missing": self.missing.as_json() if self.missing else None,
            "agent_hours": self.agent_hours,
        }


def difference(
    new: tuple[Playbook, Sequence[Decided]],
    old: tuple[Playbook, Sequence[Decided]],
    history: History,
    facts: LogFacts,
) -> dict[str, RuleDifference]:
    """Return what differs for every rule of either version, in the order of the new one.

    Parameters
    ----------
    new, old
        A playbook as written and what it led to on the log.
    """
    new_ids, old_ids = _fired(new[1]), _fired(old[1])
    extra = _judged(new, new_ids - old_ids, history)
    gone = _judged(old, old_ids - new_ids, history)
    found = {}
    for rule in dict.fromkeys((*extra, *gone)):
        more, less = extra.get(rule), gone.get(rule)
        hours = [
            agent_hours(_hand_overs(version, rule, result), facts)
            for version, result in ((new[0], more), (old[0], less))
        ]
        known = [each for each in hours if each is not None]
        total = known[0] - known[1] if len(known) == len(hours) else None
        found[rule] = RuleDifference(more, less, total)
    return found


def _fired(decisions: Sequence[Decided]) -> frozenset[str]:
    return frozenset(decision.action_id for decision in decisions if is_firing(decision))


def _judged(
    version: tuple[Playbook, Sequence[Decided]], only: frozenset[str], history: History
) -> dict[str, RuleResult]:
    playbook, decisions = version

    def counts(decision: Decided) -> bool:
        return is_firing(decision) and decision.action_id in only

    return judge(history, decisions, as_run(playbook), counts)


def _hand_overs(playbook: Playbook, rule_id: str, result: RuleResult | None) -> int:
    rule = next((rule for rule in playbook.rules if rule.id == rule_id), None)
    return result.total.fired if rule and result and is_hand_over(rule) else 0
