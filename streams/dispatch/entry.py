"""One action in the ledger, and its form on the topic."""

import math
import re
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import orjson

from detectors.event import Event, decode_event
from streams.dispatch.point_caps import PointCap, read_point_caps

State = Literal[
    "planned",
    "cancelled",
    "expired",
    "refused",
    "parked",
    "dispatched",
    "unknown",
    "failed",
    "accepted",
    "delivered",
]
STATES: tuple[State, ...] = get_args(State)
# Nothing follows any more; `parked` and `unknown` wait for a person, however long.
FINAL: frozenset[State] = frozenset(
    {"cancelled", "expired", "refused", "failed", "accepted", "delivered"}
)
# It certainly did not reach anybody.
NOT_DELIVERED: frozenset[State] = frozenset({"cancelled", "expired", "refused", "failed"})
LAYOUT = 1
MAX_HISTORY = 16
# It becomes a header of the webhook and is signed as `id.timestamp.body`: neither dot nor space.
ACTION_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")


class InvalidActionError(ValueError):
    """The record is nothing that dispatch can act on: what must hold, what was got.

    Parameters
    ----------
    code
        One of ``streams.metric_labels.DEAD_LETTER_REASONS``.
    """

    def __init__(self, message: str, code: str = "invalid_field") -> None:
        super().__init__(message)
        self.code = code


@dataclass(slots=True)
class Entry:
    """An action and what became of it.

    Parameters
    ----------
    id
        The action id: the same id is the same action, however often it is read.
    event
        The action's CloudEvent as it was read.
    at
        Decision time, Unix seconds.
    customer
        Subject of the event.
    contact_point
        Where it goes; the customer where none is known.
    rule
        The rule behind it; empty where the action names none.
    channel
        Name of the channel in the playbook.
    clock
        ``log``: `not_before` and `not_after` are judged by decision times read from the log.
        ``live``: by the wall clock.
    not_before, not_after
        May go out in ``[not_before, not_after)``, Unix seconds; infinite where nothing was said.
    origin
        Partition of the engine that decided: its decisions are in the order of time.
    point_caps
        How often its contact point may be reached.
    read_ms
        When the record was appended, Unix milliseconds.
    state, reason
        Where it stands and why, in words for a person.
    attempts
        Calls begun since it was planned, or since a person asked for a replay.
    next_attempt_at
        No call before, wall clock; 0 before the first.
    changed_at
        When the state was last written, wall clock.
    repeatable
        Whether the channel of the last call recognises a repeat by its key.
    uncertain
        An earlier call may have been taken.
    cancel
        Reason of a cancel that came while a call was out, or after one of which nobody knows.
    history
        The newest (wall clock, state, reason), at most `MAX_HISTORY`.
    """

    id: str
    event: bytes
    at: float
    customer: str
    contact_point: str
    rule: str
    channel: str
    clock: Literal["live", "log"]
    not_before: float
    not_after: float
    origin: int
    point_caps: tuple[PointCap, ...]
    read_ms: int
    state: State = "planned"
    reason: str = ""
    attempts: int = 0
    next_attempt_at: float = 0.0
    changed_at: float = 0.0
    repeatable: bool = False
    uncertain: bool = False
    cancel: str = ""
    history: list[tuple[float, State, str]] = field(default_factory=list)

    @property
    def due_at(self) -> float:
        """Wall clock of the next call, once the log (of a log clock) has reached `not_before`."""
        if self.clock == "log":
            return self.next_attempt_at
        return max(self.next_attempt_at, self.not_before)

    @property
    def counted(self) -> tuple[str, tuple[PointCap, ...], float, str]:
        """As what it counts towards the caps of its contact point."""
        return self.contact_point, self.point_caps, self.at, self.id

    @property
    def longest_window_s(self) -> float:
        """How long it counts after its decision, seconds."""
        return max((cap.window_s for cap in self.point_caps), default=0.0)

    def action(self) -> dict[str, Any]:
        """Return the data of the action, as the engine wrote it."""
        data: dict[str, Any] = orjson.loads(self.event)["data"]
        return data

    def turn(self, state: State, reason: str, now: float) -> None:
        """Change the state and remember that."""
        self.state, self.reason, self.changed_at = state, reason, now
        self.history.append((now, state, reason))
        del self.history[:-MAX_HISTORY]


