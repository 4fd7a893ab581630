"""Where a customer can be reached, and where no more; bounded."""

from collections.abc import Mapping
from dataclasses import astuple, dataclass
from typing import Any, Final

from detectors.contacts import text
from detectors.schema.reach import KINDS

MAX_POINTS: Final = 16
"""Contact points remembered, those that were taken away included."""
MAX_SUPPRESSED: Final = 24
"""Suppressed ones remembered: more than there can be points, so one in use is never dropped."""
HARD_BOUNCE: Final = "hard bounce"
"""How the reason of an ``action.failed`` begins whose contact point does not exist."""
ALL: Final = "*"


@dataclass(slots=True)
class Point:
    """One contact point, as last heard.

    Parameters
    ----------
    at
        When it was added or taken away, event time, Unix seconds.
    present
        Whether the customer has it.
    zone
        The IANA time zone it lies in, as its source says; empty for unknown.
    """

    at: float
    present: bool
    zone: str = ""


@dataclass(slots=True)
class Suppressed:
    """Why nothing may go to a contact point.

    Parameters
    ----------
    at
        Since when, event time, Unix seconds.
    reason
        One of `detectors.schema.reach.REASONS`.
    channel
        Over which channel, ``*`` for all.
    """

    at: float
    reason: str
    channel: str


class ContactPoints:
    """Contact points of one customer by kind, and the suppressed ones; the last word wins.

    Of an adding and a removal at the same time the removal wins. Who has no contact point of a kind
    is reached by the customer's id, which stands here as the empty text. A suppression ends only
    by a newer word: after a bounce when the point is added again, after a complaint or a stop when
    the customer agrees again and names it.

    Examples
    --------
    >>> points = ContactPoints()
    >>> points.add(0.0, {"kind": "phone", "contact_point": "+49 30 1"})
    >>> points.add(9.0, {"kind": "phone", "contact_point": "+49 30 2"})
    >>> points.choose("phone", "sms", critical=False)
    ('+49 30 2', 'newest phone')
    >>> points.suppress(10.0, "+49 30 2", "stop", "sms")
    >>> points.choose("phone", "sms", critical=False)
    ('+49 30 1', 'newest phone')
    """

    __slots__ = ("_points", "_suppressed")

    def __init__(self) -> None:
        self._points: dict[tuple[str, str], Point] = {}
        self._suppressed: dict[str, Suppressed] = {}

    def add(self, at: float, data: Mapping[str, Any]) -> None:
        """Take a ``contact_point.added``."""
        self._put(Point(at, True, text(data.get("zone"))), data)
        name = text(data.get("contact_point"))
        known = self._suppressed.get(name)
        if known is not None and known.reason == "bounce" and known.at < at:
            del self._suppressed[name]

    def remove(self, at: float, data: Mapping[str, Any]) -> None:
        """Take a ``contact_point.removed``."""
        self._put(Point(at, False), data)

    def suppress(self, at: float, name: str, reason: str, channel: str) -> None:
        """Let nothing go to a contact point any more; the empty text is the customer's id.

        Of several reasons a bounce stays, of several channels all are meant.
        """
        known = self._suppressed.get(name)
        if known is not None:
            reason = known.reason if known.reason == "bounce" else reason
            channel = channel if known.channel == channel else ALL
            at = max(at, known.at)
        self._suppressed[name] = Suppressed(at, reason, channel)
        if len(self._suppressed) > MAX_SUPPRESSED:
            present = {name for (_, name), point in self._points.items() if point.present}
            unused = [
                (suppressed.at, name)
                for name, suppressed in self._suppressed.items()
                if name and name not in present
            ]
            del self._suppressed[min(unused)[1]]

    def allow(self, at: float, name: str, channel: str) -> None:
        """End the suppression of a contact point whose owner agreed again, if to all of it."""
        known = self._suppressed.get(name)
        if known is None or known.reason == "bounce" or not known.at < at:
            return
        if channel in {ALL, known.channel}:
            del self._suppressed[name]

    def present(self, kind: str) -> list[tuple[str, Point]]:
        """Return the contact points of a kind, the newest first."""
        found = [(name, p) for (of, name), p in self._points.items() if of == kind and p.present]
        return sorted(found, key=lambda pair: (-pair[1].at, pair[0]))

    def choose(self, kind: str, channel: str, *, critical: bool) -> tuple[str | None, str]:
        """Return where an action goes to, and why.

        Parameters
        ----------
        kind
            Kind of contact point that the channel reaches; empty for none.
        critical
            Whether it must be said whatever the customer asked for; a bounce holds it back, too.

        Returns
        -------
        The contact point; empty for the customer's id, ``None`` where every one is suppressed.
        """
        names = [name for name, _ in self.present(kind)] or [""]
        for name in names:
            if self._barred(name, channel, critical=critical) is None:
                return name, f"newest {kind}" if name else "by the customer's id"
        reason = self._suppressed[names[0]].reason
        told = f"no {kind} that may be used" if names[0] else "not to be reached over this channel"
        return None, f"{told}: {reason}"

    def is_closed(self, name: str, channel: str, *, critical: bool) -> bool:
        """Return whether an action must not go there: taken away, or suppressed."""
        taken = name and not any(p.present and of == name for (_, of), p in self._points.items())
        return bool(taken) or self._barred(name, channel, critical=critical) is not None

    def is_suppressed(self, name: str, channel: str, *, critical: bool) -> bool:
        """Return whether nothing may go there over a channel, known or not."""
        return self._barred(name, channel, critical=critical) is not None

    def _barred(self, name: str, channel: str, *, critical: bool) -> Suppressed | None:
        known = self._suppressed.get(name)
        if known is None or known.channel not in {ALL, channel}:
            return None
        return None if critical and known.reason != "bounce" else known

    def _put(self, point: Point, data: Mapping[str, Any]) -> None:
        key = (text(data.get("kind")), text(data.get("contact_point")))
        if key[0] not in KINDS or not key[1]:
            return
        known = self._points.get(key)
        if known is not None and (
            point.at < known.at or (point.at == known.at and not known.present)
        ):
            return
        self._points[key] = point
        if len(self._points) > MAX_POINTS:
            # What was taken away goes before what is there, and the older before the newer.
            del self._points[min(self._points, key=self._age)]

    def _age(self, key: tuple[str, str]) -> tuple[bool, float, tuple[str, str]]:
        point = self._points[key]
        return point.present, point.at, key

    def is_empty(self) -> bool:
        """Whether nothing is known."""
        return not (self._points or self._suppressed)

    def to_list(self) -> list[Any]:
        """Return the state as plain values; `from_list` gives it back exactly."""
        return [
            [[*key, *astuple(point)] for key, point in self._points.items()],
            [[name, *astuple(suppressed)] for name, suppressed in self._suppressed.items()],
        ]

    @classmethod
    def from_list(cls, values: list[Any]) -> "ContactPoints":
        """Return the contact points of `to_list`."""
        self = cls()
        self._points = {(kind, name): Point(*rest) for kind, name, *rest in values[0]}
        self._suppressed = {name: Suppressed(*rest) for name, *rest in values[1]}
        return self
