"""What is under way for one customer outside of contacts: cases, holds, orders and the like."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from detectors.contacts import DAY_S, text

MAX_OPEN: Final = 8
"""Open things kept per family, and closings that came before their opening."""
MAX_TEXT: Final = 64
"""Characters kept of an id or a topic."""
STALE_S: Final = {
    "case": 90 * DAY_S,
    "incident": 7 * DAY_S,
    "hold": 30 * DAY_S,
    "order": 60 * DAY_S,
    "promise": 30 * DAY_S,
    "appointment": 90 * DAY_S,
    "callback": 30 * DAY_S,
}
"""Family -> after this long what nobody closed is no longer taken to be open."""
# Event type -> family, field of the id, field of the topic, field of the due time.
OPENS: Final[Mapping[str, tuple[str, str, str, str]]] = {
    "case.opened": ("case", "case", "topic", "due_at"),
    "case.reopened": ("case", "case", "topic", "due_at"),
    "incident.opened": ("incident", "incident", "service", ""),
    "fraud.hold_placed": ("hold", "hold", "reason", ""),
    "transfer.held": ("hold", "transfer", "reason", ""),
    "order.placed": ("order", "order", "", "promised_at"),
    "promise.made": ("promise", "promise", "topic", "due_at"),
    "appointment.booked": ("appointment", "appointment", "topic", "starts_at"),
    "callback.booked": ("callback", "callback", "topic", "due_at"),
}
CLOSES: Final[Mapping[str, tuple[str, str]]] = {
    "case.closed": ("case", "case"),
    "incident.resolved": ("incident", "incident"),
    "fraud.hold_lifted": ("hold", "hold"),
    "transfer.released": ("hold", "transfer"),
    "transfer.returned": ("hold", "transfer"),
    "order.cancelled": ("order", "order"),
    "delivery.completed": ("order", "order"),
    "promise.kept": ("promise", "promise"),
    "appointment.kept": ("appointment", "appointment"),
    "appointment.missed": ("appointment", "appointment"),
    "callback.done": ("callback", "callback"),
    "callback.reached": ("callback", "callback"),
    "callback.missed": ("callback", "callback"),
}


def number(value: object) -> float:
    """Return a finite number; NaN for anything else.

    >>> number(3), number(True), number("3"), number(1e999)
    (3.0, nan, nan, nan)
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return math.nan
    return float(value) if abs(value) < 1e300 else math.nan  # noqa: PLR2004 - infinities and above


@dataclass(slots=True)
class OpenItem:
    """Something under way.

    Parameters
    ----------
    since, due
        Event times of its beginning and of when it is promised for; `due` is NaN without promise.
    late_s
        How much later than promised it will come, as last heard.
    topic
        What it is about.
    heard_at
        When a parcel was last heard of; NaN before it was shipped.
    """

    since: float
    due: float = math.nan
    late_s: float = 0.0
    topic: str = ""
    heard_at: float = math.nan


class UnderWay:
    """Open things of one customer by family and id; at most 8 of each family, the oldest go first.

    What closes before it opens, because events came in another order, does not open.

    Examples
    --------
    >>> under_way = UnderWay()
    >>> under_way.begin("case.opened", 0.0, {"case": "a"})
    'case'
    >>> len(under_way.items("case", 60.0)), len(under_way.items("hold", 60.0))
    (1, 0)
    """

    __slots__ = ("_closed", "_open")

    def __init__(self) -> None:
        self._open: dict[str, dict[str, OpenItem]] = {}
        self._closed: dict[str, float] = {}

    def items(self, family: str, at: float) -> list[OpenItem]:
        """Return what is open as of `at`, in order of its opening."""
        after = at - STALE_S[family]
        return [item for item in self._open.get(family, {}).values() if after < item.since <= at]

    def begin(self, kind: str, at: float, data: Mapping[str, Any]) -> str:
        """Take an event of `OPENS` and return its family."""
        family, key, topic, due = OPENS[kind]
        name = text(data.get(key))[:MAX_TEXT]
        closed_at = self._closed.get(f"{family}:{name}")
        if closed_at is not None and at <= closed_at:
            return family
        item = self._item(family, name, at)
        item.since = at if kind == "case.reopened" else min(at, item.since)
        item.topic = text(data.get(topic))[:MAX_TEXT]
        if due:
            item.due = number(data.get(due))
        return family

    def end(self, kind: str, at: float, data: Mapping[str, Any]) -> str:
        """Take an event of `CLOSES` and return its family."""
        family, key = CLOSES[kind]
        name = text(data.get(key))[:MAX_TEXT]
        items = self._open.get(family, {})
        item = items.get(name)
        if item is not None and item.since <= at:
            del items[name]
            if not items:
                del self._open[family]
        # Its opening may still be on the way.
        closed = self._closed
        closed.pop(f"{family}:{name}", None)
        closed[f"{family}:{name}"] = at
        if len(closed) > MAX_OPEN:
            del closed[next(iter(closed))]
        return family

    def delay(self, order: str, at: float, late_s: float) -> None:
        """Note how much later than promised an order will come; NaN and less than 0 are none."""
        name = order[:MAX_TEXT]
        if f"order:{name}" not in self._closed:
            self._item("order", name, at).late_s = late_s if late_s > 0 else 0.0

    def hear(self, order: str, at: float) -> None:
        """Note that an order was shipped, or its parcel seen on the way."""
        name = order[:MAX_TEXT]
        if f"order:{name}" not in self._closed:
            item = self._item("order", name, at)
            if not at < item.heard_at:
                item.heard_at = at

    def _item(self, family: str, name: str, at: float) -> OpenItem:
        items = self._open.setdefault(family, {})
        item = items.get(name)
        if item is None:
            stale = [old for old, it in items.items() if it.since <= at - STALE_S[family]]
            for old in stale:
                del items[old]
            if len(items) >= MAX_OPEN:
                del items[next(iter(items))]
            item = items[name] = OpenItem(at)
        return item

    def to_list(self) -> list[Any]:
        """Return the state as plain values; `from_list` gives it back exactly."""
        opened = {
            family: [
                [name, it.since, it.due, it.late_s, it.topic]
                + ([] if math.isnan(it.heard_at) else [it.heard_at])
                for name, it in items.items()
            ]
            for family, items in self._open.items()
        }
        return [opened, self._closed]

    @classmethod
    def from_list(cls, values: list[Any]) -> "UnderWay":
        """Return what `to_list` gave."""
        self = cls()
        opened, self._closed = values
        self._open = {
            family: {name: OpenItem(*item) for name, *item in items}
            for family, items in opened.items()
        }
        return self
