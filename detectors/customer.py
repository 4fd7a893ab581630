"""The bounded state of one customer, its update by an event, and its packed form."""

import math
import struct
from hashlib import blake2b
from typing import Any

import msgpack

from detectors.activity import FOLLOWED, Activity
from detectors.contacts import Contacts, text
from detectors.effort import Effort
from detectors.effort_causes import CAUSES, count_friction
from detectors.event import Event
from detectors.learning.labels import PendingLabel, pack_label, unpack_label
from detectors.reach import UPDATES as REACH_UPDATES
from detectors.reach import Reach
from detectors.standing import UPDATES, Standing

LAYOUT = 4
"""Version of the packed form; a record of another version is refused."""
SEEN_WINDOW_S = 86400.0
"""A repeated id is recognised for at least this long."""
MAX_SEEN = 128
"""Ids remembered per generation, so that a customer who sends thousands stays small."""

_HEADER = struct.Struct(">Bd")
_PACKER = msgpack.Packer()  # one for all: a new one allocates 256 KiB


class PackedCustomerError(ValueError):
    """The bytes are no customer of this layout."""


class Customer:
    """State of one customer, or of one contact nobody identified.

    Memory is bounded: about 700 bytes packed for 20 events, 3 contacts and 2 open labels. Event
    ids are remembered as 8-byte digests in two generations: the newer one becomes the older one
    after a day or 128 ids, so an id is known for one to two days, and always among the last 128.

    Parameters
    ----------
    id
        The customer, or ``call:<id>``.

    Attributes
    ----------
    first_at, at
        Event times of the first and the newest event; NaN before the first.
    contacts
        Contacts under way and their history.
    labels
        Predictions whose outcome is not known yet.
    standing
        What is open and known outside of contacts; ``None`` while nobody told of it.
    effort
        The friction they met; ``None`` before the first.
    reach
        Whether and where they may be reached; ``None`` while nobody told of it.
    activity
        How they use what we offer; ``None`` while nobody told of it.
    rules, gates
        State of the rule engine and of the gates, which alone read and write it.
    deadline
        When its next timer was due as it was packed last; infinite before.

    Examples
    --------
    >>> customer = Customer("c-1")
    >>> event = Event("1", "bank", "contact.started", 0.0, "c-1", {"call": "a"})
    >>> customer.is_duplicate(event)
    False
    >>> customer.update(event)
    >>> customer.is_duplicate(event), customer.contacts.total
    (True, 1)
    """

    __slots__ = (
        "_digest",
        "_digest_of",
        "_seen",
        "_seen_before",
        "_seen_since",
        "activity",
        "at",
        "contacts",
        "deadline",
        "effort",
        "first_at",
        "gates",
        "id",
        "identified",
        "labels",
        "reach",
        "rules",
        "standing",
    )

    def __init__(self, id: str) -> None:  # noqa: A002
        self.id = id
        self.identified = Event("", "", "", 0.0, id).identified
        self.first_at = math.nan
        self.at = math.nan
        self.deadline = math.inf
        self.contacts = Contacts()
        self.labels: list[PendingLabel] = []
        self.standing: Standing | None = None
        self.effort: Effort | None = None
        self.reach: Reach | None = None
        self.activity: Activity | None = None
        self.rules: dict[str, Any] = {}
        self.gates: dict[str, Any] = {}
        self._seen: dict[bytes, None] = {}
        self._seen_before: dict[bytes, None] = {}
        self._seen_since = -math.inf
        self._digest_of = ""
        self._digest = b""

    def is_duplicate(self, event: Event) -> bool:
        """Whether an event of this source and id was applied already. Changes nothing."""
        digest = self._digest_event(event)
        return digest in self._seen or digest in self._seen_before

    def update(self, event: Event) -> None:
        """Apply an event that is no duplicate, and remember its id."""
        at = event.at
        if not at <= self.at:
            self.at = at
        if not at >= self.first_at:
            self.first_at = at
        if at - self._seen_since >= SEEN_WINDOW_S or len(self._seen) >= MAX_SEEN:
            # A day without a new generation: what the older one holds is older than the window.
            self._seen_before = self._seen
            self._seen = {}
            self._seen_since = at
        self._seen[self._digest_event(event)] = None
        kind = event.type
        if kind.startswith("contact."):
            self.contacts.update(kind, at, event.data)
        elif kind == "case.opened":
            data = event.data
            self.contacts.reach(text(data.get("channel")), text(data.get("topic")), at)
        if kind in UPDATES:
            if self.standing is None:
                self.standing = Standing()
            self.standing.update(event)
        elif kind in REACH_UPDATES:
            reach = self.reach or Reach()
            reach.update(event)
            self.reach = None if reach.is_empty() else reach
        cause = CAUSES.get(kind)
        if cause is not None:
            kinds = cause(event, self)
            if kinds:
                count_friction(event, self, kinds)
        if kind in FOLLOWED and self.identified:
            if self.activity is None:
                self.activity = Activity()
            self.activity.update(event)

    def is_finished(self) -> bool:
        """Whether nothing will be asked of it again: nobody identified, contact and labels closed.

        Rules and gates are not looked at; they hold nothing for whom nobody acts on.
        """
        return not (self.identified or self.labels or self.contacts.open)

    def _digest_event(self, event: Event) -> bytes:
        # An id is unique within its source only (CloudEvents 1.0).
        name = f"{event.source}\n{event.id}"
        if name != self._digest_of:
            self._digest = blake2b(name.encode(), digest_size=8).digest()
            self._digest_of = name
        return self._digest


