"""What a rule must do with a stream of events, from its definition and the whole log alone.

Nothing is kept from event to event: every value is looked up again in everything that had arrived
by then, and sequences are found by trying every combination of events.
"""

import itertools
import math
from bisect import insort
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import msgpack

from detectors.customer import Customer
from detectors.event import Event
from detectors.schema import Name
from rules.language.interpreter import Interpreter, Value
from rules.language.parser import parse
from rules.language.vocabulary import Vocabulary
from rules.match import Match
from rules.playbook.models import Fact, Rule, SequenceStep
from rules.program import Program
from rules.temporal.waiting import WAITING

ZONE = ZoneInfo("UTC")
FIELDS = {
    "x": Name("x", "num", "A number", nullable=True),
    "t": Name("t", "text", "A text", nullable=True),
    "k": Name("k", "text", "What it is about"),
}
WORLD = Vocabulary(
    events=dict.fromkeys(("a", "b", "c", "d"), FIELDS),
    customer={},
    scores={"s": Name("s", "num", "A score", nullable=True)},
    signals={},
)

Fired = tuple[float, str, str, tuple[tuple[str, Value], ...]]
"""As of when, by which event, about what, and what its facts were."""


@dataclass(frozen=True)
class Arrival:
    """An event as it arrives, with the scores that are made of it."""

    event: Event
    scores: dict[str, float]


@dataclass(frozen=True)
class Moment:
    """When something is judged: how much had arrived, and what the rule sees of the event."""

    arrived: int
    at: float
    by: Arrival


