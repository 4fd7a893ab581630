"""Nothing goes out that the customer does not want or need."""

from detectors.consent import Said
from detectors.customer import Customer
from rules.gates.channels import Channels
from rules.gates.config import GatesConfig
from rules.gates.gate import Candidate
from rules.gates.memory import Send
from rules.language.text import format_seconds
from rules.reason import Reason


class Consent:
    """Holds back what the customer did not agree to.

    The customer's last word about the class, the channel and the contact point holds. Without
    one, ``promotional`` is held back and ``service`` follows the playbook's legal basis.
    ``critical`` needs no consent.
    """

    name = "consent"
    reason: Reason = "no_consent"

    def __init__(self, config: GatesConfig) -> None:
        self._channels = Channels(config)
        self._basis = config.consent.service

    def check(self, candidate: Candidate) -> tuple[bool, str]:
        """Return whether it may go out without asking first."""
        step = candidate.step
        if step.class_ == "critical":
            return True, "critical needs none"
        said = self._said(
            candidate.customer, step.class_, step.channel, candidate.contact_point or ""
        )
        if said is not None:
            age = format_seconds(max(0.0, candidate.at - said.at))
            return said.granted, f"{'granted' if said.granted else 'withdrawn'} {age} ago"
        if step.class_ == "promotional":
            return False, "never granted for promotional"
        basis = self._basis.get(step.channel, self._basis.get("*", "consent"))
        return basis == "contract", f"nothing said; legal basis of service: {basis}"

    def is_withdrawn(self, customer: Customer, send: Send) -> bool:
        """Return whether the customer's last word is against an action that was decided."""
        if send.class_ == "critical":
            return False
        said = self._said(customer, send.class_, send.channel, send.contact_point)
        return said is not None and not said.granted

    def _said(
        self, customer: Customer, class_: str, channel: str, contact_point: str
    ) -> Said | None:
        if customer.reach is None:
            return None
        names = self._channels.names(channel)
        return customer.reach.consent.newest(class_, names, contact_point)
