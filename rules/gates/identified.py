"""Nobody acts on a contact whose customer is not known."""

from rules.gates.gate import Candidate
from rules.reason import Reason


class Identified:
    """Holds back what is for an unidentified contact: there is nobody to reach or to count for."""

    name = "identified"
    reason: Reason = "suppressed_contact"

    def check(self, candidate: Candidate) -> tuple[bool, str]:
        """Return whether a known customer stands behind it."""
        known = candidate.customer.identified
        return known, "known customer" if known else "nobody identified behind this contact"
