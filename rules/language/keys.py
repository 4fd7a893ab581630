"""What an event must say for a condition to hold at all: the keys that rules are indexed by."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rules.language.nodes import Binary, Constant, Constants, Node, Reference, conjuncts
from rules.language.vocabulary import Scope

MAX_VALUES = 8
"""A rule whose key has more values than this is not indexed: it would stand under each of them."""
MIN_RULES = 4
"""A field that fewer rules name is not worth a look-up."""


@dataclass(frozen=True, slots=True)
class Key:
    """A part of a condition that holds for few values of a text of the event.

    Parameters
    ----------
    field
        Full name, such as ``event.topic``.
    values
        The values for which the part is true, each once.
    part
        The part; where the field has one of the values it need not be looked at.
    """

    field: str
    values: tuple[str, ...]
    part: Node


def keys(node: Node | None, scope: Scope) -> list[Key]:
    """Return the keys of a condition, in the order of its text.

    >>> from rules.language.parser import parse
    >>> from rules.language.vocabulary import VOCABULARY
    >>> scope = VOCABULARY.scope("contact.queued")
    >>> found = keys(parse('event.topic in ["a", "b"] and event.call == "c" or true'), scope)
    >>> len(found)  # the 'or' lets any topic through
    0
    >>> [key.values for key in keys(parse('event.topic in ["a", "b"] and true'), scope)]
    [('a', 'b')]
    """
    parts = conjuncts(node) if node is not None else []
    return [key for part in parts if (key := _key(part, scope)) is not None]


def _key(part: Node, scope: Scope) -> Key | None:
    match part:
        case Binary(operator="==", left=Reference(name=name), right=Constant(value=value)):
            values = [value]
        case Binary(operator="==", left=Constant(value=value), right=Reference(name=name)):
            values = [value]
        case Binary(operator="in", left=Reference(name=name), right=Constants(items=items)):
            values = [item.value for item in items]
        case _:
            return None
    if not name.startswith("event.") or scope[name].kind not in {"text", "enum"}:
        return None
    texts = tuple(dict.fromkeys(value for value in values if isinstance(value, str)))
    return Key(name, texts, part) if len(texts) <= MAX_VALUES else None


def choose(candidates: Sequence[Sequence[Key]]) -> list[Key | None]:
    """Return the key by which each of some rules is found; nothing for one always looked at.

    A rule goes by the field that tells most apart: the one for which the rules name most values.
    """
    values: dict[str, set[str]] = {}
    for found in candidates:
        for key in found:
            values.setdefault(key.field, set()).update(key.values)
    chosen = [_best(found, values) for found in candidates]
    used = Counter(key.field for key in chosen if key is not None)
    return [key if key is not None and used[key.field] >= MIN_RULES else None for key in chosen]


def _best(found: Sequence[Key], values: Mapping[str, set[str]]) -> Key | None:
    telling = [key for key in found if len(values[key.field]) > len(key.values)]
    return max(
        telling,
        key=lambda key: len(values[key.field]) / max(1, len(key.values)),
        default=None,
    )
