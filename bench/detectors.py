"""What detectors cost: microseconds per event and per label, each beside its bar.

    python -m bench.detectors [--days 2] [--rounds 15] [--json]

Two streams: the first days of the recorded month of calls, and a made-up one in which half of the
events of web, app, contact centre, payments and cases are friction. Every round starts with
customers about whom nothing is known; what a part costs is told by passes with it and without, in
time of the processor. The best round counts, since all noise only adds. The table goes to
bench/results. Exit status 1 when a figure misses its bar by more than its noise.
"""

import argparse
import json
import math
import random
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path

from rich.console import Console

from bench import machine, quality_costs
from bench.figure import Figure, table
from detectors.centre import Centre
from detectors.contacts import DAY_S
from detectors.customer import Customer
from detectors.effort_model import ANSWERED, EffortModel
from detectors.event import Event
from detectors.schema import EVENTS
from detectors.signals.registry import REGISTRY, SUMS, detect
from rules.language.nodes import references
from rules.language.vocabulary import VOCABULARY
from rules.playbook.loader import load
from rules.playbook.tree import read_rule
from streams.sources.bank_calls.reader import JANUARY, CallLog

RESULTS = Path(__file__).parent / "results" / "detectors.json"
DEFAULT = Path(__file__).parents[1] / "rules" / "playbook" / "default"
BAR_US = 6.0
MADE_UP = 5_000
ADDITIONS = 2_000_000
_KINDS = (
    "page.view", "page.left", "ui.click", "app.error", "login.failed", "login.succeeded",
    "form.rejected", "form.abandoned", "form.submitted", "search.done", "payment.failed",
    "payment.succeeded", "contact.started", "contact.queued", "contact.answered",
    "contact.transferred", "contact.held", "contact.ended", "ivr.step", "case.opened",
    "case.closed", "feedback.received", "usage.session",
)  # fmt: skip

Reads = Mapping[str, Sequence[str]]
"""Event type -> signals that are read on it."""


def made_up(count: int = MADE_UP, customers: int = 200) -> list[Event]:
    """Return events of all sources, one every 20 s, of customers who meet much friction."""
    chance = random.Random(7)
    events = []
    for number in range(count):
        kind = chance.choice(_KINDS)
        whose = f"c-{chance.randrange(customers)}"
        data = {
            "session": f"{whose}-{number // 1_000}", "path": f"/{chance.randrange(4)}",
            "call": f"{whose}-{number // 500}", "topic": chance.choice(("limits", "fees")),
            "direction": "inbound", "channel": chance.choice(("phone", "chat")),
            "wait_s": chance.uniform(0.0, 120.0), "hold_s": chance.uniform(0.0, 100.0),
            "rage": chance.random() < 0.3, "dead": chance.random() < 0.3,
            "results": chance.randrange(2), "scrolled_px": chance.randrange(9_000),
            "page_px": 2_000, "form": "loan", "field": f"{chance.randrange(2)}", "error": "length",
            "node": f"{chance.randrange(3)}", "agent_asked": chance.random() < 0.3,
            "case": f"{whose}-{number // 2_000}", "outcome": "answered", "service_s": 200.0,
            "scale": "ces", "score": chance.randrange(1, 8), "source": "survey",
        }  # fmt: skip
        fields = EVENTS[kind]
        own = {name: value for name, value in data.items() if name in fields}
        events.append(Event(f"{number}", "made-up", kind, number * 20.0, whose, own))
    return events


def calls(days: float) -> list[Event]:
    """Return the events of customers in the first days of the recorded month."""
    log = CallLog(JANUARY).events
    first = next(iter(log)).at
    recent = takewhile(lambda event: event.at < first + days * DAY_S, CallLog(JANUARY).events)
    return [event for event in recent if event.customer]


def read_by_default() -> Reads:
    """Return what the rules of the default playbook read."""
    playbook = load(DEFAULT)
    texts = {template.id: template.text for template in playbook.templates}
    found: dict[str, dict[str, None]] = {}
    for rule in playbook.rules:
        tree, _ = read_rule(rule, texts, VOCABULARY)
        names = [name for node in tree.conditions() for name in references(node)]
        signals = [name.removeprefix("signal.") for name in names if name.startswith("signal.")]
        found.setdefault(tree.trigger, {}).update(dict.fromkeys(signals))
    return {kind: tuple(names) for kind, names in found.items() if names}


