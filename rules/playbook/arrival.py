"""The same events in another order of arrival, as far as a rule promises the same firings.

Timers and sequences wait for as long as events may be late, so within that time the order in which
events arrive does not matter to them. A rule with ``when`` is judged as its event arrives. So an
event may arrive after a younger one without a difference to a rule unless

* the younger one triggers the rule, which looks back at what the late one feeds;
* the rule looks at the customer, who is as all events that came have left them;
* both trigger the rule, which remembers what it was about (``occurrence``).
"""

from random import Random

from detectors.event import Event
from rules.language.nodes import references
from rules.playbook.timeline import Timeline
from rules.playbook.tree import RuleTree
from rules.playbook.written import counted, waits, written_conditions

MAX_ROUNDS = 20


class Arrival:
    """Which events of a case may change places for one rule.

    Parameters
    ----------
    line
        The case; what it gives stays the same throughout.
    """

    def __init__(self, tree: RuleTree, line: Timeline) -> None:
        rule = tree.rule
        conditions = written_conditions(tree)
        read = {name for condition in conditions for name in references(condition.node)}
        self._reads_customer = any(
            name.startswith("customer.") and name != "customer.identified"
            for name in read - set(line.given)
        )
        self._when = rule.when
        self._counted = frozenset(counted(tree))
        self._has_occurrence = bool(rule.occurrence)
        self._waits = waits(tree)

    def in_order(self, line: Timeline) -> Timeline | None:
        """Return the order of time, for a rule that has something to wait for."""
        return line if self._waits else None

    def shuffled(self, line: Timeline, seed: int, lateness_s: float) -> Timeline | None:
        """Return another order of arrival, or nothing where no event may change its place."""
        if self._waits and self._reads_customer:
            return None
        random, events = Random(seed), list(line.events)
        for _ in range(min(len(events), MAX_ROUNDS)):
            for i in range(len(events) - 1):
                first, second = events[i : i + 2]
                is_near = 0.0 < second.at - first.at <= lateness_s
                if is_near and random.random() < 0.5 and self._may_pass(first, second):  # noqa: PLR2004
                    events[i : i + 2] = second, first
        arrived = Timeline(tuple(events), line.given)
        return None if arrived == line else arrived

    def _may_pass(self, late: Event, younger: Event) -> bool:
        if self._when not in {late.type, younger.type}:
            return True
        if self._reads_customer or (self._has_occurrence and late.type == younger.type):
            return False
        return younger.type != self._when or late.type not in self._counted
