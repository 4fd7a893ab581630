"""Notice a partition that has work and does none."""

from dataclasses import dataclass

STALLED_AFTER_S = 60.0
"""Longer than a broker's restart (20 s), the end of a dead owner's transaction (15 s) and a restore
together, so that a worker which recovers by itself is not restarted."""


@dataclass(frozen=True, slots=True)
class Stall:
    """A partition with lag whose applied offset stands still for `seconds`."""

    role: str
    partition: int
    seconds: float


@dataclass(slots=True)
class _Progress:
    lag: int
    highest: int
    since: float


class Watchdog:
    """Stalled means: there is lag, and the applied offset has not moved for too long.

    Work that is aborted and done again over and over stands still too: only an offset beyond every
    earlier one counts as movement.

    Parameters
    ----------
    stalled_after_s
        Seconds without movement after which a partition counts as stalled. Must be positive.

    Examples
    --------
    >>> watchdog = Watchdog(stalled_after_s=60.0)
    >>> watchdog.observe("engine", 3, lag=10, applied=500, now=0.0)
    >>> watchdog.observe("engine", 3, lag=12, applied=500, now=59.0)
    >>> watchdog.stalled(now=60.0)
    [Stall(role='engine', partition=3, seconds=60.0)]
    """

    def __init__(self, stalled_after_s: float = STALLED_AFTER_S) -> None:
        if stalled_after_s <= 0:
            msg = f"stalled_after_s must be positive seconds; got {stalled_after_s!r}"
            raise ValueError(msg)
        self._stalled_after_s = stalled_after_s
        self._progress: dict[tuple[str, int], _Progress] = {}

    def observe(self, role: str, partition: int, lag: int, applied: int, now: float) -> None:
        """Take note of where a partition is.

        Parameters
        ----------
        lag
            Records not yet processed, by the broker's end of the partition.
        applied
            Next offset to process, as committed.
        now
            Seconds of a clock that never goes backwards.
        """
        progress = self._progress.get((role, partition))
        if progress is None:
            self._progress[role, partition] = _Progress(lag, applied, now)
            return
        # Without lag there is nothing to do: standing still begins with the first record waiting.
        if applied > progress.highest or progress.lag <= 0:
            progress.since = now
        progress.highest = max(progress.highest, applied)
        progress.lag = lag

    def forget(self, role: str, partition: int) -> None:
        """Stop watching a partition that is restored, stopped on purpose or no longer owned."""
        self._progress.pop((role, partition), None)

    def stalled(self, now: float) -> list[Stall]:
        """Return the partitions that stand still, in the order (role, partition).

        A partition that nobody observes any more keeps its last lag, so an owner that hangs is
        noticed too.
        """
        return [
            Stall(role, partition, now - progress.since)
            for (role, partition), progress in sorted(self._progress.items())
            if progress.lag > 0 and now - progress.since >= self._stalled_after_s
        ]
