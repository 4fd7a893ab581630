"""One page again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detectors.customer import Customer
    from detectors.event import Event

WINDOW_S = 15.0
NOTABLE = 3
"""Three visits of one page within 15 s are a loop [1]_."""
STRONG = 5


def page_loop(
    _event: Event,
    customer: Customer,
    at: float,
    *,
    window_s: float = WINDOW_S,
    notable: int = NOTABLE,
    strong: int = STRONG,
) -> float:
    """Return 0, 0.5 after three visits of the newest page within 15 s before `at`, 1 from five.

    Five is an own proposal.

    References
    ----------
    .. [1] Conviva, user experience metrics: at least three visits of one URL in 15 s.
    """
    standing = customer.standing
    if standing is None or not standing.pages:
        return 0.0
    newest = standing.pages[-1][1]
    count = sum(path == newest and at - window_s < then <= at for then, path in standing.pages)
    return 0.0 if count < notable else 0.5 if count < strong else 1.0
