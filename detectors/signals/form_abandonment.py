"""A form that was begun and left."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detectors.customer import Customer
    from detectors.event import Event

WINDOW_S = 86400.0
STRONG = 2


def form_abandonment(
    _event: Event,
    customer: Customer,
    at: float,
    *,
    window_s: float = WINDOW_S,
    strong: int = STRONG,
) -> float:
    """Return 0, 0.5 after one form left within 24 h before `at`, or 1 after more.

    The source says that a form was left: no completion by the end of the visit, or within 30 min
    (definition [1]_; the numbers are an own proposal). A step that slows down on purpose, such as
    an identity check, is no friction.

    References
    ----------
    .. [1] zuko.io, "Metric definitions": started and not completed.
    """
    standing = customer.standing
    count = 0 if standing is None else standing.marks.count("form", at - window_s, at)
    return 0.0 if not count else 0.5 if count < strong else 1.0
