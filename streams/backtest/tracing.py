"""Recompute a partition up to a time, and keep what explains one customer."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Literal

from detectors.customer import Customer, pack, unpack
from detectors.event import Event, decode_event
from detectors.signals.registry import detect
from rules.cancel import CANCEL
from rules.decision import DECISION
from rules.playbook.models import Playbook
from rules.why.seen import Seen, Trace
from streams.backtest.recorded import RecordingModels
from streams.engine.contract import Outgoing, Record
from streams.engine.forgotten import FORGOTTEN
from streams.engine.processor import Processor


class Tracer:
    """A processor that is watched for one customer.

    Parameters
    ----------
    partition, of_n, clock
        As the engine runs it.
    until
        Up to when, event time.
    playbook_of
        Returns the playbook of a hash.

    Attributes
    ----------
    trace
        What was seen so far.
    """

    def __init__(
        self,
        partition: int,
        of_n: int,
        clock: Literal["live", "log"],
        customer: str,
        until: float,
        playbook_of: Callable[[str], Playbook | None],
    ) -> None:
        self.trace = Trace(customer, until)
        self._processor = Processor(partition, of_n, clock, playbook_of)
        self._models = RecordingModels()
        self._processor.mind.models = self._models
        self._playbook_of = playbook_of

    @property
    def playbook(self) -> Playbook | None:
        """The playbook in force."""
        return self._playbook_of(self._processor.mind.playbook_hash)

    @property
    def is_over(self) -> bool:
        """Whether time has passed the end: nothing that follows can be known by then."""
        return self._processor.watermark.at > self.trace.until

    def resume(self, state: Mapping[bytes, bytes], at: float) -> None:
        """Begin at a snapshot instead of the log's start.

        Parameters
        ----------
        at
            How far time had come there; what was before is not known to the trace.
        """
        for key, value in state.items():
            self._processor.restore(key, value)
        self._processor.restored(0)
        self.trace.since = at

    def take(self, record: Record) -> None:
        """Apply a record of the log; call for each in order until it is over."""
        if _FORGOTTEN in (record.value or b""):
            self._forget(decode_event(record.value or b""))
        output = self._processor.process([record])
        self._keep_decisions(output)
        for waiting, scores in self._models.waited:
            self._add(waiting, scores)
        self._models.waited.clear()
        event = self._models.take()
        if event is not None:
            known = ((said.name, said.scored().value) for said in self._models.said)
            self._add(event, {name: value for name, value in known if value is not None})

    def _add(self, event: Event, scores: Mapping[str, float | str]) -> None:
        if event.at > self.trace.until:
            return
        self.trace.types.add(event.type)
        if event.customer == self.trace.customer:
            self.trace.seen.append(self._seen(event, scores))

    def _forget(self, event: Event) -> None:
        if event.type == FORGOTTEN and event.customer == self.trace.customer:
            self.trace.seen.clear()
            self.trace.decisions.clear()
            self.trace.cancels.clear()

    def _seen(self, event: Event, scores: Mapping[str, float | str]) -> Seen:
        customer = self._processor.customers.get(event.customer)
        packed = pack(customer, customer.deadline)
        signals = dict(detect(event, customer, event.at, self._processor.mind.effort.points))
        return Seen(event, partial(_unpacked, event.customer, packed), scores, signals)

    def _keep_decisions(self, output: list[Outgoing]) -> None:
        key = self.trace.customer.encode()
        for record in output:
            if record.topic == "decisions" and record.key == key:
                decision = decode_event(record.value or b"")
                if decision.type == DECISION and decision.at <= self.trace.until:
                    self.trace.decisions.append(decision)
                elif decision.type == CANCEL and decision.at <= self.trace.until:
                    self.trace.cancels.append(decision)


_FORGOTTEN = FORGOTTEN.encode()


def _unpacked(name: str, packed: bytes) -> Customer:
    return unpack(name, packed)
