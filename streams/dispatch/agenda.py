"""Which planned actions may go out now, and when the next will."""

import heapq
import math

from streams.dispatch.entry import Entry

Stop = tuple[str, str]
"""Rule and channel of actions that may not go out."""


class Agenda:
    """The planned actions of one partition, by the time at which they may go out.

    ::

        log clock:  held until the log reaches not_before --+
        live clock: waiting until not_before ---------------+--> waiting, by wall clock --> ready
        retry:      waiting until the next attempt ---------+

    A log clock stands still for an action that it has reached: from then on only the wall clock
    counts, or a replay at full speed would expire what it should send. Each partition of the
    engine has its own log clock, because in a replay they do not advance together. It goes on for
    an action that is stopped: one whose `not_after` it reaches will not go out any more.
    """

    def __init__(self) -> None:
        self._log_time: dict[int, float] = {}
        self._held: dict[int, list[tuple[float, int, Entry]]] = {}
        self._waiting: list[tuple[float, int, Entry]] = []
        self._expiring: list[tuple[float, int, Entry]] = []
        self._ready: dict[str, dict[str, Entry]] = {}
        self._stopped: dict[Stop, dict[str, Entry]] = {}
        self._lapsing: dict[int, list[tuple[float, int, Entry]]] = {}
        self._count = 0  # entries of one moment keep the order in which they came

    def log_time(self, origin: int) -> float:
        """Return the newest decision time read from a partition of the engine."""
        return self._log_time.get(origin, -math.inf)

    def advance(self, origin: int, at: float) -> list[Entry]:
        """Move a log clock, never back; return the actions that it reached, the earliest first.

        Reached are those whose `not_before` or, while they are stopped, whose `not_after` came.
        """
        at = max(at, self.log_time(origin))
        self._log_time[origin] = at
        held = self._held.get(origin, [])
        reached = []
        while held and held[0][0] <= at:
            entry = heapq.heappop(held)[2]
            if entry.state == "planned":
                reached.append(entry)
        lapsing = self._lapsing.get(origin, [])
        while lapsing and lapsing[0][0] <= at:
            entry = heapq.heappop(lapsing)[2]
            if entry.id in self._stopped.get((entry.rule, entry.channel), {}):
                reached.append(entry)
        return reached

    def add(self, entry: Entry) -> None:
        """Take a planned action, or one to be tried again."""
        if entry.clock == "log" and self.log_time(entry.origin) < entry.not_before:
            self._push(self._held.setdefault(entry.origin, []), entry.not_before, entry)
            return
        self._push(self._waiting, entry.due_at, entry)
        if entry.clock == "live" and entry.not_after < math.inf:
            self._push(self._expiring, entry.not_after, entry)

    def discard(self, entry: Entry) -> None:
        """Forget an action that is no longer planned."""
        # It may also lie in a heap: what is not planned, or no longer for then, is skipped there.
        self._ready.get(entry.channel, {}).pop(entry.id, None)
        self._stopped.get((entry.rule, entry.channel), {}).pop(entry.id, None)

    def hold_back(self, entry: Entry) -> None:
        """Put a ready action aside for as long as its rule or channel is stopped."""
        self._ready[entry.channel].pop(entry.id)
        self._stopped.setdefault((entry.rule, entry.channel), {})[entry.id] = entry
        if entry.clock == "log":
            self._push(self._lapsing.setdefault(entry.origin, []), entry.not_after, entry)

    def stopped(self) -> list[Stop]:
        """Return what actions are held back by, as they were when they were put aside."""
        return [stop for stop, entries in self._stopped.items() if entries]

    def let_go(self, stop: Stop) -> None:
        """Let the actions that were held back go on."""
        for entry in self._stopped.pop(stop, {}).values():
            self._push(self._waiting, entry.due_at, entry)

    def expired(self, now: float) -> list[Entry]:
        """Take out the live actions whose `not_after` is reached."""
        found = []
        while self._expiring and self._expiring[0][0] <= now:
            entry = heapq.heappop(self._expiring)[2]
            if entry.state == "planned":
                self.discard(entry)
                found.append(entry)
        return found

    def ready(self, now: float) -> dict[str, dict[str, Entry]]:
        """Return channel -> action id -> the actions that may go out, the earliest due first."""
        while self._waiting and self._waiting[0][0] <= now:
            at, _, entry = heapq.heappop(self._waiting)
            if entry.state == "planned" and entry.due_at == at:
                self._ready.setdefault(entry.channel, {})[entry.id] = entry
        return self._ready

    def count_until(self, until: float) -> int:
        """Return how many actions may go out by then; none of them becomes ready by asking."""
        ready = sum(len(entries) for entries in self._ready.values())
        waiting = {
            entry.id
            for at, _, entry in self._waiting
            if at <= until and entry.state == "planned" and entry.due_at == at
        }
        return ready + len(waiting)

    def next_at(self) -> float:
        """Return the wall clock of the next change that needs no record; infinite for none."""
        for heap in (self._waiting, self._expiring):
            while heap and heap[0][2].state != "planned":
                heapq.heappop(heap)
        return min(
            (heap[0][0] for heap in (self._waiting, self._expiring) if heap), default=math.inf
        )

    def _push(self, heap: list[tuple[float, int, Entry]], at: float, entry: Entry) -> None:
        self._count += 1
        heapq.heappush(heap, (at, self._count, entry))
