"""Playbooks, matches and candidates for the tests of gates and decisions."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from detectors.customer import Customer
from detectors.event import Event
from rules.gates.config import GatesConfig
from rules.gates.gate import Candidate
from rules.gates.memory import Memory, Send
from rules.match import Match, Value
from rules.playbook.models import Playbook, Rule

HOUR = 3600.0
DAY = 86400.0


def utc(text: str) -> float:
    """Return Unix seconds of ``2026-03-08 07:00`` in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def rule(id: str = "call-back", **changes: Any) -> dict[str, Any]:  # noqa: A002
    """Return a live rule as an author writes it; step fields are given by their names."""
    step = {"do": "task", "to": "desk", "channel": "crm", "template": "plain", "class": "service"}
    for name in [name for name in changes if name in step or name == "due"]:
        step[name] = changes.pop(name)
    written = {
        "id": id,
        "owner": "desk",
        "description": "A test's rule.",
        "pyramid_level": 2,
        "goal": "fewer-calls",
        "when": "contact.abandoned",
        "topic": "calls",
        "cooldown": "1h",
        "mode": "live",
        "then": [{name: value for name, value in step.items() if value is not None}],
        "explain": "Because.",
    }
    return written | changes


def playbook(
    *rules: Mapping[str, Any],
    gates: Mapping[str, Any] | None = None,
    time_zone: str = "UTC",
    template: str = "Call them.",
    limits: Mapping[str, Any] | None = None,
) -> Playbook:
    """Return a playbook of these rules."""
    return Playbook.model_validate(
        {
            "name": "test",
            "limits": limits or {},
            "description": "For tests.",
            "time_zone": time_zone,
            "goals": [{"id": "fewer-calls", "name": "Fewer calls"}],
            "teams": [{"id": "desk", "name": "The desk"}, {"id": "shop", "name": "The shop"}],
            "channels": ["crm", "mail"],
            "templates": [{"id": "plain", "text": template}],
            "gates": gates or {},
            "rules": list(rules) or [rule()],
        }
    )


def match(
    of: Rule,
    at: float,
    *,
    occurrence: str = "o-1",
    call: str | None = None,
    facts: dict[str, Value] | None = None,
    missing: tuple[str, ...] = (),
    event_id: str | None = None,
) -> Match:
    """Return a match of a rule at a time."""
    data = {} if call is None else {"call": call, "direction": "inbound"}
    event = Event(event_id or f"e-{occurrence}", "test", "contact.abandoned", at, "c-1", data)
    return Match(
        of, at, event, "observed", occurrence, facts or {}, [("signal.x > 0", True)], "Because.",
        missing,
    )  # fmt: skip


def customer(
    id: str = "c-1",  # noqa: A002
    at: float | None = None,
    sends: Sequence[Send] = (),
) -> Customer:
    """Return a customer whose newest event was at a time, with what went out to them."""
    made = Customer(id)
    if at is not None:
        made.update(Event("seen", "test", "seen", at, id))
    memory = Memory(made.gates)
    for send in sends:
        memory.add(send)
    return made


def started(call: str, at: float, direction: str = "inbound") -> Event:
    """Return the start of a contact."""
    data = {"call": call, "channel": "phone", "direction": direction, "topic": "regular"}
    return Event(f"{call}-started", "test", "contact.started", at, "c-1", data)


def ended(call: str, at: float) -> Event:
    """Return the end of a contact."""
    data = {"call": call, "channel": "phone", "direction": "inbound", "outcome": "answered"}
    return Event(f"{call}-ended", "test", "contact.ended", at, "c-1", data)


def send(at: float, **changes: Any) -> Send:
    """Return something that went out."""
    fields: dict[str, Any] = {
        "rule": "call-back", "topic": "calls", "class_": "service", "channel": "crm",
        "action_id": b"a" * 16, "shadow": False,
    }  # fmt: skip
    return Send(at, **(fields | changes))


def candidate(
    at: float,
    *,
    of: Mapping[str, Any] | None = None,
    book: Playbook | None = None,
    who: Customer | None = None,
    zone: str = "UTC",
    matched_at: float | None = None,
    shadow: bool = False,
    missing: tuple[str, ...] = (),
    call: str | None = None,
) -> Candidate:
    """Return a candidate as a gate sees it."""
    first = (book or playbook(of or rule())).rules[0]
    made = who or customer()
    return Candidate(
        match=match(first, at if matched_at is None else matched_at, call=call, missing=missing),
        step=first.first,
        customer=made,
        memory=Memory(made.gates),
        at=at,
        zone=ZoneInfo(zone),
        action_id=b"n" * 16,
        shadow=shadow,
        reason="shadow" if shadow else "sent",
        context=1.0,
        contact_point="",
        contact_point_told="by the customer's id",
        other_zones=(),
        zone_told="playbook",
    )


def config(**blocks: Any) -> GatesConfig:
    """Return the block ``gates:`` with these parts."""
    return GatesConfig.model_validate(blocks)
