"""How many calls a channel may get in a second."""

ROUNDING = 1e-9  # a token made of ten tenths is a token


class TokenBucket:
    """A token bucket with an explicit clock.

    Within any t seconds at most ``burst + rate_per_s * t`` calls begin.

    Parameters
    ----------
    rate_per_s
        Tokens that come back in a second. Must be positive.
    burst
        Tokens that may be saved up. At least 1.

    Examples
    --------
    >>> bucket = TokenBucket(rate_per_s=2, burst=3)
    >>> bucket.available(now=0)
    3
    >>> bucket.take(3, now=0)
    >>> bucket.available(now=0), bucket.next_at(), bucket.available(now=1)
    (0, 0.5, 2)
    """

    def __init__(self, rate_per_s: float, burst: int = 1) -> None:
        if rate_per_s <= 0 or burst < 1:
            msg = (
                "rate_per_s must be positive and burst at least 1; "
                f"got {rate_per_s!r} and {burst!r}"
            )
            raise ValueError(msg)
        self._rate_per_s = rate_per_s
        self._burst = burst
        self._tokens = float(burst)
        self._at: float | None = None

    def available(self, now: float) -> int:
        """Return how many calls may begin now."""
        self._refill(now)
        return int(self._tokens + ROUNDING)

    def take(self, count: int, now: float) -> None:
        """Count calls that begin; at most as many as are available."""
        self._refill(now)
        self._tokens -= count

    def next_at(self) -> float:
        """Return when the next call may begin; in the past where one may already."""
        return (self._at or 0.0) + (1.0 - self._tokens) / self._rate_per_s

    def _refill(self, now: float) -> None:
        if self._at is not None and now > self._at:  # a clock that was set back gives nothing
            self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate_per_s)
        self._at = now
