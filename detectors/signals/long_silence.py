"""Silence in a conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detectors.customer import Customer
    from detectors.event import Event

WINDOW_S = 86400.0


def long_silence(
    _event: Event,
    customer: Customer,
    at: float,
    *,
    window_s: float = WINDOW_S,
) -> float:
    """Return 0, 0.5 after a gap of more than 20 s or over 30 % of silence, or 1 after both.

    In the newest contact, within 24 h before `at`. The numbers are an own proposal: vendors call a
    gap of 10 s dead air, and more than 35 % of a usual call silent, music on hold included [1]_.

    References
    ----------
    .. [1] K. Gogineni (2021), "Conversational silence detection on contact center calls",
       Observe.AI engineering blog.
    """
    standing = customer.standing
    if standing is None:
        return 0.0
    after = customer.contacts.before_newest(at, window_s)
    if standing.marks.count("much_silence", after, at):
        return 1.0
    return 0.5 if standing.marks.count("silence", after, at) else 0.0
