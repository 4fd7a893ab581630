"""What operators have stopped, as the log says it: its candidates end with reason ``brake``."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from detectors.event import Event
from rules.gates.gate import Candidate
from rules.reason import Reason

STOP: Final = "control.stop"
RESUME: Final = "control.resume"
_NAMED: Final = ("rule", "channel")  # scopes that need a name; "all" needs none


def about(data: Mapping[str, Any]) -> str | None:
    """Return what an order is about, as one text; nothing when it names nothing.

    >>> about({"scope": "rule", "name": "call-back"}), about({"scope": "all"}), about({})
    ('rule:call-back', 'all', None)
    """
    scope, name = data.get("scope"), data.get("name")
    if scope == "all":
        return "all"
    if scope in _NAMED and isinstance(name, str) and name:
        return f"{scope}:{name}"
    return None


class Stopped:
    """The stops that hold where the log stands, and the gate that asks them.

    A stop is about everything, about one rule or about one channel; the three do not lift each
    other. It also holds for other systems that ask whether they may contact somebody. What shadow
    rules would have done ends here as well, so that they show what live rules would do.
    """

    name = "stop"
    reason: Reason = "brake"

    def __init__(self) -> None:
        self._stops: dict[str, str] = {}  # what it is about -> who stopped it and why

    def take(self, event: Event) -> None:
        """Take a ``control.stop`` or ``control.resume``; one that names nothing changes nothing."""
        key = about(event.data)
        if key is None:
            return
        if event.type == RESUME:
            self._stops.pop(key, None)
            return
        what = "everything" if key == "all" else key.replace(":", " ", 1)
        self._stops[key] = (
            f"{what} was stopped by {event.data.get('by')}: {event.data.get('reason')}"
        )

    def check(self, candidate: Candidate) -> tuple[bool, str]:
        """Return whether nothing has stopped the candidate's rule, its channel or everything."""
        stops = self._stops
        if stops:
            rule, channel = candidate.match.rule.id, candidate.step.channel
            for key in ("all", f"rule:{rule}", f"channel:{channel}"):
                if key in stops:
                    return False, stops[key]
        return True, "not stopped"

    def snapshot(self) -> list[list[str]]:
        """Return the stops as plain values, in alphabetical order."""
        return [[key, self._stops[key]] for key in sorted(self._stops)]

    def restore(self, state: Sequence[Sequence[str]]) -> None:
        """Take what `snapshot` returned."""
        self._stops = {each[0]: each[1] for each in state}
