"""The program of a playbook, made once per process and shared by all that run it.

A program keeps nothing of a customer, so partitions of one process may share it. Making it takes
milliseconds per rule: whoever is told of a playbook early makes it before it is needed.
"""

from rules.playbook.models import Playbook
from rules.program import Program

KEPT = 4
"""Programs that are kept: the one in force, the next, and two to go back to."""

_programs: dict[str, Program] = {}


def program_of(playbook: Playbook) -> Program:
    """Return the program of a playbook, the same one for the same content."""
    program = _programs.pop(playbook.hash, None) or Program(playbook)
    _programs[playbook.hash] = program
    while len(_programs) > KEPT:
        del _programs[next(iter(_programs))]
    return program
