"""How much the default playbook keeps of a customer: printed, and held to what was promised."""

from pathlib import Path
from random import Random
from typing import Any

import msgpack

import rules.playbook
from detectors.customer import Customer
from detectors.event import Event
from detectors.schema import EVENTS, Name
from rules.language.vocabulary import BROADCAST
from rules.playbook.loader import load
from rules.program import Program
from tests.long.conftest import Tell

DEFAULT = Path(rules.playbook.__path__[0]) / "default"
CUSTOMERS = 10_000
DAYS = 30
MAX_MEAN = 400.0
DAY_S = 86400.0
OTHERS = [
    kind
    for kind in EVENTS
    if kind not in BROADCAST and not kind.startswith(("contact.", "action."))
]


def test_ten_thousand_customers_take_at_most_400_bytes_each(tell: Tell) -> None:
    random, program = Random(1), Program(load(DEFAULT))
    sizes = sorted(state_of(f"customer-{n}", program, random) for n in range(CUSTOMERS))
    mean = sum(sizes) / CUSTOMERS

    tell(
        f"mean {mean:.0f}, median {sizes[CUSTOMERS // 2]}, p99 {sizes[CUSTOMERS * 99 // 100]}, "
        f"largest {sizes[-1]} bytes; at most {program.bytes_per_customer()} can be"
    )
    assert mean <= MAX_MEAN
    assert sizes[-1] <= program.bytes_per_customer()


def state_of(name: str, program: Program, random: Random) -> int:
    """Return the bytes of a customer's temporal state after a month of 20 events."""
    customer = Customer(name)
    for number, (at, kind, data) in enumerate(sorted(month(name, random), key=lambda e: e[0])):
        event = Event(f"{name}-{number}", "bank", kind, at, name, data)
        program.due(customer, at, {}, {})
        customer.update(event)
        program.observe(event, customer, {"repeat": random.random()}, {})
    return len(msgpack.packb(customer.rules))


def month(name: str, random: Random) -> list[tuple[float, str, dict[str, Any]]]:
    """Return three contacts of four events each, and eight events of other kinds."""
    found = []
    for number in range(3):
        at = random.random() * DAYS * DAY_S
        ending = "answered" if random.random() < 0.85 else "abandoned"
        direction = "inbound" if random.random() < 0.8 else "outbound"
        for stage, after in (("started", 0), ("queued", 9), (ending, 90), ("ended", 400)):
            kind = f"contact.{stage}"
            data = {key: value(field, random) for key, field in EVENTS[kind].items()}
            data |= {"call": f"{name}-call-{number}", "direction": direction}
            found.append((at + after, kind, data))
    for _ in range(8):
        kind = random.choice(OTHERS)
        data = {key: value(field, random) for key, field in EVENTS[kind].items()}
        found.append((random.random() * DAYS * DAY_S, kind, data))
    return found


def value(field: Name, random: Random) -> object:
    """Return some value of a field."""
    match field.kind:
        case "text":
            return f"{field.name}-{random.randrange(10**6):06}"
        case "enum":
            return random.choice(field.values)
        case "bool":
            return random.random() < 0.5
        case "duration":
            return random.random() * DAY_S
        case "time":
            return random.random() * DAYS * DAY_S
        case _:
            return float(random.randrange(200))
