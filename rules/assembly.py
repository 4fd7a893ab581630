"""What the rules of a playbook have in common: work per event type, and one slot per operator."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from detectors.event import Event
from rules.fused import Work
from rules.language.vocabulary import Vocabulary
from rules.plan import Plan, occurrence_of, step_condition
from rules.temporal.counts import Count
from rules.temporal.happened import joined
from rules.temporal.state import Operator, State, shorten, tidy


class Assembly:
    """What the events of each type may set off.

    Attributes
    ----------
    counting
        Event type -> indexes of the rules that it sets off and that count it.
    keeps
        Event type -> what is kept of an event that waits.
    """

    def __init__(self, plans: Sequence[Plan], vocabulary: Vocabulary) -> None:
        self.of_types: dict[str, Work] = {}
        self.counting: dict[str, list[int]] = {}
        counted = set()
        for plan in plans:
            for name, (fact, node) in plan.tree.facts.items():
                operator = plan.facts[name]
                if operator.slot not in counted:
                    counted.add(operator.slot)
                    condition = step_condition(fact.event, node, vocabulary)
                    self._of(fact.event).adds.append((operator, condition))
        for index, plan in enumerate(plans):
            self._patterns(plan)
            if plan.rule.when is not None:
                lapse = _lapse(plan) if plan.occurrences is not None else None
                entry = (index, plan.condition, lapse)
                self._of(plan.rule.when).rules.append(entry)
                if plan.fed_by_trigger():
                    self.counting.setdefault(plan.rule.when, []).append(index)
        self.keeps = {
            event_type: joined(
                [
                    plan.kept
                    for plan in plans
                    if any(look.event_type == event_type for look in plan.looks)
                ]
            )
            for event_type in self.of_types
        }

    def _of(self, event_type: str) -> Work:
        return self.of_types.setdefault(event_type, Work())

    def _patterns(self, plan: Plan) -> None:
        pattern = plan.pattern
        if pattern is None:
            return
        slot = pattern.slot
        sequence = pattern.sequence
        ended = sequence.slot if sequence is not None and sequence.strict else ""
        for event_type in dict.fromkeys(look.event_type for look in plan.looks):
            looks = [
                replace(look, when_armed=slot if look.when_armed else "")
                for look in plan.looks
                if look.event_type == event_type
            ]
            self._of(event_type).steps.append((slot, ended, looks))


def name_operators(plans: Sequence[Plan]) -> dict[str, Operator]:
    """Give all operators their slots, and return slot -> operator."""
    operators = [operator for plan in plans for operator in plan.operators()]
    slots = shorten(operator.slot for operator in operators)
    keep: dict[str, int] = {}
    for operator in operators:
        operator.slot = slots[operator.slot]
        if isinstance(operator, Count):  # what several rules count is counted once, for all
            keep[operator.slot] = max(keep.get(operator.slot, 0), operator.keep)
    for operator in operators:
        if isinstance(operator, Count):
            operator.keep = keep[operator.slot]
    return {operator.slot: operator for operator in operators}


def _lapse(plan: Plan) -> Callable[[State, Event], None]:
    """Return what forgets an occurrence whose condition no longer holds."""

    def lapse(state: State, event: Event) -> None:
        if plan.occurrences is not None:
            plan.occurrences.end(state, occurrence_of(plan, event))
            tidy(state)

    return lapse
