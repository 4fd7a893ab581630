"""What is remembered of a customer: actions that went out, as long as any gate counts them."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from rules.gates.window import parse_window
from rules.playbook.models import Playbook

MAX_SENDS: Final = 32
"""Actions remembered per customer, as many of shadow rules, and as many contacts of other systems;
the caps gate refuses more."""
PARKED: Final = "parked"
"""Outcome of an action that a person may still let go."""
REFUSALS: Final = frozenset({"rejected", "opted_out"})
"""Outcomes in which the customer said no."""
UNDELIVERED: Final = frozenset({"cancelled", "expired", "refused", "failed"})
"""Outcomes in which dispatch says that nothing reached anybody."""
CALLED_BACK: Final = "called_back"
"""Outcome of an action that dispatch was told to cancel; it may have left before."""
SETTLED: Final = REFUSALS | UNDELIVERED | {"accepted", CALLED_BACK}
"""Outcomes after which nobody waits for another: the customer answered, or never got it."""
_SENDS: Final = "sends"


class Send(NamedTuple):
    """An action that was let through, or a contact that another system made.

    Parameters
    ----------
    at
        Event time of the decision, Unix seconds.
    rule, topic, class_, channel
        As they were then; later edits of the playbook do not rewrite them. No rule where another
        system contacted the customer.
    action_id
        The 16 bytes of the action's id; empty for another system's contact.
    shadow
        Whether it went nowhere, because its rule only runs along.
    ghost
        Whether it went nowhere, because the customer is held out; it counts like what went out.
    not_after
        Until when it may wait to leave, event time; 0 where nothing waits.
    contact_point
        Where it went to; empty for the customer's id.
    outcome, outcome_at
        The newest of what became of it, and when, event time; empty while nobody told.
    system
        Which other system contacted the customer; empty for our own actions.
    """

    at: float
    rule: str
    topic: str
    class_: str
    channel: str
    action_id: bytes
    shadow: bool
    ghost: bool = False
    not_after: float = 0.0
    contact_point: str = ""
    outcome: str = ""
    outcome_at: float = 0.0
    system: str = ""


_OPTIONAL: Final = tuple(Send._field_defaults.values())
_REQUIRED: Final = len(Send._fields) - len(_OPTIONAL)


class Retention:
    """How long a send can matter: until the longest window that may count it has passed.

    Parameters
    ----------
    playbook
        Its contact window, caps, cool-downs and what outcomes hold back. A longer window in a
        later playbook does not bring back what was forgotten under this one.
    """

    def __init__(self, playbook: Playbook) -> None:
        gates = playbook.gates
        windows = [parse_window(cap.window).length_s for cap in gates.caps]
        self._until_s = gates.until_outcome_s or 0.0
        self._always_s = max([gates.contact_window_s, self._until_s, *windows])
        self._suppressed_s: dict[str, float] = {}
        for one in gates.suppress_after:
            longest_s = max(one.within_s + one.for_s, self._suppressed_s.get(one.outcome, 0.0))
            self._suppressed_s[one.outcome] = longest_s
        self._cooldowns_s: Mapping[str, float] = {
            rule.id: rule.cooldown_s for rule in playbook.rules
        }
        self._of_topics_s: dict[str, float] = {}
        for rule in playbook.rules:
            longest_s = max(rule.cooldown_s, self._of_topics_s.get(rule.topic, 0.0))
            self._of_topics_s[rule.topic] = longest_s

    def until(self, send: Send) -> float:
        """Return until when the send may count or wait to leave, event time."""
        if send.outcome == PARKED:
            return float("inf")
        cooldown_s = (
            self._of_topics_s.get(send.topic, 0.0)
            if send.system
            else self._cooldowns_s.get(send.rule, 0.0)
        )
        until = max(send.at + max(self._always_s, cooldown_s), send.not_after)
        if not self._suppressed_s or send.system:
            return until
        if send.outcome in REFUSALS:
            return max(until, send.outcome_at + self._suppressed_s.get(send.outcome, 0.0))
        if send.outcome not in SETTLED and "ignored" in self._suppressed_s:
            return max(until, send.at + self._until_s + self._suppressed_s["ignored"])
        return until

    def holds(self, send: Send, at: float) -> bool:
        """Return whether the send may still count or wait to leave at `at`."""
        return at < self.until(send)


class Memory:
    """The sends of one customer: at most 32, 32 of shadow rules, 32 of other systems.

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

    def is_full(self, *, shadow: bool) -> bool:
        """Return whether there is no place for another send, or a contact may have been dropped."""
        own = others = 0
        for send in self._sends:
            if send.system:
                others += 1
            else:
                own += send.shadow == shadow
        return own >= MAX_SENDS or others >= MAX_SENDS

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

    def add_contact(self, contact: Send, retention: Retention) -> None:
        """Remember what another system did; of more than 32 those go first that matter shortest.

        As long as 32 of them matter nothing of ours goes out, so what was dropped is not missed.
        """
        self._sends.append(contact)
        others = [send for send in self._sends if send.system]
        if len(others) > MAX_SENDS:
            self._sends.remove(min(others, key=retention.until))
        self._write()

    def pending(self, at: float) -> list[Send]:
        """Return the actions that may still wait to leave at `at`, event time."""
        return [
            send
            for send in self._sends
            if not (send.shadow or send.ghost or send.system)
            and (at < send.not_after if not send.outcome else send.outcome == PARKED)
        ]

    def settle(self, action_id: bytes, outcome: str, at: float) -> Send | None:
        """Remember what became of an action; a customer's no is not forgotten for anything else.

        Return the action as it is remembered now; ``None`` where it is not.
        """
        for n, send in enumerate(self._sends):
            if send.action_id == action_id and not send.shadow:
                if send.outcome not in REFUSALS or outcome in REFUSALS:
                    settled = send._replace(outcome=outcome, outcome_at=max(at, send.at))
                    self._sends[n] = settled
                    self._write()
                return self._sends[n]
        return None

    def _write(self) -> None:
        if self._sends:
            self._state[_SENDS] = [_row(send) for send in self._sends]
        else:
            self._state.pop(_SENDS, None)


def _row(send: Send) -> list[Any]:
    """Return a send as plain values, without those at its end that say nothing."""
    row = list(send)
    while len(row) > _REQUIRED and row[-1] == _OPTIONAL[len(row) - 1 - _REQUIRED]:
        row.pop()
    return row
