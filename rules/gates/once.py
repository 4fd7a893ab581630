"""The same occurrence is acted on once."""

from rules.gates.gate import Candidate
from rules.language.text import format_seconds
from rules.reason import Reason


class Once:
    """Holds back an action that already went out: same rule, customer and occurrence.

    It looks as far back as the customer's memory of sends reaches: the contact window, the longest
    cap or the rule's cool-down, whichever is longest. Beyond that the dispatcher's ledger knows.
    """

    name = "once"
    reason: Reason = "duplicate"

    def check(self, candidate: Candidate) -> tuple[bool, str]:
        """Return whether this action has not gone out yet."""
        for send in candidate.memory.sends(shadow=candidate.shadow):
            if send.action_id == candidate.action_id:
                return False, f"went out {format_seconds(candidate.at - send.at)} ago"
        return True, "first time"
