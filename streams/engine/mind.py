"""What a partition knows beyond single customers: models, the centre, playbook and gates."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal

import msgpack

from detectors.centre import Centre, QueueState
from detectors.customer import Customer
from detectors.effort_model import EffortModel
from detectors.event import Event
from detectors.learning import labels
from detectors.models.registry import Models
from detectors.models.weights import WEIGHTS, read_weights
from rules.brake import BRAKE, RELEASE, Brake
from rules.cancel import Cancel
from rules.compiled import program_of
from rules.decide import Decider
from rules.decision import Decision
from rules.held import first_release, take_released
from rules.match import Match
from rules.playbook.approval import Approval, Approved
from rules.playbook.models import Playbook
from rules.plays.state import PLAYS, first_due
from rules.plays.tally import Tally
from rules.program import Program
from rules.reactions import TALLY, Reactions
from rules.reservation import Answer, refused
from rules.stopped import RESUME, STOP, Stopped

MODEL = b"model:"
"""Key of a model's state, before its name."""
EFFORT = b"effort"
"""Key of what was learnt about the weight of friction."""


class Mind:
    """The parts of a partition's state that belong to no customer."""

    def __init__(self, partition: int, of_n: int, clock: Literal["live", "log"]) -> None:
        self.models = Models()
        self.effort = EffortModel()
        self.centre = Centre()
        self.program: Program | None = None
        self.playbook_hash = ""
        self.tally = Tally()
        self.stopped = Stopped()
        self.approved = Approved()
        self.reactions = Reactions(partition)
        self.brake = Brake(decides=partition == 0)
        self._decider: Decider | None = None
        self._partition = partition
        self._of_n = of_n
        self._clock = clock
        self._propensities: dict[str, str] = {}
        self._written: dict[bytes, bytes | None] = {}
        self._outcomes_written = 0
        self._models_written: dict[str, tuple[int, int]] = {}
        self._decider_state: Any = None

    def adopt(self, playbook: Playbook, approval: Approval) -> None:
        """Switch to a playbook, here and now, all of it."""
        orders = (self.stopped, self.approved)
        decider = Decider(
            playbook, self._partition, self._of_n, self._clock, orders, self.brake.why,
            self._queue,
        )  # fmt: skip
        self.approved.adopt(approval, playbook.hash)
        if self._decider is not None:
            decider.restore(self._decider.snapshot())
        self.program, self._decider = program_of(playbook), decider
        self.playbook_hash = playbook.hash
        self._propensities = {
            rule.id: rule.propensity.removeprefix("score.")
            for rule in playbook.rules
            if rule.propensity is not None
        }
        self.reactions.adopt(playbook)
        self.brake.adopt(playbook.limits)
        self.models.set_horizons(playbook.horizons.churn_s, playbook.horizons.silence_s)
        known = self.centre.snapshot()
        self.centre = Centre(playbook.time_zone)
        self.centre.restore(known)

    def decide(self, customer: Customer, matches: Sequence[Match]) -> list[Decision]:
        """Return one decision for every match, and for each step that follows from it at once."""
        if self._decider is None or self.program is None:
            return []
        plays = self.program.plays
        decisions = plays.decide(customer, matches, self._decider.decide, self.tally)
        self.reactions.decided(customer, decisions)
        return decisions

    def notice(self, customer: Customer, event: Event) -> list[Cancel]:
        """Take an event that may change what was decided; return what must not go out any more."""
        return [] if self._decider is None else self._decider.notice(customer, event)

    def answer(self, customer: Customer, event: Event) -> Answer:
        """Answer the question of another system whether it may contact the customer."""
        if self._decider is None:
            return refused(event, "no playbook is in force: publish one")
        return self._decider.answer(customer, event)

    def control(self, event: Event) -> list[Event]:
        """Take a control record other than the switch to a playbook; return those it leads to."""
        if event.type in {STOP, RESUME}:
            self.stopped.take(event)
        elif event.type in {BRAKE, RELEASE, TALLY}:
            return self.brake.take(event)
        elif event.type == WEIGHTS:
            self.models.begin_with(*read_weights(event))
        return []

    def scores_read(self, rule: str) -> tuple[str, ...]:
        """Return the scores that a rule looks at."""
        if self.program is None:
            return ()
        scores, own = self.program.scores_read(rule), self._propensities.get(rule)
        return scores if own is None or own in scores else (*scores, own)

    def _queue(self, name: str) -> QueueState:
        return self.centre.queue(name)  # of the centre that there is by then

    def released(self, customer: Customer, until: float) -> list[Match]:
        """Return what hours held back until before `until`, and what still holds by then."""
        matches: list[Match] = []
        program = self.program
        if program is None:
            return matches
        for one in take_released(customer.gates, until):
            known = one.happened
            for match in program.again(
                one.rule, one.event(customer.id), customer, known.scores, known.signals,
                one.release_at,
            ):  # fmt: skip
                match.held_since = one.since
                matches.append(match)
        return matches

    def next_deadline(self, customer: Customer) -> float:
        """Return when the customer's next timer is due; infinite for none."""
        due = labels.next_due(customer)
        if customer.activity is not None:
            due = min(due, customer.activity.review_at)
        if customer.effort is not None:
            due = min(due, customer.effort.due)
        if self.program is None:
            return due
        if customer.gates:
            due = min(due, first_release(customer.gates))
        if PLAYS in customer.rules:
            due = min(due, first_due(customer.rules))
        return min(due, self.program.next_deadline(customer))

    def changes(self) -> Iterator[tuple[bytes, bytes | None]]:
        """Yield key and value of what changed since the last call; ``None`` for what is gone."""
        stops, approval = self.stopped.snapshot(), self.approved.approval
        current = {
            b"centre": msgpack.packb(self.centre.snapshot()),
            b"playbook": self.playbook_hash.encode(),
            b"stopped": msgpack.packb(stops) if stops else None,
            b"reactions": _packed(self.reactions.snapshot()),
            b"brake": _packed(self.brake.snapshot()),
            b"approval": None if approval == Approval() else msgpack.packb(approval.fields()),
        }
        for name, state in self.models.changes(self._models_written):
            current[MODEL + name.encode()] = msgpack.packb(state)
        if self._outcomes_written != self.effort.outcomes:
            self._outcomes_written = self.effort.outcomes  # else no weight has moved
            current[EFFORT] = msgpack.packb(self.effort.snapshot())
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
        if key.startswith(MODEL):
            name = key.removeprefix(MODEL).decode()
            self.models.restore({name: msgpack.unpackb(value, strict_map_key=False)})
        elif key == EFFORT:
            self.effort.restore(msgpack.unpackb(value, strict_map_key=False))
            self._outcomes_written = self.effort.outcomes
        elif key == b"centre":
            self.centre.restore(msgpack.unpackb(value, strict_map_key=False))
        elif key == b"decider":
            self._decider_state = msgpack.unpackb(value, strict_map_key=False)
        elif key == b"stopped":
            self.stopped.restore(msgpack.unpackb(value))
        elif key == b"reactions":
            self.reactions.restore(msgpack.unpackb(value))
        elif key == b"brake":
            self.brake.restore(msgpack.unpackb(value))
        elif key == b"approval":
            self.approved.adopt(Approval.read(msgpack.unpackb(value)), self.playbook_hash)
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
        self.adopt(playbook, self.approved.approval)


def _packed(state: dict[str, Any] | None) -> bytes | None:
    return None if state is None else msgpack.packb(state)


def just_after(deadline: float) -> float:
    """Return the smallest time after a deadline: timers fire strictly before it."""
    return math.nextafter(deadline, math.inf)
