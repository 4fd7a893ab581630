"""Single firings in words, for a person who wants to see what the figures stand for."""

from rules.proof.aftermath import Aftermath


def spread(count: int, limit: int) -> list[int]:
    """Return at most `limit` of the places 0 to `count` - 1, evenly: the middle of each stretch.

    >>> spread(10, 2), spread(3, 5)
    ([2, 7], [0, 1, 2])
    """
    if count <= limit:
        return list(range(count))
    return [(2 * place + 1) * count // (2 * limit) for place in range(limit)]


def describe_aftermath(after: Aftermath) -> str:
    """Return what the customer did, as a person says it.

    >>> describe_aftermath(Aftermath(11520.0, is_known=True, was_asking=False))
    'called again after 3 h 12 min'
    """
    if after.asked_after_s is not None:
        said = f"called again after {describe_time(after.asked_after_s)}"
    elif after.is_known:
        said = "did not call within 24 h"
    else:
        said = "still open at the end of the log"
    return f"was in another call already; {said}" if after.was_asking else said


def describe_time(seconds: float) -> str:
    """Return a length of time up to a day, whole minutes from the first one on.

    >>> [describe_time(s) for s in (0.4, 59.9, 60.0, 3599.0, 7200.0, 11520.0, 86400.0)]
    ['0 s', '59 s', '1 min', '59 min', '2 h', '3 h 12 min', '24 h']
    """
    minutes, rest = divmod(int(seconds), 60)
    if not minutes:
        return f"{rest} s"
    hours, minutes = divmod(minutes, 60)
    parts = [f"{hours} h"] * (hours > 0) + [f"{minutes} min"] * (minutes > 0)
    return " ".join(parts)
