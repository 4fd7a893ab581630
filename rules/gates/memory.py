"""What is remembered of a customer: actions that went out, as long as any gate counts them."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from rules.gates.window import parse_window
from rules.playbook.models import Playbook

MAX_SENDS: Final = 32
"""Actions remembered per customer, and as many of shadow rules; the caps gate refuses more."""
_SENDS: Final = "sends"


class Send(NamedTuple):
    """An action that was let through.

    Parameters
    ----------
    at
        Event time of the decision, Unix seconds.
    rule, topic, class_, channel
        As they were then; later edits of the playbook do not rewrite them.
    action_id
        The 16 bytes of the action's id.
    shadow
        Whether it went nowhere, because its rule only runs along.
    """

    at: float
    rule: str
    topic: str
    class_: str
    channel: str
    action_id: bytes
    shadow: bool


class Retention:
    """How long a send can matter: until the longest window that may count it has passed.

    Parameters
    ----------
    playbook
        Its contact window, caps and cool-downs. A longer window in a later playbook does not
        bring back what was forgotten under this one.
    """

    def __init__(self, playbook: Playbook) -> None:
        gates = playbook.gates
        windows = [parse_window(cap.window).length_s for cap in gates.caps]
        self._longest_s = max(windows, default=0.0)
        self._contact_window_s = gates.contact_window_s
        self._cooldowns_s: Mapping[str, float] = {
            rule.id: rule.cooldown_s for rule in playbook.rules
        }

    def holds(self, send: Send, at: float) -> bool:
        """Return whether the send may still count at `at`."""
        cooldown_s = self._cooldowns_s.get(send.rule, 0.0)
        return at < send.at + max(self._longest_s, self._contact_window_s, cooldown_s)


class Memory:
    """The sends of one customer; at most 32, and 32 of shadow rules.

    Parameters
    ----------
    state
        ``Customer.gates``; lists and plain values only, so that it packs and unpacks unchanged.
    """

    __slots__ = ("_sends", "_state")

    def __init__(self, state: dict[str, Any]) -> None:
        self._state = state
        self._sends = [Send(*row) for row in state.get(_SENDS, ())]

    def sends(self, *, shadow: bool) -> list[Send]:
        """Return what a rule sees: a shadow rule all, a live rule only what really went out."""
        sends = self._sends
        return sends if shadow or not sends else [send for send in sends if not send.shadow]

    def newest_at(self, *, shadow: bool) -> float:
        """Return when the newest of `sends` went out; minus infinity before the first."""
        return max((send.at for send in self.sends(shadow=shadow)), default=float("-inf"))

    def forget(self, retention: Retention, at: float) -> None:
        """Drop what no gate can count at `at` or later."""
        kept = [send for send in self._sends if retention.holds(send, at)]
        if len(kept) < len(self._sends):
            self._sends = kept
            self._write()

    def add(self, send: Send) -> None:
        """Remember a send."""
        self._sends.append(send)
        self._write()

    def _write(self) -> None:
        if self._sends:
            self._state[_SENDS] = [list(send) for send in self._sends]
        else:
            self._state.pop(_SENDS, None)
