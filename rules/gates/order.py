"""The gates in their order; a candidate ends at the first one that holds it back.

::

    identified -> facts -> once -> usefulness -> already_asked -> consent -> contact_point
        -> open_complaint -> tone -> stop -> approval -> cooldown -> outcomes -> quiet_hours
        -> opening_hours -> [rank] -> arbitration -> cap -> service_level -> capacity -> [reserve]

Those before the ranking look at one candidate by itself. Those after it meet the candidates of a
customer in rank order, each reserved before the next one, so they see what the better ones took.
"""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from rules.arbitration import Arbitration
from rules.gates.already_asked import AlreadyAsked
from rules.gates.capacity import Capacity
from rules.gates.caps import Caps
from rules.gates.channels import Channels
from rules.gates.consent import Consent
from rules.gates.contact_point import ContactPoint
from rules.gates.cooldown import Cooldown
from rules.gates.facts import Facts
from rules.gates.gate import Gate
from rules.gates.identified import Identified
from rules.gates.once import Once
from rules.gates.opening_hours import OpeningHours
from rules.gates.outcomes import Outcomes
from rules.gates.quiet_hours import QuietHours
from rules.gates.service_level import QueueOf, ServiceLevel
from rules.gates.sincerity import Sincerity
from rules.gates.tone import Tone
from rules.gates.usefulness import Usefulness
from rules.playbook.models import Playbook


class Gates:
    """The gates of a playbook on one partition.

    Parameters
    ----------
    partition, of_n
        Number of the partition of interactions, from 0, and how many there are.
    zone
        The playbook's.
    orders
        Gates that control records open and shut: stops of operators, approval.
    queue
        Returns the newest state of a queue.

    Attributes
    ----------
    alone
        In order, those that look at a candidate by itself.
    ranked
        In order, those that it meets in rank order.
    """

    def __init__(
        self,
        playbook: Playbook,
        partition: int,
        of_n: int,
        zone: ZoneInfo,
        orders: Sequence[Gate],
        queue: QueueOf,
    ) -> None:
        config = playbook.gates
        self.channels = Channels(config)
        self.consent = Consent(config)
        self.caps = Caps(config)
        self.quiet_hours = QuietHours(config)
        self.opening_hours = OpeningHours(config, zone)
        self.capacity = Capacity(config, partition, of_n, zone)
        self.alone: tuple[Gate, ...] = (
            Identified(),
            Facts(),
            Once(),
            Usefulness(),
            AlreadyAsked(),
            self.consent,
            ContactPoint(),
            Sincerity(config),
            Tone(playbook.templates, config),
            *orders,
            Cooldown(),
            Outcomes(config),
            self.quiet_hours,
            self.opening_hours,
        )
        levels = (ServiceLevel(config, queue),) if config.service_level else ()
        self.ranked: tuple[Gate, ...] = (Arbitration(config), self.caps, *levels, self.capacity)
