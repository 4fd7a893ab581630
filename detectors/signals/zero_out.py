"""Wants out of the voice menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detectors.customer import Customer
    from detectors.event import Event

WINDOW_S = 1800.0
NOTABLE = 2
STRONG = 4
"""Counts are own proposals."""


def zero_out(
    _event: Event,
    customer: Customer,
    at: float,
    *,
    window_s: float = WINDOW_S,
    notable: int = NOTABLE,
    strong: int = STRONG,
) -> float:
    """Return 0, 0.5 when the caller asked for an agent twice, or 1 from the fourth time.

    By pressing 0 or by saying so, in the newest contact, within 30 min before `at`; once is
    nothing but a choice [1]_.

    References
    ----------
    .. [1] turnella.com, "Contact centre IVR".
    """
    standing = customer.standing
    if standing is None:
        return 0.0
    after = customer.contacts.before_newest(at, window_s)
    count = standing.marks.count("agent", after, at)
    return 0.0 if count < notable else 0.5 if count < strong else 1.0
