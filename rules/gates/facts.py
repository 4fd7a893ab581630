"""Nothing goes out on a fact that is not known."""

from rules.gates.gate import Candidate
from rules.reason import Reason


class Facts:
    """Holds back a candidate whose ``unless`` reads a name that has no value.

    A feed that fell silent must not open a gate. Neither may a score of a withdrawn model.
    """

    name = "facts"
    reason: Reason = "missing_fact"

    def check(self, candidate: Candidate) -> tuple[bool, str]:
        """Return whether all names have a value."""
        if candidate.match.missing:
            detail = f"no value of {', '.join(candidate.match.missing)}"
            return False, "; ".join((detail, *candidate.match.withdrawn))
        return True, "all known"