class Oracle:
    """Knows a rule and the log in the order of arrival; events may be as late as `lateness_s`."""

    def __init__(self, rule: Rule, log: Sequence[Arrival], lateness_s: float) -> None:
        self._rule = rule
        self._log = log
        self._lateness_s = lateness_s
        self._newest = list(itertools.accumulate((a.event.at for a in log), max))
        self._in_time = [
            i for i, arrival in enumerate(log) if arrival.event.at >= self._newest[i] - lateness_s
        ]
        if lateness_s:
            self._in_time.sort(key=lambda i: (log[i].event.at, log[i].event.id))

    def fired(self) -> list[Fired]:
        """Return what must fire, sorted."""
        if self._rule.when is not None:
            moments = self._when()
        elif self._rule.absence is not None:
            moments = self._absence()
        else:
            moments = self._sequence()
        return sorted(self._told(moment) for moment in moments)

    def _told(self, moment: Moment) -> Fired:
        facts = tuple((name, self._fact(fact, moment)) for name, fact in self._facts())
        event = moment.by.event
        named = event.data.get((self._rule.occurrence or "event.")[6:])
        return moment.at, event.id, named or event.id, facts

    def _facts(self) -> list[tuple[str, Fact]]:
        return sorted(self._rule.facts.items())

    # -- rules with `when` ----------------------------------------------------------------------

    def _when(self) -> list[Moment]:
        found = []
        for i, arrival in enumerate(self._log):
            if arrival.event.type != self._rule.when:
                continue
            own = Moment(i + 1, arrival.event.at, arrival)
            if self._holds(own):
                found.append(own)
                continue
            completed = [at for at in self._later(i) if self._completes(Moment(i + 1, at, arrival))]
            if completed:
                found.append(Moment(i + 1, min(completed), arrival))
        return found

    def _later(self, i: int) -> set[float]:
        """Return when events that a fact counts came, while a late one was in their window."""
        at = self._log[i].event.at
        return {
            other.event.at
            for _, fact in self._facts()
            if fact.kind in {"count", "sum"} and fact.event == self._rule.when
            for other in self._counted(fact, i)
            if fact.within_s is not None and at < other.event.at < at + fact.within_s
        }

    def _completes(self, moment: Moment) -> bool:
        before = Moment(moment.arrived - 1, moment.at, moment.by)
        return self._holds(moment) and not self._holds(before)

    # -- sequences and absences -----------------------------------------------------------------

    def _sequence(self) -> list[Moment]:
        completed = self._completed()
        absent = self._rule.sequence[-1] if self._rule.sequence[-1].absent else None
        if absent is None or absent.for_s is None:
            moments = [Moment(self._taken(i), self._log[i].event.at, self._log[i])
                       for i in completed]  # fmt: skip
            return [moment for moment in moments if self._holds(moment)]
        found = []
        for place, i in enumerate(completed):
            deadline = self._log[i].event.at + absent.for_s
            again = (
                self._name(j) == self._name(i) and self._log[j].event.at <= deadline
                for j in completed[place + 1 :]
            )
            if not any(again) and not self._ended(i, deadline, absent.absent or "", absent.if_):
                found.append(Moment(self._over(deadline), deadline, self._log[i]))
        return [moment for moment in found if self._holds(moment)]

    def _absence(self) -> list[Moment]:
        absence = self._rule.absence
        assert absence is not None
        found = []
        for i in self._in_time:
            if not self._is(i, absence.of, absence.if_) or not self._judge(i, absence.arm_if):
                continue
            last = i
            while (later := self._moves(last)) is not None:
                last = later
            deadline = self._log[last].event.at + absence.for_s
            ended = self._ended(last, deadline, absence.of, absence.if_)
            if self._judge(last, absence.arm_if) and not ended:
                found.append(Moment(self._over(deadline), deadline, self._log[last]))
        return [moment for moment in found if self._holds(moment)]

    def _moves(self, i: int) -> int | None:
        """Return the late event that moves the deadline which an event set, the first to come."""
        absence = self._rule.absence
        assert absence is not None
        at = self._log[i].event.at
        deadline = at + absence.for_s
        if not self._judge(i, absence.arm_if):
            return None
        for j in range(self._taken(i), self._over(deadline)):
            is_late = j not in self._in_time and at <= self._log[j].event.at <= deadline
            if is_late and self._is(j, absence.of, absence.if_):
                ended_before = any(
                    self._ends(n, i, deadline, absence.of, absence.if_) and self._taken(n) <= j
                    for n in self._in_time
                )
                return None if ended_before else j
        return None

    def _ended(self, i: int, deadline: float, event_type: str, if_: str | None) -> bool:
        return any(self._ends(j, i, deadline, event_type, if_) for j in range(len(self._log)))

    def _ends(self, j: int, i: int, deadline: float, event_type: str, if_: str | None) -> bool:
        """Return whether event j ends what waits since event i."""
        if j == i or not self._is(j, event_type, if_):
            return False
        if not self._log[i].event.at <= self._log[j].event.at <= deadline:
            return False
        if j in self._in_time and i in self._in_time:
            return self._in_time.index(j) > self._in_time.index(i)
        if j in self._in_time:  # i was late: j is after it where it was taken after it
            return self._taken(j) >= self._taken(i)
        return self._taken(i) <= j < self._over(deadline)

    def _completed(self) -> list[int]:
        """Return the events that complete the sequence."""
        steps = [step for step in self._rule.sequence if step.event is not None]
        wanted = [step for step in steps for _ in range(step.times)]
        named = {step.event or step.absent for step in self._rule.sequence}
        stream = [i for i in self._in_time if self._log[i].event.type in named]
        used, found = -1, []
        for place, last in enumerate(stream):
            if not self._is_step(last, wanted[-1]):
                continue
            runs: Any = itertools.combinations(stream[used + 1 : place], len(wanted) - 1)
            if self._rule.strict:
                begin = place - len(wanted) + 1
                runs = [tuple(stream[begin:place])] if begin > used else []
            if any(self._is_run([*run, last], steps, wanted) for run in runs):
                found.append(last)
                if self._rule.consume == "all":
                    used = place
        return found

    def _is_run(
        self, run: Sequence[int], steps: Sequence[SequenceStep], wanted: Sequence[SequenceStep]
    ) -> bool:
        if not all(self._is_step(i, step) for i, step in zip(run, wanted, strict=True)):
            return False
        times = [self._log[i].event.at for i in run]
        if times[-1] - times[0] > (self._rule.within_s or math.inf):
            return False
        ends = itertools.accumulate(step.times for step in steps)
        return all(
            times[end - 1] - times[end - step.times] <= (step.within_s or math.inf)
            for step, end in zip(steps, ends, strict=True)
        )

    def _is_step(self, i: int, step: SequenceStep) -> bool:
        return self._is(i, step.event or "", step.if_)

    def _taken(self, i: int) -> int:
        """Return how much had arrived when an event was taken."""
        if i not in self._in_time or not self._lateness_s:
            return i + 1
        return self._over(self._log[i].event.at)

    def _over(self, at: float) -> int:
        """Return how much had arrived when a time was over."""
        for j, arrival in enumerate(self._log):
            if arrival.event.at - self._lateness_s > at:
                return j
        return len(self._log)

    def _name(self, i: int) -> str:
        event = self._log[i].event
        return str(event.data["k"]) if self._rule.occurrence else event.id

    # -- conditions and facts -------------------------------------------------------------------

    def _is(self, i: int, event_type: str, if_: str | None) -> bool:
        return self._log[i].event.type == event_type and self._judge(i, if_)

    def _judge(self, i: int, text: str | None) -> bool:
        return text is None or self._true(text, Moment(i + 1, math.nan, self._log[i]))

    def _holds(self, moment: Moment) -> bool:
        return self._rule.if_ is None or self._true(self._rule.if_, moment)

    def _true(self, text: str, moment: Moment) -> bool:
        return Interpreter(lambda name: self._value(name, moment), ZONE).holds(parse(text))

    def _value(self, name: str, moment: Moment) -> Value:
        space, _, key = name.partition(".")
        if name in self._rule.facts:
            return self._fact(self._rule.facts[name], moment)
        table: Any = moment.by.event.data if space == "event" else moment.by.scores
        value: Value = table.get(key)
        return value

    def _counted(self, fact: Fact, arrived: int) -> list[Arrival]:
        """Return the events of a fact among those that arrived, by time, then by arrival."""
        found: list[tuple[float, int]] = []
        for i, arrival in enumerate(self._log[:arrived]):
            if self._is(i, fact.event, fact.if_):
                insort(found, (arrival.event.at, i))
        return [self._log[i] for _, i in found]

    def _fact(self, fact: Fact, moment: Moment) -> Value:
        at, events = moment.at, self._counted(fact, moment.arrived)
        within_s = fact.within_s or math.inf
        inside = [a.event for a in events if at - within_s < a.event.at <= at]
        values = [event.data.get(fact.of or "") for event in inside]
        match fact.kind:
            case "count":
                return float(len(inside))
            case "sum":
                return float(sum(value for value in values if value is not None))
            case "last":
                return values[-1] if values else None
            case "since":
                return at - inside[-1].at if inside else math.inf


