"""The customer has to contact us again."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detectors.customer import Customer
    from detectors.event import Event

WINDOW_S = 7 * 86400.0
"""A contact within 7 days of another means the first did not resolve it [1]_."""
NOTABLE = 2
STRONG = 3
"""Each further contact costs about 15 % of satisfaction [2]_: the third is escalated."""


def repeat_contact(
    _event: Event,
    customer: Customer,
    at: float,
    *,
    window_s: float = WINDOW_S,
    notable: int = NOTABLE,
    strong: int = STRONG,
) -> float:
    """Return 0, 0.5 at the second inbound contact within 7 days before `at`, or 1 from the third.

    References
    ----------
    .. [1] "First contact resolution", callcentrehelper.com (window of 7 days).
    .. [2] SQM Group, employee satisfaction for FCR effectiveness, sqmgroup.com.
    """
    if customer.contacts.total < notable:
        return 0.0
    count = customer.contacts.count(at - window_s, at)
    return 0.0 if count < notable else 0.5 if count < strong else 1.0
