"""Scrolling up and down in vain."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detectors.customer import Customer
    from detectors.event import Event

WINDOW_S = 300.0
STRONG = 2


def excessive_scroll(
    _event: Event,
    customer: Customer,
    at: float,
    *,
    window_s: float = WINDOW_S,
    strong: int = STRONG,
) -> float:
    """Return 0, 0.5 after one page was scrolled three times its height within 5 min, 1 after more.

    Named without a number by the vendors [1]_; three heights is a heuristic [2]_.

    References
    ----------
    .. [1] learn.microsoft.com/clarity, "Semantic metrics": excessive scrolling.
    .. [2] Heuristics of a public repository for mouse traces; a weak source.
    """
    standing = customer.standing
    count = 0 if standing is None else standing.marks.count("scroll", at - window_s, at)
    return 0.0 if not count else 0.5 if count < strong else 1.0
