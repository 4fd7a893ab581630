"""Normalise one partition of raw-events into interactions, the log of record."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from detectors.event import Event, InvalidEventError, encode_event, format_time
from streams.engine.contract import Outgoing, Record
from streams.sources.cloudevents import decode_record
from streams.sources.deadletter import dead_letter
from streams.sources.registry import adapter_of

PROGRESS_EVERY_S = 60.0
MAX_AHEAD_S = 300.0  # what clocks of sources may differ
BROADCAST = ("queue.", "control.", "source.")


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

    def process(self, records: Sequence[Record]) -> list[Outgoing]:
        """Return interactions, broadcasts, progress and dead letters, in order of the records."""
        out: list[Outgoing] = []
        for record in records:
            code = "unreadable"
            try:
                event = decode_record(record.value, record.headers)
                code = "invalid_field"
                event = adapter_of(event.source)(event)
                code = "time_out_of_range"
                _check_time(event, record)
            except InvalidEventError as error:
                at = self._at if self._at > -math.inf else 0.0
                out.append(dead_letter(record, code, str(error), "normalise", at))
                continue
            if event.type.startswith(BROADCAST):
                self._take_broadcast(event, record, out)
            elif event.customer:
                self._advance(event.at, record.timestamp, out)
                key = event.customer.encode()
                out.append(
                    Outgoing("interactions", key, encode_event(event), since_ms=record.timestamp)
                )
            else:
                reason = (
                    f"an event of type {event.type!r} must name its customer in 'subject', or the "
                    "contact as 'call:<id>'; it names none"
                )
                out.append(dead_letter(record, "invalid_event", reason, "normalise", event.at))
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

    def urgent(self, output: Iterable[Outgoing]) -> bool:
        """Whatever comes out goes on at once: the engine waits for it."""
        return bool(output)

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

    def _take_broadcast(self, event: Event, record: Record, out: list[Outgoing]) -> None:
        if event.type == "source.opened" and self._clock == "log":
            self._open[event.source] = float(event.data.get("lateness_s", 0.0))
        if event.type.startswith("queue."):
            self._advance(event.at, record.timestamp, out)
        if event.type == "source.closed":
            self._open.pop(event.source, None)
            self._progress = self._at
            out.extend(self._say(idle=False, since_ms=record.timestamp))
            if not self._open:
                out.extend(self._say(idle=True, since_ms=record.timestamp))
        out.extend(self._to_all(encode_event(event), record.timestamp))

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


def _check_time(event: Event, record: Record) -> None:
    # Against the append time, which stands in the log, so that a repeat decides alike. One event
    # far ahead would move its customer's time, and with it every later decision.
    if event.at > record.timestamp / 1000 + MAX_AHEAD_S:
        msg = (
            f"time must be at most {MAX_AHEAD_S:.0f} s after its arrival; "
            f"got {format_time(event.at)}: correct the source's clock"
        )
        raise InvalidEventError(msg)


def _finite(at: float) -> float | None:
    return at if at > -math.inf else None


def _from_finite(at: float | None) -> float:
    return -math.inf if at is None else at
