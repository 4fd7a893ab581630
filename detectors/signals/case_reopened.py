"""A case that was closed too early."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detectors.customer import Customer
    from detectors.event import Event

WINDOW_S = 30 * 86400.0
STRONG = 2


def case_reopened(
    _event: Event,
    customer: Customer,
    at: float,
    *,
    window_s: float = WINDOW_S,
    strong: int = STRONG,
) -> float:
    """Return 0, 0.5 after one case opened again within 30 days before `at`, or 1 after more.

    Any is a fault of ours: of the incidents of one recorded help desk 1.1 % came back [1]_.

    References
    ----------
    .. [1] UCI data set 498, "Incident management process enriched event log".
    """
    standing = customer.standing
    count = 0 if standing is None else standing.marks.count("reopened", at - window_s, at)
    return 0.0 if not count else 0.5 if count < strong else 1.0
