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
from rules.playbook.models import Rule
from rules.reservation import Answer
from tests.rules.gates.build import DAY, HOUR

QUIET = ((21, 30), (1, 45))  # its end lies in what clocks skip or show twice
WEEK_HOURS = {"mon": "01:30-20:00", "tue": "01:30-20:00", "wed": "closed", "thu": "00:00-24:00",
              "fri": "01:30-20:00", "sat": ["00:00-02:15", "09:00-24:00"],
              "sun": ["00:00-01:30", "01:45-20:00"]}  # fmt: skip
CONTACT_WINDOW_S = 3 * HOUR
AFTER_BAD_FEEDBACK_S = 12 * HOUR
HOLIDAYS = (date(2026, 11, 2), date(2027, 3, 29))
UNTIL_OUTCOME_S = 5 * HOUR
CAPS = (("day", "*", 3, DAY), ("selling", "promotional", 1, 2 * DAY))
CALENDAR_CAP = 2  # mails in a calendar day
REMEMBERED_S = 2 * DAY  # the longest window; beyond it the ledger of dispatch knows
POINT_CAP, POINT_CAP_S = 2, 12 * HOUR  # to one telephone


@dataclass(frozen=True, slots=True)
class Contact:
    """What reached the customer, or would: where it goes to is empty for the customer's id."""

    at: float
    class_: str
    channel: str
    topic: str
    point: str


@dataclass
class Seen:
    """Everything that was told of one customer."""

    events: list[Event] = field(default_factory=list)
    sent: list[Decision] = field(default_factory=list)
    settled: dict[str, tuple[str, float]] = field(default_factory=dict)
    reserved: dict[str, Contact] = field(default_factory=dict)

    def copy(self) -> "Seen":
        """Return the same, which goes on by itself."""
        events, sent, reserved = self.events.copy(), self.sent.copy(), self.reserved.copy()
        return Seen(events, sent, self.settled.copy(), reserved)

    def reached_nobody(self, decision: Decision) -> bool:
        """Return whether dispatch has said so; that it was called back is not enough."""
        outcome, _ = self.settled.get(decision.action_id, ("", 0.0))
        return outcome in {"expired", "cancelled"}

    def others(self, at: float) -> list[Contact]:
        """Return what other systems did or may do, as far as it counts at a time."""
        made = [
            Contact(e.at, e.data["class"], e.data["channel"], e.data["topic"], "")
            for e in self.events
            if e.type == "contact.outbound"
        ]
        return [one for one in (*made, *self.reserved.values()) if one.at <= at]


