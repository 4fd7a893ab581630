"""One partition of interactions: what happened, what it means, what to do about it. Pure.

The way through one event reads top to bottom in `Processor._apply`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal

import orjson

from detectors.activity import REVIEW
from detectors.contacts import text
from detectors.customer import Customer
from detectors.effort_model import ANSWERED, TAUGHT
from detectors.event import Event, InvalidEventError, decode_event
from detectors.learning import labels
from detectors.learning.labels import Label
from detectors.models.scored import Scored
from detectors.signals.registry import Felt, detect
from detectors.waiting import WAITING, still_waiting
from rules.decision import Decision
from rules.gates.notice import HEEDED
from rules.held import HELD
from rules.match import Evidence, Match
from rules.playbook.approval import Approval
from rules.plays.state import PLAYS
from rules.reactions import NOTICED, OPENED
from rules.reservation import REQUESTED
from rules.treated import is_treated, note_opened
from streams.engine.contract import Outgoing, PlaybookMissingError, Record
from streams.engine.customers import TTL_S, TTL_SLACK_S, Customers
from streams.engine.faults import Faults
from streams.engine.forgotten import FORGOTTEN, Forgotten, tell_dispatch
from streams.engine.mind import Mind, just_after
from streams.engine.output import Output
from streams.engine.watermark import Watermark
from streams.sources.deadletter import dead_letter


class Processor:
    """All that is known in one partition of interactions, and the only thing that changes it.

    A pure function of the partition's log: no clock, no I/O; time reaches it as progress records,
    timers fire inside `process`. The same log gives the same bytes, however it is cut into batches.

    Parameters
    ----------
    partition, of_n
        Number of the partition, and how many there are.
    clock
        ``live`` or ``log``; actions carry it.
    playbook_of
        Returns the playbook of a hash, or ``None`` while it has not been read.
    """

    def __init__(
        self,
        partition: int,
        of_n: int,
        clock: Literal["live", "log"],
        playbook_of: Callable[[str], Any | None],
    ) -> None:
        self.partition = partition
        self.watermark = Watermark()
        self.customers = Customers()
        self.forgotten = Forgotten()
        self.mind = Mind(partition, of_n, clock)
        self.late = 0
        self.duplicates = 0
        self.overdue = 0
        self._clock = clock
        self._of_n = of_n
        self._playbook_of = playbook_of
        self._faults = Faults()
        self._events = 0
        self._out = Output(partition)

    def process(self, records: Sequence[Record]) -> list[Outgoing]:
        """Apply records in order and return decisions, actions, labels and dead letters.

        Raises
        ------
        PlaybookMissingError
            At a record that names a playbook nobody has read yet; nothing of it was applied.
        TooManyFaultsError
            When the program itself must be wrong; nothing may be committed any more.
        """
        for done, record in enumerate(records):
            self._out.at(record)
            try:
                event = decode_event(record.value or b"")
            except InvalidEventError as error:
                at = self.watermark.at_or_zero
                self._out.add(dead_letter(record, "unreadable", str(error), "engine", at))
                continue
            if event.customer:
                self._events += 1
                if event.type == FORGOTTEN:
                    self._forget(event, record)
                elif event.at > self.forgotten.newest or not self.forgotten.holds(event):
                    self._isolated(event, record, self._apply)
            elif event.type == "control.playbook":
                if not self._adopt(event, record):
                    raise PlaybookMissingError(
                        event.data["hash"], self._out.take(), record.offset, done
                    )
            else:
                self._broadcast(event, record)
        return self._out.take()

    def _isolated(self, event: Event, record: Record, apply: Callable[[Event], None]) -> None:
        # A fault inside one event must not stop the stream: the customer is as before the event,
        # and what the event caused so far is withdrawn. Timers come before the event.
        before = event.at - self.watermark.lateness_s
        if self.customers.get(event.customer).deadline < before:
            self._fire(event.customer, before, record)
        mark = self._out.mark()
        try:
            apply(event)
        except Exception as error:  # recorded with its place: nothing is lost
            self._out.withdraw(mark)
            self.customers.roll_back(event.customer)
            self._out.add(dead_letter(record, "error", _told(error), "engine", event.at))
            self._faults.add(self._events, event.customer, _told(error))

    def _apply(self, event: Event) -> None:
        customer = self.customers.get(event.customer)
        if customer.is_duplicate(event):
            self.duplicates += 1
            return
        # Results of our own actions carry the time of the decision: they are not late.
        self.late += event.at < customer.at and not event.type.startswith("action.")
        mind = self.mind
        known = labels.settle(customer, event)
        customer.update(event)
        if event.type in HEEDED:
            for cancel in self.mind.notice(customer, event):
                self._out.cancel(cancel)
        if customer.gates and event.type in NOTICED:
            mind.reactions.happened(customer, event)
        mind.centre.update(event)
        scored = self._score(event, customer)
        felt = detect(event, customer, event.at, mind.effort.points)
        if known:
            self._learn(known)
        self._feel(event, customer)
        self._judge(event, customer, scored, felt)
        if event.type == REQUESTED:
            self._out.answer(mind.answer(customer, event), mind.playbook_hash)
        self._keep(customer, event.at)

    def _score(self, event: Event, customer: Customer) -> Mapping[str, Scored]:
        models = self.mind.models
        scored = models.score(event, customer, self.mind.centre)
        for score in scored.values():
            is_new = models.open(score, event, customer)
            if is_new and customer.gates:
                note_opened(customer, event.at)
            told = models.told(score, event)
            if told is not None:
                self._learn([told])
        return scored

    def _feel(self, event: Event, customer: Customer) -> None:
        if customer.effort is None and event.type != ANSWERED:
            return
        known = self.mind.effort.take(event, customer)
        if customer.effort is not None and customer.gates and is_treated(customer, event.at):
            customer.effort.treat()
        self._learn(known)

    def _judge(
        self, event: Event, customer: Customer, scored: Mapping[str, Scored], felt: Felt
    ) -> None:
        mind = self.mind
        if mind.program is None:
            return
        probabilities = mind.models.usable(scored)
        complete = max(self.watermark.at, customer.at - self.watermark.lateness_s)
        matches = mind.program.observe(
            event, customer, probabilities, felt, complete_until=complete
        )
        if PLAYS in customer.rules:
            plays = mind.program.plays
            matches += plays.observe(event, customer, probabilities, felt, mind.tally)
        if len(probabilities) < len(scored):
            said = {name: one.value for name, one in scored.items() if one.value is not None}
            if len(probabilities) < len(said):  # else a model had nothing to say
                matches += mind.program.silenced(event, customer, said, probabilities, felt)
        if matches:
            self._decide(customer, matches, scored)

    def _forget(self, event: Event, record: Record) -> None:
        # All of it at once: open labels and patterns are neither learnt from nor fired.
        self.customers.remove(event.customer)
        self.mind.centre.forget(event.customer)
        self.forgotten.add(event)
        for told in tell_dispatch(event, record, self._of_n):
            self._out.add(told)

    def _broadcast(self, event: Event, record: Record) -> None:
        if event.type == "progress":
            if self.watermark.update(event):
                self.forgotten.expire(self.watermark.at)
                self._fire_all(self.watermark.at, record)
                for tally in self.mind.reactions.tally(self.watermark.at):
                    self._out.control(tally)
        elif event.type.startswith("queue."):  # control and source records may carry wall time
            self.mind.centre.update(event)
            if self.mind.program is not None and self.mind.program.follows(WAITING):
                self._look_again(event, record)
        elif event.type.startswith("control."):
            for told in self.mind.control(event):
                self._out.control(told)
        elif event.type == OPENED:
            self.mind.reactions.opened(event)

    def _look_again(self, state: Event, record: Record) -> None:
        # Who waits is scored with the queue as it is now; the event is not in the log.
        for name, call in self.mind.centre.waiting(text(state.data.get("queue")), state.at):
            waiting = still_waiting(state, self.customers.get(name), call)
            if waiting is not None:
                self._isolated(waiting, record, self._wait)

    def _wait(self, event: Event) -> None:
        customer, mind = self.customers.get(event.customer), self.mind
        scored = mind.models.again(event, customer, mind.centre)
        felt = detect(event, customer, event.at, mind.effort.points)
        self._judge(event, customer, scored, felt)
        self._keep(customer, event.at)

    def _fire_all(self, until: float, record: Record) -> None:
        while (due := self.customers.next_due(until)) is not None:
            deadline, name = due
            self._fire_one(name, deadline, until, record)

    def _fire(self, name: str, until: float, record: Record) -> None:
        while (deadline := self.mind.next_deadline(self.customers.get(name))) < until:
            self._fire_one(name, deadline, until, record)

    def _fire_one(self, name: str, deadline: float, now: float, record: Record) -> None:
        customer = self.customers.get(name)
        mark = self._out.mark()
        try:
            self._fire_due(customer, just_after(deadline), now)
        except Exception as error:  # as for an event: told once, and time goes on
            self._out.withdraw(mark)
            self.customers.roll_back(name)
            customer = self.customers.get(name)
            customer.labels.clear()  # what fails now would fail for ever
            customer.rules.clear()
            customer.activity = None
            customer.gates.pop(HELD, None)
            if customer.effort is not None:
                customer.effort.asked = None
            reason = f"a timer of customer {name!r}, which lost its open patterns: {_told(error)}"
            self._out.add(dead_letter(record, "error", reason, "engine", deadline, about=name))
        self._keep(customer, deadline)

    def _fire_due(self, customer: Customer, after: float, now: float) -> None:
        self._learn(labels.mature(customer, after))
        self._learn(self.mind.effort.mature(customer, after))
        if customer.activity is not None and customer.activity.review_at < after:
            self._review(customer, customer.activity.review_at)
        if self.mind.program is not None:
            overdue: list[str] = []
            # On a log clock time jumps over every silence of the source: nothing is overdue.
            really = now if self._clock == "live" else None
            silence = Event("", "precede", "timer", after, customer.id)
            felt = detect(silence, customer, after, self.mind.effort.points)
            matches = self.mind.program.due(customer, after, {}, felt, now=really, expired=overdue)
            self.overdue += len(overdue)
            matches += self.mind.released(customer, after)
            if PLAYS in customer.rules:
                plays = self.mind.program.plays
                matches += plays.due(customer, after, self.mind.tally, now=really)
                matches.sort(key=_when_and_what)
            self._decide(customer, matches, {})

    def _review(self, customer: Customer, at: float) -> None:
        # Nothing happened, so the models look at the customer by themselves.
        review = Event(f"review-{at:.6f}", "precede", REVIEW, at, customer.id)
        if customer.activity is not None:
            customer.activity.reviewed(at)
        scored = self._score(review, customer)
        felt = detect(review, customer, at, self.mind.effort.points)
        self._judge(review, customer, scored, felt)

    def _learn(self, known: Iterable[Label]) -> None:
        for label in known:
            if not label.treated:
                (self.mind.effort if label.model in TAUGHT else self.mind.models).learn(label)
            self._out.label(label)

    def _decide(
        self, customer: Customer, matches: Sequence[Match], scored: Mapping[str, Scored]
    ) -> None:
        for match in matches:
            if match.missing:
                match.withdrawn = self.mind.models.why_missing(match.missing)
            if match.number == 1:  # a later step follows from what happened, not from a score
                match.evidence = self._evidence(match, scored)
        for decision in self.mind.decide(customer, matches):
            self._record(decision)

    def _record(self, decision: Decision) -> None:
        mind = self.mind
        self._out.decision(decision, mind.playbook_hash, mind.approved.told)

    def _evidence(self, match: Match, scored: Mapping[str, Scored]) -> list[Evidence]:
        models = self.mind.models
        return [
            Evidence(
                model=name,
                snapshot=models.labels_learnt(name),
                score=scored[name].score,
                baseline=scored[name].baseline,
                top=models.explain(name, scored[name].x),
                withdrawn=models.is_withdrawn(name),
            )
            for name in self.mind.scores_read(match.rule.id)
            if name in scored
        ]

    def _keep(self, customer: Customer, at: float) -> None:
        deadline = self.mind.next_deadline(customer)
        leaves = customer.at + TTL_S
        if not customer.identified and customer.is_finished():
            # Not before the watermark: a late repeat of its events must still be recognised.
            leaves = customer.at
            if self.watermark.at > leaves:
                self.customers.remove(customer.id)
                return
        elif at >= leaves:
            self.customers.remove(customer.id)
            return
        elif max(at, leaves - TTL_SLACK_S) < customer.deadline < leaves:
            leaves = customer.deadline  # else each event would move it; looked at again then
        self.customers.put(customer, min(deadline, leaves))

    def _adopt(self, event: Event, record: Record) -> bool:
        name = event.data.get("hash")
        if not isinstance(name, str):
            reason = "control.playbook must name a playbook by data.hash, a text: publish it again"
            self._out.add(dead_letter(record, "invalid_field", reason, "engine", event.at))
            return True
        playbook = self._playbook_of(name)
        if playbook is None:
            return False
        self.mind.adopt(playbook, Approval.read(event.data))
        return True

    def checkpoint(self) -> list[Outgoing]:
        """Return what changed since the last call: customers, models, the partition's own state."""
        records = [
            Outgoing("state", key, value, partition=self.partition)
            for key, value in (*self.customers.changes(), *self.forgotten.changes())
        ]
        own = orjson.dumps(
            {"late": self.late, "duplicates": self.duplicates, "overdue": self.overdue}
        )
        for key, value in (
            (b"watermark", self.watermark.pack()), (b"counts", own), *self.mind.changes(),
        ):  # fmt: skip
            records.append(Outgoing("state", key, value, partition=self.partition))
        return records

    def restore(self, key: bytes, value: bytes) -> None:
        """Take back one record that `checkpoint` returned."""
        if key == b"watermark":
            self.watermark.unpack(value)
        elif key == b"counts":
            own = orjson.loads(value)
            self.late, self.duplicates = own["late"], own["duplicates"]
            self.overdue = own["overdue"]
        elif not (self.customers.restore(key, value) or self.forgotten.restore(key, value)):
            self.mind.restore(key, value, self._playbook_of)

    def restored(self, applied: int) -> list[Outgoing]:
        """Timers stand again; nothing needs saying."""
        self.customers.restored()
        return []

    def urgent(self, output: Iterable[Outgoing]) -> int:
        """Actions go out soon and answers at once; other decisions wait for the checkpoint."""
        return max(map(Output.urgency, output), default=0)


def _when_and_what(match: Match) -> tuple[float, str]:
    return match.at, match.rule.id


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:500]
