"""Passed from one agent to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detectors.customer import Customer
    from detectors.event import Event

WINDOW_S = 86400.0
STRONG = 2
"""Once is common, every fifth caller; the second time the customer tells it a third time [1]_."""


def transfer(
    _event: Event,
    customer: Customer,
    at: float,
    *,
    window_s: float = WINDOW_S,
    strong: int = STRONG,
) -> float:
    """Return 0, 0.5 after one transfer within the newest contact, or 1 after more.

    A contact that began more than 24 h before `at` does not count. A transfer costs 12 % of
    satisfaction and 14 % of resolution at the first contact [1]_.

    References
    ----------
    .. [1] SQM Group, "Call transfer and hold performance", sqmgroup.com: 19 % are transferred.
    """
    standing = customer.standing
    if standing is None:
        return 0.0
    after = customer.contacts.before_newest(at, window_s)
    count = standing.marks.count("transfer", after, at)
    return 0.0 if not count else 0.5 if count < strong else 1.0
