"""What our own actions set off: an event knows the rules it goes back to, and no rule feeds itself.

An event that our action caused, such as its result, carries ``cause_depth``, how many of our
actions lie before it, and ``cause_rule``, their rules from the first to the last, separated by
spaces.
"""

from collections.abc import Mapping
from typing import Any

from detectors.event import Event

MAX_DEPTH = 3
"""An event with so many of our actions before it sets nothing off any more."""


def is_echo(rule: str, event: Event) -> bool:
    """Return whether a rule must not follow an event: it goes back to it, or too far.

    >>> event = Event("1", "bank", "action.rejected", 0.0, "c", {"cause_rule": "a b"})
    >>> is_echo("b", event), is_echo("c", event)
    (True, False)
    """
    depth, chain = _cause(event)
    return depth >= MAX_DEPTH or rule in chain


def caused_by(rule: str, event: Event) -> Mapping[str, Any]:
    """Return the fields that every event must carry which an action of a rule causes.

    Parameters
    ----------
    event
        The event that set the rule off.

    Examples
    --------
    >>> event = Event("1", "bank", "action.rejected", 0.0, "c", {"cause_depth": 1,
    ...     "cause_rule": "a"})
    >>> caused_by("b", event)
    {'cause_depth': 2, 'cause_rule': 'a b'}
    """
    depth, chain = _cause(event)
    return {"cause_depth": depth + 1, "cause_rule": " ".join((*chain, rule))}


def _cause(event: Event) -> tuple[int, tuple[str, ...]]:
    depth, chain = event.data.get("cause_depth"), event.data.get("cause_rule")
    rules = tuple(chain.split()) if isinstance(chain, str) else ()
    known = 0
    if isinstance(depth, int | float) and not isinstance(depth, bool) and depth > 0:
        known = int(min(MAX_DEPTH, depth))
    return max(known, len(rules)), rules
