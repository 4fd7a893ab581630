"""A long wait in the queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detectors.customer import Customer
    from detectors.event import Event

NOTABLE_S = 60.0
"""By 60 s 16 % of the queued callers of a bank had hung up (Kaplan-Meier, 28,565 queued) [1]_."""
STRONG_S = 180.0
"""By 180 s 36 % had; three minutes is also the usual upper limit in practice [2]_."""


def queue_wait(
    event: Event,
    customer: Customer,
    at: float,
    *,
    notable_s: float = NOTABLE_S,
    strong_s: float = STRONG_S,
) -> float:
    """Return 0, 0.5 from a wait of 60 s on, or 1 from 180 s on.

    What counts is the longest wait that goes on at `at`; when the event itself ends a wait, that
    one.

    References
    ----------
    .. [1] Technion "Anonymous Bank" call log, January and October 1999.
    .. [2] J. Ragsdale, "Queue time and abandonment", jragsdale.wordpress.com, 2012-06-27.
    """
    wait_s = 0.0
    if event.type in {"contact.answered", "contact.abandoned"}:
        ended = event.data.get("wait_s")
        if isinstance(ended, (int, float)):
            wait_s = ended
    for contact in customer.contacts.open.values():
        if contact.stage == "queued" and at - contact.queued_at > wait_s:
            wait_s = at - contact.queued_at
    if not wait_s >= notable_s:
        return 0.0
    return 0.5 if wait_s < strong_s else 1.0
