"""What the operators of one customer keep, and what is true of all of them."""

import base64
import hashlib
from collections.abc import Iterable
from typing import Any, Protocol

import orjson

State = dict[str, Any]

MAX_LATE_S = 3600.0
"""What was true so long before the newest event can still be asked; times are kept that long."""
MAX_TEXT = 256
"""Characters that are kept of a text; ids and the texts of contacts are cut there as well."""
USUAL_TEXT = 36
"""Characters of an id or a text that a byte bound counts with: a UUID has 36."""

NUMBER_BYTES = 9
"""A float64 in msgpack [1]_.

References
----------
.. [1] MessagePack specification, github.com/msgpack/msgpack/blob/master/spec.md.
"""
LIST_BYTES = 3
"""Header of a list of up to 65,535 items."""
SWEPT = ""
"""Key of the day on which state that nothing can use was dropped last."""
SLOT_LETTERS = 5
SLOT_BYTES = SLOT_LETTERS + 1


class Operator(Protocol):
    """Something that keeps state under its slot."""

    slot: str

    def forget(self, state: State, newest: float) -> None:
        """Drop what nothing can use any more, now that the customer's newest event is this one."""

    def bytes(self, text: int = USUAL_TEXT) -> int:
        """Return the most bytes it takes packed, when no text is longer than `text` characters."""


class History(Operator, Protocol):
    """A fact: what is remembered of the events of one type."""

    @property
    def of(self) -> str:
        """The field that it looks at; empty when the event is all."""

    def add(self, state: State, at: float, newest: float, value: Any = None) -> None:
        """Take an event, which may be older than the customer's newest."""

    def value(self, state: State, at: float) -> Any:
        """Return the value as of a time."""

    def later(self, state: State, at: float) -> list[float]:
        """Return later times as of which an event at `at` makes the value another one."""


def digest(kind: str, *content: object) -> str:
    """Return the full name of an operator: a letter of its kind, and what it does as a hash."""
    hashed = hashlib.sha256(orjson.dumps(content)).digest()
    return kind + base64.urlsafe_b64encode(hashed).decode()[:42]


def shorten(names: Iterable[str]) -> dict[str, str]:
    """Return full name -> the slot: its first letters, more of them where two begin alike.

    >>> shorten(["cAbcdefg", "cXyz1234", "cAbcdxyz"])
    {'cAbcdefg': 'cAbcde', 'cAbcdxyz': 'cAbcdx', 'cXyz1234': 'cXyz1'}
    """
    left = sorted(set(names))
    slots: dict[str, str] = {}
    length = SLOT_LETTERS
    while left:
        heads = [name[:length] for name in left]
        slots |= {name: name[:length] for name in left if heads.count(name[:length]) == 1}
        left = [name for name in left if name not in slots]
        length += 1
    return dict(sorted(slots.items()))


def text_bytes(text: int) -> int:
    """Return the bytes of an ASCII text of so many characters, at most 65,535."""
    return text + (1 if text < 32 else 2 if text < 256 else 3)  # noqa: PLR2004 - of the format


def tidy(state: State) -> None:
    """Leave nothing behind when no operator keeps anything."""
    if len(state) == 1 and SWEPT in state:
        del state[SWEPT]
