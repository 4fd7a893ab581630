"""A rule that acted leaves its customer alone for a while."""

from rules.gates.gate import Candidate
from rules.language.text import format_seconds
from rules.reason import Reason


class Cooldown:
    """Holds back for ``[sent, sent + cooldown)``, per rule and customer.

    It starts when an action goes out; what was held back starts none. The cool-down that counts
    is the one the rule has now, not the one it had then.
    """

    name = "cooldown"
    reason: Reason = "cooldown"

    def check(self, candidate: Candidate) -> tuple[bool, str]:
        """Return whether the rule's last action for this customer is long enough ago."""
        rule = candidate.match.rule
        sends = candidate.memory.sends(shadow=candidate.shadow)
        last_at = max((send.at for send in sends if send.rule == rule.id), default=None)
        if last_at is None:
            return True, "not acted lately"
        age = format_seconds(candidate.at - last_at)
        detail = f"last acted {age} ago, cool-down {format_seconds(rule.cooldown_s)}"
        return not candidate.at < last_at + rule.cooldown_s, detail
