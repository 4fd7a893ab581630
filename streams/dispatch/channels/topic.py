"""Actions to a Kafka topic."""

from streams.dispatch.channels.client import Limits
from streams.dispatch.entry import Entry
from streams.dispatch.outcome import Outcome
from streams.engine.contract import Outgoing
from streams.sources.cloudevents import CONTENT_TYPE

# A topic name that stands for itself, not for a field of `Topics`.
LITERAL = "="


class TopicChannel:
    """Writes the action's CloudEvent to a topic, in the transaction that says so.

    Reader and ledger therefore agree always: the record is there exactly once for a reader with
    ``isolation.level=read_committed``.

    Parameters
    ----------
    topic
        Full name on the broker. The record's key is the contact point, or the customer where
        there is none.
    """

    recognises_repeats = True  # without its transaction a record does not exist

    def __init__(self, name: str, topic: str, limits: Limits) -> None:
        self.name = name
        self.limits = limits
        self._topic = LITERAL + topic

    async def send(self, entry: Entry) -> Outcome:
        """Return the record with the outcome; the ledger puts both in one transaction."""
        headers = (CONTENT_TYPE, ("idempotency-key", entry.id.encode()))
        key = entry.contact_point.encode()
        record = Outgoing(self._topic, key, entry.event, headers=headers, since_ms=entry.read_ms)
        return Outcome("delivered", records=(record,))

    async def close(self) -> None:
        """Nothing is open."""
