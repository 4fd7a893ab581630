"""Which of several candidates goes first, and that one per topic goes at all."""

from collections.abc import Iterable
from typing import Final

from rules.gates.config import GatesConfig
from rules.gates.gate import Candidate
from rules.language.text import format_seconds
from rules.playbook.models import Rule
from rules.reason import Reason

_CLASSES: Final = {"critical": 0, "service": 1, "promotional": 2}


def score(candidate: Candidate) -> float:
    """Return what doing it is worth; without any of the keys below it is the rule's priority."""
    rule = candidate.match.rule
    return worth(rule, _propensity(candidate), candidate.context)


def worth(rule: Rule, propensity: float, context: float) -> float:
    """Return propensity x context x value x lever - cost, to six digits after the point.

    Parameters
    ----------
    propensity
        How probable it is that the customer needs it, in [0, 1]: the score that the rule names, 1
        where it names none, 0 where the score is not known or its model is withdrawn.
    context
        Weight of the rule's force in the playbook, 1 where it has none.
    """
    value = float(rule.priority) if rule.value is None else rule.value
    return round(propensity * context * value * rule.lever - rule.cost, 6)


def _propensity(candidate: Candidate) -> float:
    match = candidate.match
    named = match.rule.propensity
    if named is None:
        return 1.0
    name = named.removeprefix("score.")
    # Unknown counts as improbable: what is known to be needed goes first.
    told = [known.score for known in match.evidence if known.model == name and not known.withdrawn]
    return told[0] if told else 0.0


def rank(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Return the candidates of one customer at one moment, the best first, in a total order.

    Help goes before selling: critical, service, promotional. Within a class the larger score
    wins, then the earlier match, then the rule's id, the occurrence and the trigger's id. The
    order of the argument does not matter.
    """
    return sorted(
        candidates,
        key=lambda candidate: (
            _CLASSES[candidate.step.class_],
            -score(candidate),
            candidate.match.at,
            candidate.match.rule.id,
            candidate.match.occurrence,
            candidate.match.event.id,
        ),
    )


class Arbitration:
    """Holds back what has lost: another action on the topic went out in the contact window.

    Candidates come in the order of `rank`, and each is reserved before the next one is looked at.
    So who loses at one moment loses to one that goes out; a better one that a cap holds back takes
    no place. Losers are not queued: they come back only if their condition turns true again. A play
    does not lose to its own steps.
    """

    name = "arbitration"
    reason: Reason = "lost_arbitration"

    def __init__(self, config: GatesConfig) -> None:
        self._window_s = config.contact_window_s

    def check(self, candidate: Candidate) -> tuple[bool, str]:
        """Return whether the topic is still free."""
        topic, at = candidate.match.rule.topic, candidate.at
        own = candidate.match.rule.id if candidate.is_later_step else ""
        for send in reversed(candidate.memory.sends(shadow=candidate.shadow)):
            if own and send.rule == own:
                continue
            if send.topic == topic and at < send.at + self._window_s:
                age = format_seconds(at - send.at)
                window = format_seconds(self._window_s)
                winner = send.rule or send.system
                return False, f"lost to {winner}, {age} ago; one on {topic} in {window}"
        return True, f"first on {topic}"
