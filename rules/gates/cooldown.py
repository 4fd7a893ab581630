"""A rule that acted leaves its customer alone for a while."""

from rules.gates.gate import Candidate
from rules.language.text import format_seconds
from rules.reason import Reason


class Cooldown:
    """Holds back for ``[sent, sent + cooldown)``, per rule and customer.

    It starts when an action goes out, or when another system contacts the customer about the
    rule's topic; what was held back starts none. The cool-down that counts is the one the rule
    has now, not the one it had then. Within a play it does not count.
    """

    name = "cooldown"
    reason: Reason = "cooldown"

    def check(self, candidate: Candidate) -> tuple[bool, str]:
        """Return whether the rule's last action for this customer is long enough ago."""
        if candidate.is_later_step:
            return True, "goes on with a play"
        rule = candidate.match.rule
        last_at, who = float("-inf"), ""
        for send in candidate.memory.sends(shadow=candidate.shadow):
            acted = send.topic == rule.topic if send.system else send.rule == rule.id
            if acted and send.at >= last_at:
                last_at, who = send.at, send.system
        if last_at == float("-inf"):
            return True, "not acted lately"
        age = format_seconds(candidate.at - last_at)
        told = f"{who} contacted them" if who else "last acted"
        detail = f"{told} {age} ago, cool-down {format_seconds(rule.cooldown_s)}"
        return not candidate.at < last_at + rule.cooldown_s, detail
