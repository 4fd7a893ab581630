"""Clicks in anger."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detectors.customer import Customer
    from detectors.event import Event

WINDOW_S = 300.0
"""Half-life of a visit: what lies further back belongs to another try."""
STRONG = 2


def rage_click(
    _event: Event,
    customer: Customer,
    at: float,
    *,
    window_s: float = WINDOW_S,
    strong: int = STRONG,
) -> float:
    """Return 0, 0.5 after one burst of angry clicks within 5 min before `at`, or 1 after more.

    A burst is what the client marks: at least four clicks on one spot within 1 s. Three are common
    by accident; one vendor raised its threshold from three to four for that reason [1]_.

    References
    ----------
    .. [1] signalfx/splunk-otel-js-web, release 2.1.0; also Amplitude: four clicks, 50 px, 1 s.
    """
    standing = customer.standing
    count = 0 if standing is None else standing.marks.count("rage", at - window_s, at)
    return 0.0 if not count else 0.5 if count < strong else 1.0
