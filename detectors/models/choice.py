"""Multinomial logistic regression over the words of a text, learnt online with AdaGrad.

The log of how often each topic is told is a fixed part of the score, and the words add to it:
before any word has a weight, the chances are those of the naive baseline.

River's ``SoftmaxRegression`` learns the same way, and a test holds the two together; it is not
used because a text costs it a walk over a dict of weights per topic (milliseconds at 63 topics)
and it knows neither a bound on the topics nor a fixed part. One AdaGrad sum per word serves all
topics: on comments it learns faster than one per word and topic, and it is a small state.

Sums run row by row, and exponentials are Python's as in all other models, not numpy's, whose last
digit depends on how wide the processor's vectors are: a restored head continues bit by bit.
"""

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detectors.learning.choices import Told
from detectors.models.topics import OTHER, Topics
from detectors.models.words import NAMES

WORDS_APART: Final = 1_024
"""Buckets that words fall into here: all weights of all topics must fit one record of state."""
SHARE: Final = "how often it is told of"
"""The part of an explanation that does not come from the words."""
_ALL_WORDS = "words"
_EPSILON = 1e-8
_CLOSEST = 1e-12

_AT = MappingProxyType({name: bucket for bucket, name in enumerate(NAMES[:WORDS_APART])})


class Choice(NamedTuple):
    """What is said of one text.

    Parameters
    ----------
    name, chance, share
        The likeliest topic, its probability, and how often it is told of; empty and zeros while
        no topic is known.
    """

    name: str
    chance: float
    share: float


class ChoiceHead:
    """Chooses one of the topics that were told so far, or none of them.

    Parameters
    ----------
    learning_rate
        Step of a word whose gradients have been small so far.
    caution
        First value of AdaGrad's sums, at least 0.

    Attributes
    ----------
    topics
        Those that can be chosen.

    Examples
    --------
    >>> head = ChoiceHead()
    >>> for _ in range(5):
    ...     head.learn({"word 1": 1.0}, "fees")
    ...     head.learn({"word 2": 1.0}, "delivery")
    >>> head.choose({"word 2": 1.0}).name
    'delivery'
    """

    __slots__ = ("_caution", "_rate", "_squares", "_weights", "topics")

    def __init__(self, learning_rate: float = 5.0, caution: float = 0.5) -> None:
        self._rate = learning_rate
        self._caution = caution
        self.topics = Topics()
        self._forget()

    def _forget(self) -> None:
        places = len(self.topics.names)
        self._weights: NDArray[np.float32] = np.zeros((WORDS_APART, places), np.float32)
        self._squares: NDArray[np.float64] = np.full(WORDS_APART, self._caution, np.float64)

    def choose(self, x: Mapping[str, float]) -> Choice:
        """Return the likeliest topic. Learns nothing."""
        chances = self.chances(x)
        best = max(range(1, len(chances)), key=chances.__getitem__, default=OTHER)
        if best == OTHER:
            return Choice("", 0.0, 0.0)
        return Choice(self.topics.names[best], chances[best], self.topics.shares()[best])

    def score(self, x: Mapping[str, float]) -> float:
        """Return the probability of the likeliest topic; 0 while none is known."""
        return self.choose(x).chance

    def chances(self, x: Mapping[str, float]) -> list[float]:
        """Return place -> probability; a free place has none."""
        return self._chances(*_row(x))

    def told(self, x: Mapping[str, float], name: str) -> Told:
        """Return what was said, and what is usual, of the topic that somebody told."""
        place, shares = self.topics.place(name), self.topics.shares()
        usual = max(range(1, len(shares)), key=shares.__getitem__, default=OTHER)
        is_usual = place != OTHER and place == usual
        return Told(name, self.chances(x)[place], shares[place], int(is_usual))

    def cost(self, x: Mapping[str, float], name: str) -> float:
        """Return the loss if a topic is told, nats."""
        return self.told(x, name).cost

    def learn(self, x: Mapping[str, float], name: str) -> None:
        """Take one step towards the topic that was told."""
        words, value = _row(x)
        slopes = self._chances(words, value)
        slopes[self.topics.place(name)] -= 1.0
        slopes = [slope * value for slope in slopes]
        squares = self._squares[words] + sum(slope * slope for slope in slopes)
        steps = self._rate / np.sqrt(squares + _EPSILON)
        self._squares[words] = squares
        self._weights[words] = self._weights[words] - steps[:, None] * np.array(slopes)
        if self.topics.tell(name):
            self._clear(self.topics.place(name))

    def _chances(self, words: NDArray[np.intp], value: float) -> list[float]:
        sums = np.add.reduce(self._weights[words].astype(np.float64), axis=0).tolist()
        odds = [
            math.log(share) + value * weight if share else -math.inf
            for share, weight in zip(self.topics.shares(), sums, strict=True)
        ]
        highest = max(odds)
        parts = [math.exp(each - highest) for each in odds]
        whole = math.fsum(parts)
        return [part / whole for part in parts]

    def _clear(self, place: int) -> None:
        places = len(self.topics.names)
        if places > self._weights.shape[1]:
            grown = np.zeros((WORDS_APART, places), np.float32)
            grown[:, : self._weights.shape[1]] = self._weights
            self._weights = grown
        self._weights[:, place] = 0.0

    def fresh(self, base_rate: float) -> "ChoiceHead":
        """Return a head that knows the same topics and no word; topics have their own rates."""
        other = ChoiceHead(self._rate, self._caution)
        other.topics = Topics.from_list(self.topics.to_list())
        other._forget()
        return other

    def contributions(self, x: Mapping[str, float]) -> dict[str, float]:
        """Return what words and share add to the log-odds of the likeliest topic: all there is."""
        found = self.choose(x)
        if not found.name:
            return {}
        share = _log_odds(found.share)
        return {_ALL_WORDS: _log_odds(found.chance) - share, SHARE: share}

    def named_weights(self) -> tuple[dict[str, float], float]:
        """Return topic -> how often it is told of, and 0 for an intercept, which there is none."""
        shares = zip(self.topics.names, self.topics.shares(), strict=True)
        return {name: share for name, share in shares if name}, 0.0

    def snapshot(self) -> Any:
        """Return the state as plain values: a few KiB per topic, next to nothing before the first.

        Without a topic there is nothing to choose, so nothing was learnt.
        """
        if len(self.topics.names) == 1:
            return {"topics": self.topics.to_list()}
        return {
            "topics": self.topics.to_list(),
            "weights": self._weights.astype("<f4").tobytes(),
            "squares": self._squares.astype("<f8").tobytes(),
        }

    def restore(self, state: Any) -> None:
        """Take the state of `snapshot`."""
        self.topics = Topics.from_list(state["topics"])
        if "weights" not in state:
            self._forget()
            return
        weights = np.frombuffer(state["weights"], "<f4").reshape(WORDS_APART, -1)
        self._weights = weights.astype(np.float32)
        self._squares = np.frombuffer(state["squares"], "<f8").astype(np.float64)


def _row(x: Mapping[str, float]) -> tuple[NDArray[np.intp], float]:
    """Return the buckets of a text, ascending, and the value that they share."""
    words = sorted(bucket for name in x if (bucket := _AT.get(name)) is not None)
    return np.array(words, np.intp), next(iter(x.values()), 0.0)


def _log_odds(chance: float) -> float:
    bounded = min(max(chance, _CLOSEST), 1.0 - _CLOSEST)
    return math.log(bounded / (1.0 - bounded))
