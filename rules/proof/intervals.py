"""How sure a share is."""

from dataclasses import dataclass
from math import sqrt
from typing import Final

Z_95: Final = 1.959963984540054
"""Two-sided 95 % point of the normal distribution: Phi(Z_95) = 0.975."""


def wilson(hits: int, n: int) -> tuple[float, float]:
    """Return the 95 % score interval of a share, within [0, 1] [1]_.

    It keeps close to its level for few trials and for shares near 0 or 1, where the textbook
    interval does not. Trials count as independent: where the same customers return often, the
    truth is less sure than the interval says.

    Parameters
    ----------
    hits
        In [0, n].
    n
        At least 1.

    Examples
    --------
    >>> wilson(0, 10)
    (0.0, 0.2775)
    >>> wilson(5, 10)
    (0.2366, 0.7634)

    References
    ----------
    .. [1] E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference",
       Journal of the American Statistical Association 22(158), 1927, pages 209-212.
    """
    if not 0 <= hits <= n or n == 0:
        msg = f"hits must be in [0, n] and n at least 1; got {hits!r} of {n!r}"
        raise ValueError(msg)
    share, z2 = hits / n, Z_95 * Z_95
    middle = share + z2 / (2 * n)
    reach = Z_95 * sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    low, high = (middle - reach) / (1 + z2 / n), (middle + reach) / (1 + z2 / n)
    # At the edges the interval touches 0 or 1 exactly; rounding must not say otherwise.
    return (0.0 if hits == 0 else low), (1.0 if hits == n else high)


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many.

    Examples
    --------
    >>> Share(3, 4).rate, Share(0, 0).rate
    (0.75, None)
    """

    hits: int
    n: int

    @property
    def rate(self) -> float | None:
        """`hits` / `n`; ``None`` of nothing."""
        return self.hits / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval of the rate; ``None`` of nothing."""
        return wilson(self.hits, self.n) if self.n else None
