"""What dispatch asks of a channel."""

from dataclasses import dataclass
from typing import Protocol

from streams.dispatch.entry import Entry
from streams.dispatch.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one partition may ask of a channel.

    Parameters
    ----------
    attempts
        Calls for one action before it is parked.
    concurrency
        Calls at the same time.
    rate_per_s, burst
        Calls per second in the long run, and how many may begin at once.
    """

    attempts: int = 8
    concurrency: int = 16
    rate_per_s: float = 50.0
    burst: int = 50


class ChannelClient(Protocol):
    """A channel, ready to be called."""

    @property
    def name(self) -> str:
        """Name in the playbook."""

    @property
    def recognises_repeats(self) -> bool:
        """Whether a second call with the same action id has no second effect."""

    @property
    def limits(self) -> Limits:
        """How often it may be called."""

    async def send(self, entry: Entry) -> Outcome:
        """Make one call, which ends within the channel's time limit.

        What the other side does is an outcome, never an exception.
        """

    async def close(self) -> None:
        """Give connections back."""
