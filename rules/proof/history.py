"""What customers did, from the log of record.

::

    contact A      started ---- queued ------- answered ----- ended
    contact B                            started ... abandoned, ended
    asks           A                     B
    open           |<------------------ A ---------------->|
                                         |<---- B ---->|

Nothing is forgotten: a month of 30,000 contacts takes tens of megabytes.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Final, NamedTuple

from detectors.contacts import STALE_S, text
from detectors.event import Event

STAGES: Final = frozenset(
    ("contact.started", "contact.queued", "contact.answered", "contact.abandoned", "contact.ended")
)
"""The events that a contact consists of."""


class Kind(NamedTuple):
    """What sort of moment it is: only moments of one kind are compared.

    Parameters
    ----------
    type
        The event's.
    direction
        ``inbound`` or ``outbound``.
    outcome
        Of an end; empty for other stages, since nobody knew it then.
    """

    type: str
    direction: str
    outcome: str


@dataclass(slots=True, eq=False)
class Contact:
    """A contact with an identified customer; two are the same only if they are one object.

    Parameters
    ----------
    call
        Its id.
    inbound
        Whether the customer asked.
    started_at, ended_at
        Event times; infinite while not seen. It is open in ``[started_at, ended_at)``, at most
        for six hours, as the gates have it.
    outcome
        As its end has it; empty before.
    topic
        What it is about, as the newest stage has it that says so; empty before.
    """

    call: str
    inbound: bool
    started_at: float = inf
    ended_at: float = inf
    outcome: str = ""
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """A stage of a contact, as it happened."""

    past: "Past"
    contact: Contact
    kind: Kind
    at: float

    @property
    def earlier(self) -> int:
        """How many contacts the customer had begun before this one."""
        return self.past.asks_before(min(self.contact.started_at, self.at))


class _Timeline:
    """Contacts by their start."""

    __slots__ = ("contacts", "times")

    def __init__(self) -> None:
        self.times: list[float] = []
        self.contacts: list[Contact] = []

    def add(self, at: float, contact: Contact) -> None:
        place = bisect_right(self.times, at)  # the end, unless it came late
        self.times.insert(place, at)
        self.contacts.insert(place, contact)


class Past:
    """What one identified customer did.

    Attributes
    ----------
    customer
        The id.
    contacts
        All contacts by their id, of either side, in the order in which they were first seen.
    moments
        All stages by the id of their event.
    """

    __slots__ = ("_asks", "_starts", "contacts", "customer", "moments")

    def __init__(self, customer: str) -> None:
        self.customer = customer
        self.contacts: dict[str, Contact] = {}
        self.moments: dict[str, Moment] = {}
        self._starts = _Timeline()
        self._asks = _Timeline()

    def add(self, event: Event) -> Moment | None:
        """Take a stage; ``None`` when an event of this id was taken already."""
        if event.id in self.moments:
            return None
        data, at = event.data, event.at
        call = text(data.get("call"))
        contact = self.contacts.get(call)
        if contact is None:
            inbound = data.get("direction") != "outbound"
            contact = self.contacts[call] = Contact(call, inbound)
        contact.topic = text(data.get("topic")) or contact.topic
        outcome = ""
        if event.type == "contact.started":
            contact.started_at = at
            self._starts.add(at, contact)
            if contact.inbound:
                self._asks.add(at, contact)
        elif event.type == "contact.ended":
            contact.ended_at = at
            contact.outcome = outcome = text(data.get("outcome"))
        kind = Kind(event.type, "inbound" if contact.inbound else "outbound", outcome)
        moment = self.moments[event.id] = Moment(self, contact, kind, at)
        return moment

    def asks_before(self, at: float) -> int:
        """Return how many contacts the customer began before `at`, exclusive."""
        return bisect_left(self._asks.times, at)

    def next_ask(self, after: float, own: Contact | None, others: Collection[str] = ()) -> float:
        """Return when the customer next began a contact, later than `after`; infinite for never.

        Parameters
        ----------
        own
            A contact that does not count; ``None`` for none.
        others
            Topics of contacts that do not count.
        """
        asks = self._asks
        place = bisect_right(asks.times, after)
        while place < len(asks.times) and (
            asks.contacts[place] is own or asks.contacts[place].topic in others
        ):
            place += 1
        return asks.times[place] if place < len(asks.times) else inf

    def asks_within(
        self, after: float, until: float, own: Contact | None, others: Collection[str]
    ) -> int:
        """Return how many contacts that count as in `next_ask` began in (after, until]."""
        asks = self._asks
        first, end = bisect_right(asks.times, after), bisect_right(asks.times, until)
        return sum(
            each is not own and each.topic not in others for each in asks.contacts[first:end]
        )

    def has_contact(self, after: float, until: float) -> bool:
        """Return whether a contact of either side started in (after, until]."""
        times = self._starts.times
        return bisect_right(times, until) > bisect_right(times, after)

    def is_asking(self, at: float, own: Contact | None) -> bool:
        """Return whether a contact that the customer began is open at `at`, besides `own`."""
        asks = self._asks
        first, end = bisect_right(asks.times, at - STALE_S), bisect_right(asks.times, at)
        return any(at < each.ended_at and each is not own for each in asks.contacts[first:end])


@dataclass(slots=True)
class History:
    """What all identified customers did.

    Attributes
    ----------
    end
        Time of the newest contact event, also of customers nobody identified; -infinite before.
        What is later than this is not known.
    replayed_until
        The same of the sources whose customers cannot react to us; -infinite where all can.

    Examples
    --------
    >>> history = History()
    >>> call = {"call": "c", "direction": "inbound"}
    >>> history.add(Event("c-started", "bank", "contact.started", 60.0, "ann", call))
    >>> history.past("ann").next_ask(0.0, None), history.end
    (60.0, 60.0)
    """

    end: float = -inf
    replayed_until: float = -inf
    _deaf: set[str] = field(default_factory=set)
    _pasts: dict[str, Past] = field(default_factory=dict)
    _moments: dict[Kind, list[Moment]] = field(default_factory=dict)

    def add(self, event: Event) -> None:
        """Take an event in the order of the log; only contacts and openings of sources count."""
        if event.type not in STAGES:
            if event.type == "source.opened" and event.data.get("reacts") is False:
                self._deaf.add(event.source)
            return
        self.end = max(self.end, event.at)
        if event.source in self._deaf:
            self.replayed_until = max(self.replayed_until, event.at)
        if not event.identified:
            return
        past = self._pasts.get(event.customer)
        if past is None:
            past = self._pasts[event.customer] = Past(event.customer)
        moment = past.add(event)
        if moment is not None:
            self._moments.setdefault(moment.kind, []).append(moment)

    def past(self, customer: str) -> Past:
        """Return what a customer did; nothing for one who was never seen."""
        return self._pasts.get(customer) or Past(customer)

    def moments(self, kind: Kind) -> Sequence[Moment]:
        """Return all moments of a kind, in the order in which they were added."""
        return self._moments.get(kind, ())
