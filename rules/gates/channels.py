"""The channels of a playbook, and the kind of contact point that each reaches."""

from collections.abc import Collection

from detectors.customer import Customer
from rules.gates.config import GatesConfig
from rules.playbook.steps import Step


class Channels:
    """Knows by which names others speak of a channel, and where its actions go to."""

    def __init__(self, config: GatesConfig) -> None:
        self._kinds = config.contact_points

    def names(self, channel: str) -> Collection[str]:
        """Return the channel's name and the kind of contact point it reaches."""
        kind = self._kinds.get(channel)
        return (channel,) if kind is None else (channel, kind)

    def contact_point(self, customer: Customer, step: Step) -> tuple[str | None, str]:
        """Return where an action would go to, and why.

        Returns
        -------
        The contact point; empty for the customer's id, ``None`` where none may be used.
        """
        if customer.reach is None:
            return "", "by the customer's id"
        kind = self._kinds.get(step.channel, "")
        is_critical = step.class_ == "critical"
        return customer.reach.points.choose(kind, step.channel, critical=is_critical)
