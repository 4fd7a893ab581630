"""What a channel said about one call."""

from dataclasses import dataclass
from typing import Literal

from streams.engine.contract import Outgoing

Kind = Literal["accepted", "delivered", "failed", "retry", "parked", "unknown"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of one call, as far as the channel can know it.

    Parameters
    ----------
    kind
        ``accepted``: the other side has taken it over. ``delivered``: it is where it should be.
        ``failed``: refused for good. ``retry``: certainly not taken, try again. ``parked``: cannot
        work before a person changes something. ``unknown``: it may have been taken or not.
    reason
        Why, in words for a person, without anything the other side wrote; empty for a success.
    retry_after_s
        Seconds for which the other side asked not to be called; None where it did not ask.
    records
        Records that must be in the same transaction as this outcome.
    """

    kind: Kind
    reason: str = ""
    retry_after_s: float | None = None
    records: tuple[Outgoing, ...] = ()
