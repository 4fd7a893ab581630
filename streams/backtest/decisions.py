"""What a playbook decided on one partition, gathered from a processor's output."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import orjson

from detectors.event import decode_event
from rules.decision import DECISION
from rules.proof.decided import Decided, read_decision
from streams.engine.contract import Outgoing


@dataclass(slots=True)
class Decisions:
    """What was decided on one partition.

    Parameters
    ----------
    made
        Every candidate's end, in the order of the log.
    failed
        How many records ended as dead letters.
    sha256
        Of the decisions' records without ``origin`` and ``playbook``: where in a log they arose
        and how the whole playbook is called says nothing about what was decided.
    """

    made: list[Decided]
    failed: int
    sha256: str


class Gathering:
    """Takes a processor's output in its order."""

    def __init__(self) -> None:
        self._made: list[Decided] = []
        self._failed = 0
        self._digest = hashlib.sha256()

    def take(self, output: Iterable[Outgoing]) -> None:
        """Take what a batch of records caused."""
        for record in output:
            if record.topic == "dead_letters":
                self._failed += 1
            elif record.topic == "decisions":
                event = decode_event(record.value or b"")
                if event.type != DECISION:
                    continue
                self._made.append(read_decision(event))
                data = {k: v for k, v in event.data.items() if k not in {"origin", "playbook"}}
                self._digest.update(orjson.dumps([event.id, event.at, data]))

    def decisions(self) -> Decisions:
        """Return everything that was decided."""
        return Decisions(self._made, self._failed, self._digest.hexdigest())
