"""A promised call that did not come."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detectors.customer import Customer
    from detectors.event import Event

WINDOW_S = 7 * 86400.0
GRACE_S = 900.0
"""A quarter of an hour late still counts as kept (own proposal)."""
STRONG_S = 86400.0


def callback_not_kept(
    _event: Event,
    customer: Customer,
    at: float,
    *,
    window_s: float = WINDOW_S,
    grace_s: float = GRACE_S,
    strong_s: float = STRONG_S,
) -> float:
    """Return 0, 0.5 when a promised call is 15 min overdue, or 1 when it is a day or was missed.

    A missed call counts for 7 days before `at`. Saying what one will do and not doing it is the
    fourth of the five service gaps [1]_.

    References
    ----------
    .. [1] Parasuraman, Zeithaml, Berry (1985), "A conceptual model of service quality".
    """
    standing = customer.standing
    if standing is None:
        return 0.0
    if standing.marks.count("callback", at - window_s, at):
        return 1.0
    strength = 0.0
    for promised in standing.open_items("callback", at):
        overdue_s = at - promised.due  # NaN, no time was named, is passed over
        if overdue_s > grace_s:
            strength = max(strength, 0.5 if overdue_s < strong_s else 1.0)
    return strength
