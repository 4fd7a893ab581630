"""Which step of which play a match is."""

from dataclasses import dataclass
from typing import Any

from rules.playbook.steps import Step


@dataclass(frozen=True, slots=True)
class Place:
    """A step that is due.

    Parameters
    ----------
    id
        The play: the id of its first action.
    number, of
        Which of how many steps it is, from 1; what is done after a wait in vain has the number of
        the wait.
    step
        What is to be done.
    is_last
        Whether the play ends with it, however many steps are left.
    """

    id: str
    number: int
    of: int
    step: Step
    is_last: bool = False

    @property
    def is_later(self) -> bool:
        """Whether the play had begun before."""
        return self.number > 1

    def as_json(self) -> dict[str, Any]:
        """Return what a decision says of it."""
        return {"id": self.id, "step": self.number, "of": self.of}
