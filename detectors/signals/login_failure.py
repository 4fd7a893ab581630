"""Not getting in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detectors.customer import Customer
    from detectors.event import Event

WINDOW_S = 600.0
NOTABLE = 2
STRONG = 3
"""Threshold and window are what a lock-out is made of [1]_; these numbers are a proposal."""


def login_failure(
    _event: Event,
    customer: Customer,
    at: float,
    *,
    window_s: float = WINDOW_S,
    notable: int = NOTABLE,
    strong: int = STRONG,
) -> float:
    """Return 0, 0.5 after two failed logins within 10 min before `at`, or 1 from the third.

    Counted since the last success; a lock-out is 1 at once.

    References
    ----------
    .. [1] OWASP Authentication Cheat Sheet, "Account Lockout": threshold, observation window.
    """
    standing = customer.standing
    if standing is None:
        return 0.0
    after = at - window_s
    count = standing.marks.count("login", after, at)
    if count >= strong or standing.marks.count("locked", after, at):
        return 1.0
    return 0.0 if count < notable else 0.5
