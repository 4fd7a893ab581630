"""A parcel nobody hears of."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detectors.customer import Customer
    from detectors.event import Event

NOTABLE_S = 86400.0
"""A day without news is what makes people ask where it is [1]_."""
STRONG_S = 2 * 86400.0


def delivery_silence(
    _event: Event,
    customer: Customer,
    at: float,
    *,
    notable_s: float = NOTABLE_S,
    strong_s: float = STRONG_S,
) -> float:
    """Return 0, 0.5 when a parcel under way was not seen for 24 h before `at`, or 1 for 48 h.

    References
    ----------
    .. [1] bookbag.ai, gap between scans of 24 h.
    """
    standing = customer.standing
    if standing is None:
        return 0.0
    strength = 0.0
    for order in standing.open_items("order", at):
        quiet_s = at - order.heard_at  # NaN, not shipped yet, is passed over
        if quiet_s >= notable_s:
            strength = max(strength, 0.5 if quiet_s < strong_s else 1.0)
    return strength
