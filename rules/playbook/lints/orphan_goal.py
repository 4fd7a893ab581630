"""A goal that no rule serves: an intention without a deed.

The other way round, a rule that names no goal of the tree is an error of the loader: a goal tree
leads from what the company wants down to what is done for it, without loose ends on either side.
"""

from collections.abc import Iterator, Sequence

from rules.playbook.finding import Finding
from rules.playbook.lints.subject import Subject, warn
from rules.playbook.models import Goal
from rules.playbook.tree import Path


def check(subject: Subject) -> Iterator[Finding]:
    """Yield the lowest goals that no rule serves which is not retired."""
    served = {rule.goal for rule in subject.playbook.rules if rule.mode != "retired"}
    for path, goal in _ends(("goals",), subject.playbook.goals):
        if goal.id not in served:
            message = f"no rule serves the goal {goal.id!r}"
            yield warn((*path, "id"), message, "write a rule for it, or leave the goal out")


def _ends(at: Path, goals: Sequence[Goal]) -> Iterator[tuple[Path, Goal]]:
    for index, goal in enumerate(goals):
        if goal.goals:
            yield from _ends((*at, index, "goals"), goal.goals)
        else:
            yield (*at, index), goal
