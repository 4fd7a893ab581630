"""What a language needs so that rules can be told in it: words of names, and ways to join them.

All ways to join take phrases in one form only (in Russian the nominative), so that any phrase fits
into any place.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EventWords:
    """How an event type is told.

    Parameters
    ----------
    happens
        A clause: the event comes.
    stays_away
        A clause: for a while no such event comes.
    one, many
        What one is called, and several; in Russian the nominative, and the genitive plural.
    """

    happens: str
    stays_away: str
    one: str
    many: str


@dataclass(frozen=True, slots=True)
class Language:
    """A language in which rules are told.

    Parameters
    ----------
    events
        Event type -> its words.
    names
        Full name, such as ``event.wait_s`` -> a noun phrase in the singular.
    truths
        Full name of a bool -> the clause when it is true, and when it is false.
    patterns
        What is joined -> the text, with places in braces.
    event, name
        Words for what the tables lack, from the name itself.
    units
        Unit of time -> its sign.
    times
        A number -> how often.
    """

    events: Mapping[str, EventWords]
    names: Mapping[str, str]
    truths: Mapping[str, tuple[str, str]]
    patterns: Mapping[str, str]
    units: Mapping[str, str]
    event: Callable[[str], EventWords]
    name: Callable[[str], str]
    times: Callable[[int], str]

    def of_event(self, kind: str) -> EventWords:
        """Return the words of an event type."""
        return self.events.get(kind) or self.event(kind)

    def of_name(self, name: str) -> str:
        """Return the noun phrase of a full name."""
        return self.names.get(name) or self.name(name)

    def say(self, what: str, **parts: object) -> str:
        """Return a pattern with its places filled."""
        return self.patterns[what].format(**parts)

    def quoted(self, text: str) -> str:
        """Return a text in the language's quotation marks."""
        return self.say("quote", text=text)

    def listed(self, parts: Sequence[str], *, last: str = "and") -> str:
        """Return ``a, b and c``."""
        if len(parts) == 1:
            return parts[0]
        return f"{', '.join(parts[:-1])} {self.patterns[last]} {parts[-1]}"

    def duration(self, seconds: float) -> str:
        """Return a duration, exactly, in the largest unit that divides it.

        A day is said as 24 h; from two days on days are said.
        """
        sign = "-" if seconds < 0 else ""
        size = abs(seconds)
        for unit, length, least in (("d", 86400.0, 2), ("h", 3600.0, 1), ("m", 60.0, 1)):
            if size >= length * least and size % length == 0:
                return f"{sign}{size / length:.0f} {self.units[unit]}"
        return f"{sign}{number(size)} {self.units['s']}"


def number(value: float) -> str:
    """Return a number as it would be written, without an exponent where that is readable.

    >>> number(5.0), number(0.35), number(12500.0), number(1e300)
    ('5', '0.35', '12500', '1e+300')
    """
    return f"{value:.0f}" if value == int(value) and abs(value) < 1e15 else repr(value)  # noqa: PLR2004
