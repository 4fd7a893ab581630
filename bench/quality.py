"""Quality of the models on a month of calls, as the engine would have them: one pass, delayed.

    python -m bench.quality [--data FILE] [--partitions 4] [--json]

Customers are split by Kafka's hash of the key. Each partition has its own models; every score is
compared with what became of it, once that is known. Figures pool the labels of all partitions,
second half by the time of the score.
"""

import argparse
import heapq
import json
import math
import time
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from aiokafka.partitioner import murmur2
from rich.console import Console
from rich.table import Table

from detectors.centre import Centre
from detectors.customer import Customer
from detectors.event import Event
from detectors.learning.labels import Label, mature, next_due, settle
from detectors.learning.validation import Report, Validation
from detectors.models.registry import Models
from streams.sources.bank_calls.reader import JANUARY, CallLog

ZONE = "Asia/Jerusalem"
PROGRESS_S = 60.0


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


def run(events: Iterable[Event], partitions: int, zone: str = ZONE) -> Validation:
    """Return the outcomes of one pass over the events, which come in time order."""
    parts = [Partition(zone) for _ in range(partitions)]
    numbers: dict[str, int] = {}
    watermark = at = -math.inf
    for event in events:
        at = event.at
        if event.at >= watermark + PROGRESS_S:
            watermark = event.at
            for part in parts:
                part.pass_watermark(watermark)
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


def table(found: dict[str, Report]) -> Table:
    """Return the figures as a table for people."""
    shown = Table(title="Second half of the matured labels, one pass")
    shown.add_column("model")
    columns = list(Report.__dataclass_fields__)
    for column in columns:
        shown.add_column(column.replace("_", " "), justify="right")
    for name, report in found.items():
        values = [getattr(report, column) for column in columns]
        shown.add_row(name, *(f"{v:.4f}" if isinstance(v, float) else str(v) for v in values))
    return shown


def main() -> None:
    parser = argparse.ArgumentParser(description="Quality of the models on a month of calls.")
    parser.add_argument("--data", type=Path, default=JANUARY, help="call log, plain or gzipped")
    parser.add_argument("--partitions", type=int, default=4)
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    options = parser.parse_args()
    events = list(CallLog(options.data).events)
    started = time.perf_counter()
    found = reports(run(events, options.partitions))
    spent_s = time.perf_counter() - started
    if options.json:
        print(json.dumps({name: asdict(report) for name, report in found.items()}))
        return
    console = Console()
    console.print(table(found))
    console.print(f"{len(events)} events in {spent_s:.1f} s")


if __name__ == "__main__":
    main()
