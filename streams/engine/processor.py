"""One partition of interactions: what happened, what it means, what to do about it. Pure.

The way through one event reads top to bottom in `Processor._apply`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal

import orjson

from detectors.customer import Customer
from detectors.event import Event, InvalidEventError, decode_event
from detectors.learning import labels
from detectors.learning.labels import Label
from detectors.models.scored import Scored
from detectors.signals.registry import detect
from rules.decision import Decision
from rules.match import Evidence, Match
from streams.engine.contract import Outgoing, PlaybookMissingError, Record
from streams.engine.customers import TTL_S, TTL_SLACK_S, Customers
from streams.engine.faults import Faults
from streams.engine.mind import Mind, just_after
from streams.engine.output import Output
from streams.engine.watermark import Watermark
from streams.sources.deadletter import dead_letter

BROADCAST = ""


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
        self.mind = Mind(partition, of_n, clock)
        self.late = 0
        self.duplicates = 0
        self.overdue = 0
        self._clock = clock
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
                self._isolated(event, record)
            elif event.type == "control.playbook":
                if not self._adopt(event, record):
                    raise PlaybookMissingError(
                        event.data["hash"], self._out.take(), record.offset, done
                    )
            else:
                self._broadcast(event, record)
        return self._out.take()

    def _isolated(self, event: Event, record: Record) -> None:
        # A fault inside one event must not stop the stream: the customer is as before the event,
        # and what the event caused so far is withdrawn. Timers come before the event.
        before = event.at - self.watermark.lateness_s
        if self.customers.get(event.customer).deadline < before:
            self._fire(event.customer, before, record)
        mark = self._out.mark()
        try:
            self._apply(event)
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
        mind.centre.update(event)
        scored = mind.models.score(event, customer, mind.centre)
        for score in scored.values():
            mind.models.open(score, event, customer)
        felt = detect(event, customer, event.at)
        if known:
            self._learn(known)
        if mind.program is not None:
            probabilities = {name: score.score for name, score in scored.items()}
            complete = max(self.watermark.at, customer.at - self.watermark.lateness_s)
            matches = mind.program.observe(
                event, customer, probabilities, felt, complete_until=complete
            )
            if matches:
                self._decide(customer, matches, scored)
        self._keep(customer, event.at)

    def _broadcast(self, event: Event, record: Record) -> None:
        if event.type == "progress":
            if self.watermark.update(event):
                self._fire_all(self.watermark.at, record)
        elif event.type.startswith("queue."):  # control and source records may carry wall time
            self.mind.centre.update(event)

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
            reason = f"a timer of customer {name!r}, which lost its open patterns: {_told(error)}"
            self._out.add(dead_letter(record, "error", reason, "engine", deadline, about=name))
        self._keep(customer, deadline)

    def _fire_due(self, customer: Customer, after: float, now: float) -> None:
        self._learn(labels.mature(customer, after))
        if self.mind.program is not None:
            overdue: list[str] = []
            # On a log clock time jumps over every silence of the source: nothing is overdue.
            really = now if self._clock == "live" else None
            silence = Event("", "precede", "timer", after, customer.id)
            felt = detect(silence, customer, after)
            matches = self.mind.program.due(customer, after, {}, felt, now=really, expired=overdue)
            self.overdue += len(overdue)
            self._decide(customer, matches, {})

    def _learn(self, known: Iterable[Label]) -> None:
        for label in known:
            self.mind.models.learn(label)
            self._out.label(label)

    def _decide(
        self, customer: Customer, matches: Sequence[Match], scored: Mapping[str, Scored]
    ) -> None:
        for match in matches:
            match.evidence = self._evidence(match, scored)
        for decision in self.mind.decide(customer, matches):
            self._record(decision)

    def _record(self, decision: Decision) -> None:
        self._out.decision(decision, self.mind.playbook_hash)

    def _evidence(self, match: Match, scored: Mapping[str, Scored]) -> list[Evidence]:
        models = self.mind.models
        return [
            Evidence(
                model=name,
                snapshot=models.labels_learnt(name),
                score=scored[name].score,
                baseline=scored[name].baseline,
                top=models.explain(name, scored[name].x),
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
        self.mind.adopt(playbook)
        return True

    def checkpoint(self) -> list[Outgoing]:
        """Return what changed since the last call: customers, models, the partition's own state."""
        records = [
            Outgoing("state", key, value, partition=self.partition)
            for key, value in self.customers.changes()
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
        elif not self.customers.restore(key, value):
            self.mind.restore(key, value, self._playbook_of)

    def restored(self, applied: int) -> list[Outgoing]:
        """Timers stand again; nothing needs saying."""
        self.customers.restored()
        return []

    def urgent(self, output: Iterable[Outgoing]) -> bool:
        """An action is committed at once; decisions without one wait for the checkpoint."""
        return any(record.topic == "actions" for record in output)


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:500]
