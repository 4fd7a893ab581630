"""What must hold of each action that goes out, added up from all that was told.

Nothing here is shared with the gates: it reads wall clocks and lists of events, and knows what
the playbook of `tests.rules.interleavings` says.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from detectors.event import Event
from rules.action import Action
from rules.cancel import Cancel
from rules.decision import Decision
from tests.rules.gates.build import DAY, HOUR

QUIET = ((21, 30), (1, 45))  # its end lies in what clocks skip or show twice
WEEK_HOURS = {"mon": "01:30-20:00", "tue": "01:30-20:00", "wed": "closed", "thu": "00:00-24:00",
              "fri": "01:30-20:00", "sat": ["00:00-02:15", "09:00-24:00"],
              "sun": ["00:00-01:30", "01:45-20:00"]}  # fmt: skip
CONTACT_WINDOW_S = 3 * HOUR
AFTER_BAD_FEEDBACK_S = 12 * HOUR
HOLIDAYS = (date(2026, 11, 2), date(2027, 3, 29))
UNTIL_OUTCOME_S = 5 * HOUR
CAPS = (("day", "*", 2, DAY), ("selling", "promotional", 1, 2 * DAY))
CALENDAR_CAP = 3  # mails in a calendar day


@dataclass
class Seen:
    """Everything that was told of one customer."""

    events: list[Event] = field(default_factory=list)
    sent: list[Decision] = field(default_factory=list)
    settled: dict[str, tuple[str, float]] = field(default_factory=dict)


class Checker:
    """Knows a wall clock and nothing else."""

    def __init__(self, zone: str) -> None:
        self.zone = ZoneInfo(zone)

    def check(self, seen: Seen, decision: Decision) -> None:
        """Raise where an action must not have gone out; of those of one moment all count."""
        action, at = action_of(decision), decision.at
        told = [event for event in seen.events if event.at <= at]
        before = [one for one in seen.sent if one is not decision and one.at <= at]
        others = [event for event in told if event.type == "contact.outbound"]
        _check_words(seen.events, told, decision)
        self._check_caps(before, others, action, at)
        _check_spacing(seen, before, others, decision)
        assert action.not_before < action.not_after
        for moment in (at, action.not_after - 1e-3):
            if action.channel == "mail":
                assert not self._is_quiet(moment), "quiet"
            if action.to == "desk":
                assert self._is_open(moment), "closed"

    def _check_caps(
        self, before: Sequence[Decision], others: Sequence[Event], action: Action, at: float
    ) -> None:
        made = [(one.at, action_of(one).class_, action_of(one).channel) for one in before]
        made += [(event.at, event.data["class"], event.data["channel"]) for event in others]
        for id_, counted, limit, window_s in CAPS:
            if counted in {"*", action.class_}:
                used = sum(counted in {"*", of} and then > at - window_s for then, of, _ in made)
                assert used < limit, f"cap {id_}"
        if action.channel == "mail":
            days = [self._day(then) for then, _, via in made if via in {"mail", "phone"}]
            assert days.count(self._day(at)) < CALENDAR_CAP, "cap mails"

    def _day(self, at: float) -> date:
        return datetime.fromtimestamp(at, self.zone).date()

    def _is_quiet(self, at: float) -> bool:
        local = datetime.fromtimestamp(at, self.zone)
        clock = (local.hour, local.minute)
        return clock >= QUIET[0] or clock < QUIET[1] or local.date() in HOLIDAYS

    def _is_open(self, at: float) -> bool:
        local = datetime.fromtimestamp(at, self.zone)
        if local.date() in HOLIDAYS:
            return False
        hours = WEEK_HOURS[("mon", "tue", "wed", "thu", "fri", "sat", "sun")[local.weekday()]]
        spans = [hours] if isinstance(hours, str) else hours
        clock = f"{local:%H:%M}"
        return any(
            span.split("-")[0] <= clock < span.split("-")[1] for span in spans if span != "closed"
        )


def _check_words(events: Sequence[Event], told: Sequence[Event], decision: Decision) -> None:
    action, at = action_of(decision), decision.at
    point = action.contact_point
    assert agreed(events, action.class_, action.channel, point), "consent"
    if action.class_ == "promotional":
        assert not _troubled(told, at), "class"
    phones = {phone for phone in ("+1", "+2") if _has(events, phone)}
    wanted = phones if action.channel == "mail" and phones else {action.customer}
    assert point in wanted, "contact point"
    if action.class_ != "critical":
        assert not _is_barred(events, point), "suppressed"
    asked = [event.at for event in told if event.type == "contact.started"]
    assert not any(decision.match.at < start <= at for start in asked), "asked"


def _check_spacing(
    seen: Seen, before: Sequence[Decision], others: Sequence[Event], decision: Decision
) -> None:
    of, at = decision.match.rule, decision.at
    for one in before:
        if one.match.rule.id == of.id:
            assert at >= one.at + of.cooldown_s, "cooldown"
            assert one.action_id != decision.action_id, "once"
    alike = [one for one in before if one.match.rule.topic == of.topic]
    refused = []
    for one in alike:
        assert at >= one.at + CONTACT_WINDOW_S, "topic"
        outcome, then = seen.settled.get(one.action_id, ("", 0.0))
        waits = outcome in {"", "parked", "delivered"}
        assert at >= one.at + UNTIL_OUTCOME_S or not waits, "outcome"
        refused += [then] if outcome == "rejected" else []
    for first in refused:
        later = [then for then in refused if first < then < first + DAY]
        assert not later or at >= max(later) + DAY, "refused twice"
    for event in others:
        if event.data["topic"] == of.topic:
            assert at >= event.at + max(CONTACT_WINDOW_S, of.cooldown_s), "others"


def check_called_back(seen: Seen, event: Event, cancels: Sequence[Cancel]) -> None:
    """Raise where something was not called back, or was that is not out."""
    named = {str(cancel.action_id) for cancel in cancels}
    assert len(named) == len(cancels)
    sent = {one.action_id: one for one in seen.sent}
    assert all(
        id_ in sent and seen.settled.get(id_, ("",))[0] in {"", "parked"} for id_ in named
    ), "called back what was not out"
    outcome = event.type.removeprefix("action.")
    if outcome != event.type:
        id_ = event.data["action_id"]
        if seen.settled.get(id_, ("", 0.0))[0] != "rejected" or outcome == "rejected":
            seen.settled[id_] = (outcome, max(event.at, sent[id_].at))
    for id_, one in sent.items():
        outcome, _ = seen.settled.get(id_, ("", 0.0))
        action = action_of(one)
        if outcome not in {"", "parked"} or (not outcome and event.at >= action.not_after):
            continue
        withdrawn = not agreed(seen.events, action.class_, action.channel,
                                action.contact_point, basis=True)  # fmt: skip
        if event.type == "consent.withdrawn" and withdrawn:
            assert id_ in named, "what waits must die with the consent"
        if event.type == "contact.started" and event.at > one.at:
            assert id_ in named, "who asked needs no offer"
    for id_ in named:
        seen.settled[id_] = ("cancelled", event.at)


def action_of(decision: Decision) -> Action:
    """Return what went out."""
    assert decision.action is not None
    return decision.action


def agreed(
    events: Sequence[Event], class_: str, channel: str, point: str, *, basis: bool = False
) -> bool:
    """Return whether the last word allows it; `basis` gives the answer where nothing was said."""
    if class_ == "critical":
        return True
    names = {"mail": {"mail", "phone", "*"}, "crm": {"crm", "*"}}[channel]
    words = [
        (event.at, event.type == "consent.withdrawn")
        for event in events
        if event.type.startswith("consent.")
        and event.data["class"] in {"*", class_}
        and event.data["channel"] in names
        and event.data.get("contact_point", point) == point
    ]
    if words:
        return not max(words)[1]
    return basis or (class_ == "service" and channel == "crm")


def _has(events: Sequence[Event], phone: str) -> bool:
    words = [
        (event.at, event.type == "contact_point.removed")
        for event in events
        if event.type in {"contact_point.added", "contact_point.removed"}
        and event.data["contact_point"] == phone
    ]
    return bool(words) and not max(words)[1]


def _is_barred(events: Sequence[Event], point: str) -> bool:
    """Return whether nobody agreed again after the last stop."""
    stops, grants = (
        [e.at for e in events if e.type == kind and e.data.get("contact_point") == point]
        for kind in ("contact_point.suppressed", "consent.granted")
    )
    return bool(stops) and not grants


def _troubled(events: Sequence[Event], at: float) -> bool:
    for flag in ("complaint", "fraud"):
        about = [
            (event.at, event.type == "customer.flagged")
            for event in events
            if event.type.startswith("customer.") and event.data["flag"] == flag
        ]
        if about and max(about)[1]:
            return True
    return any(
        event.type == "feedback.received" and at - event.at < AFTER_BAD_FEEDBACK_S
        for event in events
    )
