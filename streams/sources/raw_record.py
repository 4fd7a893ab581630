"""A record on its way to raw-events."""

from dataclasses import dataclass

from detectors.event import Event, encode_event
from streams.sources.cloudevents import CONTENT_TYPE


@dataclass(frozen=True, slots=True)
class RawRecord:
    """What a source saw, as bytes for the broker.

    Parameters
    ----------
    at
        Event time, Unix seconds UTC, by which a replay paces.
    key
        What the source knows of whom it concerns: order is kept per key.
    value
        A CloudEvent in structured mode, or the source's own bytes.
    headers
        Content type, and the attributes of a CloudEvent in binary mode.
    """

    at: float
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...] = (CONTENT_TYPE,)


def structured(event: Event) -> RawRecord:
    """Return the event's record; what concerns everybody is keyed by its source."""
    return RawRecord(event.at, (event.customer or event.source).encode(), encode_event(event))


def source_opened(source: str, at: float) -> RawRecord:
    """Return what begins a recording: history in order of time, nobody reacts to us in it."""
    data = {"clock": "log", "ordered": True, "reacts": False, "lateness_s": 0.0}
    return structured(Event(f"opened-{at:.0f}", source, "source.opened", at, "", data))


def source_closed(source: str, at: float) -> RawRecord:
    """Return what ends a recording."""
    return structured(Event(f"closed-{at:.0f}", source, "source.closed", at))
