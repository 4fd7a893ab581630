"""A bad answer to a survey."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detectors.standing import BAD

if TYPE_CHECKING:
    from detectors.customer import Customer
    from detectors.event import Event

WINDOW_S = 30 * 86400.0
"""An answer speaks for the relationship for about a month (own proposal)."""
VERY_BAD = {"csat": 1.0, "ces": 1.0, "nps": 2.0}
"""The bottom of each scale (own proposal)."""


def negative_feedback(
    _event: Event,
    customer: Customer,
    at: float,
    *,
    window_s: float = WINDOW_S,
) -> float:
    """Return 0, 0.5 when the newest answer within 30 days before `at` is bad, or 1 if very bad.

    Bad is 2 of 5 (CSAT), 3 of 7 (effort) and 6 of 10 (NPS) or less [1]_.

    References
    ----------
    .. [1] Reichheld (2003), "The one number you need to grow": 0 to 6 are detractors;
       support.cys.group, "CES": 1 to 3 of 7 count against; the bottom two of five are usual.
    """
    standing = customer.standing
    if standing is None or not at - window_s < standing.answered_at <= at:
        return 0.0
    score, scale = standing.score, standing.scale
    return 0.0 if score > BAD[scale] else 0.5 if score > VERY_BAD[scale] else 1.0
