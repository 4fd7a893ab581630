"""Whether and where a customer may be reached: consent, contact points and flags."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from detectors.consent import Consent
from detectors.contact_points import ALL, HARD_BOUNCE, ContactPoints
from detectors.contacts import text
from detectors.event import Event
from detectors.schema.reach import FLAGS, REASONS


class Reach:
    """What the company was told about reaching one customer.

    Attributes
    ----------
    consent, points
        See their classes.

    Examples
    --------
    >>> reach = Reach()
    >>> reach.update(Event("1", "crm", "customer.flagged", 0.0, "c-1", {"flag": "fraud"}))
    >>> reach.flags()
    ['fraud']
    """

    __slots__ = ("_flags", "consent", "points")

    def __init__(self) -> None:
        self.consent = Consent()
        self.points = ContactPoints()
        self._flags: dict[str, tuple[float, bool]] = {}  # flag -> when, whether it was raised

    def update(self, event: Event) -> None:
        """Take an event of this customer; types that are not in `UPDATES` change nothing."""
        if event.type in _TAKES:
            _TAKES[event.type](self, event)

    def is_empty(self) -> bool:
        """Whether nothing is known."""
        return not self._flags and self.consent.is_empty() and self.points.is_empty()

    def flags(self) -> list[str]:
        """Return the flags that are raised, in the order of `FLAGS`."""
        return [flag for flag in FLAGS if self._flags.get(flag, (0.0, False))[1]]

    def _grant(self, event: Event) -> None:
        self.consent.grant(event.at, event.data)
        self.points.allow(event.at, _point(event), text(event.data.get("channel")))

    def _withdraw(self, event: Event) -> None:
        self.consent.withdraw(event.at, event.data)

    def _add(self, event: Event) -> None:
        self.points.add(event.at, event.data)

    def _remove(self, event: Event) -> None:
        self.points.remove(event.at, event.data)

    def _suppress(self, event: Event) -> None:
        reason = text(event.data.get("reason"))
        known = reason if reason in REASONS else "complaint"
        self.points.suppress(event.at, _point(event), known, text(event.data.get("channel")) or ALL)

    def _flag(self, event: Event) -> None:
        # Of a raising and a lowering at the same time the raising holds.
        flag, raised = text(event.data.get("flag")), event.type == "customer.flagged"
        known = self._flags.get(flag)
        if flag in FLAGS and (known is None or (event.at, raised) > known):
            self._flags[flag] = (event.at, raised)

    def _failed(self, event: Event) -> None:
        if is_hard_bounce(event):
            name = _point(event)
            channel = ALL if name else text(event.data.get("channel")) or ALL
            self.points.suppress(event.at, name, "bounce", channel)

    def _opted_out(self, event: Event) -> None:
        channel = text(event.data.get("channel")) or ALL
        self.points.suppress(event.at, _point(event), "stop", channel)

    def to_list(self) -> list[Any]:
        """Return the state as plain values; `from_list` gives it back exactly."""
        flags = [[flag, *known] for flag, known in self._flags.items()]
        return [self.consent.to_list(), self.points.to_list(), flags]

    @classmethod
    def from_list(cls, values: list[Any]) -> "Reach":
        """Return the reach of `to_list`."""
        self = cls()
        self.consent = Consent.from_list(values[0])
        self.points = ContactPoints.from_list(values[1])
        self._flags = {flag: (at, raised) for flag, at, raised in values[2]}
        return self


def is_hard_bounce(event: Event) -> bool:
    """Return whether an ``action.failed`` says that its contact point does not exist."""
    return event.type == "action.failed" and text(event.data.get("reason")).startswith(HARD_BOUNCE)


def _point(event: Event) -> str:
    name = text(event.data.get("contact_point"))
    return "" if name == event.customer else name


_TAKES: Final[Mapping[str, Callable[[Reach, Event], None]]] = {
    "consent.granted": Reach._grant,
    "consent.withdrawn": Reach._withdraw,
    "contact_point.added": Reach._add,
    "contact_point.removed": Reach._remove,
    "contact_point.suppressed": Reach._suppress,
    "customer.flagged": Reach._flag,
    "customer.unflagged": Reach._flag,
    "action.failed": Reach._failed,
    "action.opted_out": Reach._opted_out,
}
UPDATES: Final = frozenset(_TAKES)
"""Event types that change something here."""