def action_id_of(event: Event) -> str:
    """Return the id of the action that the event is about."""
    found = event.data.get("action_id")
    if not isinstance(found, str) or not ACTION_ID.fullmatch(found):
        msg = (
            "action_id must be 1 to 128 letters, digits, hyphens or underscores; "
            f"got {_shown(found)}"
        )
        raise InvalidActionError(msg)
    return found


def origin_of(event: Event) -> int:
    """Return the engine's partition that wrote the event; 0 where it does not say."""
    found = event.data.get("origin")
    partition = found.get("partition", 0) if isinstance(found, dict) else 0
    if not isinstance(partition, int):
        msg = f"origin.partition must be a number of a partition; got {_shown(partition)}"
        raise InvalidActionError(msg)
    return partition


def new_entry(event: Event, value: bytes, read_ms: int) -> Entry:
    """Return the entry of an action read for the first time.

    Raises
    ------
    InvalidActionError
        When a field that dispatch needs is missing or of the wrong type.
    """
    channel, clock = event.data.get("channel"), event.data.get("clock")
    if not isinstance(channel, str) or not channel:
        msg = f"channel must name a channel of the playbook; got {_shown(channel)}"
        raise InvalidActionError(msg)
    if clock not in {"live", "log"}:
        msg = f"clock must be 'live' or 'log'; got {_shown(clock)}"
        raise InvalidActionError(msg)
    return Entry(
        id=action_id_of(event),
        event=value,
        at=event.at,
        customer=event.customer,
        contact_point=str(event.data.get("contact_point") or event.customer),
        rule=str(event.data.get("rule") or ""),
        channel=channel,
        clock="log" if clock == "log" else "live",
        not_before=_moment(event, "not_before", -math.inf),
        not_after=_moment(event, "not_after", math.inf),
        origin=origin_of(event),
        point_caps=_point_caps(event),
        read_ms=read_ms,
        changed_at=read_ms / 1000,
    )


def encode_entry(entry: Entry) -> bytes:
    """Return the entry as JSON; the action is inside as it was read."""
    return orjson.dumps(
        {
            "layout": LAYOUT,
            "action_id": entry.id,
            "state": entry.state,
            "reason": entry.reason,
            "attempts": entry.attempts,
            "next_attempt_at": entry.next_attempt_at,
            "changed_at": entry.changed_at,
            "read_ms": entry.read_ms,
            "repeatable": entry.repeatable,
            "uncertain": entry.uncertain,
            "cancel": entry.cancel,
            "history": entry.history,
            "event": orjson.Fragment(entry.event),
        }
    )


def decode_entry(value: bytes) -> Entry:
    """Return the entry that `encode_entry` wrote.

    Raises
    ------
    InvalidActionError
        When the layout is another one: written by another version.
    """
    raw = orjson.loads(value)
    if raw["layout"] != LAYOUT:
        msg = (
            f"a ledger entry must have layout {LAYOUT}; got {raw['layout']!r}: "
            "run the version that wrote it"
        )
        raise InvalidActionError(msg)
    event = orjson.dumps(raw["event"])
    entry = new_entry(decode_event(event), event, raw["read_ms"])
    entry.state = raw["state"]
    entry.reason = raw["reason"]
    entry.attempts = raw["attempts"]
    entry.next_attempt_at = raw["next_attempt_at"]
    entry.changed_at = raw["changed_at"]
    entry.repeatable = raw["repeatable"]
    entry.uncertain = raw["uncertain"]
    entry.cancel = raw["cancel"]
    entry.history = [(at, state, reason) for at, state, reason in raw["history"]]
    return entry


def _moment(event: Event, name: str, default: float) -> float:
    found = event.data.get(name)
    if found is None:
        return default
    if isinstance(found, bool) or not isinstance(found, int | float):
        msg = f"{name} must be Unix seconds, or null; got {_shown(found)}"
        raise InvalidActionError(msg)
    return float(found)


def _point_caps(event: Event) -> tuple[PointCap, ...]:
    try:
        return read_point_caps(event.data.get("point_caps"))
    except ValueError as error:
        raise InvalidActionError(str(error)) from None


def _shown(value: object) -> str:
    # A text may hold what a customer wrote; its length says enough.
    if isinstance(value, str):
        return f"a text of {len(value)} characters"
    return repr(value) if value is None or isinstance(value, int | float) else type(value).__name__