def pack(customer: Customer, next_deadline: float) -> bytes:
    """Return the customer as bytes; the same state always gives the same bytes.

    Parameters
    ----------
    next_deadline
        When the customer's next timer is due, in event time; infinite for none. It can be read
        with `packed_deadline` without unpacking the rest.
    """
    body = [
        customer.first_at,
        customer.at,
        customer.contacts.to_list(),
        [pack_label(label) for label in customer.labels] if customer.labels else None,
        customer.rules,
        customer.gates,
        b"".join(customer._seen),
        b"".join(customer._seen_before),
        customer._seen_since,
        None if customer.standing is None else customer.standing.to_list(),
        None if customer.reach is None else customer.reach.to_list(),
        None if customer.effort is None else customer.effort.to_list(),
        None if customer.activity is None else customer.activity.pack(),
    ]
    try:
        packed: bytes = _PACKER.pack(body)
    except BaseException:
        _PACKER.reset()
        raise
    customer.deadline = next_deadline
    return _HEADER.pack(LAYOUT, next_deadline) + packed


def unpack(id: str, value: bytes) -> Customer:  # noqa: A002
    """Return the customer of `pack`.

    Raises
    ------
    PackedCustomerError
        When the layout version is another one.
    """
    deadline = packed_deadline(value)
    body = msgpack.unpackb(memoryview(value)[_HEADER.size :], strict_map_key=False)
    customer = Customer(id)
    customer.deadline = deadline
    customer.first_at, customer.at, contacts, labels = body[:4]
    customer.contacts = Contacts.from_list(contacts)
    customer.labels = [unpack_label(label) for label in labels or ()]
    customer.rules, customer.gates, seen, seen_before, customer._seen_since = body[4:9]
    if body[9] is not None:
        customer.standing = Standing.from_list(body[9])
    if body[10] is not None:
        customer.reach = Reach.from_list(body[10])
    if body[11] is not None:
        customer.effort = Effort.from_list(body[11])
    if body[12] is not None:
        customer.activity = Activity.unpack(body[12])
    customer._seen = _digests(seen)
    customer._seen_before = _digests(seen_before)
    return customer


def packed_deadline(value: bytes) -> float:
    """Return the next deadline of a packed customer; infinite for none."""
    if len(value) < _HEADER.size or value[0] != LAYOUT:
        got = value[0] if value else "no bytes"
        msg = f"packed customer must have layout {LAYOUT}; got {got}; replay the log to rebuild it"
        raise PackedCustomerError(msg)
    deadline: float = _HEADER.unpack_from(value)[1]
    return deadline


def _digests(joined: bytes) -> dict[bytes, None]:
    return {joined[i : i + 8]: None for i in range(0, len(joined), 8)}
