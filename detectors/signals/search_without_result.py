"""Searching and not finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detectors.customer import Customer
    from detectors.event import Event

WINDOW_S = 600.0
MANY = 3
"""Who searches three times within ten minutes has not found it."""
EMPTY = 2


def search_without_result(
    _event: Event,
    customer: Customer,
    at: float,
    *,
    window_s: float = WINDOW_S,
    many: int = MANY,
    empty: int = EMPTY,
) -> float:
    """Return 0, 0.5 after three searches or two without result within 10 min, 1 after three such.

    The counts are an own proposal: vendors name kinds of friction and publish no number for this
    one [1]_.

    References
    ----------
    .. [1] learn.microsoft.com/clarity, "Semantic metrics".
    """
    standing = customer.standing
    if standing is None:
        return 0.0
    after = at - window_s
    found_nothing = standing.marks.count("nothing", after, at)
    if found_nothing >= many:
        return 1.0
    is_notable = found_nothing >= empty or standing.marks.count("search", after, at) >= many
    return 0.5 if is_notable else 0.0
