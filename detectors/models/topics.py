"""Which topics there are: told by those who sort comments, not by a list."""

from hashlib import blake2b
from typing import Any, Final

MAX_TOPICS: Final = 63
"""Topics told apart at any time; with what is none of them, 64 classes."""
MAX_NAME: Final = 64
"""Characters of a topic; what is longer is no name of one."""
MIN_TOLD: Final = 3
"""How often a topic must have been told before it is one: once may be a slip, twice chance."""
MAX_NEWCOMERS: Final = 256
"""Topics counted beside those that are known, by digest: a name told once is not kept."""
HALVED_AT: Final = 4_000
"""Tellings after which all counts are halved: what nobody tells any more is let go."""
_CLEARLY_MORE = 2.0

OTHER: Final = 0
"""Place of what is none of the known topics."""


class Topics:
    """The topics told most often, each in a place of its own, and how often each was told.

    A new topic is taken in when it was told three times and there is room, or when it was told
    twice as often as the rarest one, which it then replaces. Newcomers are counted by the method
    of Metwally [1]_, so ten thousand different names leave the known topics where they are.

    Attributes
    ----------
    names
        Place -> name; empty for the first place and for free ones.

    Examples
    --------
    >>> topics = Topics()
    >>> [topics.tell(name) for name in ("fees", "fees", "delivery", "fees", "fees")]
    [False, False, False, True, False]
    >>> topics.place("fees"), topics.place("delivery"), topics.place("anything")
    (1, 0, 0)
    >>> topics.shares()
    [0.3333333333333333, 0.6666666666666666]

    References
    ----------
    .. [1] A. Metwally, D. Agrawal, A. El Abbadi, "Efficient Computation of Frequent and Top-k
       Elements in Data Streams", ICDT 2005.
    """

    __slots__ = ("_counts", "_newcomers", "_places", "names")

    def __init__(self) -> None:
        self.names = [""]
        self._counts = [0.0]
        self._places: dict[str, int] = {}
        self._newcomers: dict[bytes, list[float]] = {}  # digest -> rank, times told

    def __len__(self) -> int:
        return len(self._places)

    def place(self, name: str) -> int:
        """Return the place of a topic; `OTHER` for one that is not known."""
        return self._places.get(name, OTHER)

    def shares(self) -> list[float]:
        """Return place -> how often it was told lately, in (0, 1); 0 for a free place."""
        counts = self._counts
        total = sum(counts) + 1.0  # what nobody told so far may always come
        return [(counts[OTHER] + 1.0) / total, *(count / total for count in counts[1:])]

    def tell(self, name: str) -> bool:
        """Count a topic; return whether its place is new: what stood there means nothing now."""
        place = self.place(name)
        self._counts[place] += 1.0
        is_new = place == OTHER and self._come(name)
        if sum(self._counts) >= HALVED_AT:
            self._halve()
        return is_new

    def _come(self, name: str) -> bool:
        key = blake2b(name.encode("utf-8", "replace"), digest_size=8).digest()
        newcomers = self._newcomers
        found = newcomers.get(key)
        if found is None:
            rank = 0.0
            if len(newcomers) >= MAX_NEWCOMERS:
                rarest = min(newcomers, key=lambda each: newcomers[each][0])
                rank = newcomers.pop(rarest)[0]
            found = newcomers[key] = [rank, 0.0]
        found[0] += 1.0
        found[1] += 1.0
        if found[1] < MIN_TOLD:
            return False
        place = self._room(found[1])
        if place == OTHER:
            return False
        del newcomers[key]
        self._counts[OTHER] = max(0.0, self._counts[OTHER] - found[1])
        self._counts[place], self.names[place] = found[1], name
        self._places[name] = place
        return True

    def _room(self, told: float) -> int:
        """Return a place for a topic that was told so often; `OTHER` where there is none."""
        names = self.names
        if len(self._places) < len(names) - 1:
            return names.index("", 1)
        if len(names) <= MAX_TOPICS:
            names.append("")
            self._counts.append(0.0)
            return len(names) - 1
        rarest = min(range(1, len(names)), key=self._counts.__getitem__)
        if told < _CLEARLY_MORE * self._counts[rarest]:
            return OTHER
        self._let_go(rarest)
        return rarest

    def _let_go(self, place: int) -> None:
        self._counts[OTHER] += self._counts[place]
        del self._places[self.names[place]]
        self.names[place], self._counts[place] = "", 0.0

    def _halve(self) -> None:
        self._counts = [count / 2.0 for count in self._counts]
        for place, count in enumerate(self._counts):
            if place != OTHER and self.names[place] and count < 1.0:
                self._let_go(place)
        halved = {key: [rank / 2.0, told / 2.0] for key, (rank, told) in self._newcomers.items()}
        self._newcomers = {key: each for key, each in halved.items() if each[1] >= 1.0}

    def to_list(self) -> list[Any]:
        """Return the state as plain values; `from_list` gives it back exactly."""
        newcomers = [[key, *counts] for key, counts in self._newcomers.items()]
        return [list(self.names), list(self._counts), newcomers]

    @classmethod
    def from_list(cls, values: list[Any]) -> "Topics":
        """Return what `to_list` gave."""
        self = cls()
        names, counts, newcomers = values
        self.names, self._counts = list(names), list(counts)
        self._places = {name: place for place, name in enumerate(names) if name}
        self._newcomers = {key: [rank, told] for key, rank, told in newcomers}
        return self
