"""The customers of one partition: packed, with the hot ones as objects, and their timers."""

import heapq
from collections.abc import Iterator

from detectors.customer import Customer, pack, packed_deadline, unpack

PREFIX = b"c:"
MAX_HOT = 20_000  # objects beside the packed records; about 5 KB each
TTL_S = 400 * 86400.0  # a customer without events for this long leaves
TTL_SLACK_S = 40 * 86400.0  # how much too early its last timer may stand
MIN_HEAP = 1_000


class Customers:
    """Every customer's packed record, the truth; objects are only a cache of it.

    A customer is packed after each event, so the state before the event is always there to go
    back to. Timers are derived: each record starts with its next deadline, and the heap of
    deadlines is rebuilt from these at restore.
    """

    def __init__(self) -> None:
        self._packed: dict[str, bytes] = {}
        self._hot: dict[str, Customer] = {}
        self._touched: dict[str, None] = {}
        self._heap: list[tuple[float, str]] = []

    def __len__(self) -> int:
        return len(self._packed)

    def get(self, name: str) -> Customer:
        """Return the customer, a new one where there is none."""
        customer = self._hot.get(name)
        if customer is None:
            packed = self._packed.get(name)
            customer = Customer(name) if packed is None else unpack(name, packed)
            if len(self._hot) >= MAX_HOT:
                self._hot.clear()
            self._hot[name] = customer
        return customer

    def put(self, customer: Customer, deadline: float) -> None:
        """Keep the customer as it is now, with its next deadline."""
        name = customer.id
        moved = customer.deadline != deadline or name not in self._packed
        self._packed[name] = pack(customer, deadline)
        self._touched[name] = None
        if moved:
            heapq.heappush(self._heap, (deadline, name))
            # Moved timers leave entries behind, most of them 400 days ahead.
            if len(self._heap) > MIN_HEAP + 2 * len(self._packed):
                self.restored()

    def remove(self, name: str) -> None:
        """Let the customer go; a tombstone follows with the next checkpoint."""
        self._hot.pop(name, None)
        if self._packed.pop(name, None) is not None:
            self._touched[name] = None

    def roll_back(self, name: str) -> None:
        """Forget what happened to the customer since `put`."""
        self._hot.pop(name, None)

    def next_due(self, until: float) -> tuple[float, str] | None:
        """Return (deadline, customer) of the earliest timer before `until`, in a fixed order."""
        heap = self._heap
        while heap and heap[0][0] < until:
            deadline, name = heap[0]
            packed = self._packed.get(name)
            if packed is not None and packed_deadline(packed) == deadline:
                return deadline, name
            heapq.heappop(heap)  # moved or gone since it was pushed
        return None

    def changes(self) -> Iterator[tuple[bytes, bytes | None]]:
        """Yield key and value of every customer that changed since the last call."""
        touched, self._touched = self._touched, {}
        for name in touched:
            yield PREFIX + name.encode(), self._packed.get(name)

    def restore(self, key: bytes, value: bytes) -> bool:
        """Take a record back; return whether it is a customer's."""
        if not key.startswith(PREFIX):
            return False
        self._packed[key[len(PREFIX) :].decode()] = value
        return True

    def restored(self) -> None:
        """Rebuild the timers."""
        self._heap = [(packed_deadline(packed), name) for name, packed in self._packed.items()]
        heapq.heapify(self._heap)
