"""A promise about to be broken."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detectors.customer import Customer
    from detectors.event import Event

NOTABLE_S = 4 * 3600.0
"""Half a working day: enough to keep it still, or to say so in time (own proposal)."""


def promise_at_risk(
    _event: Event,
    customer: Customer,
    at: float,
    *,
    notable_s: float = NOTABLE_S,
) -> float:
    """Return 0, 0.5 when a promise that is not kept is due within 4 h of `at`, or 1 after that.

    Saying what one will do and not doing it is the fourth of the five service gaps [1]_.

    References
    ----------
    .. [1] Parasuraman, Zeithaml, Berry (1985), "A conceptual model of service quality".
    """
    standing = customer.standing
    if standing is None:
        return 0.0
    strength = 0.0
    for promise in standing.open_items("promise", at):
        if promise.due < at:
            return 1.0
        if promise.due <= at + notable_s:
            strength = 0.5
    return strength