def played(
    program: Program,
    log: Sequence[Arrival],
    lateness_s: float,
    saves: Callable[[int], bool] = lambda _: False,
) -> list[Match]:
    """Return what a program makes of the log, as the engine would run it.

    Parameters
    ----------
    saves
        After which events the state is written to bytes and read back.
    """
    customer = Customer("c-1")
    found: list[Match] = []
    for i, arrival in enumerate(log):
        event = arrival.event
        found += due(program, customer, event.at - lateness_s)
        customer.update(event)
        complete = customer.at - lateness_s
        found += program.observe(event, customer, arrival.scores, {}, complete_until=complete)
        if saves(i):
            packed = msgpack.packb(customer.rules)
            customer.rules = msgpack.unpackb(packed)
            assert WAITING in customer.rules or len(packed) <= program.bytes_per_customer()
    found += due(program, customer, math.inf)
    assert program.next_deadline(customer) == math.inf
    return found


def due(program: Program, customer: Customer, until: float) -> list[Match]:
    """Return what is due one deadline after the other, as timers fire."""
    found: list[Match] = []
    while (deadline := program.next_deadline(customer)) < until:
        found += program.due(customer, math.nextafter(deadline, math.inf), {}, {})
    return found


def told(matches: Sequence[Match]) -> list[Fired]:
    """Return matches in the form of the oracle, sorted."""
    return sorted(
        (
            match.at,
            match.event.id,
            match.occurrence,
            tuple((name, match.facts[name]) for name in sorted(match.rule.facts)),
        )
        for match in matches
    )
