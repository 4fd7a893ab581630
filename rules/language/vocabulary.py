"""The names that a playbook may use."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from detectors.features import CUSTOMER, Feature
from detectors.schema import EVENTS, SCORES, SIGNALS, Name

_TIME = Name("at", "time", "When the event happened")

BROADCAST = ("control.playbook", "progress", "queue.state", "source.closed", "source.opened")
"""Events that concern everybody, so no customer's rule follows them."""

Scope = Mapping[str, Name]
"""Full name, such as ``event.wait_s``, -> its description."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All event types with their fields, features of the customer, scores and signals."""

    events: Mapping[str, Mapping[str, Name]]
    customer: Mapping[str, Feature]
    scores: Mapping[str, Name]
    signals: Mapping[str, Name]

    def scope(self, event_type: str | None, facts: Mapping[str, Name] | None = None) -> Scope:
        """Return what an expression may read on an event of this type.

        >>> sorted(VOCABULARY.scope("contact.queued"))[-2:]
        ['signal.queue_wait', 'signal.repeat_contact']
        """
        fields = self.events.get(event_type, {}) if event_type else {}
        names: dict[str, Name] = {}
        if event_type in self.events:
            names["event.at"] = _TIME
        for space, table in (
            ("event", fields),
            ("customer", self.customer),
            ("score", self.scores),
            ("signal", self.signals),
        ):
            names |= {f"{space}.{key}": name for key, name in table.items()}
        return names | dict(facts or {})

    def triggers(self) -> list[str]:
        """Return the event types that concern a customer, in alphabetical order."""
        return sorted(kind for kind in self.events if kind not in BROADCAST)

    def with_customer(self, features: Mapping[str, Feature]) -> "Vocabulary":
        """Return the vocabulary with some features of the customer replaced."""
        return replace(self, customer={**self.customer, **features})


VOCABULARY = Vocabulary(EVENTS, CUSTOMER, SCORES, SIGNALS)
"""What Precede itself knows."""
