"""What a customer's events change for actions that were decided already."""

from typing import Final, Literal
from uuid import UUID

from detectors.contacts import text
from detectors.customer import Customer
from detectors.event import Event
from detectors.schema import ACTION_OUTCOMES
from rules.cancel import Cancel, CancelReason
from rules.gates.consent import Consent
from rules.gates.memory import CALLED_BACK, REFUSALS, Memory, Retention, Send

OUTBOUND: Final = "contact.outbound"
ASKED: Final = "contact.started"
_ACTION: Final = "action."
_CLOSING: Final = frozenset(
    {
        "action.failed",
        "action.opted_out",
        "consent.withdrawn",
        "contact_point.removed",
        "contact_point.suppressed",
    }
)
"""Event types after which something may not go out that might before."""
_OUTCOMES: Final = frozenset(f"{_ACTION}{outcome}" for outcome in ACTION_OUTCOMES)
HEEDED: Final = frozenset({OUTBOUND, ASKED, *_CLOSING, *_OUTCOMES})
"""Event types that change something for actions that were decided already."""
ANSWERS: Final = REFUSALS | {"accepted"}
"""What customers say to an action; it settles the whole topic."""
_MAX_TEXT: Final = 64
_OWN: Final = "precede/"
"""Begins the source of what dispatch says: its ``accepted`` is a channel's, not a customer's."""


class Notices:
    """Keeps a customer's memory of actions true, and calls back what must not go out any more.

    Consent that was withdrawn and a contact point that was taken away end what waits, whatever
    the clock. That the customer asked or answered ends it only on the live clock: on the log's
    clock an action leaves at the very moment of its decision, before anything later in the log.

    Parameters
    ----------
    consent
        The gate, asked once more.
    clock
        Which clock dispatch judges the actions' times by.
    """

    def __init__(
        self, consent: Consent, retention: Retention, clock: Literal["live", "log"]
    ) -> None:
        self._consent = consent
        self._retention = retention
        self._is_live = clock == "live"

    def take(self, customer: Customer, event: Event) -> list[Cancel]:
        """Take an event of `HEEDED`, which the customer has already; return what must not go out.

        Nobody waits for an answer to what is called back; but caps count it until dispatch says
        that it is cancelled: it may have left before.
        """
        kind = event.type
        if kind == OUTBOUND:
            self.remember(customer, event)
            return []
        if not customer.gates or (kind == ASKED and not self._is_live):
            return []
        memory = Memory(customer.gates)
        since = event.at if self._is_live else float("-inf")
        waiting = {send.action_id: send for send in memory.pending(since)}
        if kind in _OUTCOMES:
            settled = _settle(memory, event)
            if settled is not None:
                waiting.pop(settled.action_id, None)
        else:
            settled = None
        cancels = []
        for send in waiting.values():
            reason = self._reason(customer, event, send, settled)
            if reason is not None:
                memory.settle(send.action_id, CALLED_BACK, event.at)
                point = send.contact_point or customer.id
                action_id, at = UUID(bytes=send.action_id), max(event.at, send.at)
                cancels.append(Cancel(action_id, send.rule, customer.id, point, reason, at))
        return cancels

    def remember(self, customer: Customer, event: Event) -> None:
        """Remember a contact of another system, of an event with the fields of `OUTBOUND`."""
        if not customer.identified:
            return
        get = event.data.get
        contact = Send(
            event.at,
            rule="",
            topic=text(get("topic"))[:_MAX_TEXT],
            class_=text(get("class"))[:_MAX_TEXT] or "service",
            channel=text(get("channel"))[:_MAX_TEXT],
            action_id=b"",
            shadow=False,
            contact_point=text(get("contact_point")),
            system=text(get("system"))[:_MAX_TEXT] or "another system",
        )
        Memory(customer.gates).add_contact(contact, self._retention)

    def _reason(
        self, customer: Customer, event: Event, send: Send, settled: Send | None
    ) -> CancelReason | None:
        is_critical = send.class_ == "critical"
        if event.type in _CLOSING and customer.reach is not None:
            points = customer.reach.points
            if points.is_closed(send.contact_point, send.channel, critical=is_critical):
                return "suppressed_contact"
            if self._consent.is_withdrawn(customer, send):
                return "no_consent"
        if not self._is_live:
            return None
        if event.type == ASKED and event.data.get("direction") != "outbound":
            return "already_asked" if send.at < event.at else None
        if settled is None or settled.outcome not in ANSWERS:
            return None
        return "outcome" if send.topic == settled.topic else None


def _settle(memory: Memory, event: Event) -> Send | None:
    """Remember what became of an action; return it as it is now, or ``None`` for an unknown one."""
    try:
        action_id = UUID(text(event.data.get("action_id"))).bytes
    except ValueError:
        return None
    outcome = event.type.removeprefix(_ACTION)
    if outcome == "accepted" and event.source.startswith(_OWN):
        outcome = "delivered"
    return memory.settle(action_id, outcome, event.at)
