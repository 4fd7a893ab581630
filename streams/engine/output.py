"""What one partition says: decisions, actions, labels and dead letters, in order."""

from collections.abc import Mapping
from typing import Any

import orjson

from detectors.event import Event, encode_event
from detectors.learning.labels import Label
from rules.action import action_event
from rules.cancel import Cancel, cancel_event, recall_event
from rules.decision import Decision, decision_event
from rules.reservation import Answer, answer_event
from streams.engine.contract import Outgoing, Record
from streams.sources.cloudevents import CONTENT_TYPE

ASKED = "precede-asked"  # header of an answer: the id of the event that asked
SINCE = "precede-since-ms"  # header of an action: when what caused it was appended


class Output:
    """Collects the records that the current batch causes."""

    def __init__(self, partition: int) -> None:
        self._partition = partition
        self._records: list[Outgoing] = []
        self._offset = 0
        self._since_ms = 0

    def at(self, record: Record) -> None:
        """What follows is caused by this record."""
        self._offset = record.offset
        self._since_ms = record.timestamp

    def add(self, record: Outgoing) -> None:
        """Add a record as it is."""
        self._records.append(record)

    def label(self, label: Label) -> None:
        """Add what a model had said and what came true."""
        value = orjson.dumps(
            {
                "model": label.model,
                "label_id": label.id,
                "t0": label.t0,
                "score": label.score,
                "baseline": label.baseline,
                "y": label.y,
                "earlier": label.earlier,
                "identified": label.identified,
                "treated": label.treated,
                **({} if label.weight == 1 else {"weight": label.weight}),
                **({} if label.told is None else {"choice": label.told.as_json()}),
            }
        )
        self._records.append(
            Outgoing("labels", label.id.encode(), value, partition=self._partition)
        )

    def decision(
        self, decision: Decision, playbook_hash: str, approval: Mapping[str, Any] | None
    ) -> None:
        """Add a decision and, where it sends something, its action."""
        event = decision_event(
            decision, playbook_hash=playbook_hash, approval=approval,
            partition=self._partition, offset=self._offset,
        )  # fmt: skip
        self._records.append(
            Outgoing(
                "decisions", decision.customer.encode(), encode_event(event),
                partition=self._partition, headers=(CONTENT_TYPE,), since_ms=self._since_ms,
            )
        )  # fmt: skip
        if decision.action is not None:
            event = action_event(
                decision.action, playbook_hash=playbook_hash,
                partition=self._partition, offset=self._offset,
            )  # fmt: skip
            self._records.append(
                Outgoing(
                    "actions", decision.action.contact_point.encode(), encode_event(event),
                    headers=(CONTENT_TYPE, (SINCE, str(self._since_ms).encode())),
                    since_ms=self._since_ms,
                )
            )  # fmt: skip

    def answer(self, answer: Answer, playbook_hash: str) -> None:
        """Add the answer to another system's question, where it can be told at a glance."""
        event = answer_event(
            answer, playbook_hash=playbook_hash, partition=self._partition, offset=self._offset
        )
        self._records.append(
            Outgoing(
                "decisions", event.customer.encode(), encode_event(event),
                partition=self._partition,
                headers=(CONTENT_TYPE, (ASKED, answer.event.id.encode())),
                since_ms=self._since_ms,
            )
        )  # fmt: skip

    def control(self, event: Event) -> None:
        """Add a record that goes through raw-events to every partition of interactions."""
        self._records.append(
            Outgoing(
                "raw_events", b"control", encode_event(event), partition=0, headers=(CONTENT_TYPE,)
            )
        )

    def cancel(self, cancel: Cancel) -> None:
        """Add the end of an action that may still wait, next to the action and the decision."""
        event = recall_event(cancel, partition=self._partition, offset=self._offset)
        self._records.append(
            Outgoing(
                "decisions", cancel.customer.encode(), encode_event(event),
                partition=self._partition, headers=(CONTENT_TYPE,), since_ms=self._since_ms,
            )
        )  # fmt: skip
        event = cancel_event(cancel, partition=self._partition, offset=self._offset)
        key = cancel.contact_point.encode()
        self._records.append(
            Outgoing(
                "actions", key, encode_event(event),
                headers=(CONTENT_TYPE,), since_ms=self._since_ms,
            )
        )  # fmt: skip

    def mark(self) -> int:
        """Return where the output stands."""
        return len(self._records)

    def withdraw(self, mark: int) -> None:
        """Take back what was added since `mark`."""
        del self._records[mark:]

    @staticmethod
    def urgency(record: Outgoing) -> int:
        """Return 2 for an answer to a question, 1 for what goes out, 0 for anything else."""
        if len(record.headers) > 1 and record.headers[1][0] == ASKED:
            return 2
        return record.topic == "actions"

    def take(self) -> list[Outgoing]:
        """Return everything and start anew."""
        records, self._records = self._records, []
        return records
