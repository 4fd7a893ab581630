"""Lines of a function that ask what several rules share once for all of them.

Parts of conditions have no effects and never raise, so their order is free. Rules that begin with
the same part stand below it. Comparisons of one value with different limits are a chain from the
limit that most values pass to the one that fewest do; whoever fails at one is done with the rest::

    while True:
        if not v1 > 5.0: break
        if v2 > 1.0: found.append(3)
        if not v1 > 60.0: break
        found.append(7)
        break
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

DEAR = 8
"""Cost from which on a part is not asked before the cheaper ones, even when rules share it."""
_DEEPEST = 6
"""Shared parts that stand one within the other, at most."""


class Bound(NamedTuple):
    """A value compared with a limit.

    Parameters
    ----------
    value
        Text that gives the value.
    order
        The limit, negative where the value must be below it, and whether it must not be the limit
        itself. A comparison that holds also holds with every lower order.
    """

    value: str
    is_above: bool
    order: tuple[float, bool]


@dataclass(frozen=True, slots=True)
class Part:
    """What must hold, as text.

    Parameters
    ----------
    cost
        How long it takes, in the time of reading a local variable.
    share
        How often it holds, roughly.
    """

    text: str
    cost: int
    share: float = 0.5
    bound: Bound | None = None

    @property
    def shared(self) -> object:
        """What it has in common with parts that can be asked with it."""
        return self.text if self.bound is None else self.bound[:2]


@dataclass(frozen=True, slots=True)
class Asked:
    """A rule as text: what is still to be asked, and its index."""

    parts: tuple[Part, ...]
    index: int


def block(rules: Sequence[Asked], depth: int = 0) -> list[str]:
    """Return lines for rules of which any may hold; each that does is added to what was found."""
    groups: dict[object, list[tuple[Part, Asked]]] = {}
    ranks = _Ranks(rules)
    for rule in rules:
        cheap = [part for part in rule.parts if part.cost < DEAR]
        first = min(cheap, key=ranks.cost, default=_ALWAYS)
        is_alone = first is _ALWAYS or depth == _DEEPEST
        groups.setdefault(rule.index if is_alone else first.shared, []).append((first, rule))
    lines = []
    for group in groups.values():
        lines += _alone(group[0][1]) if len(group) == 1 else _together(group, depth)
    return lines


def all_of(texts: Iterable[str]) -> str:
    """Return text that holds where all of these do."""
    return " and ".join(texts) or "True"


def indented(lines: Iterable[str]) -> list[str]:
    """Return lines as the body of what stands above them."""
    return [f" {line}" for line in lines]


def hit(index: int) -> str:
    """Return the line that adds a rule to what was found."""
    return f"found.append({index:d})"


_ALWAYS = Part("True", 0)


class _Ranks:
    """How much it would cost to begin a rule with a part."""

    def __init__(self, rules: Sequence[Asked]) -> None:
        self._uses: Counter[str] = Counter()
        orders: dict[object, set[tuple[float, bool]]] = defaultdict(set)
        for rule in rules:
            for part in dict.fromkeys(rule.parts):
                self._uses[part.text] += 1
                if part.bound is not None:
                    orders[part.shared].add(part.bound.order)
        self._places = {
            chain: {order: place for place, order in enumerate(sorted(found))}
            for chain, found in orders.items()
        }

    def cost(self, part: Part) -> float:
        """Return how often it is asked, and how often something has to be asked after it."""
        asked, passed = 1.0, part.share
        if part.bound is not None:
            places = self._places[part.shared]
            behind = len(places) - places[part.bound.order]
            asked, passed = (behind + 1) / (len(places) + 1), behind / (len(places) + 1)
        return asked / self._uses[part.text] + passed


def _alone(rule: Asked) -> list[str]:
    if not rule.parts:
        return [hit(rule.index)]
    parts = sorted(rule.parts, key=lambda part: (part.cost, part.share))
    return [f"if {all_of(part.text for part in parts)}: {hit(rule.index)}"]


def _together(group: Sequence[tuple[Part, Asked]], depth: int) -> list[str]:
    """Return lines for rules that begin with the same part, or with limits of one value."""
    below: dict[Part, list[Asked]] = {}
    for first, rule in group:
        rest = tuple(part for part in rule.parts if not _proves(first, part))
        below.setdefault(first, []).append(Asked(rest, rule.index))
    if len(below) == 1:
        [(first, rules)] = below.items()
        return [f"if {first.text}:", *indented(block(rules, depth + 1))]
    lines = []
    for first in sorted(below, key=_order):
        lines += [f"if not {first.text}: break", *block(below[first], depth + 1)]
    return ["while True:", *indented([*lines, "break"])]


def _proves(first: Part, other: Part) -> bool:
    """Return whether a part holds wherever the first does."""
    if first.bound is None or other.bound is None:
        return first == other
    return first.shared == other.shared and other.bound.order <= first.bound.order


def _order(part: Part) -> tuple[float, bool]:
    return part.bound.order if part.bound is not None else (0.0, False)
