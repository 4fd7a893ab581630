"""Back at once: not what was looked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detectors.customer import Customer
    from detectors.event import Event

WINDOW_S = 300.0
DWELL_S = 7.0
"""Who leaves a page within 7 s has not read it (own proposal)."""
STRONG = 3
_TRIP = 3  # there, away, and there again


def is_quick_back(pages: Sequence[tuple[float, int]], place: int, dwell_s: float = DWELL_S) -> bool:
    """Return whether the view at this place came back from the page before it within `dwell_s`."""
    if place < _TRIP - 1:
        return False
    (_, first), (left_at, other), (back_at, again) = pages[place - 2 : place + 1]
    return first == again != other and 0.0 <= back_at - left_at < dwell_s


def quick_back(
    _event: Event,
    customer: Customer,
    at: float,
    *,
    window_s: float = WINDOW_S,
    dwell_s: float = DWELL_S,
    strong: int = STRONG,
) -> float:
    """Return 0, 0.5 after coming back from a page within 7 s once in 5 min, or 1 from three times.

    Named without a number by the vendors [1]_.

    References
    ----------
    .. [1] learn.microsoft.com/clarity, "Semantic metrics": quick back.
    """
    standing = customer.standing
    if standing is None:
        return 0.0
    pages = standing.pages
    count = sum(
        at - window_s < pages[place][0] <= at and is_quick_back(pages, place, dwell_s)
        for place in range(len(pages))
    )
    return 0.0 if not count else 0.5 if count < strong else 1.0
