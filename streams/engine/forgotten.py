"""What a partition keeps of customers who were forgotten: a salted digest, and only for two days.

Events of the time before can still come, because sources are late. They would bring the customer
back, so they are dropped; what is newer than the erasure begins a new customer.
"""

import math
from collections.abc import Iterator
from hashlib import blake2b
from typing import Final

import msgpack

from detectors.event import Event, encode_event
from streams.engine.contract import Outgoing, Record
from streams.sources.cloudevents import CONTENT_TYPE

FORGOTTEN: Final = "customer.forgotten"
"""Type of the event that erases a customer; written by `precede customer forget` alone."""
SOURCE: Final = "precede/erasure"
FORGET: Final = "precede.forget"
"""Type of what the engine then tells every partition of dispatch."""
KEY: Final = b"forgotten"
REMEMBER_S: Final = 2 * 86_400.0
"""As late as an event may come (`streams.sources.normalise.MAX_LATENESS_S`), event time."""


class Forgotten:
    """Which customers were forgotten lately.

    Attributes
    ----------
    newest
        When one was forgotten last, event time; what is newer needs no look at the others. Minus
        infinity while there are none.

    Examples
    --------
    >>> forgotten = Forgotten()
    >>> forgotten.add(Event("1", SOURCE, FORGOTTEN, 100.0, "c-1", {"salt": "s"}))
    >>> forgotten.holds(Event("2", "shop", "order.placed", 99.0, "c-1"))
    True
    >>> forgotten.holds(Event("3", "shop", "order.placed", 101.0, "c-1"))
    False
    """

    __slots__ = ("_at", "_is_changed", "newest")

    def __init__(self) -> None:
        self._at: dict[tuple[str, bytes], float] = {}  # salt and digest -> when
        self.newest = -math.inf
        self._is_changed = False

    def add(self, event: Event) -> None:
        """Remember that the customer of an event of type ``customer.forgotten`` is gone."""
        salt = str(event.data.get("salt", ""))
        self._at[salt, digest(event.customer, salt)] = event.at
        self.newest = max(self._at.values())
        self._is_changed = True

    def holds(self, event: Event) -> bool:
        """Return whether the event is of the time before its customer was forgotten."""
        if event.at > self.newest:
            return False
        salts = dict.fromkeys(salt for salt, _ in self._at)
        keys = ((salt, digest(event.customer, salt)) for salt in salts)
        return any(event.at <= self._at.get(key, -math.inf) for key in keys)

    def expire(self, until: float) -> None:
        """Forget also this once nothing of the time before can come any more."""
        if self.newest == -math.inf:
            return
        kept = {key: at for key, at in self._at.items() if at + REMEMBER_S >= until}
        if len(kept) < len(self._at):
            self._at = kept
            self.newest = max(kept.values(), default=-math.inf)
            self._is_changed = True

    def changes(self) -> Iterator[tuple[bytes, bytes | None]]:
        """Yield key and value of the state record if it changed; a tombstone when all expired."""
        if self._is_changed:
            self._is_changed = False
            rows = [[salt, name, at] for (salt, name), at in self._at.items()]
            yield KEY, msgpack.packb(rows) if rows else None

    def restore(self, key: bytes, value: bytes) -> bool:
        """Take back what `changes` yielded; return whether it was that."""
        if key != KEY:
            return False
        self._at = {(salt, name): at for salt, name, at in msgpack.unpackb(value)}
        self.newest = max(self._at.values(), default=-math.inf)
        return True


def digest(customer: str, salt: str) -> bytes:
    """Return what a customer is recognised by who must not be named."""
    return blake2b(customer.encode(), key=salt.encode()[:64], digest_size=16).digest()


def tell_dispatch(event: Event, record: Record, of_n: int) -> Iterator[Outgoing]:
    """Yield a record for every partition of actions: what waits for the customer must not go out.

    Parameters
    ----------
    event
        Of type ``customer.forgotten``.
    record
        Of interactions, that holds it.
    of_n
        How many partitions there are; a contact point may lead to any of them.
    """
    origin = {"partition": record.partition, "offset": record.offset}
    for partition in range(of_n):
        told = Event(
            f"{event.id}-{partition}", SOURCE, FORGET, event.at, event.customer,
            {"forgotten": event.id, "origin": origin},
        )  # fmt: skip
        yield Outgoing(
            "actions", event.customer.encode(), encode_event(told), partition,
            (CONTENT_TYPE,), record.timestamp,
        )  # fmt: skip
