"""A mood that is bad or turns bad."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detectors.customer import Customer
    from detectors.event import Event

WINDOW_S = 86400.0
BAD = -0.5
DROP = 0.6
RUN = 2
"""Twice running, or a fall by 0.6 (own proposal)."""


def negative_sentiment(
    _event: Event,
    customer: Customer,
    at: float,
    *,
    window_s: float = WINDOW_S,
    bad: float = BAD,
    drop: float = DROP,
) -> float:
    """Return 0, 0.5 at a mood of -0.5 or less twice running or after a fall by 0.6, 1 at both.

    The fall is from the best mood of the same contact to the newest; within 24 h before `at`.
    Moods are from -1 to 1, as most analysers of text and speech give them [1]_.

    References
    ----------
    .. [1] C. Hutto, E. Gilbert (2014), "VADER": a normalised score from -1 to 1.
    """
    standing = customer.standing
    if standing is None:
        return 0.0
    moods = standing.traces.rows("mood", at - window_s, at)
    if not moods:
        return 0.0
    call = moods[-1][1]
    mine = [mood for _, about, mood in moods if about == call]
    newest = mine[-RUN:]
    is_bad = len(newest) == RUN and max(newest) <= bad
    has_dropped = max(mine) - mine[-1] >= drop
    return (is_bad + has_dropped) / 2.0
