"""The score: whoever wrote these words is content."""

import math
from types import MappingProxyType

from detectors.centre import Centre
from detectors.contacts import text
from detectors.customer import Customer
from detectors.event import Event
from detectors.learning.labels import PendingLabel
from detectors.models.linear import LinearHead
from detectors.models.scored import Scored
from detectors.models.words import NAMES, buckets_of, codes, row
from detectors.under_way import number

BASELINE = 0.5
"""Without the words nobody knows; rules compare with one half, so that is what must be beaten."""
GOOD = MappingProxyType({"csat": 4.0, "ces": 5.0, "nps": 9.0})
BAD = MappingProxyType({"csat": 2.0, "ces": 3.0, "nps": 6.0})
"""Scale -> lowest good and highest bad answer, the usual cuts; what lies between says neither."""
CONTENT = (
    "good great excellent perfect thanks thank helpful friendly quick quickly fast easy happy love "
    "best wonderful polite resolved recommend "
    "спасибо отлично хорошо прекрасно замечательно быстро удобно вежливо помогли доволен довольна "
    "рекомендую лучший супер легко благодарю"
)
CROSS = (
    "bad terrible awful horrible worst rude slow useless waiting waited angry broken unacceptable "
    "disappointed never nobody wrong refund complaint cancel "
    "плохо ужасно отвратительно хамство медленно долго жду ждал никто никогда обман недоволен "
    "сломано разочарован кошмар жалоба невозможно безобразие худший"
)
"""Known beforehand, set by hand, fitted to no data: words of the content and of the cross."""
_FIRST = 1.0


def _first_weights() -> dict[str, float]:
    weights: dict[str, float] = {}
    for words, weight in ((CONTENT, _FIRST), (CROSS, -_FIRST)):
        for word in words.split():
            for bucket in codes(word):
                weights[NAMES[bucket]] = weights.get(NAMES[bucket], 0.0) + weight / 2.0
    return weights


FIRST_WEIGHTS = MappingProxyType(_first_weights())


class SentimentModel:
    """Logistic regression on hashed words, in whatever language customers write.

    Scored when a text arrives; learnt from the ratings that come with texts, at once. Only bucket
    numbers of the words are ever seen here or kept.
    """

    name = "sentiment"
    event_types = ("feedback.received",)
    watched: tuple[str, ...] = ()

    __slots__ = ("head",)

    def __init__(self, learning_rate: float = 0.3, caution: float = 0.1) -> None:
        self.head = LinearHead(0.5, FIRST_WEIGHTS, learning_rate, caution)

    def score(self, event: Event, customer: Customer, centre: Centre) -> Scored | None:
        """Return the score of a text; None where there is none."""
        x = features(event)
        if not x:
            return None
        return Scored(
            self.name,
            self.head.score(x),
            BASELINE,
            x,
            max(0, customer.contacts.total),
            customer.identified,
            rated(event),
        )

    def open(self, scored: Scored, event: Event) -> PendingLabel | None:
        """Return nothing to wait for: the rating came with the text, or never will."""
        return None


def features(event: Event) -> dict[str, float]:
    """Return the words of a text as inputs."""
    return row(buckets_of(event))


def rated(event: Event) -> int | None:
    """Return 1 for a good rating, 0 for a bad one, None for one between or none at all."""
    scale, score = text(event.data.get("scale")), number(event.data.get("score"))
    if scale not in GOOD or math.isnan(score):
        return None
    return 1 if score >= GOOD[scale] else 0 if score <= BAD[scale] else None
