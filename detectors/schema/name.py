"""A name with a value, as rules and their authors see it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Kind = Literal["num", "text", "enum", "bool", "duration", "time"]


@dataclass(frozen=True, slots=True)
class Name:
    """A name with a value, as rules and their authors see it.

    Parameters
    ----------
    name
        The name without its namespace, such as ``wait_s``.
    kind
        Type of the value; a ``duration`` is in seconds, a ``time`` in Unix seconds UTC.
    meaning
        What it says, in words for a person who writes rules.
    unit
        Unit of the value, empty where it has none.
    nullable
        Whether the value may be missing.
    values
        The closed list of values of an ``enum``.
    """

    name: str
    kind: Kind
    meaning: str
    unit: str = ""
    nullable: bool = False
    values: tuple[str, ...] = ()


Fields = Mapping[str, Name]
"""Field of an event -> its description."""


def fields(*names: Name) -> Fields:
    """Return the names, each under itself."""
    return MappingProxyType({name.name: name for name in names})
