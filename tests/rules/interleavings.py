"""Random interleavings of everything that gates look at."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from random import Random
from typing import Any

from detectors.customer import Customer
from detectors.event import Event
from rules.decide import Decider
from rules.gates.notice import HEEDED
from rules.match import Match
from rules.playbook.models import Playbook
from rules.reason import REASONS
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
                {"id": "day", "max": 2, "window": "1d"},
                {"id": "selling", "class": "promotional", "max": 1, "window": "2d"},
                {"id": "mails", "channel": "mail", "max": 3, "window": "calendar day"},
                {"id": "number", "scope": "contact_point", "max": 2, "window": "12h"},
            ],
            "quiet_hours": [
                {"start": "21:30", "end": "01:45", "channels": ["mail"], "holidays": True}
            ],
            "opening_hours": {"desk": WEEK_HOURS},
            "holidays": list(HOLIDAYS),
            "capacity": [{"team": "desk", "max": 3}],
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


class World:
    """One playbook, one partition, two customers: made once, begun anew for each interleaving."""

    def __init__(self, zone: str) -> None:
        self.checker = Checker(zone)
        self.starts = [utc(text) for text in STARTS[zone]]
        self.book = book_in(zone)
        self.decider = Decider(self.book, 0, 1, "live")
        self.empty = self.decider.snapshot()
        self.reasons: Counter[str] = Counter()
        self.cancels: Counter[str] = Counter()
        self.candidates = 0

    def play(self, random: Random, steps: int = 9) -> None:
        """Play one interleaving and check all that went out."""
        self.decider.restore(self.empty)
        people = [(Customer(f"c-{n}"), Seen()) for n in range(2)]
        desk: Counter[date] = Counter()
        at = random.choice(self.starts) + random.randrange(96) * GRID_S
        for customer, seen in people:
            if random.random() < 0.5:
                agreed = Event("agreed", "test", "consent.granted", at - 30 * DAY, "c",
                               {"class": "*", "channel": "*"})  # fmt: skip
                customer.update(agreed)
                seen.events.append(agreed)
        for number in range(steps):
            at += random.choice((0, 0, 1, 1, 2, 3, 5, 8, 13, 30)) * GRID_S
            customer, seen = random.choice(people)
            event = _happening(random, number, at, seen)
            customer.update(event)
            seen.events.append(event)
            if event.type in HEEDED:
                cancels = self.decider.notice(customer, event)
                self.cancels.update(cancel.reason for cancel in cancels)
                check_called_back(seen, event, cancels)
            decisions = self.decider.decide(customer, list(self._matches(random, number, at)))
            self.candidates += len(decisions)
            for decision in decisions:
                self.reasons[decision.reason] += 1
                assert decision.reason in REASONS
                assert (decision.action is not None) is (decision.reason == "sent")
            for decision in sorted(decisions, key=lambda each: each.at):
                if decision.action is not None:
                    seen.sent.append(decision)
                    if decision.action.to == "desk":
                        desk[datetime.fromtimestamp(decision.at, self.checker.zone).date()] += 1
            for decision in decisions:
                if decision.action is not None:
                    self.checker.check(seen, decision)
        assert all(handed <= 3 for handed in desk.values()), "capacity"

    def _matches(self, random: Random, number: int, at: float) -> Iterator[Match]:
        for n in range(random.choice((0, 1, 1, 2, 3))):
            of = random.choice(self.book.rules)
            lag_s = random.choice((0, 0, 0, 1, 2)) * GRID_S
            occurrence = f"o-{random.randrange(4)}"
            yield match(of, at - lag_s, occurrence=occurrence, event_id=f"t-{number}-{n}")


def _happening(random: Random, number: int, at: float, seen: Seen) -> Event:
    """Return something that happens, now or a while ago."""
    kind = random.choice(
        ("seen", "seen", "consent.granted", "consent.granted", "consent.withdrawn",
         "contact_point.added", "contact_point.removed", "contact_point.suppressed",
         "contact.outbound", "customer.flagged",
         "customer.unflagged", "contact.started", "contact.ended", "feedback.received", "action")
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
                "topic": random.choice(("calls", "news", "sales", "else"))}  # fmt: skip
    elif kind.startswith("customer."):
        data = {"flag": random.choice(("complaint", "fraud"))}
    elif kind in {"contact.started", "contact.ended"}:
        lag_s = 0.0
        data = {"call": f"k-{number // 3}", "direction": "inbound", "topic": "calls"}
    elif kind == "feedback.received":
        data = {"source": "complaint", "feedback": "f"}
    elif kind == "action":
        if not seen.sent:
            return Event(f"n-{number}", "test", "seen", at, "c")
        kind = "action." + random.choice(("delivered", "rejected", "parked", "expired"))
        data = {"action_id": random.choice(seen.sent).action_id}
    return Event(f"n-{number}", "test", kind, at - lag_s, "c", data)


def play(zone: str, seed: int, number: int) -> tuple[int, Counter[str], Counter[str]]:
    """Play a number of interleavings; return candidates, reasons and cancels."""
    world, random = World(zone), Random(seed)
    for _ in range(number):
        world.play(random)
    assert sum(world.reasons.values()) == world.candidates
    return world.candidates, world.reasons, world.cancels
