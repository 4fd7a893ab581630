"""The names that a playbook may use."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from detectors.features import CUSTOMER, Feature
from detectors.schema import EVENTS, SCORES, SIGNALS, Name
from detectors.schema.control import CONTROL_EVENTS

_TIME = Name("at", "time", "When the event happened")

FORGOTTEN = "customer.forgotten"
"""After it there is no customer for whom a rule could do anything."""
BROADCAST = tuple(sorted(kind for kind in CONTROL_EVENTS if kind != FORGOTTEN))
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
    _scopes: dict[str | None, Scope] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def scope(self, event_type: str | None, facts: Mapping[str, Name] | None = None) -> Scope:
        """Return what an expression may read on an event of this type.

        >>> scope = VOCABULARY.scope("contact.abandoned")
        >>> [name in scope for name in ("event.at", "event.wait_s", "score.repeat", "event.nps")]
        [True, True, True, False]
        """
        event_type = event_type if event_type in self.events else None
        known = self._scopes.get(event_type)
        if known is None:
            known = self._scopes[event_type] = MappingProxyType(self._scope(event_type))
        return {**known, **facts} if facts else known

    def _scope(self, event_type: str | None) -> dict[str, Name]:
        fields = self.events[event_type] if event_type is not None else {}
        names: dict[str, Name] = {} if event_type is None else {"event.at": _TIME}
        for space, table in (
            ("event", fields),
            ("customer", self.customer),
            ("score", self.scores),
            ("signal", self.signals),
        ):
            names |= {f"{space}.{key}": name for key, name in table.items()}
        return names

    def triggers(self) -> list[str]:
        """Return the event types that concern a customer, in alphabetical order."""
        return sorted(filter(self.is_trigger, self.events))

    def is_trigger(self, event_type: str) -> bool:
        """Return whether it is an event type that concerns a customer."""
        is_other = event_type in BROADCAST or event_type == FORGOTTEN
        return event_type in self.events and not is_other

    def with_customer(self, features: Mapping[str, Feature]) -> "Vocabulary":
        """Return the vocabulary with some features of the customer replaced."""
        return replace(self, customer={**self.customer, **features})


VOCABULARY = Vocabulary(EVENTS, CUSTOMER, SCORES, SIGNALS)
"""What Precede itself knows."""
