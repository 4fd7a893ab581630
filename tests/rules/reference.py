"""A small world of rules and gates, and what must come out of it, computed the long way."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from detectors.event import Event
from rules.match import Match
from rules.playbook.models import Playbook
from tests.rules.gates.build import DAY, HOUR, ended, match, playbook, rule, started, utc

# Everything happens on a grid of half an hour, so that every boundary is hit exactly. It begins on
# a Thursday; the clock goes back on Sunday the 25th, and Monday the 26th is a holiday.
GRID_S = 1800.0
START = utc("2026-10-22 06:00")
ZONE = ZoneInfo("Europe/Berlin")
HOLIDAY = date(2026, 10, 26)
PARTITION, OF_N = 1, 2
SHARES = {"desk": 2, "shop": 1}  # of 5 and 2, on the second of two partitions
CONTACT_WINDOW_S = 8 * HOUR

BOOK = playbook(
    rule("call-back", cooldown="6h", due="90m"),
    rule("apology", do="message", to=None, channel="mail", cooldown="0s"),
    rule(
        "upsell", do="message", to=None, channel="mail", topic="sales", cooldown="1d", priority=90,
        **{"class": "promotional"},
    ),
    rule("check-up", to="shop", topic="health", cooldown="12h", priority=70),
    rule("trial", mode="shadow", do="message", channel="mail", cooldown="6h", priority=99),
    rule("trial-task", mode="shadow", topic="health", cooldown="0s", priority=80),
    rule(
        "alarm", do="message", to=None, channel="mail", cooldown="1h", priority=1,
        **{"class": "critical"},
    ),
    time_zone="Europe/Berlin",
    gates={
        "caps": [
            {"id": "all", "max": 2, "window": "1d"},
            {"id": "selling", "class": "promotional", "max": 1, "window": "3d"},
            {"id": "mails", "channel": "mail", "max": 2, "window": "calendar day"},
            {"id": "week", "max": 5, "window": "calendar week"},
        ],
        "quiet_hours": [{"start": "22:00", "end": "08:00", "channels": ["mail"]}],
        "opening_hours": {
            "desk": {
                **dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "08:00-20:00"),
                "sun": ["10:00-13:00", "14:00-24:00"],
            },
            "centre": dict.fromkeys(
                ("mon", "tue", "wed", "thu", "fri", "sat", "sun"), "06:00-24:00"
            ),
        },
        "holidays": [HOLIDAY],
        "capacity": [{"team": "desk", "max": 5}, {"team": "shop", "max": 2}],
        "contact_window": "8h",
    },
)  # fmt: skip


@dataclass(frozen=True)
class Wish:
    """A rule that matches `lag` half hours before the customer's event."""

    rule: int
    occurrence: int
    lag: int


@dataclass(frozen=True)
class Turn:
    """Something happens to one customer, and rules match."""

    customer: int
    advance: int
    happens: str
    wishes: tuple[Wish, ...]
    cut: bool


def events_of(turns: Sequence[Turn]) -> list[tuple[Turn, Event, list[Match]]]:
    """Return what happens, with the matches."""
    at = START
    happened = []
    for n, turn in enumerate(turns):
        at += turn.advance * GRID_S
        call = f"call-{turn.customer}"
        event = {
            "seen": Event(f"seen-{n}", "test", "seen", at),
            "start": started(call, at),
            "end": ended(call, at),
        }[turn.happens]
        event.id = f"{event.id}-{n}"
        matches = [
            match(
                BOOK.rules[wish.rule], at - wish.lag * GRID_S,
                occurrence=f"o-{wish.occurrence}", event_id=f"trigger-{n}-{i}",
            )
            for i, wish in enumerate(turn.wishes)
        ]  # fmt: skip
        happened.append((turn, event, matches))
    return happened


@dataclass
class Sent:
    at: float
    rule: str
    occurrence: str
    topic: str
    class_: str
    channel: str
    team: str | None
    shadow: bool


@dataclass
class Person:
    at: float = -1.0
    starts: list[float] = field(default_factory=list)
    open_since: float | None = None
    sent: list[Sent] = field(default_factory=list)


