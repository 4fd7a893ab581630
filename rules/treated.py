"""Customers whom an action has reached: what they do next is not their own doing any more.

A model that learns from them learns that its warnings are false, since the actions which they set
off keep them from coming true. So what follows an action is not learnt from.
"""

from collections.abc import Sequence

from detectors.customer import Customer
from detectors.learning.labels import treat
from rules.decision import Decision

_UNTIL = "treated"


def note_treated(customer: Customer, decisions: Sequence[Decision]) -> None:
    """Take note of what went out: open labels of the customer are decided under treatment."""
    for decision in decisions:
        if decision.reason == "sent":
            treat(customer)
            until = decision.at + decision.match.rule.window_s
            customer.gates[_UNTIL] = max(until, customer.gates.get(_UNTIL, until))


def is_treated(customer: Customer, at: float) -> bool:
    """Return whether `at` lies within the window of an action that went out."""
    until: float = customer.gates.get(_UNTIL, float("-inf"))
    return at <= until
