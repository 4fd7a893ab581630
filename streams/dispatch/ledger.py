"""The ledger of one partition: which actions there are, and what became of each."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import orjson

from detectors.event import Event, InvalidEventError
from streams.dispatch.agenda import Agenda, Stop
from streams.dispatch.entry import (
    FINAL,
    NOT_DELIVERED,
    STATES,
    Entry,
    InvalidActionError,
    State,
    action_id_of,
    decode_entry,
    encode_entry,
    new_entry,
    origin_of,
)
from streams.dispatch.incoming import Kind, read_incoming
from streams.dispatch.outcome import Outcome
from streams.dispatch.point_caps import PointCaps
from streams.dispatch.result import result_event
from streams.engine.contract import Outgoing, Record
from streams.sources.deadletter import dead_letter

RETENTION_S = 30 * 86_400.0
FORGOTTEN = "the customer was forgotten"
HORIZON_S = 5.0  # what is due later keeps nobody waiting for the end of a run


class Ledger:
    """What the actions of one partition are waiting for; a `Processor`.

    It decides what state follows and never calls anything. Every change comes back as records,
    which must reach the broker in the order in which they were returned; a call may begin only
    after the record of its intent was committed. ::

        planned <-- retry -- dispatched --> accepted | delivered | failed
           |                     |  ^ |
           |       no answer and |  | +--> parked (gave up) -- precede.replay --> planned
           |     no key to repeat|  |
           v                     v  intend
        cancelled | expired    unknown

    ``refused`` is an action over a cap of its contact point. An action with an earlier call
    that may have been taken never ends cancelled or expired, but unknown.

    Parameters
    ----------
    partition
        Partition of the actions topic, and of the ledger topic.
    retention_s
        Seconds after its last change for which a finished action is remembered. Must be at least
        as long as the longest replay of actions, or a repeat would no longer be recognised.

    Attributes
    ----------
    changed
        Called when records were read; the dispatcher's alarm clock.
    """

    def __init__(self, partition: int, retention_s: float = RETENTION_S) -> None:
        self.partition = partition
        self.changed: Callable[[], None] = _nobody
        self._retention_s = retention_s
        self._entries: dict[str, Entry] = {}
        self._counts: Counter[State] = Counter()
        self._agenda = Agenda()
        self._caps = PointCaps()

    def counts(self) -> dict[State, int]:
        """Return state -> number of actions; every state is there."""
        return {state: self._counts[state] for state in STATES}

    def get(self, action_id: str) -> Entry | None:
        """Return the entry of an action id."""
        return self._entries.get(action_id)

    # What the owner of the partition calls.

    def process(self, records: Sequence[Record]) -> list[Outgoing]:
        """Read actions, cancels and replays, in order."""
        output: list[Outgoing] = []
        for record in records:
            try:
                output.extend(self._read(record))
            except InvalidEventError as error:
                at = record.timestamp / 1000
                output.append(dead_letter(record, "unreadable", str(error), "dispatch", at))
            except InvalidActionError as error:
                at = record.timestamp / 1000
                output.append(dead_letter(record, error.code, str(error), "dispatch", at))
        self.changed()
        return output

    def checkpoint(self) -> list[Outgoing]:
        """Return nothing: each change was already returned as a record of its own."""
        return []

    def restore(self, key: bytes, value: bytes) -> None:
        """Take one entry of the ledger topic."""
        entry = decode_entry(value)
        if entry.id.encode() != key:
            msg = f"the key of a ledger entry must be its action id {entry.id!r}; got {key!r}"
            raise InvalidActionError(msg)
        self._entries[entry.id] = entry
        self._counts[entry.state] += 1

    def restored(self, applied: int) -> list[Outgoing]:
        """Plan what is left, settle the calls that a crash cut off; return what that changed."""
        for entry in self._entries.values():
            self._agenda.advance(entry.origin, entry.at)
        for entry in self._entries.values():
            if entry.state not in NOT_DELIVERED:
                self._caps.add(*entry.counted)
            if entry.state == "planned":
                self._agenda.add(entry)
        return self.cut_off()

    def urgent(self, output: Iterable[Outgoing]) -> bool:
        """Whether anything was read: somebody waits for the action."""
        return any(True for _ in output)

    # What the dispatcher calls.

    def cut_off(self) -> list[Outgoing]:
        """Settle the calls that are written down as out while none is."""
        outcome = Outcome("unknown", "the process ended before the answer came")
        return [
            record
            for entry in list(self._entries.values())  # a forgotten customer's leaves
            if entry.state == "dispatched"
            for record in self.settle(entry.id, outcome, entry.changed_at, retry_at=0.0)
        ]

    def due(self, now: float) -> list[Entry]:
        """Return the actions that may go out now, each channel's earliest due first."""
        return [entry for lane in self._agenda.ready(now).values() for entry in lane.values()]

    def waiting(self, now: float) -> int:
        """Return how many actions are under way, or will be within `HORIZON_S`; move nothing."""
        return self._counts["dispatched"] + self._agenda.count_until(now + HORIZON_S)

    def due_by_channel(self, now: float) -> dict[str, dict[str, Entry]]:
        """Return the same by channel and action id; it changes with the ledger."""
        return self._agenda.ready(now)

    def next_at(self) -> float:
        """Return when the next action becomes due or expires, wall clock; infinite for never."""
        return self._agenda.next_at()

    def hold_back(self, action_id: str) -> None:
        """Put a due action aside, because its rule or channel is stopped."""
        self._agenda.hold_back(self._at(action_id, "planned"))

    def stopped(self) -> list[Stop]:
        """Return rule and channel of the actions that are held back."""
        return self._agenda.stopped()

    def let_go(self, stop: Stop) -> None:
        """Let the actions of a rule and channel go on."""
        self._agenda.let_go(stop)

    def expire(self, now: float) -> list[Outgoing]:
        """End the actions of the live clock whose time has passed."""
        return self._expire(self._agenda.expired(now), now)

    def intend(self, action_id: str, now: float, *, repeatable: bool) -> list[Outgoing]:
        """Announce a call, which may begin when this is committed.

        Parameters
        ----------
        repeatable
            Whether the channel recognises a repeat by the action id. If not, a crash before the
            answer ends in ``unknown``.
        """
        entry = self._at(action_id, "planned")
        entry.attempts += 1
        entry.repeatable = repeatable
        return self._turn(entry, "dispatched", f"attempt {entry.attempts}", now)

    def withdraw(self, action_id: str, now: float) -> list[Outgoing]:
        """Take back an intent whose call did not begin: it was cancelled, or all calls stop."""
        entry = self._at(action_id, "dispatched")
        entry.attempts -= 1
        if entry.cancel:
            return self._end(entry, "cancelled", entry.cancel, now)
        return self._turn(entry, "planned", "not called: stopped", now)

    def settle(
        self,
        action_id: str,
        outcome: Outcome,
        now: float,
        retry_at: float | None,
    ) -> list[Outgoing]:
        """Write down how a call ended.

        Parameters
        ----------
        retry_at
            When to try again if it can be, wall clock; None after the last attempt.
        """
        entry = self._at(action_id, "dispatched")
        records = list(outcome.records)
        match outcome.kind:
            case "retry":
                records += self._again(entry, outcome.reason, now, retry_at)
            case "unknown" if entry.repeatable:
                entry.uncertain = True
                records += self._again(entry, outcome.reason, now, retry_at)
            case "unknown":
                entry.uncertain = True
                records += self._turn(entry, "unknown", outcome.reason, now)
            case "parked" if entry.cancel:
                records += self._end(entry, "cancelled", entry.cancel, now)
            case kind:
                records += self._turn(entry, kind, outcome.reason, now)
        return records

    def park(self, action_id: str, reason: str, now: float) -> list[Outgoing]:
        """Put an action aside that cannot go out before a person changes something."""
        return self._turn(self._at(action_id, "planned"), "parked", reason, now)

    def sweep(self, now: float) -> list[Outgoing]:
        """Forget finished actions after the retention; return their tombstones."""
        old = [
            entry
            for entry in self._entries.values()
            if _is_done(entry)
            and entry.changed_at < now - max(self._retention_s, entry.longest_window_s)
        ]
        for entry in old:
            del self._entries[entry.id]
            self._caps.remove(*entry.counted)
            self._counts[entry.state] -= 1
        return [self._outgoing(entry.id, None) for entry in old]

    def _read(self, record: Record) -> list[Outgoing]:
        value = record.value or b""
        kind, event = read_incoming(value)
        now = record.timestamp / 1000
        match kind:
            case Kind.ACTION:
                return self._plan(event, value, record.timestamp)
            case Kind.CANCEL:
                reason = str(event.data.get("reason") or "cancelled by the engine")
                entry = self._known(event)
                return self._advance(event, now) + self._cancel(entry, reason, now)
            case Kind.WITHDRAW:
                return self._cancel(self._known(event), str(event.data.get("reason") or ""), now)
            case Kind.REPLAY:
                return self._replay(self._known(event), event, now)
            case Kind.FORGET:
                return self._forget(event.customer, now)

    def _plan(self, event: Event, value: bytes, read_ms: int) -> list[Outgoing]:
        # Spelt as it will be after a restore: the same bytes go out in each attempt.
        entry = new_entry(event, orjson.dumps(orjson.loads(value)), read_ms)
        output = self._advance(event, entry.changed_at)
        if entry.id in self._entries:
            return output  # the same action, however often it is read
        self._entries[entry.id] = entry
        self._counts["planned"] += 1
        log_time = self._agenda.log_time(entry.origin)
        if entry.clock == "log" and log_time >= entry.not_after:
            return output + self._expire([entry], entry.changed_at)
        if cap := self._caps.exceeded(entry.contact_point, entry.point_caps, entry.at):
            reason = f"{cap.id}: {cap.max} in {cap.window} to this contact point already"
            return output + self._end(entry, "refused", reason, entry.changed_at)
        self._caps.add(*entry.counted)
        self._agenda.add(entry)
        output.append(self._outgoing(entry.id, encode_entry(entry), read_ms))
        return output

    def _advance(self, event: Event, now: float) -> list[Outgoing]:
        origin = origin_of(event)
        reached = self._agenda.advance(origin, event.at)
        at = self._agenda.log_time(origin)
        for entry in reached:
            if entry.not_after > at:
                self._agenda.add(entry)
        return self._expire((entry for entry in reached if entry.not_after <= at), now)

    def _known(self, event: Event) -> Entry:
        entry = self._entries.get(action_id_of(event))
        if entry is None:
            msg = f"{event.type} must name an action of the ledger; got one that it does not hold"
            raise InvalidActionError(msg)
        return entry

    def _cancel(self, entry: Entry, reason: str, now: float) -> list[Outgoing]:
        if entry.state in {"planned", "parked"}:
            return self._end(entry, "cancelled", reason, now)
        if entry.state in {"dispatched", "unknown"}:
            entry.cancel = entry.cancel or reason
        entry.turn(entry.state, f"cancel read: {reason}", now)
        return [self._outgoing(entry.id, encode_entry(entry))]

    def _replay(self, entry: Entry, event: Event, now: float) -> list[Outgoing]:
        even_if_taken = event.data.get("even_if_taken") is True
        if entry.state != "parked" and not (entry.state == "unknown" and even_if_taken):
            msg = (
                f"{Kind.REPLAY} must name a parked action, or with even_if_taken an unknown one; "
                f"got one that is {entry.state}"
            )
            raise InvalidActionError(msg)
        if entry.cancel:
            msg = f"{Kind.REPLAY} must name an action that nobody cancelled; got one that was"
            raise InvalidActionError(msg)
        entry.attempts, entry.next_attempt_at = 0, 0.0
        by = f" by {event.data['by']}" if event.data.get("by") else ""
        return self._turn(entry, "planned", f"replay asked for{by}", now)

    def _forget(self, customer: str, now: float) -> list[Outgoing]:
        output = []
        for entry in [each for each in self._entries.values() if each.customer == customer]:
            entry.cancel = FORGOTTEN
            if entry.state == "dispatched":  # leaves as the call under way ends
                output.append(self._outgoing(entry.id, encode_entry(entry)))
            else:
                output += self._turn(entry, "cancelled", FORGOTTEN, now)
        return output

    def _expire(self, entries: Iterable[Entry], now: float) -> list[Outgoing]:
        return [
            record
            for entry in entries
            for record in self._end(entry, "expired", "not_after was reached", now)
        ]

    def _again(
        self, entry: Entry, reason: str, now: float, retry_at: float | None
    ) -> list[Outgoing]:
        if entry.cancel:
            return self._end(entry, "cancelled", entry.cancel, now)
        if retry_at is None:
            return self._turn(entry, "parked", f"gave up: {reason}", now)
        entry.next_attempt_at = retry_at
        return self._turn(entry, "planned", reason, now)

    def _end(self, entry: Entry, state: State, reason: str, now: float) -> list[Outgoing]:
        if entry.uncertain:
            reason = f"{state} ({reason}), but an earlier call may have been taken"
            state = "unknown"
        return self._turn(entry, state, reason, now)

    def _turn(self, entry: Entry, state: State, reason: str, now: float) -> list[Outgoing]:
        if entry.state == "planned":
            self._agenda.discard(entry)
        if state in NOT_DELIVERED:
            self._caps.remove(*entry.counted)
        self._counts[entry.state] -= 1
        self._counts[state] += 1
        entry.turn(state, reason, now)
        if entry.cancel == FORGOTTEN and state != "dispatched":
            del self._entries[entry.id]
            self._caps.remove(*entry.counted)
            self._counts[state] -= 1
            return [self._outgoing(entry.id, None)]  # no result: it would bring the customer back
        if state == "planned":
            self._agenda.add(entry)
        output = [self._outgoing(entry.id, encode_entry(entry))]
        if state not in {"planned", "dispatched"}:
            output.append(result_event(entry))
        return output

    def _at(self, action_id: str, state: State) -> Entry:
        entry = self._entries[action_id]
        if entry.state != state:
            msg = f"action {action_id} must be {state}; got {entry.state}"
            raise ValueError(msg)
        return entry

    def _outgoing(self, action_id: str, value: bytes | None, since_ms: int = 0) -> Outgoing:
        return Outgoing("ledger", action_id.encode(), value, self.partition, since_ms=since_ms)


def _is_done(entry: Entry) -> bool:
    # An unknown one that was cancelled: a person has looked, and wants nothing more of it.
    return entry.state in FINAL or (entry.state == "unknown" and bool(entry.cancel))


def _nobody() -> None:
    """Nobody waits for news yet."""
