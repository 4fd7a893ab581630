"""How long to wait before an action is tried again."""

from random import Random

BASE_S = 0.5
CAP_S = 3_600.0
# Longer wishes are cut: the ledger must not hold an action for a receiver's typing error.
MAX_RETRY_AFTER_S = 86_400.0


def backoff_s(attempt: int, asked_s: float | None, random: Random) -> float:
    """Return seconds to wait after an attempt that was not taken.

    Doubles from `BASE_S` to `CAP_S`; a random half of it is left out, so that those who failed
    together do not come back together [1]_. Never less than the receiver asked for.

    Parameters
    ----------
    attempt
        Number of the attempt that ended, from 1.
    asked_s
        The receiver's Retry-After in seconds, counted up to a day; None for none.
    random
        Source of the jitter.

    Examples
    --------
    >>> waits = [backoff_s(attempt, None, Random(1)) for attempt in (1, 2, 3)]
    >>> all(low <= wait <= 2 * low for low, wait in zip((0.25, 0.5, 1.0), waits))
    True
    >>> backoff_s(1, 30.0, Random(1)) >= 30
    True

    References
    ----------
    .. [1] M. Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015
       ("equal jitter").
    """
    # The exponent is bounded, because 2.0 ** 1024 is an error.
    longest = min(CAP_S, BASE_S * 2.0 ** min(attempt - 1, 32))
    wait = longest * (0.5 + random.random() / 2)
    if asked_s is None:
        return wait
    # A little later than asked, spread likewise.
    return max(wait, min(asked_s, MAX_RETRY_AFTER_S) + BASE_S * random.random())
