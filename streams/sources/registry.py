"""Which adapter checks the events of a source, and which reader replays its files."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from detectors.event import Event
from streams.sources.bank_calls.adapter import adapt
from streams.sources.bank_calls.reader import CallLog
from streams.sources.bank_calls.stages import SOURCE as BANK_CALLS

Adapter = Callable[[Event], Event]
"""Takes a decoded CloudEvent; returns what goes on, or raises ``InvalidEventError``."""

ADAPTERS: Mapping[str, Adapter] = MappingProxyType({BANK_CALLS: adapt})
"""Name of a source, up to the first slash -> its adapter."""

READERS: Mapping[str, Callable[[Path], CallLog]] = MappingProxyType({BANK_CALLS: CallLog})
"""Name of a source -> reader of its recorded files."""


def adapter_of(source: str) -> Adapter:
    """Return the source's adapter; a source without one is taken at its word.

    >>> adapter_of("bank-calls/haifa") is adapt
    True
    >>> event = Event("1", "shop", "order.placed", 0.0, "c-1", {"total": 9.5})
    >>> adapter_of("shop")(event) is event
    True
    """
    return ADAPTERS.get(source.split("/", 1)[0], accept)


def accept(event: Event) -> Event:
    """Return the event as it is: its type and its data are the source's own business."""
    return event
