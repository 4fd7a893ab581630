"""An order that comes later than promised."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detectors.customer import Customer
    from detectors.event import Event

STRONG_S = 86400.0
"""A gap of a day in a parcel's news is what makes people ask where it is [2]_."""


def delivery_delay(
    _event: Event,
    customer: Customer,
    at: float,
    *,
    strong_s: float = STRONG_S,
) -> float:
    """Return 0, 0.5 when an open order will be later than promised, or 1 from a day on.

    An order also counts as late once its promised time has passed at `at`. "Where is my order" is
    a quarter to half of what online shops are asked, by vendors' figures [1]_.

    References
    ----------
    .. [1] ignyteiq.com, glossary, "WISMO"; via.delivery, "Where is my order".
    .. [2] bookbag.ai, gap between scans of 24 h.
    """
    standing = customer.standing
    if standing is None:
        return 0.0
    late_s = 0.0
    for order in standing.open_items("order", at):
        late_s = max(late_s, order.late_s)
        late_s = max(late_s, at - order.due)  # NaN, no promise, is passed over
    return 0.0 if not late_s else 0.5 if late_s < strong_s else 1.0
