"""What lints look at."""

from collections.abc import Sequence
from dataclasses import dataclass

from rules.language.errors import Flaw
from rules.language.vocabulary import Vocabulary
from rules.playbook.finding import Finding
from rules.playbook.models import Playbook
from rules.playbook.tree import Path, RuleTree

WHOLE = 1_000
"""Width of a mark that covers a value; the loader cuts it to the text."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A playbook without errors.

    Parameters
    ----------
    trees
        Its rules with their expressions read, in the same order.
    """

    playbook: Playbook
    trees: Sequence[RuleTree]
    vocabulary: Vocabulary


def warn(path: Path, message: str, help_: str, at: int = 0, end: int = WHOLE) -> Finding:
    """Return a warning about the characters of the text at a path."""
    return Finding(path, Flaw(at, end, message, help_, "warning"))
