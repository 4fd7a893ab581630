"""What became of actions, as customers and channels have told it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from detectors.contacts import text
from detectors.event import Event
from rules.proof.decided import Decided
from rules.proof.intervals import Share

ANSWERS: Final = ("opened", "accepted", "rejected", "opted_out")
"""What a customer may do with an action."""
_OWN: Final = "precede/"
_DELIVERED: Final = frozenset(("delivered", "accepted"))


@dataclass(slots=True)
class Outcomes:
    """The outcomes of all actions.

    A channel says ``accepted`` as well, when it has taken a message over: that comes from our own
    dispatch and shows only that the action arrived.

    Examples
    --------
    >>> outcomes = Outcomes()
    >>> outcomes.add(Event("1", "shop", "action.accepted", 60.0, "ann", {"action_id": "a"}))
    >>> outcomes.known
    1
    """

    _found: dict[str, dict[str, float]] = field(default_factory=dict)

    @property
    def known(self) -> int:
        """Of how many actions an outcome is known."""
        return len(self._found)

    def add(self, event: Event) -> None:
        """Take an event; others than outcomes of actions change nothing."""
        kind, _, outcome = event.type.partition(".")
        action = text(event.data.get("action_id"))
        if kind != "action" or not action:
            return
        if event.source.startswith(_OWN):
            if outcome not in _DELIVERED:
                return
            outcome = "delivered"
        elif outcome not in ANSWERS and outcome != "delivered":
            return
        found = self._found.setdefault(action, {})
        found[outcome] = min(event.at, found.get(outcome, event.at))

    def answers(self, sent: Iterable[Decided], window_s: float) -> dict[str, Share]:
        """Return, per answer, how many of the actions that arrived got it in the window.

        Parameters
        ----------
        sent
            Actions that went out. One that was answered has arrived, whatever the channel knows.
        window_s
            An answer within (sent, sent + window] counts; at the same instant too.
        """
        arrived = 0
        counts = dict.fromkeys(ANSWERS, 0)
        for decision in sent:
            found = self._found.get(decision.action_id)
            if not found:
                continue
            arrived += 1
            for answer in ANSWERS:
                counts[answer] += (
                    answer in found and decision.at <= found[answer] <= decision.at + window_s
                )
        return {answer: Share(count, arrived) for answer, count in counts.items()}
