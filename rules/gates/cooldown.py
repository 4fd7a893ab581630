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
        acted = [
            send
            for send in candidate.memory.sends(shadow=candidate.shadow)
            if (send.topic == rule.topic if send.system else send.rule == rule.id)
        ]
        if not acted:
            return True, "not acted lately"
        last = max(acted, key=lambda send: send.at)
        age = format_seconds(candidate.at - last.at)
        told = f"{last.system} contacted them" if last.system else "last acted"
        detail = f"{told} {age} ago, cool-down {format_seconds(rule.cooldown_s)}"
        return not candidate.at < last.at + rule.cooldown_s, detail
