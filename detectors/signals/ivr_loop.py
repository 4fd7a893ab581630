"""Round and round in the voice menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detectors.customer import Customer
    from detectors.event import Event

WINDOW_S = 1800.0
NOTABLE = 3
MISHEARD = 2
STRONG = 5
"""Counts are own proposals."""


def ivr_loop(
    _event: Event,
    customer: Customer,
    at: float,
    *,
    window_s: float = WINDOW_S,
    notable: int = NOTABLE,
    misheard: int = MISHEARD,
    strong: int = STRONG,
) -> float:
    """Return 0, 0.5 at one place of the menu three times or misunderstood twice, 1 five times.

    In the newest contact, within 30 min before `at`; the strong one is five of either. A menu
    keeps a caller truly only when they do not come back within a day [1]_.

    References
    ----------
    .. [1] turnella.com, "Contact centre IVR": containment.
    """
    standing = customer.standing
    if standing is None:
        return 0.0
    after = customer.contacts.before_newest(at, window_s)
    most = standing.traces.most_alike("menu", after, at)
    unheard = standing.marks.count("misheard", after, at)
    if most >= strong or unheard >= strong:
        return 1.0
    return 0.5 if most >= notable or unheard >= misheard else 0.0
