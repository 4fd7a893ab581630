"""What a rule changes: those whom it reached beside those who were held out."""

from dataclasses import dataclass
from typing import Any

from rules.proof.intervals import Share
from rules.proof.sequential import (
    ALPHA,
    Interval,
    Sample,
    difference_interval,
    median_interval,
    share_interval,
)

TOO_SMALL = "too small to tell"


@dataclass(frozen=True, slots=True)
class Effect:
    """How often something happened to customers of either arm.

    Parameters
    ----------
    treated, ghost
        The arms.
    interval
        Of the mean of the treated less that of the ghosts; ``None`` where it is too early.
    """

    treated: Sample
    ghost: Sample
    interval: Interval | None

    @classmethod
    def of(cls, treated: Sample, ghost: Sample) -> "Effect":
        """Return the effect that the arms show."""
        return cls(treated, ghost, difference_interval(treated, ghost))

    @property
    def difference(self) -> float | None:
        """The mean of the treated less that of the ghosts; ``None`` where it is too early."""
        if self.interval is None or self.treated.mean is None or self.ghost.mean is None:
            return None
        return self.treated.mean - self.ghost.mean

    @property
    def verdict(self) -> str:
        """What may be said, in words."""
        if self.interval is None:
            return TOO_SMALL
        low, high = self.interval
        return "fewer" if high < 0.0 else "more" if low > 0.0 else "no difference shown"

    def as_json(self) -> dict[str, Any]:
        """Return the figures as plain values."""
        return {
            "treated": {"n": self.treated.n, "mean": self.treated.mean},
            "holdout": {"n": self.ghost.n, "mean": self.ghost.mean},
            "difference": self.difference,
            "interval": self.interval,
            "verdict": self.verdict,
        }


@dataclass(frozen=True, slots=True)
class Lead:
    """How far actions are ahead: the time from a ghost to the contact of those who asked.

    Parameters
    ----------
    n
        Customers held out who asked.
    median_s
        Seconds; ``None`` of nobody.
    interval
        Of the median; ``None`` with fewer than 22.
    """

    n: int
    median_s: float | None
    interval: Interval | None

    @classmethod
    def of(cls, leads: list[float]) -> "Lead":
        """Return what these lead times, in seconds, show."""
        ordered = sorted(leads)
        n = len(ordered)
        middle = (ordered[(n - 1) // 2] + ordered[n // 2]) / 2.0 if n else None
        return cls(n, middle, median_interval(ordered) if n else None)

    def as_json(self) -> dict[str, Any]:
        """Return the figures as plain values."""
        return {"n": self.n, "median_s": self.median_s, "interval_s": self.interval}


def pre_empted(treated: Share, ghost: Share) -> tuple[float, Interval] | None:
    """Return the share of asks that the action made needless, and its interval.

    One less the rate of the treated over that of the ghosts. Each rate has an interval that holds
    at 97.5 %, so that both hold together at 95 %.

    Returns
    -------
    tuple or None
        ``None`` where too few asked, see `difference_interval`.

    Examples
    --------
    >>> share, (low, high) = pre_empted(Share(1000, 5000), Share(300, 1000))
    >>> round(share, 2), round(low, 2), round(high, 2)
    (0.33, 0.1, 0.5)
    """
    if difference_interval(Sample.of_share(treated), Sample.of_share(ghost)) is None:
        return None
    low, high = share_interval(treated, ALPHA / 2.0), share_interval(ghost, ALPHA / 2.0)
    if low is None or high is None or treated.rate is None or not ghost.rate:
        return None
    return 1.0 - treated.rate / ghost.rate, (1.0 - low[1] / high[0], 1.0 - low[0] / high[1])
