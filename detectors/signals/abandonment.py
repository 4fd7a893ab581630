"""Hung up in the queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detectors.customer import Customer
    from detectors.event import Event

SHORT_S = 10.0
"""Hanging up within 10 s is a wrong number or a change of mind; there is no standard [1]_."""
WINDOW_S = 86400.0
STRONG = 2
"""A second abandonment within a day: the customer keeps failing to reach us."""


def abandonment(
    _event: Event,
    customer: Customer,
    at: float,
    *,
    window_s: float = WINDOW_S,
    short_s: float = SHORT_S,
    strong: int = STRONG,
) -> float:
    """Return 0, 0.5 after one abandonment within 24 h before `at`, or 1 after more.

    Only waits of more than 10 s count.

    References
    ----------
    .. [1] "Calculating abandoned call rates", searchcrm.techtarget.com.
    """
    abandoned = customer.contacts.abandoned
    if not abandoned:
        return 0.0
    count = sum(at - window_s < then <= at and wait_s > short_s for then, wait_s in abandoned)
    return 0.0 if not count else 0.5 if count < strong else 1.0
