"""One channel as one partition calls it: who may call now, and when the next may."""

import logging
import math
from typing import Protocol

from streams.dispatch.backoff import MAX_RETRY_AFTER_S
from streams.dispatch.breaker import Breaker
from streams.dispatch.channels.client import ChannelClient
from streams.dispatch.outcome import Outcome
from streams.dispatch.rate_limit import TokenBucket

log = logging.getLogger(__name__)


class ChannelMeter(Protocol):
    """What is counted of one channel (``streams.metrics.ChannelMetrics`` is one)."""

    def attempted(self, outcome: str, seconds: float) -> None:
        """Count one call and the time it took."""

    def breaker(self, *, is_open: bool) -> None:
        """Show whether calls are held back."""


class Lane:
    """The calls of one channel: at most so many at once, so many a second, none while it fails.

    Parameters
    ----------
    client
        The channel.
    meter
        Counts its calls.
    """

    def __init__(self, client: ChannelClient, meter: ChannelMeter) -> None:
        self.client = client
        self.meter = meter
        self._limits = client.limits
        self._bucket = TokenBucket(self._limits.rate_per_s, self._limits.burst)
        self._breaker = Breaker()
        self._in_flight = 0

    @property
    def attempts(self) -> int:
        """Calls for one action before it is parked."""
        return self._limits.attempts

    def room(self, now: float) -> int:
        """Return how many calls may begin now."""
        free = self._limits.concurrency - self._in_flight
        return int(min(free, self._bucket.available(now), self._breaker.permits(now)))

    def next_at(self, now: float) -> float:
        """Return when a call may begin; infinite where the end of another decides that."""
        full = self._in_flight >= self._limits.concurrency
        if full or (self._breaker.permits(now) == 0 and self._breaker.next_at() <= now):
            return math.inf
        return max(self._bucket.next_at(), self._breaker.next_at())

    def begin(self, now: float) -> None:
        """Take the room of one call."""
        self._in_flight += 1
        self._bucket.take(1, now)
        self._breaker.begin()

    def withdraw(self) -> None:
        """Give back the room of a call that did not take place; its token is lost."""
        self._in_flight -= 1
        self._breaker.withdraw()

    def end(self, outcome: Outcome, now: float, seconds: float) -> None:
        """Learn from the end of a call."""
        self._in_flight -= 1
        before = self._breaker.state(now)
        if outcome.retry_after_s is not None:
            self._breaker.hold(now + min(outcome.retry_after_s, MAX_RETRY_AFTER_S))
        if outcome.kind in {"retry", "unknown"}:
            self._breaker.fail(now)
        else:
            self._breaker.succeed()
        after = self._breaker.state(now)
        if before != after:
            log.warning("channel %s: %s, was %s", self.client.name, after, before)
        self.meter.attempted(outcome.kind, seconds)
        self.meter.breaker(is_open=after != "closed")
