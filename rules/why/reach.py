"""How far back a rule looks: so much of the log must be known to say why it did nothing."""

from math import inf

from rules.playbook.models import Rule

LEAST_S = 35 * 86_400.0
"""Who asks wants to hear of the last event that mattered, also where the rule looks back less."""


def reach_s(rule: Rule) -> float:
    """Return how long before a moment an event can count for a rule, seconds; infinite for ever."""
    spans = [inf if fact.within_s is None else fact.within_s for fact in rule.facts.values()]
    if rule.absence is not None:
        spans.append(rule.absence.for_s)
    if rule.sequence:
        events = sum(step.times for step in rule.sequence if step.event is not None)
        between = inf if rule.within_s is None else rule.within_s
        waits = sum(step.for_s or 0.0 for step in rule.sequence)
        spans.append(waits + (between if events > 1 else 0.0))
    return max([LEAST_S, *spans])
