"""A form that refuses the same thing again."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detectors.customer import Customer
    from detectors.event import Event

WINDOW_S = 1800.0
NOTABLE = 2
STRONG = 4


def form_loop(
    _event: Event,
    customer: Customer,
    at: float,
    *,
    window_s: float = WINDOW_S,
    notable: int = NOTABLE,
    strong: int = STRONG,
) -> float:
    """Return 0, 0.5 after one field failed twice in the same way, or 1 from the fourth time.

    Or after the customer came back to a field so often; within 30 min before `at`, since the form
    was sent last. Returns and errors per field are the usual measures of a form [1]_, the counts an
    own proposal.

    References
    ----------
    .. [1] zuko.io, "Metric definitions": field returns.
    """
    standing = customer.standing
    if standing is None:
        return 0.0
    most = standing.traces.most_alike("refusal", at - window_s, at)
    return 0.0 if most < notable else 0.5 if most < strong else 1.0