class Checker:
    """Knows a wall clock, the rules' cool-downs, and nothing else."""

    def __init__(self, zone: str, rules: Sequence[Rule]) -> None:
        self.zone = ZoneInfo(zone)
        self._rules = rules

    def check(self, seen: Seen, decision: Decision) -> None:
        """Raise where an action must not have gone out; of those of one moment all count."""
        action, of = action_of(decision), decision.match.rule
        since = decision.match.held_since or decision.match.at
        wish = _contact(decision)
        before = [one for one in seen.sent if one is not decision and one.at <= wish.at]
        _check_words(seen, wish, since)
        phones = {phone for phone in ("+1", "+2") if _has(seen.events, phone)}
        wanted = phones if wish.channel == "mail" and phones else {""}
        assert wish.point in wanted, "contact point"
        self._check_caps(seen, before, wish)
        _check_spacing(seen, before, wish, [of])
        lately = [one for one in before if wish.at < one.at + REMEMBERED_S]
        assert all(one.action_id != decision.action_id for one in lately), "once"
        assert wish.at < since + (of.first.due_s or float("inf")), "stale"
        for moment in (wish.at, action.not_after - 1e-3):
            assert wish.channel != "mail" or not self.is_quiet(moment), "quiet"
            assert action.to != "desk" or self.is_open(moment), "closed"
        assert action.not_before < action.not_after, "no time to leave"

    def check_held(self, decision: Decision) -> None:
        """Raise where hours held back what they need not have.

        Around changes of the clock they may be longer than what it shows.
        """
        gate, at = decision.verdicts[-1].gate, decision.at
        before, after = (datetime.fromtimestamp(at + by, self.zone) for by in (-2 * HOUR, 2 * HOUR))
        if before.utcoffset() != after.utcoffset():
            return
        assert gate != "quiet_hours" or self.is_quiet(at), "held back though not quiet"
        assert gate != "opening_hours" or not self.is_open(at), "held back though not closed"

    def check_answer(self, seen: Seen, event: Event, answer: Answer) -> None:
        """Raise where another system must not have been let through; note what is reserved."""
        data = event.data
        point = data.get("contact_point", "")
        wish = Contact(answer.at, data["class"], data["channel"], data["topic"], point)
        if answer.detail == "reserved before":
            assert data["request"] in seen.reserved, "never reserved"
            return
        before = [one for one in seen.sent if one.at <= wish.at]
        _check_words(seen, wish, event.at)
        self._check_caps(seen, before, wish)
        on_topic = [rule for rule in self._rules if rule.topic == wish.topic]
        _check_spacing(seen, before, wish, on_topic)
        assert wish.channel not in {"mail", "phone"} or not self.is_quiet(wish.at), "quiet"
        assert answer.reserved is data["reserve"]
        if answer.reserved:
            seen.reserved[data["request"]] = wish

    def _check_caps(self, seen: Seen, before: Sequence[Decision], wish: Contact) -> None:
        arrived = [one for one in before if not seen.reached_nobody(one)]
        made = [*map(_contact, arrived), *seen.others(wish.at)]
        for id_, counted, limit, window_s in CAPS:
            if counted in {"*", wish.class_}:
                alike = [one for one in made if counted in {"*", one.class_}]
                used = sum(one.at > wish.at - window_s for one in alike)
                assert used < limit, f"cap {id_}"
        near = [one for one in made if one.point == wish.point]
        used = sum(one.at > wish.at - POINT_CAP_S for one in near)
        assert used < POINT_CAP, "cap number"
        if wish.channel in {"mail", "phone"}:
            days = [self._day(one.at) for one in made if one.channel in {"mail", "phone"}]
            assert days.count(self._day(wish.at)) < CALENDAR_CAP, "cap mails"

    def _day(self, at: float) -> date:
        return datetime.fromtimestamp(at, self.zone).date()

    def is_quiet(self, at: float) -> bool:
        """Return whether no mail may be sent."""
        local = datetime.fromtimestamp(at, self.zone)
        clock = (local.hour, local.minute)
        return clock >= QUIET[0] or clock < QUIET[1] or local.date() in HOLIDAYS

    def is_open(self, at: float) -> bool:
        """Return whether the desk is there."""
        local = datetime.fromtimestamp(at, self.zone)
        if local.date() in HOLIDAYS:
            return False
        hours = WEEK_HOURS[("mon", "tue", "wed", "thu", "fri", "sat", "sun")[local.weekday()]]
        spans = [hours] if isinstance(hours, str) else hours
        clock = f"{local:%H:%M}"
        return any(
            span.split("-")[0] <= clock < span.split("-")[1] for span in spans if span != "closed"
        )


def _check_words(seen: Seen, wish: Contact, since: float) -> None:
    events, at = seen.events, wish.at
    told = [event for event in events if event.at <= at]
    channels = {"mail", "phone"} if wish.channel == "phone" else {wish.channel}
    for channel in channels:
        assert agreed(events, wish.class_, channel, wish.point), "consent"
    if wish.class_ == "promotional":
        assert not _troubled(told, at), "class"
    if wish.class_ != "critical":
        assert not _is_barred(events, wish.point), "suppressed"
    asked = [event.at for event in told if event.type == "contact.started"]
    assert not any(since < start <= at for start in asked), "asked"


def _check_spacing(
    seen: Seen, before: Sequence[Decision], wish: Contact, rules: Sequence[Rule]
) -> None:
    at, others = wish.at, [one for one in seen.others(wish.at) if one.topic == wish.topic]
    for of in rules:
        for one in before:
            assert one.match.rule.id != of.id or at >= one.at + of.cooldown_s, "cooldown"
        for other in others:
            assert at >= other.at + of.cooldown_s, "cooldown"
    for other in others:
        assert at >= other.at + CONTACT_WINDOW_S, "topic"
    refused = []
    for one in before:
        if one.match.rule.topic != wish.topic:
            continue
        assert at >= one.at + CONTACT_WINDOW_S, "topic"
        outcome, then = seen.settled.get(one.action_id, ("", 0.0))
        waits = outcome in {"", "parked", "delivered"}
        assert at >= one.at + UNTIL_OUTCOME_S or not waits, "outcome"
        refused += [then] if outcome == "rejected" else []
    for first in refused:
        later = [then for then in refused if first < then < first + DAY]
        assert not later or at >= max(later) + DAY, "refused twice"


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
        seen.settled[id_] = ("called back", event.at)


def _contact(decision: Decision) -> Contact:
    action, topic = action_of(decision), decision.match.rule.topic
    point = "" if action.contact_point == action.customer else action.contact_point
    return Contact(decision.at, action.class_, action.channel, topic, point)


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
    names = {"mail": {"mail", "phone", "*"}, "crm": {"crm", "*"}, "phone": {"phone", "*"}}[channel]
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
    return basis or (class_ == "service" and channel != "mail")


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
