"""What rules cost besides evaluating them: loading, memory of a customer, hostile texts."""

import gc
import random
import time
from pathlib import Path
from statistics import mean, median

import msgpack

import rules.playbook
from bench.rules_playbook import generated
from bench.table import Figures
from detectors.customer import Customer
from detectors.event import Event
from detectors.schema import Name
from rules.language.checker import check
from rules.language.errors import ExpressionError
from rules.language.parser import parse
from rules.language.vocabulary import VOCABULARY
from rules.playbook.errors import PlaybookError
from rules.playbook.loader import load
from rules.program import Program
from tests.rules.language.hostile import EXPRESSIONS
from tests.rules.playbook.hostile import FILES
from tests.rules.playbook.texts import PLAYBOOK

DEFAULT = Path(rules.playbook.__file__).parent / "default"
START_AT = 1767596400.0
DAYS, DAY_S = 30, 86400.0
EVENTS = 12
"""Events of a customer in a month, on average."""
EMPTY = 1
"""Bytes of a packed record without any state."""


def loading(count: int, repetitions: int) -> Figures:
    """Return processor seconds to check and to compile a playbook of so many rules with tests."""
    files = generated(count)
    checks, compiles = [], []
    for _ in range(repetitions):
        parse.cache_clear()
        started = time.process_time()
        playbook = load(files)
        checked = time.process_time()
        Program(playbook)
        compiles.append(time.process_time() - checked)
        checks.append(checked - started)
    return {
        "rules": count,
        "tests": 2 * count,
        "bytes": sum(map(len, files.values())),
        "check_s": round(median(checks), 3),
        "compile_s": round(median(compiles), 3),
        "total_s": round(
            median(check + rest for check, rest in zip(checks, compiles, strict=True)), 3
        ),
    }


def memory(customers: int) -> Figures:
    """Return bytes that the default playbook's rules keep of a customer after a month of events.

    Event types are drawn alike among those that the playbook's rules look at, which keeps more of
    the rules busy than any real customer does.
    """
    playbook = load(DEFAULT)
    program = Program(playbook)
    draw = random.Random(7)
    named = "".join(rule.model_dump_json(exclude={"tests"}) for rule in playbook.rules)
    types = [kind for kind in VOCABULARY.triggers() if f'"{kind}"' in named]
    sizes = [_packed(program, types, draw, number) for number in range(customers)]
    return {
        "customers": customers,
        "rules": len(playbook.rules),
        "event_types": len(types),
        "events_per_customer": EVENTS,
        "mean_bytes": round(mean(sizes), 1),
        "median_bytes": median(sizes),
        "p99_bytes": sorted(sizes)[int(0.99 * len(sizes))],
        "largest_bytes": max(sizes),
        "bound_bytes": program.bytes_per_customer(),
    }


def _packed(program: Program, types: list[str], draw: random.Random, number: int) -> int:
    customer = Customer(f"customer-{number:06d}")
    count = min(100, round(draw.expovariate(1 / EVENTS)))
    times = sorted(START_AT + draw.random() * DAYS * DAY_S for _ in range(count))
    for index, at in enumerate(times):
        kind = draw.choice(types)
        data = {name: _value(field, draw) for name, field in VOCABULARY.events[kind].items()}
        event = Event(f"{number}-{index}", "bench", kind, at, customer.id, data)
        customer.update(event)
        program.observe(event, customer, {}, {})
        program.due(customer, at, {}, {})
    return len(msgpack.packb(customer.rules)) - EMPTY


def _value(field: Name, draw: random.Random) -> object:
    if field.values:
        return draw.choice(field.values)
    match field.kind:
        case "bool":
            return draw.random() < 0.5
        case "text" | "enum":
            return f"{field.name}-{draw.randrange(10**6):06d}"
        case _:
            return round(draw.random() * 1000, 2)


def hostile() -> Figures:
    """Return processor milliseconds to refuse each hostile text, and those that were not."""
    scope = VOCABULARY.scope("contact.queued")
    # As a worker does: what the measurements before left behind is not searched for garbage.
    gc.collect()
    gc.freeze()
    taken: dict[str, float] = {}
    accepted = []
    for name, text in EXPRESSIONS.items():
        started = time.process_time()
        try:
            refused = bool(check(parse(text), scope))
        except ExpressionError:
            refused = True
        taken[f"expression: {name}"] = 1e3 * (time.process_time() - started)
        if not refused:
            accepted.append(name)
    for name, (content, _) in FILES.items():
        started = time.process_time()
        try:
            load({"playbook.yaml": PLAYBOOK, "bad.yaml": content})
            accepted.append(name)
        except PlaybookError:
            pass
        taken[f"file: {name}"] = 1e3 * (time.process_time() - started)
    gc.unfreeze()
    worst = sorted(taken, key=taken.__getitem__, reverse=True)[:5]
    return {
        "texts": len(taken),
        "accepted": accepted,
        "slowest_ms": {name: round(taken[name], 1) for name in worst},
        "largest_ms": round(taken[worst[0]], 1),
    }
