"""A processor whose models and store of customers are taken from a recording.

What models say does not depend on the playbook, except for its time zone: they learn from what
customers do. So they learn once per log, and every further playbook runs on what they said.
"""

import heapq
from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

from detectors.activity import REVIEW
from detectors.centre import Centre
from detectors.customer import Customer
from detectors.event import Event
from detectors.learning.labels import Label
from detectors.models.registry import Models
from detectors.models.scored import Scored
from streams.engine.customers import MIN_HEAP, Customers


class Said(NamedTuple):
    """What one model said about one event, as decisions quote it.

    Parameters
    ----------
    event_id
        Of the event, to notice when a run leaves the recording.
    snapshot
        How many labels the model had learnt from.
    top
        Largest contributions to the log-odds, as (human name, contribution).
    withdrawn
        Why rules had to do without the model; empty where they had not.
    says
        What it said in words; `None` for a probability alone.
    """

    event_id: str
    name: str
    score: float
    baseline: float
    earlier: int
    identified: bool
    snapshot: int
    top: list[tuple[str, float]]
    withdrawn: str = ""
    says: str | None = None

    def scored(self) -> Scored:
        """Return it as the model said it, without what it was computed from."""
        return Scored(
            self.name, self.score, self.baseline, {}, self.earlier, self.identified, says=self.says
        )


class RecordingModels(Models):
    """Models that note what they say.

    Attributes
    ----------
    said
        About the newest event; empty for one that has no score.
    event
        The newest event of the log, or ``None`` when none came so far since it was taken: every
        event that is applied is shown to the models, repeated ones are not.
    waited
        Callers who were looked at again while they waited, with the scores; whoever reads it
        empties it.
    """

    __slots__ = ("event", "said", "waited")

    def __init__(self) -> None:
        super().__init__()
        self.said: list[Said] = []
        self.waited: list[tuple[Event, dict[str, float]]] = []
        self.event: Event | None = None

    def score(self, event: Event, customer: Customer, centre: Centre) -> dict[str, Scored]:
        """Return the scores of an event, and note them; not those of a review."""
        scored = super().score(event, customer, centre)
        if event.type == REVIEW:  # nothing happened: a recording has no place for it
            return scored
        self.event = event
        self.said = [
            Said(
                event.id,
                name,
                each.score,
                each.baseline,
                each.earlier,
                each.identified,
                self.labels_learnt(name),
                self.explain(name, each.x),
                self.why_withdrawn(name),
                each.says,
            )
            for name, each in scored.items()
        ]
        return scored

    def again(self, event: Event, customer: Customer, centre: Centre) -> dict[str, Scored]:
        """Return the scores of a caller who still waits, and note them."""
        scored = super().again(event, customer, centre)
        self.waited.append((event, {name: each.score for name, each in scored.items()}))
        return scored

    def take(self) -> Event | None:
        """Return the event that was applied since the last call."""
        event, self.event = self.event, None
        return event


class RecordedModels(Models):
    """Models that say again what was recorded, and learn nothing."""

    __slots__ = ("_said", "_to_say")

    def __init__(self) -> None:
        super().__init__()
        self._to_say: deque[Said] = deque()
        self._said: dict[str, Said] = {}

    def feed(self, said: Iterable[Said]) -> None:
        """Add what was said about the events that come next, in the order of the log."""
        self._to_say.extend(said)

    @property
    def silent(self) -> bool:
        """Whether everything was said: a run that follows its recording ends so."""
        return not self._to_say

    def score(self, event: Event, customer: Customer, centre: Centre) -> dict[str, Scored]:
        """Return the recorded scores of the event."""
        scored = {}
        to_say = self._to_say
        while to_say and to_say[0].event_id == event.id:
            said = to_say.popleft()
            self._said[said.name] = said
            scored[said.name] = said.scored()
        return scored

    def is_withdrawn(self, name: str) -> bool:
        """Return whether rules had to do without the model at its newest score."""
        return bool(self.why_withdrawn(name))

    def why_withdrawn(self, name: str) -> str:
        """Return what was recorded with the newest score."""
        said = self._said.get(name)
        return "" if said is None else said.withdrawn

    def open(self, scored: Scored, event: Event, customer: Customer) -> bool:
        """Wait for no outcome."""
        return False

    def learn(self, label: Label) -> None:
        """Learn nothing."""

    def labels_learnt(self, name: str) -> int:
        """Return what the model had learnt from when it said the newest score."""
        return self._said[name].snapshot

    def explain(self, name: str, x: dict[str, float], top: int = 3) -> list[tuple[str, float]]:
        """Return the contributions to the newest score."""
        return self._said[name].top[:top]


class OpenCustomers(Customers):
    """Customers that are never packed: nothing is restored from them.

    Attributes
    ----------
    rolled_back
        Whether an event failed. What it did to its customer remains, so the run is void.
    """

    def __init__(self) -> None:
        super().__init__()
        self.rolled_back = False
        self._seen: dict[str, Customer] = {}  # also those that only a look-up made
        self._kept: dict[str, Customer] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, name: str) -> Customer:
        """Return the customer, a new one where there is none."""
        customer = self._seen.get(name)
        if customer is None:
            customer = self._seen[name] = Customer(name)
        return customer

    def put(self, customer: Customer, deadline: float) -> None:
        """Keep the customer's next deadline."""
        name = customer.id
        if name not in self._kept or customer.deadline != deadline:
            self._kept[name] = customer
            customer.deadline = deadline
            heapq.heappush(self._heap, (deadline, name))
            if len(self._heap) > MIN_HEAP + 2 * len(self._kept):
                self.restored()

    def remove(self, name: str) -> None:
        """Let the customer go."""
        self._seen.pop(name, None)
        self._kept.pop(name, None)

    def roll_back(self, name: str) -> None:
        """Note that it cannot be done."""
        self.rolled_back = True

    def next_due(self, until: float) -> tuple[float, str] | None:
        """Return (deadline, customer) of the earliest timer before `until`, in a fixed order."""
        heap = self._heap
        while heap and heap[0][0] < until:
            deadline, name = heap[0]
            customer = self._kept.get(name)
            if customer is not None and customer.deadline == deadline:
                return deadline, name
            heapq.heappop(heap)
        return None

    def restored(self) -> None:
        """Rebuild the timers."""
        self._heap = [(customer.deadline, name) for name, customer in self._kept.items()]
        heapq.heapify(self._heap)
