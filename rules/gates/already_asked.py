"""Who is already asking needs an answer, not an offer."""

from detectors.contacts import STALE_S, text
from detectors.customer import Customer
from rules.gates.gate import Candidate
from rules.language.text import format_seconds
from rules.match import Match
from rules.reason import Reason


class AlreadyAsked:
    """Holds back when the customer has another contact under way, or asked since the match.

    The contact that triggered the rule does not count: an offer to a waiting caller is about it.
    Only contacts that the customer began count, and only for 6 h, should their end have been lost.
    """

    name = "already_asked"
    reason: Reason = "already_asked"

    def check(self, candidate: Candidate) -> tuple[bool, str]:
        """Return whether the customer is not asking elsewhere."""
        at, matched_at = candidate.at, candidate.match.began_at
        own = own_call(candidate.match)
        for call, started_at in open_asks(candidate.customer, at):
            if call != own:
                since = format_seconds(max(0.0, at - started_at))
                return False, f"contact {call} under way for {since}"
        asked = candidate.customer.contacts.count(matched_at, at)
        if asked:
            return False, f"asked within the {format_seconds(at - matched_at)} since the trigger"
        return True, "no other contact under way"


def own_call(match: Match) -> str:
    """Return the contact that the trigger belongs to; empty for none."""
    return text(match.event.data.get("call"))


def open_asks(customer: Customer, at: float) -> list[tuple[str, float]]:
    """Return the customer's own contacts under way, as (contact, start)."""
    return [
        (call, contact.started_at)
        for call, contact in customer.contacts.open.items()
        if contact.inbound and at < contact.started_at + STALE_S
    ]
