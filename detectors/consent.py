"""What a customer agreed to and what not, as the events say it; bounded."""

from collections.abc import Collection, Mapping
from typing import Any, Final, NamedTuple

from detectors.contacts import text
from detectors.schema.reach import CLASSES

MAX_SCOPES: Final = 16
"""Scopes remembered: a class, a channel, a contact point."""
ANY: Final = "*"


class Said(NamedTuple):
    """The newest word on a scope.

    Parameters
    ----------
    at
        When it was said, event time, Unix seconds.
    granted
        Whether the customer agreed.
    class_, channel, contact_point
        What it is about: a class and a channel, each ``*`` for all, and a contact point, empty for
        all.
    """

    at: float
    granted: bool
    class_: str
    channel: str
    contact_point: str

    def covers(self, class_: str, channels: Collection[str], contact_point: str) -> bool:
        """Return whether it is about such an action."""
        return (
            self.class_ in {ANY, class_}
            and (self.channel == ANY or self.channel in channels)
            and self.contact_point in {"", contact_point}
        )


class Consent:
    """The last word wins, by event time; of two at the same time the one that denies.

    What cannot be read never allows: a grant must name its class and channel, a withdrawal without
    them is about everything. When there are more scopes than are kept, the oldest grant goes first;
    where all are withdrawals they become one about everything.

    Examples
    --------
    >>> consent = Consent()
    >>> consent.grant(0.0, {"class": "promotional", "channel": "*"})
    >>> consent.withdraw(60.0, {"class": "promotional", "channel": "mail"})
    >>> [consent.newest("promotional", {channel}, "").granted for channel in ("mail", "sms")]
    [False, True]
    >>> consent.newest("service", {"sms"}, "") is None
    True
    """

    __slots__ = ("_said",)

    def __init__(self) -> None:
        self._said: dict[tuple[str, str, str], Said] = {}

    def grant(self, at: float, data: Mapping[str, Any]) -> None:
        """Take a ``consent.granted``."""
        class_, channel = text(data.get("class")), text(data.get("channel"))
        if class_ in CLASSES and channel:
            self._say(Said(at, True, class_, channel, text(data.get("contact_point"))))

    def withdraw(self, at: float, data: Mapping[str, Any]) -> None:
        """Take a ``consent.withdrawn``."""
        class_, channel = text(data.get("class")), text(data.get("channel"))
        if class_ not in CLASSES:
            class_ = ANY
        self._say(Said(at, False, class_, channel or ANY, text(data.get("contact_point"))))

    def newest(self, class_: str, channels: Collection[str], contact_point: str) -> Said | None:
        """Return the last word on an action; ``None`` where nothing was said about such.

        Parameters
        ----------
        channels
            The names that its channel goes by.
        contact_point
            Where it would go to.
        """
        found: Said | None = None
        for said in self._said.values():
            if (found is None or _beats(said, found)) and said.covers(
                class_, channels, contact_point
            ):
                found = said
        return found

    def _say(self, said: Said) -> None:
        scope = said[2:]
        known = self._said.get(scope)
        if known is not None and not _beats(said, known):
            return
        self._said[scope] = said
        if len(self._said) > MAX_SCOPES:
            self._shorten()

    def _shorten(self) -> None:
        grants = [said for said in self._said.values() if said.granted]
        if grants:
            del self._said[min(grants)[2:]]
        else:
            newest = max(self._said.values())
            self._said = {(ANY, ANY, ""): Said(newest.at, False, ANY, ANY, "")}

    def is_empty(self) -> bool:
        """Whether nothing was ever said."""
        return not self._said

    def to_list(self) -> list[Any]:
        """Return the state as plain values; `from_list` gives it back exactly."""
        return [list(said) for said in self._said.values()]

    @classmethod
    def from_list(cls, values: list[Any]) -> "Consent":
        """Return the consent of `to_list`."""
        self = cls()
        self._said = {tuple(value[2:]): Said(*value) for value in values}
        return self


def _beats(one: Said, other: Said) -> bool:
    return one.at > other.at or (one.at == other.at and not one.granted)
