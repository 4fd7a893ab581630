"""A play that waits for a task to be done, and nobody was given one.

What would follow is never reached, or only by the result of somebody else's task.
"""

from collections.abc import Iterator

from rules.playbook.finding import Finding
from rules.playbook.lints.subject import Subject, warn
from rules.playbook.steps import Step, WaitFor

_RESULTS = frozenset(("task.done", "task.failed"))


def check(subject: Subject) -> Iterator[Finding]:
    """Yield the waits for the result of a task before which no task is handed over."""
    for index, rule in enumerate(subject.playbook.rules):
        has_task = False
        for number, step in enumerate(rule.then):
            has_task |= isinstance(step, Step) and step.do == "task"
            if isinstance(step, WaitFor) and step.wait_for in _RESULTS and not has_task:
                message = f"no task comes before, so {step.wait_for} never comes of this play"
                help_ = "hand a task to a team first, or wait for what the customer does"
                yield warn(("rules", index, "then", number, "wait_for"), message, help_)
