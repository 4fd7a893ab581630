"""The gates in their order; a candidate ends at the first one that holds it back.

::

    identified -> facts -> once -> usefulness -> already_asked -> cooldown -> quiet_hours
        -> opening_hours -> [rank] -> arbitration -> cap -> capacity -> [reserve]

Those before the ranking look at one candidate by itself. Those after it meet the candidates of a
customer in rank order, each reserved before the next one, so they see what the better ones took.
"""

from zoneinfo import ZoneInfo

from rules.arbitration import Arbitration
from rules.gates.already_asked import AlreadyAsked
from rules.gates.capacity import Capacity
from rules.gates.caps import Caps
from rules.gates.cooldown import Cooldown
from rules.gates.facts import Facts
from rules.gates.gate import Gate
from rules.gates.identified import Identified
from rules.gates.once import Once
from rules.gates.opening_hours import OpeningHours
from rules.gates.quiet_hours import QuietHours
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

    Attributes
    ----------
    alone
        In order, those that look at a candidate by itself.
    ranked
        In order, those that it meets in rank order.
    """

    def __init__(self, playbook: Playbook, partition: int, of_n: int, zone: ZoneInfo) -> None:
        config = playbook.gates
        self.quiet_hours = QuietHours(config)
        self.opening_hours = OpeningHours(config, zone)
        self.capacity = Capacity(config, partition, of_n, zone)
        self.alone: tuple[Gate, ...] = (
            Identified(),
            Facts(),
            Once(),
            Usefulness(),
            AlreadyAsked(),
            Cooldown(),
            self.quiet_hours,
            self.opening_hours,
        )
        self.ranked: tuple[Gate, ...] = (Arbitration(config), Caps(config), self.capacity)
