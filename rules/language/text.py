"""Texts for people, with ``{name}`` for values of known names and nothing else.

``{score.repeat:.0%}`` and ``{customer.contacts_7d:.1f}`` say how many digits to show. Braces of
the text itself are written twice.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from detectors.schema import Kind
from rules.language.checker import suggest
from rules.language.errors import ExpressionError, Flaw
from rules.language.interpreter import Value
from rules.language.vocabulary import Scope

_PLACE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_DOUBLED = re.compile(r"\{\{ ?([A-Za-z_][A-Za-z0-9_.]{0,99}) ?\}\}")
_INSIDE = re.compile(r"([A-Za-z_][A-Za-z0-9_.]{0,99})(?::\.([0-6])([f%]))?")


@dataclass(frozen=True, slots=True)
class Saying:
    """How a language says what stands for a value.

    Parameters
    ----------
    units
        Of days, hours, minutes and seconds.
    point
        Between a number's whole part and its fraction.
    """

    missing: str = "unknown"
    yes: str = "yes"
    no: str = "no"
    never: str = "never"
    units: tuple[str, str, str, str] = ("days", "h", "min", "s")
    point: str = "."


ENGLISH = Saying()
SAYINGS: Final[Mapping[str, Saying]] = {
    "en": ENGLISH,
    "ru": Saying(
        "неизвестно",
        "да",
        "нет",
        "никогда",
        ("дн.", "ч", "мин", "с"),  # noqa: RUF001 - a Russian letter
        ",",
    ),
}
"""Language -> how it says values; others say them as English does."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value goes; `digits` after the point, -1 for as many as it needs, at most 2."""

    at: int
    end: int
    name: str
    digits: int = -1
    is_percent: bool = False


@dataclass(frozen=True, slots=True)
class Wording:
    """A text that was read.

    Examples
    --------
    >>> wording = parse_wording("{n} calls, {score.repeat:.0%} likely")
    >>> wording.fill({"n": 6.0, "score.repeat": 0.714}, {"n": "num", "score.repeat": "num"})
    '6 calls, 71% likely'
    """

    parts: tuple[str | Place, ...]

    def names(self) -> tuple[str, ...]:
        """Return the names it shows, in order, each once."""
        return tuple(dict.fromkeys(part.name for part in self.parts if isinstance(part, Place)))

    def check(self, scope: Scope) -> list[Flaw]:
        """Return every name that is not known or cannot be shown as asked."""
        flaws = []
        for part in self.parts:
            if not isinstance(part, Place):
                continue
            name = scope.get(part.name)
            if name is None:
                message = f"unknown name {part.name!r}"
                flaws.append(Flaw(part.at, part.end, message, suggest(part.name, scope)))
            elif name.kind == "time":
                message = f"{part.name} is a time, which has no wording"
                flaws.append(Flaw(part.at, part.end, message, "show how long ago it was"))
            elif part.digits >= 0 and name.kind != "num":
                message = f"{part.name} is no number, so it has no digits"
                flaws.append(Flaw(part.at, part.end, message, f"write {{{part.name}}}"))
        return flaws

    def fill(
        self, values: Mapping[str, Value], kinds: Mapping[str, Kind], language: str = "en"
    ) -> str:
        """Return the text with the values; a missing one reads ``unknown``."""
        saying = SAYINGS.get(language, ENGLISH)
        return "".join(
            part
            if isinstance(part, str)
            else _shown(values.get(part.name), kinds[part.name], part, saying)
            for part in self.parts
        )


def parse_wording(text: str) -> Wording:
    """Return the text in parts.

    Raises
    ------
    ExpressionError
        With the place of the first brace that opens no name.
    """
    parts: list[str | Place] = []
    at = 0
    for found in _PLACE.finditer(text):
        parts.append(text[at : found.start()])
        at = found.end()
        if found[0] in {"{{", "}}"}:
            parts.append(found[0][0])
            continue
        inside = _INSIDE.fullmatch(found[1]) if found[1] is not None else None
        if inside is None:
            message = f"{found[0][:40]!r} is no name in braces"
            help_ = "write {customer.contacts_7d} or {score.repeat:.0%}, and {{ for a brace itself"
            raise ExpressionError(found.start(), found.end(), message, help_)
        digits = -1 if inside[2] is None else int(inside[2])
        parts.append(Place(found.start(), at, inside[1], digits, inside[3] == "%"))
    parts.append(text[at:])
    return Wording(tuple(part for part in parts if part != ""))


def doubled(text: str, scope: Scope) -> list[Flaw]:
    """Return a warning for each known name in double braces, as other systems write it.

    >>> from rules.language.vocabulary import VOCABULARY
    >>> [flaw] = doubled("Waited {{event.wait_s}}", VOCABULARY.scope("contact.abandoned"))
    >>> flaw.message, flaw.help
    ("'{{event.wait_s}}' shows the name in braces, not its value", 'write {event.wait_s}')
    """
    return [
        Flaw(
            found.start(),
            found.end(),
            f"{found[0]!r} shows the name in braces, not its value",
            f"write {{{found[1]}}}",
            "warning",
        )
        for found in _DOUBLED.finditer(text)
        if found[1] in scope
    ]


def format_seconds(seconds: float, saying: Saying = ENGLISH) -> str:
    """Return a duration as a person says it.

    >>> [format_seconds(s) for s in (42.4, 90, 900, 5400, 259200)]
    ['42 s', '1.5 min', '15 min', '1.5 h', '3 days']
    >>> format_seconds(90, SAYINGS["ru"])
    '1,5 мин'
    """
    days, hours, minutes, unit = saying.units
    for least, size, name in (
        (172800.0, 86400.0, days), (3600.0, 3600.0, hours), (60.0, 60.0, minutes),
    ):  # fmt: skip
        if seconds >= least:
            return f"{_trimmed(seconds / size, 1).replace('.', saying.point)} {name}"
    return f"{seconds:.0f} {unit}"


def _shown(value: Value, kind: Kind, place: Place, saying: Saying) -> str:
    if value is None or value != value:  # noqa: PLR0124
        return saying.missing
    if isinstance(value, bool):
        return saying.yes if value else saying.no
    if isinstance(value, str):
        return value
    if kind == "duration":
        return saying.never if value == float("inf") else format_seconds(value, saying)
    if place.is_percent:
        return f"{value:.{place.digits}%}".replace(".", saying.point)
    told = _trimmed(value, 2) if place.digits < 0 else f"{value:.{place.digits}f}"
    return told.replace(".", saying.point)


def _trimmed(value: float, digits: int) -> str:
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
