"""What a recorded log holds, as far as figures are set against it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import inf
from typing import Final

from detectors.contacts import seconds
from detectors.event import Event

DAY_S: Final = 86400.0


@dataclass(slots=True)
class LogFacts:
    """Counts over a log, or over one partition of it.

    Parameters
    ----------
    records
        All records, also those that concern no customer.
    events
        Type -> how many events of customers were applied.
    first_at, last_at
        Event times of the first and the last of them; infinite while there is none.
    services, service_s
        Contacts of customers that an agent answered, and how long these took together, seconds.

    Examples
    --------
    >>> facts = LogFacts()
    >>> data = {"outcome": "answered", "direction": "inbound", "service_s": 120.0}
    >>> facts.add(Event("1", "bank", "contact.ended", 60.0, "ann", data))
    >>> facts.mean_service_s, facts.days
    (120.0, 0.0)
    """

    records: int = 0
    events: Counter[str] = field(default_factory=Counter)
    first_at: float = inf
    last_at: float = -inf
    services: int = 0
    service_s: float = 0.0

    def add(self, event: Event) -> None:
        """Take an event of a customer."""
        self.events[event.type] += 1
        self.first_at = min(self.first_at, event.at)
        self.last_at = max(self.last_at, event.at)
        get = event.data.get
        if (
            event.type == "contact.ended"
            and get("outcome") == "answered"
            and get("direction") != "outbound"
        ):
            self.services += 1
            self.service_s += seconds(get("service_s"))

    @property
    def days(self) -> float:
        """From the first event to the last, days; 0 without events."""
        return max(0.0, self.last_at - self.first_at) / DAY_S if self.events else 0.0

    @property
    def mean_service_s(self) -> float | None:
        """Mean time with an agent, seconds; ``None`` where nobody was answered."""
        return self.service_s / self.services if self.services else None


def joined(parts: Iterable[LogFacts]) -> LogFacts:
    """Return the facts of all partitions together."""
    whole = LogFacts()
    for part in parts:
        whole.records += part.records
        whole.events.update(part.events)
        whole.first_at = min(whole.first_at, part.first_at)
        whole.last_at = max(whole.last_at, part.last_at)
        whole.services += part.services
        whole.service_s += part.service_s
    return whole
