"""Customers whom an action has reached: what they do next is not their own doing any more.

A model that learns from them learns that its warnings are false, since the actions which they set
off keep them from coming true. So what follows an action is not learnt from, and the customers
who were held out stand for those others as well where a model is judged: one of a tenth for ten.
"""

from collections.abc import Sequence

from detectors.customer import Customer
from detectors.learning.labels import leave_alone, treat
from rules.decision import Decision
from rules.holdout import Assignment

_UNTIL = "treated"
_ALONE = "left_alone"
_PERCENT = 100


def note_treated(customer: Customer, decisions: Sequence[Decision]) -> None:
    """Take note of what went out, and of what did not only because the customer is held out.

    Open labels of the customer are decided under treatment; or stand for those that are.
    """
    for decision in decisions:
        until = decision.at + decision.match.rule.window_s
        if decision.reason == "sent":
            treat(customer)
            customer.gates[_UNTIL] = max(until, customer.gates.get(_UNTIL, until))
        elif decision.holdout is not None:
            weight = stands_for(decision.holdout)
            leave_alone(customer, weight)
            alone = customer.gates.get(_ALONE, (until, weight))
            customer.gates[_ALONE] = [max(until, alone[0]), max(weight, alone[1])]


def note_opened(customer: Customer, at: float) -> None:
    """Take note of the label opened last, which may begin within the window of such a decision."""
    label = customer.labels[-1]
    if is_treated(customer, at):
        label.treated = True
    elif (alone := customer.gates.get(_ALONE)) is not None and at <= alone[0]:
        label.weight = alone[1]


def is_treated(customer: Customer, at: float) -> bool:
    """Return whether `at` lies within the window of an action that went out."""
    until: float = customer.gates.get(_UNTIL, float("-inf"))
    return at <= until


def stands_for(assignment: Assignment) -> float:
    """Return how many customers one stands for whom these drawings of lots hold out, from 1.

    >>> from rules.holdout import Layer
    >>> stands_for(Assignment("rule", "holdout", (Layer("rule", 17, 20),)))
    5.0
    >>> stands_for(Assignment("rule", "holdout", (Layer("all", 17, 50), Layer("rule", 900, 50))))
    1.3333333333333333
    """
    dealt = treated = 1
    for layer in assignment.layers:
        dealt *= _PERCENT
        treated *= _PERCENT - layer.percent
    return dealt / (dealt - treated)
