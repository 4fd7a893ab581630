"""Clicks after which nothing happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detectors.customer import Customer
    from detectors.event import Event

WINDOW_S = 300.0
NOTABLE = 2
"""One dead click is often a slip, and half as telling as an error click [2]_."""
STRONG = 4


def dead_click(
    _event: Event,
    customer: Customer,
    at: float,
    *,
    window_s: float = WINDOW_S,
    notable: int = NOTABLE,
    strong: int = STRONG,
) -> float:
    """Return 0, 0.5 after two clicks without effect within 5 min before `at`, or 1 from the fourth.

    The client marks a click after which nothing happened for 3 s [1]_.

    References
    ----------
    .. [1] Amplitude and Sentry: slow or dead after 3 s; Sentry calls it dead for sure after 7 s.
    .. [2] netaj.io, "Frustration scoring": weights error 5, rage 4, error click 4, dead click 2.
    """
    standing = customer.standing
    count = 0 if standing is None else standing.marks.count("dead", at - window_s, at)
    return 0.0 if count < notable else 0.5 if count < strong else 1.0
