"""A case that takes longer than promised."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detectors.customer import Customer
    from detectors.event import Event

STRONG_S = 86400.0


def case_overdue(
    _event: Event,
    customer: Customer,
    at: float,
    *,
    strong_s: float = STRONG_S,
) -> float:
    """Return 0, 0.5 when an open case is past its due time at `at`, or 1 by a day or more.

    Any breach of what was agreed is one [1]_; the day is an own proposal.

    References
    ----------
    .. [1] UCI data set 498, "Incident management process enriched event log": field made_sla.
    """
    standing = customer.standing
    if standing is None:
        return 0.0
    strength = 0.0
    for case in standing.open_items("case", at):
        if at > case.due:  # NaN, no time was named, is passed over
            strength = max(strength, 0.5 if at - case.due < strong_s else 1.0)
    return strength
