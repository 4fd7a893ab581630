"""Errors that the customer sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detectors.customer import Customer
    from detectors.event import Event

WINDOW_S = 1800.0
"""A visit ends after 30 min without a sign of life, the usual cut of web analytics [2]_."""
STRONG = 2


def error_click(
    _event: Event,
    customer: Customer,
    at: float,
    *,
    window_s: float = WINDOW_S,
    strong: int = STRONG,
) -> float:
    """Return 0, 0.5 after one error within 30 min before `at`, or 1 after more.

    An error is one of the app itself, or what followed a click within 1 s [1]_; two in a visit are
    strong (own proposal).

    References
    ----------
    .. [1] Datadog, "Frustration signals": error click.
    .. [2] Google Analytics, session timeout of 30 min.
    """
    standing = customer.standing
    count = 0 if standing is None else standing.marks.count("error", at - window_s, at)
    return 0.0 if not count else 0.5 if count < strong else 1.0
