"""Searching and not finding."""

from detectors.customer import Customer
from detectors.event import Event

WINDOW_S = 600.0
MANY = 3
"""Who searches three times within ten minutes has not found it."""
EMPTY = 2


def search_without_result(_event: Event, customer: Customer, at: float) -> float:
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
    after = at - WINDOW_S
    empty = standing.marks.count("nothing", after, at)
    if empty >= MANY:
        return 1.0
    is_notable = empty >= EMPTY or standing.marks.count("search", after, at) >= MANY
    return 0.5 if is_notable else 0.0
