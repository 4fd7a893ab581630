"""The models on a month of calls, as the engine would have them: one pass, delayed, partitioned.

Customers are split by Kafka's hash of the key. Each partition has its own models; every score is
compared with what became of it, once that is known. Figures pool the labels of all partitions,
second half by the time of the score.
"""

import heapq
import math
from collections.abc import Callable, Iterable

from aiokafka.partitioner import murmur2

from bench.figure import Figure, auc_noise
from detectors.centre import Centre
from detectors.customer import Customer
from detectors.event import Event
from detectors.learning.labels import Label, mature, next_due, settle
from detectors.learning.validation import INFREQUENT, Report, Validation
from detectors.models.registry import Models

ZONE = "Asia/Jerusalem"
PROGRESS_S = 60.0
DAY_S = 86_400.0


class Partition:
    """One partition's customers, centre and models, driven as the engine drives them."""

    def __init__(self, zone: str) -> None:
        self.customers: dict[str, Customer] = {}
        self.centre = Centre(zone)
        self.models = Models()
        self.labels: list[Label] = []
        self._timers: list[tuple[float, str]] = []

    def process(self, event: Event) -> None:
        self.centre.update(event)
        if not event.customer:
            return
        customer = self.customers.get(event.customer)
        if customer is None:
            customer = self.customers[event.customer] = Customer(event.customer)
        self._learn(mature(customer, event.at))
        if customer.is_duplicate(event):
            return
        self._learn(settle(customer, event))
        customer.update(event)
        for scored in self.models.score(event, customer, self.centre).values():
            if self.models.open(scored, event, customer):
                heapq.heappush(self._timers, (customer.labels[-1].due, customer.id))
        if customer.is_finished():
            del self.customers[customer.id]

    def pass_watermark(self, watermark: float) -> None:
        while self._timers and self._timers[0][0] < watermark:
            deadline, customer_id = heapq.heappop(self._timers)
            customer = self.customers.get(customer_id)
            if customer is not None and next_due(customer) <= deadline:
                self._learn(mature(customer, math.nextafter(deadline, math.inf)))

    def _learn(self, labels: Iterable[Label]) -> None:
        for label in labels:
            self.models.learn(label)
            self.labels.append(label)


def run(
    events: Iterable[Event],
    partitions: int,
    zone: str = ZONE,
    daily: Callable[[list[Partition]], None] = lambda _: None,
) -> Validation:
    """Return the outcomes of one pass over the events, which come in time order.

    Parameters
    ----------
    daily
        Called with all partitions once a day of event time.
    """
    parts = [Partition(zone) for _ in range(partitions)]
    numbers: dict[str, int] = {}
    watermark = at = -math.inf
    day = math.nan
    for event in events:
        at = event.at
        if event.at >= watermark + PROGRESS_S:
            watermark = event.at
            for part in parts:
                part.pass_watermark(watermark)
            if at // DAY_S != day:
                day = at // DAY_S
                daily(parts)
        if event.customer:
            number = numbers.get(event.customer)
            if number is None:
                number = (murmur2(event.customer.encode()) & 0x7FFFFFFF) % partitions
                numbers[event.customer] = number
            parts[number].process(event)
        else:
            for part in parts:
                part.process(event)
    for part in parts:
        part.pass_watermark(at)
    validation = Validation()
    for part in parts:
        for label in part.labels:
            validation.add(
                label.model,
                label.t0,
                label.score,
                label.baseline,
                label.y,
                label.earlier,
                label.identified,
            )
    return validation


def reports(validation: Validation) -> dict[str, Report]:
    return {name: validation.report(name, second_half=True) for name in validation.models()}


def figures(found: dict[str, Report], partitions: int) -> list[Figure]:
    """Return the figures of the month beside what must be reached."""
    data = f"calls, {partitions} partitions"
    abandon, repeat = found["abandon"], found["repeat"]

    def noise(report: Report, auc: float, share: float = 1.0) -> float:
        positives = round(report.base_rate * report.labels * share)
        negatives = round(report.labels * share) - positives
        return auc_noise(auc, [1] * positives + [0] * negatives)

    return [
        Figure(
            data, "abandonment, AUC, all queued", abandon.auc, noise(abandon, abandon.auc), 0.795,
            reference=f"plain online logistic .796; rate by hour {abandon.auc_baseline:.3f}",
        ),
        Figure(
            data, "abandonment, AUC, identified", abandon.auc_identified,
            noise(abandon, abandon.auc_identified, 0.7), 0.765,
            reference="plain online logistic .768",
        ),
        Figure(
            data, "abandonment, ECE", abandon.ece, 1.0 / math.sqrt(4 * abandon.labels), 0.03,
            at_most=True,
        ),
        Figure(
            data, f"repeat 24 h, AUC, < {INFREQUENT} earlier", repeat.auc_infrequent,
            noise(repeat, repeat.auc_infrequent, 0.6), 0.75,
            reference=f"count {repeat.auc_infrequent_baseline:.3f}, batch boosting .764",
        ),
        Figure(
            data, "repeat 24 h, AUC, all", repeat.auc, noise(repeat, repeat.auc), 0.87,
            reference=f"count {repeat.auc_baseline:.3f}, batch boosting .880",
        ),
        Figure(
            data, "repeat 24 h, ECE", repeat.ece, 1.0 / math.sqrt(4 * repeat.labels), 0.03,
            at_most=True,
        ),
    ]  # fmt: skip
