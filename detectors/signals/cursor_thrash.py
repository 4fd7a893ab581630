"""A pointer that searches."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detectors.customer import Customer
    from detectors.event import Event

WINDOW_S = 300.0
STRONG = 3


def cursor_thrash(
    _event: Event,
    customer: Customer,
    at: float,
    *,
    window_s: float = WINDOW_S,
    strong: int = STRONG,
) -> float:
    """Return 0, 0.5 after the pointer thrashed once within 5 min before `at`, or 1 from three.

    The client sums up two seconds of movement: ten changes of direction on one axis [1]_, or
    900 px and six times as far as it got [2]_.

    References
    ----------
    .. [1] Amplitude-TypeScript, track-thrashed-cursor.ts.
    .. [2] Heuristics of a public repository for mouse traces; a weak source.
    """
    standing = customer.standing
    count = 0 if standing is None else standing.marks.count("thrash", at - window_s, at)
    return 0.0 if not count else 0.5 if count < strong else 1.0
