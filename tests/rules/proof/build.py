"""Contacts and decisions for the tests of the proof."""

from collections.abc import Iterable
from typing import Any

from detectors.event import Event
from rules.proof.decided import Decided
from rules.proof.history import History

MINUTE = 60.0
HOUR = 3600.0
DAY = 86400.0


def stage(
    name: str, call: str, at: float, customer: str = "ann", direction: str = "inbound", **data: Any
) -> Event:
    """Return one stage of a contact."""
    return Event(
        f"{call}-{name}", "bank", f"contact.{name}", at, customer,
        {"call": call, "channel": "phone", "direction": direction} | data,
    )  # fmt: skip


def answered(
    call: str, at: float, customer: str = "ann", *, ends: float | None = None, **data: Any
) -> list[Event]:
    """Return a contact that was answered at once and ended a minute later, or at `ends`."""
    end = at + MINUTE if ends is None else ends
    return [
        stage("started", call, at, customer, **data),
        stage("answered", call, at, customer, **data),
        stage("ended", call, end, customer, outcome="answered", **data),
    ]


def abandoned(call: str, at: float, customer: str = "ann") -> list[Event]:
    """Return a contact that was given up after a minute in the queue."""
    return [
        stage("started", call, at, customer),
        stage("queued", call, at, customer),
        stage("abandoned", call, at + MINUTE, customer, wait_s=MINUTE),
        stage("ended", call, at + MINUTE, customer, outcome="abandoned"),
    ]


def history_of(*contacts: Iterable[Event]) -> History:
    """Return the history of these contacts, in time order."""
    history = History()
    for event in sorted((e for contact in contacts for e in contact), key=lambda event: event.at):
        history.add(event)
    return history


def decided(
    trigger: Event, *, delay_s: float = 0.0, reason: str = "sent", rule: str = "call-back"
) -> Decided:
    """Return a decision about a trigger, made as soon as its delay was over."""
    at = trigger.at + delay_s
    return Decided(rule, trigger.customer, reason, at, at, trigger.id, trigger.type, trigger.at)
