"""The tone of a text fits what the customer goes through."""

from collections.abc import Iterable
from typing import Final

from rules.gates.config import GatesConfig
from rules.gates.gate import Candidate
from rules.gates.mood import bad_feedback, flags, open_trouble
from rules.playbook.templates import Template
from rules.reason import Reason

FAILURES: Final = frozenset(
    {
        "app.error",
        "appointment.missed",
        "card.declined",
        "case.reopened",
        "contact.abandoned",
        "delivery.failed",
        "fraud.hold_placed",
        "incident.opened",
        "incident.resolved",
        "payment.failed",
        "promise.broken",
        "shipment.eta_changed",
        "transfer.held",
        "transfer.returned",
    }
)
"""Events that say themselves that something went wrong."""


class Tone:
    """Holds back a text whose tone is out of place.

    ``urgent`` does not fit who mourns, complained or lately gave a bad answer, unless the message
    is critical. ``apologetic`` needs something that went wrong: the trigger, something open, or a
    bad answer. ``neutral`` always fits.
    """

    name = "tone"
    reason: Reason = "open_complaint"

    def __init__(self, templates: Iterable[Template], config: GatesConfig) -> None:
        self._tones = {template.id: template.tone for template in templates}
        self._after_s = config.after_bad_feedback_s

    def check(self, candidate: Candidate) -> tuple[bool, str]:
        """Return whether the tone fits."""
        step, customer, at = candidate.step, candidate.customer, candidate.at
        tone = self._tones.get(step.template, "neutral")
        feedback = "" if tone == "neutral" else bad_feedback(customer, at, self._after_s)
        if tone == "urgent" and step.class_ != "critical":
            heavy = [flag for flag in flags(customer) if flag in {"complaint", "bereavement"}]
            mood = f"{heavy[0]} open" if heavy else feedback
            return not mood, f"urgent, {mood or 'nothing against it'}"
        if tone == "apologetic":
            trigger = candidate.match.event.type
            cause = trigger if trigger in FAILURES else open_trouble(customer, at) or feedback
            return bool(cause), f"apologetic, {cause or 'but nothing went wrong'}"
        return True, tone
