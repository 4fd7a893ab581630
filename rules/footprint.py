"""How many bytes a playbook's rules may take in the packed record of a customer."""

from collections.abc import Sequence

from rules.plan import Plan
from rules.plays.plays import Plays
from rules.temporal.state import LIST_BYTES


def footprint(plans: Sequence[Plan], plays: Plays, rule_id: str | None, text: int) -> int:
    """Return the most bytes that a customer's rules take, packed; or what one of them takes.

    What several rules count together is counted once for all, and in full for one. Events that
    wait come on top: none without lateness, at most 32.

    Parameters
    ----------
    rule_id
        Which rule; ``None`` for all.
    text
        Characters of the longest id or text of an event.
    """
    sizes: dict[str, int] = {}
    for plan in plans:
        if rule_id in {None, plan.rule.id}:
            sizes |= plan.operator_bytes(text)
    of_plays = plays.bytes(rule_id, text)
    # Header of the state, key and header of what is armed, and the day of the last sweep.
    frame = LIST_BYTES + 2 + LIST_BYTES + 4
    return sum(sizes.values()) + of_plays + (frame if sizes or of_plays else 0)
