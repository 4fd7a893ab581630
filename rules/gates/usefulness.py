"""An action that comes too late is none."""

from rules.gates.gate import Candidate
from rules.language.text import format_seconds
from rules.reason import Reason


class Usefulness:
    """Holds back what was due before it could be decided, ``[matched, matched + due)``.

    It happens when the events arrive late or the engine catches up after an outage.
    """

    name = "usefulness"
    reason: Reason = "stale"

    def check(self, candidate: Candidate) -> tuple[bool, str]:
        """Return whether there is time left."""
        if candidate.step.due_s is None:
            return True, "no time limit"
        late_s = candidate.at - candidate.match.began_at
        detail = f"{format_seconds(late_s)} of {format_seconds(candidate.step.due_s)} gone"
        return candidate.at < candidate.useful_until, detail
