"""What is kept of an event until its rule can be judged: no more than the rule reads."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from detectors.event import Event
from rules.temporal.state import MAX_TEXT

Plain = float | int | str | bool
_PLAIN = (float, int, str)
Values = Mapping[str, float | str]
"""Name of a score or a signal -> its value: a number, or what a model says in words."""
ALWAYS = ("call", "direction", "cause_depth", "cause_rule")
"""Fields that are kept of every event: gates and the guard against loops ask for them."""


@dataclass(slots=True)
class Happened:
    """An event with what was known when it came. Never changed after it was made.

    Parameters
    ----------
    id, source, at
        Of the event; its type is known to whoever keeps it.
    data
        Those of its fields that somebody may read later; texts up to 256 characters.
    scores, signals
        Name -> value as of the event, of those that somebody may read later.
    """

    id: str
    source: str
    at: float
    data: Mapping[str, Plain] = field(default_factory=dict)
    scores: Values = field(default_factory=dict)
    signals: Values = field(default_factory=dict)

    def event(self, event_type: str, customer: str) -> Event:
        """Return the event, as far as it was kept."""
        return Event(self.id, self.source, event_type, self.at, customer, self.data)

    def pack(self) -> list[Any]:
        """Return plain values; `unpack` makes the same of them again."""
        packed: list[Any] = [self.at, self.id, self.source, dict(self.data)]
        if self.scores or self.signals:
            packed += [dict(self.scores), dict(self.signals)]
        return packed

    @classmethod
    def unpack(cls, packed: list[Any]) -> "Happened":
        """Return what `pack` made plain."""
        at, id_, source, *known = packed
        return cls(id_, source, at, *known)


@dataclass(frozen=True, slots=True)
class Keeps:
    """Which names are kept.

    Parameters
    ----------
    fields, scores, signals
        Names without their namespaces, in alphabetical order.
    """

    fields: tuple[str, ...] = ()
    scores: tuple[str, ...] = ()
    signals: tuple[str, ...] = ()

    def of(self, event: Event, scores: Values, signals: Values) -> Happened:
        """Return what is kept of an event."""
        data = event.data
        return Happened(
            event.id,
            event.source,
            event.at,
            {name: _cut(data[name]) for name in self.fields if isinstance(data.get(name), _PLAIN)},
            _known(self.scores, scores),
            _known(self.signals, signals),
        )


def _cut(value: Plain) -> Plain:
    return value[:MAX_TEXT] if isinstance(value, str) else value


def _known(names: tuple[str, ...], table: Values) -> dict[str, float | str]:
    found = {name: table[name] for name in names if name in table}
    return {
        name: value[:MAX_TEXT] if isinstance(value, str) else float(value)
        for name, value in found.items()
    }


def told(values: Mapping[str, object], space: str) -> dict[str, float | str]:
    """Return those values of a namespace that are numbers or texts, by their names without it.

    >>> told({"score.topic": "fees", "score.repeat": None, "signal.hold": 0.5}, "score.")
    {'topic': 'fees'}
    """
    return {
        name.removeprefix(space): value
        for name, value in values.items()
        if name.startswith(space) and isinstance(value, float | str)
    }


def keeps(names: list[str]) -> Keeps:
    """Return what must be kept so that full names such as ``event.wait_s`` can be read later.

    >>> keeps(["score.repeat", "event.wait_s", "customer.identified"]).scores
    ('repeat',)
    """
    spaces: dict[str, set[str]] = {"event": set(ALWAYS), "score": set(), "signal": set()}
    for name in names:
        space, _, key = name.partition(".")
        if space in spaces and key:
            spaces[space].add(key)
    spaces["event"].discard("at")
    return Keeps(*(tuple(sorted(spaces[space])) for space in ("event", "score", "signal")))


def joined(all_keeps: list[Keeps]) -> Keeps:
    """Return what keeps all that any of these does."""
    return Keeps(
        *(
            tuple(sorted({name for kept in all_keeps for name in getattr(kept, space)}))
            for space in ("fields", "scores", "signals")
        )
    )
