"""Random interleavings of everything that gates look at.

One interleaving is what happens within a day or two, in the order of arrival, to one customer and
at times to another one: six events among consents, contact points, contacts of theirs and of other
systems, answers to actions and questions of other systems; candidates beside them; and what hours
had held back.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from math import inf, nextafter
from random import Random
from typing import Any

from detectors.customer import Customer, pack, unpack
from detectors.event import Event
from rules.decide import Decider
from rules.decision import Decision
from rules.gates.notice import HEEDED
from rules.held import first_release, take_released
from rules.match import Match
from rules.playbook.models import Playbook
from rules.reason import REASONS
from rules.reservation import REQUESTED
from tests.rules.checker import HOLIDAYS, WEEK_HOURS, Checker, Seen, check_called_back
from tests.rules.gates.build import DAY, match, playbook, rule, utc

# Around the changes of the clock in 2026 and 2027; Moscow and Sao Paulo have none.
STARTS = {
    "America/New_York": ["2026-03-07 18:00", "2026-10-31 18:00", "2027-03-13 18:00",
                         "2027-11-06 18:00"],
    "Europe/Berlin": ["2026-03-28 12:00", "2026-10-24 12:00", "2027-03-27 12:00",
                      "2027-10-30 12:00"],
    "Europe/Moscow": ["2026-03-28 12:00", "2027-10-30 12:00"],
    "America/Sao_Paulo": ["2026-10-31 12:00", "2027-02-20 12:00"],
    "Australia/Lord_Howe": ["2026-04-04 02:00", "2026-10-03 02:00", "2027-04-03 02:00",
                            "2027-10-02 02:00"],
}  # fmt: skip
GRID_S = 900.0
DESK_MAX = 1
OUTCOMES = ("action.delivered", "action.rejected", "action.parked", "action.expired",
            "action.cancelled")  # fmt: skip
STEPS = 6
ENDS = 10
"""How many interleavings begin alike, where there are many."""
TOPICS = ("calls", "news", "sales", "health", "health", "else")


def book_in(zone: str) -> Playbook:
    """Return the playbook of the interleavings in a time zone."""
    return playbook(
        rule("help", cooldown="2h", due="3h"),
        rule("mail", do="message", to=None, channel="mail", cooldown="0s", topic="news"),
        rule("sell", do="message", to=None, channel="mail", cooldown="4h", topic="sales",
             priority=90, **{"class": "promotional"}),
        rule("shop", to="shop", cooldown="8h", topic="health"),
        rule("try", mode="shadow", cooldown="1h", topic="health", priority=99),
        rule("alarm", do="message", to=None, channel="mail", cooldown="0s", topic="alarm",
             **{"class": "critical"}),
        time_zone=zone,
        gates={
            "caps": [
                {"id": "day", "max": 3, "window": "1d"},
                {"id": "selling", "class": "promotional", "max": 1, "window": "2d"},
                {"id": "mails", "channel": "mail", "max": 2, "window": "calendar day"},
                {"id": "number", "scope": "contact_point", "max": 2, "window": "12h"},
            ],
            "quiet_hours": [
                {"start": "21:30", "end": "01:45", "channels": ["mail"], "holidays": True}
            ],
            "opening_hours": {"desk": WEEK_HOURS},
            "holidays": list(HOLIDAYS),
            "capacity": [{"team": "desk", "max": DESK_MAX}],
            "contact_window": "3h",
            "contact_points": {"mail": "phone"},
            "consent": {"service": {"*": "contract", "mail": "consent"}},
            "after_bad_feedback": "12h",
            "until_outcome": "5h",
            "suppress_after": [
                {"outcome": "rejected", "times": 2, "within": "1d", "for": "1d"}
            ],
        },
    )  # fmt: skip


@dataclass
class Tally:
    """What came of a number of interleavings.

    Parameters
    ----------
    candidates
        Of our rules.
    reasons
        How they ended; their sum is the candidates.
    held
        Gate -> how many it held back.
    cancels, answers
        Reason -> what was called back; what other systems were told.
    released
        Candidates tried again after the hours that had held them back.
    violations
        What the checker found, each with the zone and the seed that shows it again.
    """

    interleavings: int = 0
    candidates: int = 0
    released: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    held: Counter[str] = field(default_factory=Counter)
    cancels: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        """Add what came of others."""
        self.interleavings += other.interleavings
        self.candidates += other.candidates
        self.released += other.released
        self.reasons += other.reasons
        self.held += other.held
        self.cancels += other.cancels
        self.answers += other.answers
        self.violations += other.violations

    def __str__(self) -> str:
        """Return it in one line."""
        told = {
            "held back by": self.held,
            "called back": self.cancels,
            "other systems were told": self.answers,
        }
        counts = [
            f"{title} {', '.join(f'{name} {count:,}' for name, count in counted.most_common())}"
            for title, counted in told.items()
        ]
        return "; ".join(
            [
                f"{self.interleavings:,} interleavings, {self.candidates:,} candidates "
                f"({self.released:,} after hours), {self.reasons['sent']:,} actions sent",
                *counts,
                f"{len(self.violations)} violations",
            ]
        )


@dataclass
class Person:
    """A customer, and everything that was told of them."""

    customer: Customer
    seen: Seen = field(default_factory=Seen)


@dataclass(frozen=True, slots=True)
class Begun:
    """Where an interleaving stands: customers as bytes with what was told of them, and teams."""

    at: float
    people: list[tuple[bytes, Seen]]
    decider: dict[str, Any]
    desk: Counter[date]


class World:
    """One playbook, one partition, two customers: made once, begun anew for each interleaving."""

    def __init__(self, zone: str) -> None:
        self.starts = [utc(text) for text in STARTS[zone]]
        self.book = book_in(zone)
        self.checker = Checker(zone, self.book.rules)
        self.decider = Decider(self.book, 0, 1, "live")
        self.tally = Tally()
        self._rules = {rule.id: rule for rule in self.book.rules}
        self._empty = self.decider.snapshot()
        self._begin(Random(0))

    def play(self, seed: int, ends: int = 1) -> None:
        """Play interleavings that begin alike; raise where something went out that must not.

        Parameters
        ----------
        ends
            In how many ways the first half goes on; it is written to bytes and read for each.
        """
        self._begin(Random(seed))
        self._steps(0)
        begun = self._save()
        for end in range(ends):
            self._restore(begun, Random(seed * ENDS + end))
            self._steps(STEPS // 2)
            self.tally.interleavings += 1
            assert all(handed <= DESK_MAX for handed in self._desk.values()), "capacity"

    def _begin(self, random: Random) -> None:
        self.decider.restore(self._empty)
        self._random = random
        self._desk: Counter[date] = Counter()
        self._at = random.choice(self.starts) + random.randrange(96) * GRID_S
        self._people = [Person(Customer(f"c-{n}")) for n in range(2)]
        for person in self._people:
            if random.random() < 0.5:
                agreed = Event("agreed", "test", "consent.granted", self._at - 30 * DAY, "c",
                               {"class": "*", "channel": "*"})  # fmt: skip
                person.customer.update(agreed)
                person.seen.events.append(agreed)

    def _save(self) -> Begun:
        people = [(pack(one.customer, inf), one.seen) for one in self._people]
        return Begun(self._at, people, self.decider.snapshot(), self._desk)

    def _restore(self, begun: Begun, random: Random) -> None:
        self._random, self._at, self._desk = random, begun.at, begun.desk.copy()
        self.decider.restore(begun.decider)
        self._people = [
            Person(unpack(f"c-{n}", packed), seen.copy())
            for n, (packed, seen) in enumerate(begun.people)
        ]

    def _steps(self, first: int) -> None:
        random = self._random
        for number in range(first, first + STEPS // 2):
            self._at += random.choice((0, 0, 1, 1, 2, 3, 5, 8, 13, 30, 60)) * GRID_S
            now = self._at - (random.random() < 0.2)  # a second before the grid
            for person in self._people:
                self._release(person, now)
            person = self._people[random.random() < 0.2]
            self._see(person, _happening(random, number, now, person.seen))
            self._decide(person, list(self._matches(random, number, now)))

    def _see(self, person: Person, event: Event) -> None:
        customer, seen = person.customer, person.seen
        customer.update(event)
        seen.events.append(event)
        if event.type in HEEDED:
            cancels = self.decider.notice(customer, event)
            self.tally.cancels.update(cancel.reason for cancel in cancels)
            check_called_back(seen, event, cancels)
        elif event.type == REQUESTED:
            answer = self.decider.answer(customer, event)
            self.tally.answers[answer.reason] += 1
            if answer.reason == "allowed":
                self.checker.check_answer(seen, event, answer)

    def _release(self, person: Person, until: float) -> None:
        """Try again what hours held back, as it comes out."""
        gates = person.customer.gates
        while (first := first_release(gates)) < until:
            again = []
            for one in take_released(gates, nextafter(first, inf)):
                event = one.event(person.customer.id)
                rule = self._rules[one.rule]
                made = match(rule, one.release_at, occurrence=one.occurrence, event_id=event.id)
                made.held_since = one.since
                again.append(made)
            self.tally.released += len(again)
            for decision in self._decide(person, again):
                if decision.at == decision.match.at:
                    by = decision.verdicts[-1].gate
                    assert by not in {"quiet_hours", "opening_hours"}, "released too early"

    def _decide(self, person: Person, matches: list[Match]) -> list[Decision]:
        if not matches:
            return []
        seen, tally = person.seen, self.tally
        decisions = self.decider.decide(person.customer, matches)
        tally.candidates += len(decisions)
        for decision in decisions:
            tally.reasons[decision.reason] += 1
            assert decision.reason in REASONS
            assert (decision.action is not None) is (decision.reason == "sent")
            if not decision.verdicts[-1].passed:
                tally.held[decision.verdicts[-1].gate] += 1
                self.checker.check_held(decision)
        sent = [one for one in decisions if one.action is not None]
        seen.sent += sorted(sent, key=lambda one: one.at)
        for decision in sent:
            if decision.match.rule.first.to == "desk":
                self._desk[datetime.fromtimestamp(decision.at, self.checker.zone).date()] += 1
            self.checker.check(seen, decision)
        return decisions

    def _matches(self, random: Random, number: int, at: float) -> Iterator[Match]:
        for n in range(random.choice((0, 0, 1, 1, 1, 2))):
            of = random.choice(self.book.rules)
            lag_s = random.choice((0, 0, 0, 0, 1, 1, 2, 2, 13)) * GRID_S
            occurrence = f"o-{random.randrange(4)}"
            yield match(of, at - lag_s, occurrence=occurrence, event_id=f"t-{number}-{n}")


def _happening(random: Random, number: int, at: float, seen: Seen) -> Event:
    """Return something that happens, now or a while ago."""
    kind = random.choice(
        ("seen", "seen", "consent.granted", "consent.granted", "consent.withdrawn",
         "contact_point.added", "contact_point.added", "contact_point.removed",
         "contact_point.suppressed", "contact_point.suppressed",
         "contact.outbound", "customer.flagged",
         "customer.unflagged", "contact.started", "contact.ended", "feedback.received", "action",
         "action", REQUESTED, REQUESTED, REQUESTED)
    )  # fmt: skip
    data: dict[str, Any] = {}
    lag_s = random.choice((0, 0, 0, 1, 4)) * GRID_S
    if kind.startswith("consent."):
        data = {"class": random.choice(("service", "promotional", "*")),
                "channel": random.choice(("mail", "crm", "phone", "*"))}  # fmt: skip
        if random.random() < 0.2:
            data["contact_point"] = random.choice(("+1", "+2"))
    elif kind.startswith("contact_point."):
        data = {"kind": "phone", "contact_point": random.choice(("+1", "+2")), "reason": "stop"}
    elif kind == "contact.outbound":
        data = {"system": "campaigns", "channel": random.choice(("mail", "phone", "fax")),
                "class": random.choice(("service", "promotional")),
                "topic": random.choice(TOPICS)}  # fmt: skip
    elif kind.startswith("customer."):
        data = {"flag": random.choice(("complaint", "fraud"))}
    elif kind in {"contact.started", "contact.ended"}:
        lag_s = 0.0
        data = {"call": f"k-{number // 3}", "direction": "inbound", "topic": "calls"}
    elif kind == "feedback.received":
        data = {"source": "complaint", "feedback": "f"}
    elif kind == REQUESTED:
        data = {"request": f"q-{random.randrange(3)}", "system": "campaigns",
                "channel": random.choice(("mail", "phone", "crm")),
                "class": random.choice(("service", "promotional")),
                "topic": random.choice(TOPICS),
                "reserve": random.random() < 0.7}  # fmt: skip
        if data["channel"] != "crm":
            data["contact_point"] = random.choice(("+1", "+2"))
    elif kind == "action":
        if not seen.sent:
            return Event(f"n-{number}", "test", "seen", at, "c")
        kind = random.choice(OUTCOMES)
        data = {"action_id": random.choice(seen.sent).action_id}
    return Event(f"n-{number}", "test", kind, at - lag_s, "c", data)


def play(zone: str, first: int, number: int) -> Tally:
    """Play a number of interleavings; return what came of them.

    Parameters
    ----------
    first
        Seed of the first of them, and of those that begin like it.
    number
        A multiple of `ENDS`.
    """
    world = World(zone)
    for seed in range(first, first + number // ENDS):
        try:
            world.play(seed, ENDS)
        except AssertionError as error:
            world.tally.violations.append(f"{zone}, {seed}: {error}")
    return world.tally
