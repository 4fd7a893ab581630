"""Whether a contact that the customer begins is about what a play is about."""

from collections.abc import Set as AbstractSet
from typing import Final

from detectors.contacts import text
from detectors.event import Event
from rules.playbook.models import Rule
from rules.temporal.happened import Happened

UNDER_WAY: Final = frozenset(("contact.started", "contact.queued", "contact.answered"))


def is_ask(event: Event, rule: Rule, happened: Happened, topics: AbstractSet[str]) -> bool:
    """Return whether the customer asks, so that a play about the same must stop.

    Every contact that the customer begins counts, but for the one that set the rule off, and for
    one about something else: a topic that other rules have, and neither this rule nor the event
    that set it off. Lines are not called like rules, so a topic that no rule has may be anything.

    Parameters
    ----------
    happened
        The event that set the rule off.
    topics
        Those of all rules.
    """
    if event.type not in UNDER_WAY or event.data.get("direction") != "inbound":
        return False
    call = text(event.data.get("call"))
    if call and call == happened.data.get("call"):
        return False
    topic = event.data.get("topic")
    return topic not in topics or topic in (rule.topic, happened.data.get("topic"))
