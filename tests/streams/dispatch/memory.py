"""The broker's side of dispatch in memory: transactions that commit or are lost."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import orjson

from detectors.event import Event, encode_event
from rules.action import Action, action_event
from streams.dispatch.entry import Entry
from streams.dispatch.ledger import Ledger
from streams.engine.contract import Outgoing

NOON = 1_000_000.0
FOREVER = NOON + 1e9


@dataclass
class Read:
    """A record as Kafka would deliver it."""

    value: bytes | None
    offset: int = 0
    topic: str = "precede.actions"
    partition: int = 0
    key: bytes | None = None
    headers: Sequence[tuple[str, bytes]] = ()
    timestamp: int = int(NOON * 1000)


def action(
    name: str,
    *,
    channel: str = "crm",
    at: float = NOON,
    not_before: float | None = None,
    not_after: float = FOREVER,
    clock: Literal["log", "live"] = "live",
    origin: int = 0,
    **data: object,
) -> Read:
    """Return the record of an action as the engine writes it, and with other data where given."""
    made = Action(
        action_id=name,
        decision_id=f"decision-{name}",
        at=at,
        rule="call-back",
        rule_version="1",
        topic="internet",
        pyramid_level=2,
        explanation="hung up after 3 min",
        customer=f"customer-{name}",
        contact_point=f"phone-{name}",
        do="call_back",
        class_="service",
        channel=channel,
        to="specialists",
        template="call-back",
        text="Please call",
        subject="",
        language="",
        point_caps=(),
        occurrence=f"call-{name}",
        not_before=at if not_before is None else not_before,
        not_after=not_after,
        due_at=None,
        clock=clock,
        cause={"cause_depth": 1, "cause_rule": "call-back"},
    )
    event = action_event(made, playbook_hash="p", partition=origin, offset=7)
    return Read(encode_event(replace(event, data={**event.data, **data})))


def entry(name: str = "a", **data: object) -> Entry:
    """Return the entry of an action that is due."""
    ledger = Ledger(0)
    ledger.process([action(name, **data)])  # type: ignore[arg-type]
    (found,) = ledger.due(NOON)
    return found


def cancel(name: str, at: float = NOON) -> Read:
    return _about("precede.cancel", name, at)


def withdraw(name: str, at: float = NOON) -> Read:
    return _about("precede.withdraw", name, at)


def replay(name: str, at: float = NOON, **data: object) -> Read:
    return _about("precede.replay", name, at, **data)


def _about(kind: str, name: str, at: float, **more: object) -> Read:
    data = {"action_id": name, "reason": "the customer called", **more}
    return Read(encode_event(Event(f"{kind}-{name}", "precede", kind, at, data=data)))


@dataclass
class Broker:
    """What was committed, and nothing else, survives a crash."""

    ledger: dict[bytes, bytes] = field(default_factory=dict)
    others: list[Outgoing] = field(default_factory=list)
    applied: int = 0
    transactions: int = 0

    def commit(self, outgoing: Sequence[Outgoing], applied: int) -> None:
        for record in outgoing:
            if record.topic != "ledger":
                self.others.append(record)
            elif record.value is None:
                self.ledger.pop(record.key or b"", None)
            else:
                self.ledger[record.key or b""] = record.value
        self.applied = applied
        self.transactions += 1

    def restored(self) -> tuple[Ledger, list[Outgoing]]:
        ledger = Ledger(0)
        for key, value in self.ledger.items():
            ledger.restore(key, value)
        return ledger, ledger.restored(self.applied)

    def state(self, name: str) -> str:
        found = self.ledger.get(name.encode())
        return "absent" if found is None else str(orjson.loads(found)["state"])

    def results(self) -> list[str]:
        return [event["id"] for event in self.events("raw_events")]

    def events(self, topic: str) -> list[dict[str, Any]]:
        return [orjson.loads(o.value or b"") for o in self.others if o.topic == topic]


class Owner:
    """Owns one partition: the order of writes is kept, each commit takes all that waits."""

    def __init__(self, broker: Broker, before_commit: Callable[[], None] = lambda: None) -> None:
        self.broker = broker
        self.ledger, self._pending = broker.restored()
        self.applied = broker.applied
        self.lost = False
        self._before_commit = before_commit

    def read(self, *records: Read) -> None:
        self._pending.extend(self.ledger.process(records))
        self.applied += len(records)

    def add(self, outgoing: Sequence[Outgoing]) -> None:
        self._pending.extend(outgoing)

    def commit(self) -> None:
        outgoing, self._pending = self._pending, []
        self.broker.commit([*outgoing, *self.ledger.checkpoint()], self.applied)

    async def write(self, outgoing: Sequence[Outgoing]) -> None:
        if self.lost:
            msg = "the partition was lost"
            raise ConnectionError(msg)
        self._pending.extend(outgoing)
        await asyncio.sleep(0)  # the transaction is under way
        self._before_commit()
        if self.lost:
            msg = "the partition was lost"
            raise ConnectionError(msg)
        self.commit()


class Clock:
    """A wall clock that stands still until it is moved."""

    def __init__(self, at: float = NOON) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at


class Meter:
    """Counts what a channel's metrics would."""

    def __init__(self) -> None:
        self.outcomes: list[str] = []
        self.is_open = False

    def __call__(self, name: str) -> "Meter":
        del name
        return self

    def attempted(self, outcome: str, seconds: float) -> None:
        assert seconds >= 0
        self.outcomes.append(outcome)

    def breaker(self, *, is_open: bool) -> None:
        self.is_open = is_open
