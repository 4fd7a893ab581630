"""What a customer did after an action that nobody had told them of."""

from dataclasses import dataclass
from math import inf
from typing import Final

from rules.proof.decided import Decided
from rules.proof.history import STAGES, History

HORIZON_S: Final = 86400.0
"""An ask within (firing, firing + 24 h] is taken to be about the same thing."""


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What followed a firing.

    Parameters
    ----------
    asked_after_s
        How long until the customer's next own contact began, in (0, 86400] seconds; ``None`` when
        none did within 24 h, as far as the log goes.
    is_known
        Whether the log tells: it holds the trigger and reaches to the end of the 24 h. If not,
        the firing is censored.
    was_asking
        Whether the customer had another own contact open at the firing: it came late.
    """

    asked_after_s: float | None
    is_known: bool
    was_asking: bool


def aftermath(history: History, firing: Decided) -> Aftermath:
    """Return what followed; the contact that the trigger belongs to does not count."""
    past = history.past(firing.customer)
    moment = past.moments.get(firing.trigger_id)
    own = None if moment is None else moment.contact
    ask = past.next_ask(firing.at, own)
    in_time = ask <= firing.at + HORIZON_S
    return Aftermath(
        asked_after_s=ask - firing.at if in_time and ask < inf else None,
        is_known=(moment is not None or firing.trigger_type not in STAGES)
        and firing.at + HORIZON_S <= history.end,
        was_asking=past.is_asking(firing.at, own),
    )
