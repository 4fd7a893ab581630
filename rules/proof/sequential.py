"""Intervals that hold however often somebody looks: at 95 %, all looks together miss one in 20.

A textbook interval holds for one look at a sample size that was fixed before; somebody who looks
every day and stops when it pleases them finds an effect in 25 to 47 % of the tests without one.
These come from martingales, which no way of stopping can cheat [1]_ [2]_.

References
----------
.. [1] R. Johari, P. Koomen, L. Pekelis, D. Walsh, "Always Valid Inference: Continuous Monitoring
   of A/B Tests", Operations Research 70(3), 2022.
.. [2] H. Robbins, "Statistical Methods Related to the Law of the Iterated Logarithm", Annals of
   Mathematical Statistics 41(5), 1970.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import floor, lgamma, log, sqrt
from typing import Final

from rules.proof.intervals import Share

Interval = tuple[float, float]

ALPHA: Final = 0.05
MIXING: Final = 0.03
"""Standard deviation of the effects that the mixture looks for: a few percentage points, what
messages achieve. It moves only how soon an effect shows, never whether the interval holds."""
MIN_POSITIVES: Final = 10
"""Of each arm, of those who did and of those who did not: with fewer the normal form is too
optimistic, an arm without a positive claims to be certain."""
_MEDIAN_WEIGHT: Final = 10.0
"""Where the interval of a median is tightest: from 40 values on."""
_STEPS: Final = 60


@dataclass(frozen=True, slots=True)
class Sample:
    """How often something happened to the units of one arm.

    Parameters
    ----------
    n
        Units.
    positives
        Units to which it happened at all.
    total, squares
        Sum of how often it happened to each, and of the squares.

    Examples
    --------
    >>> Sample.of([0, 2, 1, 0]).mean
    0.75
    """

    n: int
    positives: int
    total: int
    squares: int

    @classmethod
    def of(cls, counts: Sequence[int]) -> "Sample":
        """Return the sample of these units."""
        return cls(len(counts), sum(c > 0 for c in counts), sum(counts), sum(c * c for c in counts))

    @classmethod
    def of_share(cls, share: Share) -> "Sample":
        """Return the sample of units that did something once, or not at all."""
        return cls(share.n, share.hits, share.hits, share.hits)

    @property
    def mean(self) -> float | None:
        """How often per unit; ``None`` of nobody."""
        return self.total / self.n if self.n else None


def difference_interval(treated: Sample, ghost: Sample) -> Interval | None:
    """Return the interval of the mean of the treated less that of the ghosts.

    The mixture sequential probability ratio test with a normal mixture, turned into an interval.
    The variance is the pooled one or the sum of the arms', whichever is larger: the first keeps
    the test's level at small rates, the second the interval's coverage of a large effect.

    Returns
    -------
    tuple of float or None
        ``None`` where it is too early: fewer than ten of each arm did, or did not.

    Examples
    --------
    >>> treated, ghost = Share(1000, 5000), Share(300, 1000)
    >>> low, high = difference_interval(Sample.of_share(treated), Sample.of_share(ghost))
    >>> round(low, 3), round(high, 3)
    (-0.148, -0.052)
    >>> difference_interval(Sample.of_share(Share(9, 5000)), Sample.of_share(ghost)) is None
    True
    """
    for arm in (treated, ghost):
        if min(arm.positives, arm.n - arm.positives) < MIN_POSITIVES:
            return None
    pooled = _variance(
        treated.n + ghost.n, treated.total + ghost.total, treated.squares + ghost.squares
    ) * (1.0 / treated.n + 1.0 / ghost.n)
    apart = sum(_variance(arm.n, arm.total, arm.squares) / arm.n for arm in (treated, ghost))
    variance, mixing = max(pooled, apart), MIXING * MIXING
    both = variance + mixing
    reach = sqrt(2.0 * variance * both / mixing * (-log(ALPHA) + 0.5 * log(both / variance)))
    middle = treated.total / treated.n - ghost.total / ghost.n
    return middle - reach, middle + reach


def share_interval(share: Share, alpha: float = ALPHA) -> Interval | None:
    """Return the interval of a share: all rates that a mixture of all rates does not outbid.

    The likelihood ratio of a uniform mixture against a rate is a martingale under that rate, so it
    exceeds 1 / alpha with a probability of at most alpha, ever [1]_. Exact at any size.

    References
    ----------
    .. [1] J. Ville, "Étude critique de la notion de collectif", Gauthier-Villars, 1939.

    Examples
    --------
    >>> low, high = share_interval(Share(30, 100))
    >>> round(low, 3), round(high, 3)
    (0.169, 0.457)
    >>> share_interval(Share(0, 0)) is None
    True
    """
    hits, n = share.hits, share.n
    if not n:
        return None
    rate = hits / n
    outbid = lgamma(hits + 1) + lgamma(n - hits + 1) - lgamma(n + 2) + log(alpha)

    def holds(p: float) -> bool:
        if not 0.0 < p < 1.0:  # only where everybody did, or nobody
            return hits in {0, n}
        return hits * log(p) + (n - hits) * log(1.0 - p) >= outbid

    return (
        0.0 if hits == 0 else _edge(0.0, rate, holds),
        1.0 if hits == n else _edge(1.0, rate, holds),
    )


def median_interval(values: Sequence[float]) -> Interval | None:
    """Return the interval of a median, whatever the distribution; two of the values.

    Each value is above the true median or not, a fair coin; the count is bounded by Robbins'
    normal mixture for coins.

    Parameters
    ----------
    values
        In any order.

    Examples
    --------
    >>> median_interval(range(100))
    (33, 66)
    >>> median_interval([1.0] * 11) is None
    True
    """
    n = len(values)
    spread = n / 4.0 + _MEDIAN_WEIGHT
    reach = sqrt(spread * log(spread / (_MEDIAN_WEIGHT * ALPHA * ALPHA)))
    below = floor(n / 2.0 - reach)
    if below < 1:
        return None
    ordered = sorted(values)
    return ordered[below - 1], ordered[n - below]


def _variance(n: int, total: int, squares: int) -> float:
    return max(0.0, squares / n - (total / n) ** 2)


def _edge(outside: float, inside: float, holds: Callable[[float], bool]) -> float:
    for _ in range(_STEPS):
        middle = (outside + inside) / 2.0
        if holds(middle):
            inside = middle
        else:
            outside = middle
    return outside