def read_all() -> Reads:
    """Return every signal and sum on every event."""
    return dict.fromkeys(EVENTS, (*REGISTRY, *SUMS))


def run(events: Sequence[Event], reads: Reads, *, state: bool, weights: bool) -> float:
    """Return processor microseconds per event of a pass that does only what it is told to.

    Parameters
    ----------
    state
        Whether customers and centre take the events; without it the pass is the bare loop.
    weights
        Whether the weights of friction are learnt.
    """
    customers: dict[str, Customer] = {}
    centre, model = Centre(), EffortModel()
    begun = time.process_time()
    for event in events:
        customer = customers.get(event.customer)
        if customer is None:
            customer = customers[event.customer] = Customer(event.customer)
        if not state:
            continue
        customer.update(event)
        centre.update(event)
        if reads:
            felt = detect(event, customer, event.at, model.points)
            for name in reads.get(event.type, ()):
                felt.get(name)
        if weights and (customer.effort is not None or event.type == ANSWERED):
            for label in (*model.mature(customer, event.at), *model.take(event, customer)):
                model.learn(label)
    return (time.process_time() - begun) / len(events) * 1e6


def measure(
    name: str, events: Sequence[Event], reads: Reads, rounds: int, slower: float
) -> list[Figure]:
    """Return what the events of one stream cost; passes alternate, so that noise hits all alike.

    Parameters
    ----------
    slower
        How much slower this machine is than the one at which the bar was set.
    """
    every = read_all()
    loop, state, read, all_read, learnt = zip(
        *(
            (
                run(events, {}, state=False, weights=False),
                run(events, {}, state=True, weights=False),
                run(events, reads, state=True, weights=False),
                run(events, every, state=True, weights=False),
                run(events, {}, state=True, weights=True),
            )
            for _ in range(rounds)
        ),
        strict=True,
    )
    return [
        _beyond(name, "state", state, loop),
        _beyond(
            name,
            "state and the signals that the default rules read",
            read,
            loop,
            BAR_US * slower,
            f"the bar is {BAR_US:g} on a machine {slower:.1f} times as fast",
        ),
        _beyond(name, f"all {len(REGISTRY)} signals and {len(SUMS)} sums, read", all_read, state),
        _beyond(name, "weights of friction, asked and learnt", learnt, state),
    ]


def _beyond(
    data: str,
    name: str,
    spent: Sequence[float],
    without: Sequence[float],
    bar: float = math.nan,
    reference: str = "",
) -> Figure:
    """Return what something costs beyond a pass without it, in microseconds per event."""
    noise = statistics.stdev(spent) if len(spent) > 1 else 0.0
    value = min(spent) - min(without)
    return Figure(data, f"{name}, us per event", value, noise, bar, True, reference)


def additions_per_us() -> float:
    """Return how many additions the machine makes in a microsecond, in one loop: its speed."""
    best = math.inf
    for _ in range(5):
        total, begun = 0, time.process_time()
        for number in range(ADDITIONS):
            total += number
        best = min(best, time.process_time() - begun)
    return ADDITIONS / best / 1e6


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.detectors", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--days", type=float, default=2.0, help="days of the month of calls (2)")
    parser.add_argument("--rounds", type=int, default=15, help="rounds of each measurement (15)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args(arguments)
    about = {k: v for k, v in machine.describe().items() if k not in {"kafka", "java"}}
    about["speed"] = f"{additions_per_us():.0f} additions of Python in 1 us"
    reads = read_by_default()
    streams: dict[str, Callable[[], list[Event]]] = {
        "calls": lambda: calls(options.days), "made-up friction": made_up,
    }  # fmt: skip
    figures: list[Figure] = []
    for name, make in streams.items():
        slower = quality_costs.slowness()
        figures += measure(name, make(), reads, options.rounds, slower)
    figures += quality_costs.figures()
    report = {
        "taken": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": about,
        "rounds": options.rounds,
        "figures": [{**asdict(each), "verdict": each.verdict} for each in figures],
    }
    text = json.dumps(_without_nan(report), indent=2)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(f"{text}\n", encoding="utf-8")
    if options.json:
        print(text)
    else:
        console = Console()
        console.print(table(figures, "What detectors cost"))
        console.print(machine.sentence(about))
    return int(any(each.verdict == "miss" for each in figures))


def _without_nan(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _without_nan(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without_nan(inner) for inner in value]
    return None if isinstance(value, float) and math.isnan(value) else value


if __name__ == "__main__":
    sys.exit(main())