class Reference:
    """What must come out, computed the long way: nothing pruned, nothing shared with the gates."""

    def __init__(self, book: Playbook) -> None:
        self.book = book
        self.people = [Person() for _ in range(3)]
        self.sent: list[Sent] = []

    def turn(self, turn: Turn, event: Event, matches: Sequence[Match]) -> list[str]:
        person = self.people[turn.customer]
        person.at = max(person.at, event.at)
        if turn.happens == "start":
            person.starts.append(event.at)
            person.open_since = event.at
        elif turn.happens == "end":
            person.open_since = None
        reasons = [""] * len(matches)
        moments: dict[float, list[int]] = defaultdict(list)
        for i, one in enumerate(matches):
            moments[max(one.at, person.at, *self._ats(person, one))].append(i)
        for at in sorted(moments):
            going = []
            for i in moments[at]:
                reasons[i] = self._alone(person, matches[i], at)
                if not reasons[i]:
                    going.append(i)
            for i in sorted(going, key=lambda i: self._rank(matches[i])):
                reasons[i] = self._ranked(person, matches[i], at) or self._send(
                    person, matches[i], at
                )
        return reasons

    def _seen(self, sent: Sequence[Sent], one: Match) -> list[Sent]:
        return [s for s in sent if one.rule.mode == "shadow" or not s.shadow]

    def _ats(self, person: Person, one: Match) -> list[float]:
        return [s.at for s in self._seen(person.sent, one)]

    def _rank(self, one: Match) -> tuple[Any, ...]:
        order = ["critical", "service", "promotional"]
        return (
            order.index(one.rule.first.class_), -one.rule.priority, one.at, one.rule.id,
            one.occurrence, one.event.id,
        )  # fmt: skip

    def _alone(self, person: Person, one: Match, at: float) -> str:
        step, seen = one.rule.first, self._seen(person.sent, one)
        local = datetime.fromtimestamp(at, ZONE)
        clock = (local.hour, local.minute)
        # The memory of sends reaches back eight days here, by the cap of the calendar week.
        if any(
            (s.rule, s.occurrence) == (one.rule.id, one.occurrence) and at - s.at < 8 * DAY
            for s in seen
        ):
            return "duplicate"
        if step.due_s is not None and at - one.at >= step.due_s:
            return "stale"
        asking = person.open_since is not None and at - person.open_since < 6 * HOUR
        if asking or any(one.at < start <= at for start in person.starts):
            return "already_asked"
        if any(s.rule == one.rule.id and at - s.at < one.rule.cooldown_s for s in seen):
            return "cooldown"
        quiet = step.channel == "mail" and (clock >= (22, 0) or clock < (8, 0))
        return "quiet" if quiet or not self._is_open(step.to, local) else ""

    def _is_open(self, team: str | None, local: datetime) -> bool:
        clock = local.hour + local.minute / 60
        if local.date() == HOLIDAY:
            return False
        if team != "desk":
            return clock >= 6
        if local.isoweekday() == 7:
            return 10 <= clock < 13 or clock >= 14
        return local.isoweekday() <= 5 and 8 <= clock < 20

    def _ranked(self, person: Person, one: Match, at: float) -> str:
        step, seen = one.rule.first, self._seen(person.sent, one)
        today = datetime.fromtimestamp(at, ZONE).date()
        days = [datetime.fromtimestamp(s.at, ZONE).date() for s in seen]
        if any(s.topic == one.rule.topic and at - s.at < CONTACT_WINDOW_S for s in seen):
            return "lost_arbitration"
        if sum(at - s.at < DAY for s in seen) >= 2:
            return "cap"
        selling = [s for s in seen if s.class_ == "promotional" and at - s.at < 3 * DAY]
        if step.class_ == "promotional" and selling:
            return "cap"
        mails = [
            s for s, day in zip(seen, days, strict=True) if s.channel == "mail" and day == today
        ]
        if step.channel == "mail" and len(mails) >= 2:
            return "cap"
        if sum(day.isocalendar()[:2] == today.isocalendar()[:2] for day in days) >= 5:
            return "cap"
        taken = [
            s for s in self._seen(self.sent, one)
            if s.team == step.to and datetime.fromtimestamp(s.at, ZONE).date() == today
        ]  # fmt: skip
        return "capacity" if len(taken) >= SHARES.get(step.to or "", 10**9) else ""

    def _send(self, person: Person, one: Match, at: float) -> str:
        step, shadow = one.rule.first, one.rule.mode == "shadow"
        sent = Sent(
            at, one.rule.id, one.occurrence, one.rule.topic, step.class_, step.channel, step.to,
            shadow,
        )  # fmt: skip
        person.sent.append(sent)
        self.sent.append(sent)
        return "shadow" if shadow else "sent"
