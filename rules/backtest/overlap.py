"""Rules that want the same customers at about the same time."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from rules.proof.decided import Decided

WINDOW_S: Final = 86400.0
"""Two candidates of one customer overlap if no more than 24 h lie between them."""


def overlaps(decisions: Iterable[Decided]) -> dict[str, dict[str, int]]:
    """Return rule -> other rule -> how many candidates of the first one overlap with the other's.

    Only pairs that do overlap; rules in alphabetical order.

    Examples
    --------
    >>> def at(rule, time):
    ...     return Decided(rule, "ann", "sent", time, time, "e", "contact.ended", time)
    >>> overlaps([at("a", 0.0), at("a", 50.0), at("b", 86400.0), at("b", 86460.0)])
    {'a': {'b': 2}, 'b': {'a': 1}}
    """
    times: defaultdict[str, defaultdict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for decision in decisions:
        times[decision.customer][decision.rule].append(decision.matched_at)
    found: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for of_customer in times.values():
        for series in of_customer.values():
            series.sort()
        for rule, series in of_customer.items():
            for other, theirs in of_customer.items():
                count = sum(_is_near(at, theirs) for at in series) if other != rule else 0
                if count:
                    found[rule][other] += count
    return {rule: dict(sorted(found[rule].items())) for rule in sorted(found)}


def _is_near(at: float, times: list[float]) -> bool:
    place = bisect_left(times, at - WINDOW_S)
    return place < len(times) and times[place] <= at + WINDOW_S
