"""Every lint, in the order in which their warnings come."""

from collections.abc import Callable, Iterator

from rules.language.vocabulary import Vocabulary
from rules.playbook.finding import Finding
from rules.playbook.lints import (
    apology,
    hand_over,
    hindrance,
    opt_out,
    orphan_goal,
    pressure,
    shadowed,
    unreachable,
    vain_wait,
)
from rules.playbook.lints.subject import Subject
from rules.playbook.models import Playbook
from rules.playbook.written import rule_trees

LINTS: tuple[Callable[[Subject], Iterator[Finding]], ...] = (
    unreachable.check,
    shadowed.check,
    orphan_goal.check,
    pressure.check,
    apology.check,
    hand_over.check,
    opt_out.check,
    hindrance.check,
    vain_wait.check,
)


def lint(playbook: Playbook, vocabulary: Vocabulary) -> Iterator[Finding]:
    """Yield what the author of a playbook without errors should look at, all of it warnings."""
    subject = Subject(playbook, rule_trees(playbook, vocabulary), vocabulary)
    for check in LINTS:
        yield from check(subject)
