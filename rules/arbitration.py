"""Which of several candidates goes first, and that one per topic goes at all."""

from collections.abc import Iterable
from typing import Final

from rules.gates.config import GatesConfig
from rules.gates.gate import Candidate
from rules.language.text import format_seconds
from rules.reason import Reason

_CLASSES: Final = {"critical": 0, "service": 1, "promotional": 2}


def score(candidate: Candidate) -> float:
    """Return what doing it is worth: the rule's priority, in [0, 100]."""
    return float(candidate.match.rule.priority)


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
    no place. Losers are not queued: they come back only if their condition turns true again.
    """

    name = "arbitration"
    reason: Reason = "lost_arbitration"

    def __init__(self, config: GatesConfig) -> None:
        self._window_s = config.contact_window_s

    def check(self, candidate: Candidate) -> tuple[bool, str]:
        """Return whether the topic is still free."""
        topic, at = candidate.match.rule.topic, candidate.at
        for send in reversed(candidate.memory.sends(shadow=candidate.shadow)):
            if send.topic == topic and at < send.at + self._window_s:
                age = format_seconds(at - send.at)
                window = format_seconds(self._window_s)
                return False, f"lost to {send.rule}, {age} ago; one on {topic} in {window}"
        return True, f"first on {topic}"
