"""Whether the arms are as large as they were drawn: if not, one of them has lost customers."""

from collections.abc import Iterable
from math import erfc, sqrt
from typing import Final

MISMATCH: Final = 0.001
"""Below this probability a read-out is blocked: lots do not fall like that."""


def sample_ratio_p(units: Iterable[tuple[bool, float]]) -> float | None:
    """Return how probable a split is that is at least as uneven, by a chi-square test.

    Parameters
    ----------
    units
        Of each customer: whether held out, and the share that was held out when they were first
        exposed, so that a percentage which changed under way blocks nothing. Where it never
        changed this is Pearson's test with one degree of freedom.

    Returns
    -------
    float or None
        ``None`` where nobody was drawn, or all with certainty.

    Examples
    --------
    >>> even = [(n < 100, 0.1) for n in range(1000)]
    >>> round(sample_ratio_p(even), 6)
    1.0
    >>> lost = even[:60] + even[100:]  # 60 of 960 instead of 96
    >>> f"{sample_ratio_p(lost):.0e}"
    '1e-04'
    """
    held = expected = variance = 0.0
    for is_held, share in units:
        held += is_held
        expected += share
        variance += share * (1.0 - share)
    if variance <= 0.0:
        return None
    return erfc(abs(held - expected) / sqrt(2.0 * variance))
