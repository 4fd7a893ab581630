"""What is known of one customer's contacts: those under way, and the history in bounded form."""

import math
import struct
from bisect import bisect_right, insort
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from zlib import crc32

from detectors.event import MAX_ID_LENGTH

MAX_OPEN = 8
"""Contacts under way that are kept; the oldest is forgotten first."""
STALE_S = 6 * 3600.0
"""A contact that did not end this long after its start is no longer taken to be under way."""
MAX_STARTS = 32
"""Starts of inbound contacts that are kept: counts in a window are exact up to here."""
MAX_ABANDONED = 8
"""Abandonments that are kept."""
CHANNELS = ("phone", "chat", "email", "messenger", "social", "branch", "post", "web", "app")
"""How customers reach the company. New ones go to the end: what is stored holds their numbers."""
MAX_REACHED = 8
"""Pairs of channel and topic whose newest ask is kept."""
MAX_SECONDS = 86400.0
"""Waits and services above a day are cut to a day."""

DAY_S = 86400.0
HALF_LIVES_S = (DAY_S, 3 * DAY_S, 7 * DAY_S, 30 * DAY_S)
"""Half-lives of the decayed counts of inbound contacts."""
_HALF_1D_S, _HALF_3D_S, _HALF_7D_S, _HALF_30D_S = HALF_LIVES_S


def seconds(value: object) -> float:
    """Return a duration that can be computed with: in [0, 86400], 0 for anything else.

    >>> seconds(12), seconds(float("nan")), seconds("12"), seconds(1e308)
    (12.0, 0.0, 0.0, 86400.0)
    """
    if isinstance(value, (int, float)) and value > 0:
        return float(value) if value < MAX_SECONDS else MAX_SECONDS
    return 0.0


def text(value: object) -> str:
    """Return a text of at most 256 characters; empty for anything else."""
    return value[:MAX_ID_LENGTH] if isinstance(value, str) else ""


class OpenContact:
    """A contact under way.

    Parameters
    ----------
    started_at, queued_at
        Event times; `queued_at` is NaN before the queue.
    stage
        The newest stage seen: ``started``, ``queued``, ``answered`` or ``abandoned``.
    inbound
        Whether the customer called.
    topic
        What it is about.
    """

    __slots__ = ("inbound", "queued_at", "stage", "started_at", "topic")

    def __init__(
        self,
        started_at: float,
        stage: str,
        inbound: bool,
        topic: str,
        queued_at: float = math.nan,
    ) -> None:
        self.started_at = started_at
        self.stage = stage
        self.inbound = inbound
        self.topic = topic
        self.queued_at = queued_at


