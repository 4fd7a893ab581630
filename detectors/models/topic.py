"""What a comment is about, in the words of those who sort comments by hand."""

from types import MappingProxyType

from detectors.centre import Centre
from detectors.contacts import text
from detectors.customer import Customer
from detectors.event import Event
from detectors.learning.labels import PendingLabel
from detectors.models.choice import WORDS_APART, ChoiceHead
from detectors.models.scored import Scored
from detectors.models.topics import MAX_NAME
from detectors.models.words import buckets_of, row

SURE = 0.5
"""Probability from which on a topic is said: it is likelier than all others together."""
FIRST_WEIGHTS = MappingProxyType(dict[str, float]())
"""Nothing is known beforehand: topics are each company's own."""


class TopicModel:
    """Multinomial logistic regression on hashed words, in whatever language customers write.

    Said when a text arrives; learnt from the topics that come with texts (`event.topic`), at once.
    Rules read it as a text, for all comments that nobody sorted. Only bucket numbers of the words
    are ever seen here or kept.
    """

    name = "topic"
    event_types = ("feedback.received",)
    watched: tuple[str, ...] = ()

    __slots__ = ("head",)

    def __init__(self, learning_rate: float = 5.0, caution: float = 0.5) -> None:
        self.head = ChoiceHead(learning_rate, caution)

    def score(self, event: Event, customer: Customer, centre: Centre) -> Scored | None:
        """Return the likeliest topic of a text; None where there is no text, or no topic yet."""
        topic = told_topic(event)
        if not topic and not self.head.topics:
            return None
        x = row(sorted({bucket % WORDS_APART for bucket in buckets_of(event)}))
        if not x:
            return None
        best = self.head.choose(x)
        told = self.head.told(x, topic) if topic else None
        return Scored(
            self.name,
            best.chance,
            best.share,
            x,
            max(0, customer.contacts.total),
            customer.identified,
            None if told is None else int(topic == best.name),
            best.name if best.chance > SURE else "",
            told,
        )

    def open(self, scored: Scored, event: Event) -> PendingLabel | None:
        """Return nothing to wait for: the topic came with the text, or never will."""
        return None


def told_topic(event: Event) -> str:
    """Return the topic that came with an event; empty for none, or for what is no name of one."""
    topic = text(event.data.get("topic"))
    return topic if len(topic) <= MAX_NAME else ""
