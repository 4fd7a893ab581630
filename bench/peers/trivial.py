"""The trivial stateful job: parse, count and average per customer, say something of each 100th.

Every system does exactly this, so their results are equal, number by number.
"""

from collections.abc import Iterator
from random import Random

import orjson

CUSTOMERS = 100_000
EVENT_BYTES = 171
EACH = 100  # 1 % of the events lead to a result
WEIGHT = 0.1  # of the newest value in the moving average
SEED = 20_260_101

_HEAD = '{"specversion":"1.0","id":"%014d","source":"/bench","type":"contact.ended","subject":"%s",'
_TAIL = '"time":"2026-01-01T00:00:00Z","data":{"n":%08d,"value":%.2f}}'
_FIRST = 10_000_000  # all numbers have as many digits


def events(count: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield key and value of each event: a CloudEvent of 171 bytes, customers drawn evenly.

    >>> key, value = next(events(1))
    >>> len(key), len(value)
    (7, 171)
    """
    draw = Random(SEED)
    for number in range(count):
        customer = f"c{draw.randrange(CUSTOMERS):06d}"
        value = 100 + (number * 7919 % 10_000) / 100
        text = (_HEAD + _TAIL) % (number, customer, _FIRST + number, value)
        yield customer.encode(), text.encode()


def observe(count: int, average: float, value: float) -> tuple[int, float]:
    """Return a customer's count and moving average after one more value.

    >>> observe(0, 0.0, 150.0)
    (1, 150.0)
    >>> observe(1, 150.0, 160.0)
    (2, 151.0)
    """
    return count + 1, average + WEIGHT * (value - average) if count else value


def result(customer: str, count: int, average: float) -> bytes:
    """Return what is said of an event whose number divides by 100."""
    return orjson.dumps({"customer": customer, "count": count, "average": average})


def expected(count: int) -> list[bytes]:
    """Return the results of the first `count` events, in their order."""
    known: dict[str, tuple[int, float]] = {}
    said = []
    for _, value in events(count):
        event = orjson.loads(value)
        customer, data = event["subject"], event["data"]
        known[customer] = state = observe(*known.get(customer, (0, 0.0)), data["value"])
        if data["n"] % EACH == 0:
            said.append(result(customer, *state))
    return said
