"""What a partition knows beyond single customers: models, the centre, playbook and gates."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal

import msgpack

from detectors.centre import Centre
from detectors.customer import Customer
from detectors.learning import labels
from detectors.models.registry import Models
from rules.compiled import program_of
from rules.decide import Decider
from rules.decision import Decision
from rules.match import Match
from rules.playbook.models import Playbook
from rules.program import Program


class Mind:
    """The parts of a partition's state that belong to no customer."""

    def __init__(self, partition: int, of_n: int, clock: Literal["live", "log"]) -> None:
        self.models = Models()
        self.centre = Centre()
        self.program: Program | None = None
        self.playbook_hash = ""
        self._decider: Decider | None = None
        self._partition = partition
        self._of_n = of_n
        self._clock = clock
        self._written: dict[bytes, bytes] = {}
        self._labels_written = -1
        self._decider_state: Any = None

    def adopt(self, playbook: Playbook) -> None:
        """Switch to a playbook, here and now, all of it."""
        decider = Decider(playbook, self._partition, self._of_n, self._clock)
        if self._decider is not None:
            decider.restore(self._decider.snapshot())
        self.program, self._decider = program_of(playbook), decider
        self.playbook_hash = playbook.hash
        known = self.centre.snapshot()
        self.centre = Centre(playbook.time_zone)
        self.centre.restore(known)

    def decide(self, customer: Customer, matches: Sequence[Match]) -> list[Decision]:
        """Return one decision for every match."""
        if self._decider is None:
            return []
        return self._decider.decide(customer, matches)

    def scores_read(self, rule: str) -> tuple[str, ...]:
        """Return the scores that a rule looks at."""
        return () if self.program is None else self.program.scores_read(rule)

    def next_deadline(self, customer: Customer) -> float:
        """Return when the customer's next timer is due; infinite for none."""
        due = labels.next_due(customer)
        return due if self.program is None else min(due, self.program.next_deadline(customer))

    def changes(self) -> Iterator[tuple[bytes, bytes]]:
        """Yield key and value of what changed since the last call."""
        current = {
            b"centre": msgpack.packb(self.centre.snapshot()),
            b"playbook": self.playbook_hash.encode(),
        }
        if self._labels_written != self.models.all_labels_learnt:
            self._labels_written = self.models.all_labels_learnt  # else no weight has moved
            current[b"models"] = msgpack.packb(self.models.snapshot())
        if self._decider is not None:
            current[b"decider"] = msgpack.packb(self._decider.snapshot())
        for key, value in current.items():
            if self._written.get(key) != value:
                self._written[key] = value
                yield key, value

    def restore(
        self, key: bytes, value: bytes, playbook_of: Callable[[str], Playbook | None]
    ) -> None:
        """Take back one record that `changes` yielded."""
        self._written[key] = value
        if key == b"models":
            self.models.restore(msgpack.unpackb(value, strict_map_key=False))
        elif key == b"centre":
            self.centre.restore(msgpack.unpackb(value, strict_map_key=False))
        elif key == b"decider":
            self._decider_state = msgpack.unpackb(value, strict_map_key=False)
        elif key == b"playbook" and value:
            self._restore_playbook(value.decode(), playbook_of)
        if self._decider is not None and self._decider_state is not None:
            self._decider.restore(self._decider_state)
            self._decider_state = None

    def _restore_playbook(self, name: str, playbook_of: Callable[[str], Playbook | None]) -> None:
        playbook = playbook_of(name)
        if playbook is None:
            msg = f"playbook {name} must be in the playbooks topic; it is not: publish it again"
            raise LookupError(msg)
        self.adopt(playbook)


def just_after(deadline: float) -> float:
    """Return the smallest time after a deadline: timers fire strictly before it."""
    return math.nextafter(deadline, math.inf)
