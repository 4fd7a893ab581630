"""Every name that a rule may use, and what a log holds of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from detectors.customer import Customer
from detectors.event import Event, format_time
from detectors.models.registry import MODELS
from detectors.schema import Name
from detectors.signals.registry import detect
from rules.language.vocabulary import VOCABULARY, Vocabulary
from rules.playbook.words.english import ENGLISH

Group = Literal["event", "customer", "score", "signal"]

LOOK_EVERY: Final = 16
"""Events between two looks at what a customer's state says; a look at each would take minutes."""
MAX_SOURCES: Final = 20
SYNONYMS: Final = {
    "parcel": "order", "package": "order", "purchase": "order", "bill": "invoice",
    "charge": "fee", "ticket": "case", "outage": "incident", "complaint": "feedback",
    "rating": "feedback", "call": "contact", "contract": "subscription", "blocked": "declined",
    "crash": "error", "website": "page",
}  # fmt: skip
"""What people say -> the word under which it is found."""
_FROM = {
    "event": "the event itself",
    "customer": "the customer's events so far",
    "score": "a model, learning online",
    "signal": "the customer's events so far",
}


@dataclass(slots=True)
class Sight:
    """What a log holds of a name: how often it had a value, when last (Unix seconds), from whom."""

    count: int = 0
    last: float = float("-inf")
    sources: set[str] = field(default_factory=set)

    def add(self, at: float, source: str = "") -> None:
        """Take one time."""
        self.count += 1
        self.last = max(self.last, at)
        if source and len(self.sources) < MAX_SOURCES:
            self.sources.add(source)


class Seen:
    """What a log holds of every name. Give it every event of the log, then call `finish`.

    A name of the customer counts as seen when it says something else than of a customer about whom
    nothing is known: a count that is 0 for want of events is no data.
    """

    def __init__(self, vocabulary: Vocabulary = VOCABULARY) -> None:
        self._vocabulary = vocabulary
        self._customers: dict[str, Customer] = {}
        self._scored = {
            kind: [f"score.{model.name}" for model in MODELS if kind in model.event_types]
            for kind in sorted({kind for model in MODELS for kind in model.event_types})
        }
        self._nobody = Customer("nobody")
        self._looked = 0
        self.events = 0
        self.types: dict[str, Sight] = {}
        self.names: dict[tuple[str, str], Sight] = {}
        """(event type, or empty for what is no field; full name) -> what was seen."""

    def add(self, event: Event) -> None:
        """Take an event, in the order of the log."""
        self.events += 1
        fields = self._vocabulary.events.get(event.type)
        if fields is None or not event.customer:
            return
        self.types.setdefault(event.type, Sight()).add(event.at, event.source)
        for name in fields:
            if event.data.get(name) is not None:
                self._see(event.type, f"event.{name}", event.at)
        for name in self._scored.get(event.type, ()):
            self._see("", name, event.at)
        customer = self._customers.get(event.customer)
        if customer is None:
            customer = self._customers[event.customer] = Customer(event.customer)
        customer.update(event)
        self._looked += 1
        if self._looked % LOOK_EVERY == 0:
            self._look(customer, event)

    def finish(self) -> None:
        """Look at every customer once more, as the log left them."""
        for customer in self._customers.values():
            self._look(customer, Event("", "", "", customer.at, customer.id))

    def of(self, name: str, event_type: str = "") -> Sight:
        """Return what was seen of a name."""
        return self.names.get((event_type, name), Sight())

    def _look(self, customer: Customer, event: Event) -> None:
        at = event.at
        for name, feature in self._vocabulary.customer.items():
            value = feature.get(customer, at)
            if value is not None and value != feature.get(self._nobody, at):
                self._see("", f"customer.{name}", at)
        for name, strength in detect(event, customer, at).items():
            if strength:
                self._see("", f"signal.{name}", at)

    def _see(self, event_type: str, name: str, at: float) -> None:
        key = (event_type, name)
        if key not in self.names:
            self.names[key] = Sight()
        self.names[key].add(at)


@dataclass(frozen=True, slots=True)
class Known:
    """A name that may be used.

    Parameters
    ----------
    event_type
        Of a field; empty for what is none.
    source
        Where its value comes from.
    """

    group: Group
    event_type: str
    name: str
    described: Name
    source: str

    def says(self, words: list[str]) -> bool:
        """Return whether all the words occur in what is known of it."""
        text = f"{self.event_type} {self.name} {self.described.meaning} {self.described.kind}"
        told = ENGLISH.of_event(self.event_type) if self.event_type else None
        about = f"{told.happens} {told.one} {told.many}" if told else ""
        text = f"{text} {' '.join(self.described.values)} {about}".lower()
        plain = [word.lower() for word in words]
        return all(word in text or SYNONYMS.get(word, word) in text for word in plain)

    def as_json(self, seen: Seen | None) -> dict[str, Any]:
        """Return it as plain values."""
        about: dict[str, Any] = {
            "name": self.name,
            "type": self.described.kind,
            "unit": self.described.unit or None,
            "values": list(self.described.values) or None,
            "may_be_missing": self.described.nullable,
            "meaning": self.described.meaning,
            "source": self.source,
        }
        if seen is not None:
            about |= sight_as_json(seen.of(self.name, self.event_type))
        return about


def known_names(vocabulary: Vocabulary = VOCABULARY) -> Iterator[Known]:
    """Yield every name, event by event, then those of the customer, of models and of signals."""
    for kind in vocabulary.triggers():
        for name, described in vocabulary.scope(kind).items():
            if name.startswith("event."):
                yield Known("event", kind, name, described, _FROM["event"])
    scope = vocabulary.scope(None)
    groups: tuple[Group, ...] = ("customer", "score", "signal")
    for group in groups:
        for name, described in scope.items():
            if name.startswith(f"{group}."):
                yield Known(group, "", name, described, _FROM[group])


def names_as_json(
    chosen: list[Known], seen: Seen | None, vocabulary: Vocabulary = VOCABULARY
) -> dict[str, Any]:
    """Return names in their groups, as plain values."""
    events: dict[str, Any] = {}
    groups: dict[str, list[Any]] = {"customer": [], "score": [], "signal": []}
    for known in chosen:
        if known.group != "event":
            groups[known.group].append(known.as_json(seen))
            continue
        if known.event_type not in events:
            about: dict[str, Any] = {"meaning": ENGLISH.of_event(known.event_type).happens}
            if seen is not None:
                sight = seen.types.get(known.event_type, Sight())
                about |= {**sight_as_json(sight), "sources": sorted(sight.sources)}
            events[known.event_type] = {**about, "fields": []}
        if known.name != "event.at" or vocabulary.events[known.event_type].get("at"):
            events[known.event_type]["fields"].append(known.as_json(seen))
    return {"events": events, **groups}


def sight_as_json(sight: Sight) -> dict[str, Any]:
    """Return what was seen as plain values; ``last`` is nothing where there is no data."""
    return {"count": sight.count, "last": format_time(sight.last) if sight.count else None}
