"""When a step that was held back by quiet or opening hours may go out."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from rules.gates.gate import Candidate, Gate

QUARTER_S: Final = 900.0
LONGEST_S: Final = 4 * 86400.0
"""As far as it is looked ahead: over a long weekend."""


def release_at(candidate: Candidate, gates: Sequence[Gate]) -> float | None:
    """Return the next full quarter of an hour at which all gates are open, if there is one soon.

    Parameters
    ----------
    gates
        Those of the hours: what they say depends on the time alone.
    """
    first = candidate.at // QUARTER_S + 1
    for number in range(int(LONGEST_S / QUARTER_S)):
        at = (first + number) * QUARTER_S
        probe = replace(candidate, at=at)
        if all(gate.check(probe)[0] for gate in gates):
            return at
    return None
