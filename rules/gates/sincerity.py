"""Nobody is sold anything while they have a complaint, a fault, a loss or a fraud to bear."""

from rules.gates.config import GatesConfig
from rules.gates.gate import Candidate
from rules.gates.mood import bad_feedback, open_trouble
from rules.reason import Reason


class Sincerity:
    """Holds back promotion while something is open, and for a while after a bad answer."""

    name = "open_complaint"
    reason: Reason = "open_complaint"

    def __init__(self, config: GatesConfig) -> None:
        self._after_s = config.after_bad_feedback_s

    def check(self, candidate: Candidate) -> tuple[bool, str]:
        """Return whether it would not be out of place."""
        if candidate.step.class_ != "promotional":
            return True, "no promotion"
        customer, at = candidate.customer, candidate.at
        trouble = open_trouble(customer, at) or bad_feedback(customer, at, self._after_s)
        return not trouble, trouble or "nothing open"
