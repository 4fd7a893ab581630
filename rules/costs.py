"""What the parts of a condition cost, how often they hold, and which limits they set: a guess each.

Nothing is known of the events to come, so a part is judged by what it asks.
"""

from collections.abc import Mapping

from rules.blocks import DEAR, Bound
from rules.language.codegen import TURNED
from rules.language.nodes import Binary, Call, Constant, Constants, Node, Reference, children
from rules.reads import Condition

_ORDERS = {"<": (False, True), "<=": (False, False), ">": (True, True), ">=": (True, False)}
"""Comparison -> whether the left side must be above, and whether it must not be equal."""


def cost_of(node: Node, condition: Condition) -> int:
    """Return about how long an expression takes, in the time of reading a local variable."""
    cost = sum(cost_of(child, condition) for child in children(node))
    match node:
        case Reference(name=name):
            return 1 if name.startswith(("event.", "score.", "signal.")) else DEAR
        case Call(function=function):
            return cost + (20 * DEAR if function == "hour_of_day" else 3)
        case Binary():
            return cost + 1
    return cost


def share_of(node: Node) -> float:
    """Return how often a part holds; nothing is known but what it asks."""
    match node:
        case Binary(operator="==", right=Constant()):
            return 0.2
        case Binary(operator="in", right=Constants()):
            return 0.4
    return 0.5


def bound_of(node: Node, reads: Mapping[str, str]) -> Bound | None:
    """Return the limit that a part sets to a value, if that is what it does.

    Parameters
    ----------
    reads
        Name -> text that gives its value.
    """
    match node:
        case Binary(operator=sign, left=Reference(name=name), right=Constant(value=float(limit))):
            order = _ORDERS.get(sign)
        case Binary(operator=sign, left=Constant(value=float(limit)), right=Reference(name=name)):
            order = _ORDERS.get(TURNED.get(sign, ""))
        case _:
            return None
    if order is None:
        return None
    is_above, is_strict = order
    return Bound(reads[name], is_above, (limit if is_above else -limit, is_strict))
