"""Counts contact reasons and what came before them, each partition in a process of its own."""

from collections.abc import Sequence
from functools import partial

from detectors.customer import Customer
from detectors.event import InvalidEventError, decode_event
from detectors.signals.registry import detect
from rules.backtest.reasons import Counts, Reasons
from streams.backtest.log import Log, read_values
from streams.backtest.prepare import Progress
from streams.backtest.processes import Show, cpus, workers
from streams.backtest.squeeze import concerns_all

_SHOW_EVERY = 2_000
_STAGES_WITHOUT_MOMENT = frozenset(
    ("contact.started", "contact.queued", "contact.answered", "contact.abandoned")
)


def count_reasons(log: Log, processes: int | None, show: Show) -> Sequence[Counts]:
    """Return the counts of every partition of a log."""
    tasks = [partial(count_partition, log, number) for number in range(len(log.partitions))]
    with workers(processes or cpus()) as pool:
        found, _ = pool.map(tasks, "counting", None, show)
    return found


def count_partition(log: Log, partition: int, progress: Progress) -> Counts:
    """Return the counts of one partition; customers are kept as the engine keeps them."""
    reasons = Reasons()
    customers: dict[str, Customer] = {}
    done = 0
    for value in read_values(log.partitions[partition]):
        done += 1
        if done % _SHOW_EVERY == 0:
            progress(_SHOW_EVERY)
        if concerns_all(value):  # what concerns everybody is nobody's reason
            continue
        try:
            event = decode_event(value)
        except InvalidEventError:
            continue
        customer = customers.get(event.customer)
        if customer is None:
            customer = customers[event.customer] = Customer(event.customer)
        if not event.customer or customer.is_duplicate(event):
            continue
        customer.update(event)
        is_moment = event.identified and event.type not in _STAGES_WITHOUT_MOMENT
        reasons.add(event, detect(event, customer, event.at) if is_moment else {})
    progress(done % _SHOW_EVERY)
    return reasons.counts()
