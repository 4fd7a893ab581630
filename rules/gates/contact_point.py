"""Nothing goes where it cannot arrive or is not wanted."""

from rules.gates.gate import Candidate
from rules.reason import Reason


class ContactPoint:
    """Holds back when every number or address that the channel could use is suppressed.

    One is suppressed after a hard bounce, a complaint or a stop. A critical message goes out in
    spite of the last two.
    """

    name = "contact_point"
    reason: Reason = "suppressed_contact"

    def check(self, candidate: Candidate) -> tuple[bool, str]:
        """Return whether there is a contact point to use."""
        return candidate.contact_point is not None, candidate.contact_point_told
