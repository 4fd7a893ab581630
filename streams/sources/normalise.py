"""Normalise one partition of raw-events into interactions, the log of record."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from detectors.activity import REVIEW
from detectors.event import Event, InvalidEventError, encode_event, format_time
from detectors.models.weights import WEIGHTS
from detectors.models.words import without_text
from rules.reservation import REQUESTED
from rules.stopped import RESUME, STOP, about
from streams.engine.contract import Outgoing, Record
from streams.engine.forgotten import FORGOTTEN
from streams.sources.cloudevents import MAX_RECORD_BYTES, TooLargeError, decode_record
from streams.sources.deadletter import dead_letter
from streams.sources.registry import adapter_of

PROGRESS_EVERY_S = 60.0
MAX_AHEAD_S = 300.0  # what clocks of sources may differ
MAX_LATENESS_S = 2 * 86_400.0
BROADCAST = ("queue.", "control.", "source.")
TIMELESS = ("control.", "source.")
CONTROL = ("control.", FORGOTTEN)
OWN = "precede/"
"""How sources of our own begin; only these control what is decided."""


class _RefusedError(InvalidEventError):
    """An event that must not go on, and the code of its dead letter."""

    def __init__(self, reason: str, code: str) -> None:
        super().__init__(reason)
        self.code = code


class Normaliser:
    """The processor of one raw partition.

    Each raw record becomes one interaction, one broadcast (a copy in every partition of
    interactions) or one dead letter. Order is kept per raw key. Progress tells the engine how far
    this raw partition has come: on a log clock from the events alone, every 60 s of event time and
    when a source closes; on a live clock every second, written by the worker's ticker.

    Parameters
    ----------
    raw
        Number of the raw partition.
    of_n
        Partitions of raw-events.
    interactions
        Partitions of interactions.
    clock
        ``log`` or ``live``.
    lateness_s
        How late events of a live source may come, seconds.
    """

    def __init__(
        self, raw: int, of_n: int, interactions: int, clock: str, lateness_s: float
    ) -> None:
        self._raw = raw
        self._of_n = of_n
        self._interactions = interactions
        self._clock = clock
        self._live_lateness_s = lateness_s
        self._open: dict[str, float] = {}  # source -> lateness
        self._at = -math.inf
        self._progress = -math.inf
        self._announced = False
        self._asked = False

    def process(self, records: Sequence[Record]) -> list[Outgoing]:
        """Return interactions, broadcasts, progress and dead letters, in order of the records."""
        out: list[Outgoing] = []
        for record in records:
            try:
                event, value = _read(record)
            except _RefusedError as refused:
                out.append(self._dead_letter(record, refused.code, str(refused)))
            except Exception as error:  # bad input never stops the stream
                reason = f"{type(error).__name__}: {error}"[:500]
                out.append(self._dead_letter(record, "error", reason))
            else:
                if event.customer:
                    self._asked |= event.type == REQUESTED
                    self._advance(event.at, record.timestamp, out)
                    key = event.customer.encode()
                    out.append(Outgoing("interactions", key, value, since_ms=record.timestamp))
                else:
                    self._take_broadcast(event, value, record, out)
        return out

    def checkpoint(self) -> list[Outgoing]:
        """Return the open sources and how far time has come."""
        value = orjson.dumps(
            {
                "open": self._open,
                "at": _finite(self._at),
                "progress": _finite(self._progress),
                "announced": self._announced,
            }
        )
        return [Outgoing("normalise_state", b"sources", value, partition=self._raw)]

    def restore(self, key: bytes, value: bytes) -> None:
        """Take back what `checkpoint` returned."""
        state = orjson.loads(value)
        self._open = state["open"]
        self._at = _from_finite(state["at"])
        self._progress = _from_finite(state["progress"])
        self._announced = state["announced"]

    def restored(self, applied: int) -> list[Outgoing]:
        """Say once that this raw partition has no open source and holds no watermark back."""
        if self._announced or self._clock == "live":
            return []
        self._announced = True
        return self._say(idle=True, since_ms=0)

    def urgent(self, output: Iterable[Outgoing]) -> int:
        """Whatever comes out goes on soon: the engine waits for it; a question at once."""
        asked, self._asked = self._asked, False
        return 2 if asked else bool(output)

    def tick(self, now: float, caught_up: bool) -> list[Outgoing]:
        """Return the progress of a live partition.

        Parameters
        ----------
        now
            Wall clock, Unix seconds.
        caught_up
            Whether nothing waits in the raw partition. Only then may silence count: after an
            outage everybody would look silent.
        """
        if caught_up:
            self._at = max(self._at, now)
        if self._at == -math.inf:
            return []
        self._progress = self._at
        return self._say(idle=False, since_ms=int(now * 1000))

    def _dead_letter(self, record: Record, code: str, reason: str) -> Outgoing:
        at = self._at if self._at > -math.inf else 0.0
        return dead_letter(record, code, reason, "normalise", at)

    def _take_broadcast(
        self, event: Event, value: bytes, record: Record, out: list[Outgoing]
    ) -> None:
        if event.type == "source.opened" and self._clock == "log":
            self._open[event.source] = float(event.data.get("lateness_s", 0.0))
        if event.type.startswith("queue."):
            self._advance(event.at, record.timestamp, out)
        if event.type == "source.closed" and event.source in self._open:
            # Told with the lateness of the source that closes: all of its events are there.
            self._progress = self._at
            out.extend(self._say(idle=False, since_ms=record.timestamp))
            del self._open[event.source]
            if not self._open:
                out.extend(self._say(idle=True, since_ms=record.timestamp))
        out.extend(self._to_all(value, record.timestamp))

    def _advance(self, at: float, since_ms: int, out: list[Outgoing]) -> None:
        # Said before the event that crosses the mark: everything before the mark was written.
        self._at = max(self._at, at)
        if not self._open:
            return
        mark = math.floor(at / PROGRESS_EVERY_S) * PROGRESS_EVERY_S
        if mark > self._progress:
            self._progress = mark
            out.extend(self._say(idle=False, since_ms=since_ms))

    def _say(self, *, idle: bool, since_ms: int) -> list[Outgoing]:
        data: dict[str, Any] = {"raw": self._raw, "of_n": self._of_n, "idle": idle}
        at = self._progress if self._progress > -math.inf else 0.0
        if not idle:
            lateness_s = max(self._open.values(), default=self._live_lateness_s)
            data |= {"event_time": at, "lateness_s": lateness_s}
        event = Event(f"progress-{self._raw}", "precede/normalise", "progress", at, data=data)
        return list(self._to_all(encode_event(event), since_ms))

    def _to_all(self, value: bytes, since_ms: int) -> Iterable[Outgoing]:
        for partition in range(self._interactions):
            yield Outgoing("interactions", None, value, partition=partition, since_ms=since_ms)


def _read(record: Record) -> tuple[Event, bytes]:
    """Return the event of a raw record, and its bytes as they go on.

    Raises
    ------
    _RefusedError
        When it must not go on.
    """
    code = "unreadable"
    try:
        event = decode_record(record.value, record.headers)
        code = "invalid_field"
        event = without_text(adapter_of(event.source)(event))
    except TooLargeError as error:
        raise _RefusedError(str(error), "too_large") from None
    except InvalidEventError as error:
        raise _RefusedError(str(error), code) from None
    _check_time(event, record)
    _check_reach(event)
    value = encode_event(event)
    if len(value) > MAX_RECORD_BYTES:
        reason = f"an event must be at most {MAX_RECORD_BYTES} bytes as written; got {len(value)}"
        raise _RefusedError(reason, "too_large")
    return event, value


def _check_time(event: Event, record: Record) -> None:
    # Against the append time, which stands in the log, so that a repeat decides alike. One event
    # far ahead would move its customer's time, and with it every later decision. The time of
    # control and source records moves nothing, and a source must be able to close.
    if event.type.startswith(TIMELESS):
        return
    if event.at > record.timestamp / 1000 + MAX_AHEAD_S:
        reason = (
            f"time must be at most {MAX_AHEAD_S:.0f} s after its arrival; "
            f"got {format_time(event.at)}: correct the source's clock"
        )
        raise _RefusedError(reason, "time_out_of_range")


def _check_reach(event: Event) -> None:
    concerns_all = event.type.startswith(BROADCAST)
    if event.customer and concerns_all:
        reason = (
            f"an event of type {event.type!r} concerns everybody and must have no 'subject'; "
            "rename the type or leave the subject out"
        )
        raise _RefusedError(reason, "invalid_event")
    if not event.customer and not concerns_all:
        reason = (
            f"an event of type {event.type!r} must name its customer in 'subject', or the contact "
            "as 'call:<id>'; it names none"
        )
        raise _RefusedError(reason, "invalid_event")
    if event.type == REVIEW:
        reason = f"an event of type {REVIEW!r} is made by Precede itself; rename the type"
        raise _RefusedError(reason, "invalid_event")
    if event.type == WEIGHTS and not isinstance(event.data.get("model"), str):
        reason = "data.model must be the name of a model, a text; use `precede models import`"
        raise _RefusedError(reason, "invalid_field")
    if event.type == "source.opened":
        lateness_s = event.data.get("lateness_s", 0.0)
        if type(lateness_s) not in {int, float} or not 0 <= lateness_s <= MAX_LATENESS_S:
            reason = f"data.lateness_s must be 0 to {MAX_LATENESS_S:.0f} seconds; got another value"
            raise _RefusedError(reason, "invalid_field")
    if event.type.startswith(CONTROL) and not event.source.startswith(OWN):
        reason = (
            f"an event of type {event.type!r} must come from Precede's own commands, whose source "
            f"begins with {OWN!r}; use them, or rename the type"
        )
        raise _RefusedError(reason, "invalid_event")
    if event.type == "control.playbook" and not isinstance(event.data.get("hash"), str):
        reason = "data.hash must be the hash of a published playbook, a text; publish it again"
        raise _RefusedError(reason, "invalid_field")
    if event.type in {STOP, RESUME} and about(event.data) is None:
        reason = "data must name a scope, all, rule or channel, and which; use `precede stop`"
        raise _RefusedError(reason, "invalid_field")


def _finite(at: float) -> float | None:
    return at if at > -math.inf else None


def _from_finite(at: float | None) -> float:
    return -math.inf if at is None else at
