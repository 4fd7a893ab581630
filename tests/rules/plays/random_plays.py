"""Random plays on random streams, beside the oracle."""

from collections import Counter
from random import Random
from typing import Any

from detectors.event import Event
from rules.action import action_id
from rules.match import Match
from rules.plays.state import MAX_PLAYS
from rules.reason import Reason
from tests.rules.plays.build import TASK, End, Play, playbook, rule
from tests.rules.plays.oracle import expected

GRID_S = 300.0
"""Everything lies on a grid, so that every boundary is hit exactly."""
AWAITED = ("callback.booked", "callback.attempted", "task.done")
REASONS: tuple[Reason, ...] = ("sent", "sent", "sent", "sent", "cap", "no_consent")


def random_rule(random: Random) -> dict[str, Any]:
    """Return a rule with a play of two to six steps, as it is written."""
    steps: list[dict[str, Any]] = [TASK]
    for _ in range(random.randint(1, 5)):
        kind = random.choice(("do", "wait", "for", "for", "for"))
        if kind == "do":
            steps.append(TASK)
        elif kind == "wait":
            steps.append({"wait": _time(random)})
        else:
            step: dict[str, Any] = {"wait_for": random.choice(AWAITED), "within": _time(random)}
            if step["wait_for"] == "task.done" and random.random() < 0.5:
                step["if"] = "event.reason == 'x'"
            if random.random() < 0.6:
                step["else"] = random.choice((TASK, "stop"))
            steps.append(step)
    until = random.choice(([], [], ["promise.kept"], ["callback.booked"]))
    return rule(*steps, **({"until": until} if until else {}))


def random_log(random: Random, lateness_s: float) -> list[Event]:
    """Return events in the order of arrival, none later than the lateness; few cases."""
    at, log, cases = 864_000.0, [], 0
    kinds = (*AWAITED, *AWAITED, "case.opened", "promise.kept", "contact.started")
    for number in range(random.randint(4, 16)):
        at += GRID_S * random.choice((0, 1, 1, 1, 2, 3, 5))
        kind = "case.opened" if not number else random.choice(kinds)
        if kind == "case.opened" and cases == MAX_PLAYS:
            kind = "callback.booked"
        cases += kind == "case.opened"
        data: dict[str, Any] = {}
        if kind == "case.opened":
            data["topic"] = random.choice(("cards", "loans"))
        elif kind == "contact.started":
            data["direction"] = random.choice(("inbound", "inbound", "outbound"))
            data["call"] = f"k{number}"
            topic = random.choice(("loans", "loans", "calls", "cards", None))
            data |= {"topic": topic} if topic else {}
        elif random.random() < 0.3:
            case = f"{random.randrange(number):02}"
            step = random.randint(1, 6)
            data["action_id"] = str(action_id("look-after", "c-1", case, step))
        if kind == "task.done" and random.random() < 0.5:
            data["reason"] = random.choice("xy")
        log.append(Event(f"{number:02}", "bank", kind, at, "c-1", data))
    delay = {event.id: event.at + random.random() * lateness_s for event in log}
    return sorted(log, key=lambda event: delay[event.id])


class Gates:
    """Decides by lot, the same for the same step of the same play; hours hold some back once."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def outcome(self, about: str, number: int, at: float) -> tuple[Reason, float | None]:
        """Return how a candidate ends, and when it is tried again."""
        random = Random(f"{self._seed} {about} {number}")
        opens_at = (at // 3600.0 + 1) * 3600.0
        if number > 1 and random.random() < 0.25 and at % 3600.0:
            return "quiet", opens_at
        return random.choice(REASONS), None

    def __call__(self, match: Match, at: float) -> End:
        """Return how a match ends that is decided at a time."""
        return End(match, at, *self.outcome(match.occurrence, match.number, at))


def differences(seed: int) -> list[str]:
    """Return how the engine differs from the oracle on one random play and stream.

    It runs plainly, and again with everything kept written to bytes and read after random events.
    """
    random = Random(seed)
    written = random_rule(random)
    lateness_s = random.choice((0.0, 0.0, 600.0, 3600.0))
    log, gates = random_log(random, lateness_s), Gates(seed)
    wanted = expected(written, log, gates.outcome, lateness_s)
    book = playbook(written)
    wrong = []
    for name, cut in (("plain", lambda: False), ("restored", lambda: random.random() < 0.5)):
        play = Play(book, gates, lateness_s, cut)
        play.see(*log)
        play.time()
        done = sorted((e.match.occurrence, e.match.number, e.match.at) for e in play.ends)
        tally: Counter[tuple[str, str]] = Counter()
        for (what, _, label), count in play.tally.take().items():
            tally[what, label] += count
        if (done, tally) != wanted:
            wrong.append(f"{seed}, {name}: must be {wanted}; got {(done, tally)}")
        if play.customer.rules:
            wrong.append(f"{seed}, {name}: left behind {play.customer.rules}")
    return wrong


def _time(random: Random) -> float:
    return GRID_S * random.randint(1, 8)