class Contacts:
    """Contacts of one customer; every list is bounded, so memory is too.

    Attributes
    ----------
    open
        Contacts under way by their id, oldest first.
    starts
        Starts of the newest inbound contacts, ascending.
    abandoned
        The newest abandonments as (time, wait in seconds), ascending.
    total, outbound_total, abandoned_total
        How many there were ever.
    days_seen, last_day
        On how many days (UTC) the customer called, and the newest of them.
    last_started_at, last_ended_at
        Of inbound contacts; NaN before the first.
    last_outbound_at
        When the company called last. NaN before the first.
    reached
        Newest asks as (time, number of the channel, checksum of the topic), oldest first: one for
        each channel and topic.
    decayed, decayed_at
        Counts of inbound contacts in which each is halved after every half-life, and the time to
        which they were brought.
    """

    __slots__ = (
        "abandoned",
        "abandoned_total",
        "days_seen",
        "decayed",
        "decayed_at",
        "last_day",
        "last_ended_at",
        "last_outbound_at",
        "last_outcome",
        "last_service_s",
        "last_started_at",
        "last_wait_s",
        "open",
        "outbound_total",
        "priority",
        "reached",
        "starts",
        "total",
    )

    def __init__(self) -> None:
        self.open: dict[str, OpenContact] = {}
        self.starts: list[float] = []
        self.abandoned: list[tuple[float, float]] = []
        self.total = 0
        self.outbound_total = 0
        self.abandoned_total = 0
        self.days_seen = 0
        self.last_day = -1
        self.last_started_at = math.nan
        self.last_ended_at = math.nan
        self.last_outbound_at = math.nan
        self.last_wait_s = math.nan
        self.last_service_s = math.nan
        self.last_outcome = ""
        self.priority = ""
        self.reached: list[tuple[float, int, int]] = []
        self.decayed = [0.0] * len(HALF_LIVES_S)
        self.decayed_at = -math.inf

    def update(self, kind: str, at: float, data: Mapping[str, Any]) -> None:
        """Take a ``contact.*`` event of this customer; other types change nothing."""
        call = text(data.get("call"))
        inbound = data.get("direction") != "outbound"
        if kind == "contact.started":
            self._open(call, at, "started", inbound, data)
            if inbound:
                self._count(at)
                self.reach(text(data.get("channel")), text(data.get("topic")), at)
            else:
                self.outbound_total += 1
                self.last_outbound_at = at
        elif kind == "contact.queued":
            contact = self.open.get(call) or self._open(call, at, "queued", inbound, data)
            contact.stage = "queued"
            contact.queued_at = at
        elif kind in {"contact.answered", "contact.abandoned"}:
            contact = self.open.get(call) or self._open(call, at, "", inbound, data)
            contact.stage = kind[8:]
            if inbound and kind == "contact.abandoned":
                self._abandon(at, seconds(data.get("wait_s")))
        elif kind == "contact.ended":
            self.open.pop(call, None)
            if inbound:
                self._end(at, data)

    def reach(self, channel: str, topic: str, at: float) -> None:
        """Note on which channel the customer asked; an unknown channel is none."""
        number = _CHANNELS.get(channel)
        if number is None:
            return
        about = _about(topic)
        reached = self.reached
        if reached:
            newest_at, newest, newest_about = reached[-1]
            if newest == number and newest_about == about and at >= newest_at:
                reached[-1] = (at, number, about)
                return
        else:
            reached.append((at, number, about))
            return
        for place, (then, other, same) in enumerate(reached):
            if other == number and same == about:
                if at <= then:
                    return
                del reached[place]
                break
        insort(reached, (at, number, about))
        if len(reached) > MAX_REACHED:
            del reached[0]

    def channels(self, after: float, until: float) -> int:
        """Return on how many channels the customer asked about the newest topic in (after, until].

        An ask without a topic may be about any.
        """
        asks = [ask for ask in self.reached if after < ask[0] <= until]
        if len(asks) < 2:  # noqa: PLR2004 - one channel is no switch
            return len(asks)
        newest = asks[-1][2]
        return len({number for _, number, about in asks if about in {newest, 0} or not newest})

    def before_newest(self, at: float, window_s: float) -> float:
        """Return the time after which things happened in the newest contact of either side.

        At most `window_s` before `at`; all of the window where no contact is known.
        """
        starts = (self.last_started_at, self.last_outbound_at)
        start = max((start for start in starts if start <= at), default=-math.inf)
        return max(math.nextafter(start, -math.inf), at - window_s)

    def count(self, after: float, until: float) -> int:
        """Return how many inbound contacts started in (after, until]; at most `MAX_STARTS`."""
        starts = self.starts
        return bisect_right(starts, until) - bisect_right(starts, after)

    def earlier_counts(self, at: float) -> list[float]:
        """Return the decayed counts as of `at` without the newest contact; none is negative.

        In the order of `HALF_LIVES_S`.
        """
        age_s = max(0.0, at - self.decayed_at)
        return [
            max(0.0, (value - 1.0) * 0.5 ** (age_s / half_life_s))
            for value, half_life_s in zip(self.decayed, HALF_LIVES_S, strict=True)
        ]

    def abandoned_7d(self, at: float) -> float:
        """Return the abandonments kept, each halved for every 7 days since."""
        return math.fsum(0.5 ** ((at - then) / (7 * DAY_S)) for then, _ in self.abandoned)

    def _open(
        self, call: str, at: float, stage: str, inbound: bool, data: Mapping[str, Any]
    ) -> OpenContact:
        under_way = self.open
        if under_way:
            for old in [c for c, o in under_way.items() if o.started_at < at - STALE_S]:
                del under_way[old]
            if len(under_way) >= MAX_OPEN:
                del under_way[next(iter(under_way))]
        contact = under_way[call] = OpenContact(at, stage, inbound, text(data.get("topic")))
        if inbound:
            self.priority = text(data.get("priority"))
        return contact

    def _count(self, at: float) -> None:
        self.total += 1
        starts = self.starts
        insort(starts, at)
        if len(starts) > MAX_STARTS:
            del starts[0]
        if not at < self.last_started_at:
            self.last_started_at = at
        day = int(at // DAY_S)
        if day > self.last_day:
            self.last_day = day
            self.days_seen += 1
        one, three, seven, thirty = self.decayed
        age_s = at - self.decayed_at
        if age_s >= 0.0:
            self.decayed = [
                one * 0.5 ** (age_s / _HALF_1D_S) + 1.0,
                three * 0.5 ** (age_s / _HALF_3D_S) + 1.0,
                seven * 0.5 ** (age_s / _HALF_7D_S) + 1.0,
                thirty * 0.5 ** (age_s / _HALF_30D_S) + 1.0,
            ]
            self.decayed_at = at
        else:
            # A late contact decays by its own age, so the sum does not depend on the order.
            self.decayed = [
                one + 0.5 ** (-age_s / _HALF_1D_S),
                three + 0.5 ** (-age_s / _HALF_3D_S),
                seven + 0.5 ** (-age_s / _HALF_7D_S),
                thirty + 0.5 ** (-age_s / _HALF_30D_S),
            ]

    def _abandon(self, at: float, wait_s: float) -> None:
        self.abandoned_total += 1
        insort(self.abandoned, (at, wait_s))
        if len(self.abandoned) > MAX_ABANDONED:
            del self.abandoned[0]

    def _end(self, at: float, data: Mapping[str, Any]) -> None:
        wait_s, service_s = seconds(data.get("wait_s")), seconds(data.get("service_s"))
        outcome = text(data.get("outcome"))
        if not at < self.last_ended_at:
            self.last_ended_at = at
            self.last_wait_s = wait_s
            self.last_service_s = service_s
            self.last_outcome = outcome

    def to_list(self) -> list[Any]:
        """Return the state as plain values; `from_list` gives it back exactly."""
        return [
            [
                [c, o.started_at, o.stage, o.inbound, o.topic, o.queued_at]
                for c, o in self.open.items()
            ]
            if self.open
            else None,
            pack_doubles(self.starts),
            pack_doubles([number for pair in self.abandoned for number in pair])
            if self.abandoned
            else b"",
            _NUMBERS.pack(
                self.total,
                self.outbound_total,
                self.abandoned_total,
                self.days_seen,
                self.last_day,
                self.last_started_at,
                self.last_ended_at,
                self.last_outbound_at,
                self.last_wait_s,
                self.last_service_s,
                self.decayed_at,
                *self.decayed,
            ),
            self.last_outcome,
            self.priority,
            b"".join(_ASK.pack(*ask) for ask in self.reached),
        ]

    @classmethod
    def from_list(cls, values: list[Any]) -> "Contacts":
        """Return the contacts of `to_list`."""
        self = cls()
        opened, starts, abandoned, numbers, self.last_outcome, self.priority, reached = values
        self.open = {call: OpenContact(*contact) for call, *contact in opened or ()}
        self.starts = unpack_doubles(starts)
        self.reached = list(_ASK.iter_unpack(reached))
        pairs = unpack_doubles(abandoned)
        self.abandoned = list(zip(pairs[::2], pairs[1::2], strict=True))
        (
            self.total,
            self.outbound_total,
            self.abandoned_total,
            self.days_seen,
            self.last_day,
            self.last_started_at,
            self.last_ended_at,
            self.last_outbound_at,
            self.last_wait_s,
            self.last_service_s,
            self.decayed_at,
            *self.decayed,
        ) = _NUMBERS.unpack(numbers)
        return self


@lru_cache(maxsize=1024)
def _about(topic: str) -> int:
    return crc32(topic.encode("utf-8", "replace")) if topic else 0


_CHANNELS = {channel: number for number, channel in enumerate(CHANNELS)}
_ASK = struct.Struct(">dBI")
_NUMBERS = struct.Struct(f">5i{6 + len(HALF_LIVES_S)}d")


def pack_doubles(values: Sequence[float]) -> bytes:
    """Return the numbers as 8 bytes each, big-endian, NaN and infinity included."""
    return struct.pack(f">{len(values)}d", *values)


def unpack_doubles(value: bytes) -> list[float]:
    """Return the numbers of `pack_doubles`."""
    return list(struct.unpack(f">{len(value) // 8}d", value))
