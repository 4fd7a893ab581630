"""Put on hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detectors.customer import Customer
    from detectors.event import Event

WINDOW_S = 86400.0
NOTABLE_S = 120.0
NOTABLE = 2
"""More than two minutes, the usual limit of a hold [2]_, in all; or the second (own proposal)."""


def hold(
    _event: Event,
    customer: Customer,
    at: float,
    *,
    window_s: float = WINDOW_S,
    notable_s: float = NOTABLE_S,
    notable: int = NOTABLE,
) -> float:
    """Return 0, 0.5 after more than 120 s on hold or two holds in the newest contact, 1 after both.

    A contact that began more than 24 h before `at` does not count. Holds lower satisfaction and
    resolution at the first contact [1]_.

    References
    ----------
    .. [1] SQM Group, "Call transfer and hold performance", sqmgroup.com.
    .. [2] K. Gogineni (2021), "Conversational silence detection on contact center calls",
       Observe.AI engineering blog: hold time violation.
    """
    standing = customer.standing
    if standing is None:
        return 0.0
    holds = standing.traces.rows("hold", customer.contacts.before_newest(at, window_s), at)
    if not holds:
        return 0.0
    is_long = sum(held_s for _, _, held_s in holds) > notable_s
    return (is_long + (len(holds) >= notable)) / 2.0
