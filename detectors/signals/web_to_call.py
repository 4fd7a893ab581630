"""Calls because web or app did not do."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detectors.customer import Customer
    from detectors.event import Event

WINDOW_S = 1800.0
"""The visit before: what lies further back was another try (own proposal)."""
CONTACT_S = 6 * 3600.0
"""A contact that began so long ago is over."""
STRONG = 3
FAILED = ("error", "rage", "form", "nothing", "login", "locked", "unpaid", "hard")
"""What makes a visit a failed one; a login or a payment that worked in the end does not."""


def web_to_call(
    _event: Event,
    customer: Customer,
    at: float,
    *,
    window_s: float = WINDOW_S,
    contact_s: float = CONTACT_S,
    strong: int = STRONG,
) -> float:
    """Return 0, 0.5 in a contact within 30 min after a failed visit, or 1 after three failures.

    The contact must have begun within 6 h before `at`. Having to change from web to phone is one of
    the drivers of effort [1]_; the numbers are an own proposal.

    References
    ----------
    .. [1] CEB, "The Effortless Experience": channel switching.
    """
    standing, started_at = customer.standing, customer.contacts.last_started_at
    if standing is None or not at - contact_s < started_at <= at:
        return 0.0
    after, marks = started_at - window_s, standing.marks
    count = sum(marks.count(kind, after, started_at) for kind in FAILED)
    return 0.0 if not count else 0.5 if count < strong else 1.0
