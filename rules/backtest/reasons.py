"""Why customers contact us, and what came before: counted in one pass over a partition.

::

    moments     answered        payment.failed   abandoned
    topic                                                     cards (contact)
                |------------------- horizon ----------------|
                                                 |-- lead ---|

A moment is the end of a contact, or any other event of an identified customer; besides its own
name it has those of the signals that are notable then. Only contacts that the customer began have
a topic.
"""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from detectors.contacts import seconds, text
from detectors.event import Event
from detectors.signals.registry import is_notable
from rules.proof.history import STAGES

HORIZON_S: Final = 86400.0
"""How far back a moment may lie to have come before a contact."""
REPEAT_S: Final = 7 * 86400.0
"""A contact within 7 days of another means the first did not resolve it, as the signal has it."""
ANY: Final = ""
"""Name of any moment at all: what the others are held against."""


class Pair(NamedTuple):
    """What came before, and what the contact was about."""

    before: str
    topic: str


@dataclass(slots=True)
class TopicCounts:
    """Contacts about one topic that customers began.

    Parameters
    ----------
    contacts, identified
        All, and those of known customers.
    answered, service_s
        Those that an agent answered, and how long these took together, seconds.
    abandoned
        Those given up in the queue.
    repeats
        Those of known customers who had begun another contact within 7 days before.
    """

    contacts: int = 0
    identified: int = 0
    answered: int = 0
    service_s: float = 0.0
    abandoned: int = 0
    repeats: int = 0

    def add(self, other: "TopicCounts") -> None:
        """Add the counts of another partition."""
        self.contacts += other.contacts
        self.identified += other.identified
        self.answered += other.answered
        self.service_s += other.service_s
        self.abandoned += other.abandoned
        self.repeats += other.repeats


@dataclass(slots=True)
class Counts:
    """Everything counted in one partition, or in several together.

    Parameters
    ----------
    events
        Type -> events of customers.
    moments
        Name -> moments whose horizon the log holds.
    followed
        Of these, those that a contact about the topic followed within the horizon.
    covered
        Contacts about the topic of known customers that such a moment came before.
    leads
        For each of these, how long before the newest one came, seconds.
    """

    topics: dict[str, TopicCounts] = field(default_factory=dict)
    events: Counter[str] = field(default_factory=Counter)
    moments: Counter[str] = field(default_factory=Counter)
    followed: Counter[Pair] = field(default_factory=Counter)
    covered: Counter[Pair] = field(default_factory=Counter)
    leads: dict[Pair, list[float]] = field(default_factory=dict)

    def add(self, other: "Counts") -> None:
        """Add the counts of another partition."""
        for topic, counts in other.topics.items():
            self.topics.setdefault(topic, TopicCounts()).add(counts)
        self.events.update(other.events)
        self.moments.update(other.moments)
        self.followed.update(other.followed)
        self.covered.update(other.covered)
        for pair, leads in other.leads.items():
            self.leads.setdefault(pair, []).extend(leads)


@dataclass(slots=True)
class _Past:
    moments: dict[str, list[float]] = field(default_factory=dict)  # name -> times
    asks: list[tuple[float, str]] = field(default_factory=list)


class Reasons:
    """Takes the events of one partition in the order of its log.

    Examples
    --------
    >>> reasons = Reasons()
    >>> about = {"call": "a", "direction": "inbound", "topic": "cards"}
    >>> reasons.add(Event("1", "app", "payment.failed", 0.0, "ann", {}), {})
    >>> reasons.add(Event("2", "bank", "contact.started", 600.0, "ann", about), {})
    >>> reasons.add(Event("3", "app", "login", 90000.0, "bob", {}), {})
    >>> counts = reasons.counts()
    >>> counts.leads[Pair("payment.failed", "cards")], counts.moments["payment.failed"]
    ([600.0], 1)
    """

    def __init__(self) -> None:
        self._counts = Counts()
        self._pasts: defaultdict[str, _Past] = defaultdict(_Past)
        self._end = float("-inf")

    def add(self, event: Event, strengths: Mapping[str, float]) -> None:
        """Take an event of a customer.

        Parameters
        ----------
        strengths
            Signal -> how strong it is, as of the event.
        """
        self._counts.events[event.type] += 1
        self._end = max(self._end, event.at)
        if event.type in STAGES:
            self._contact(event)
        if event.identified and (event.type not in STAGES or event.type == "contact.ended"):
            notable = [f"signal.{name}" for name, v in strengths.items() if is_notable(name, v)]
            past = self._pasts[event.customer]
            for name in (ANY, _name(event), *notable):
                past.moments.setdefault(name, []).append(event.at)

    def counts(self) -> Counts:
        """Return what was counted; call once, after the last event."""
        for past in self._pasts.values():
            past.asks.sort()
            for times in past.moments.values():
                times.sort()
            for place, (at, topic) in enumerate(past.asks):
                self._ask(past, place, at, topic)
            for name, times in past.moments.items():
                self._follow(past, name, times)
        return self._counts

    def _contact(self, event: Event) -> None:
        if event.data.get("direction") == "outbound":
            return
        topic = text(event.data.get("topic")) or "unknown"
        counts = self._counts.topics.setdefault(topic, TopicCounts())
        if event.type == "contact.started":
            counts.contacts += 1
            counts.identified += event.identified
            if event.identified:
                self._pasts[event.customer].asks.append((event.at, topic))
        elif event.type == "contact.ended" and event.data.get("outcome") == "answered":
            counts.answered += 1
            counts.service_s += seconds(event.data.get("service_s"))
        elif event.type == "contact.abandoned":
            counts.abandoned += 1

    def _ask(self, past: _Past, place: int, at: float, topic: str) -> None:
        counts = self._counts
        if place and past.asks[place - 1][0] >= at - REPEAT_S:
            counts.topics[topic].repeats += 1
        for name, times in past.moments.items():
            newest = bisect_left(times, at) - 1
            if newest >= 0 and times[newest] >= at - HORIZON_S:
                pair = Pair(name, topic)
                counts.covered[pair] += 1
                counts.leads.setdefault(pair, []).append(at - times[newest])

    def _follow(self, past: _Past, name: str, times: Iterable[float]) -> None:
        asks = past.asks
        for at in times:
            if at + HORIZON_S > self._end:
                continue
            self._counts.moments[name] += 1
            first = bisect_right(asks, (at, "\U0010ffff"))
            last = bisect_right(asks, (at + HORIZON_S, "\U0010ffff"))
            for topic in {topic for _, topic in asks[first:last]}:
                self._counts.followed[Pair(name, topic)] += 1


def _name(event: Event) -> str:
    if event.type != "contact.ended":
        return event.type
    if event.data.get("direction") == "outbound":
        return "contact.ended outbound"
    return f"contact.ended {text(event.data.get('outcome')) or 'unknown'}"
