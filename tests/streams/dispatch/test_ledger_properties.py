"""Whatever happens in whatever order, and wherever a crash cuts it off."""

from collections import Counter

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from streams.dispatch.outcome import Kind, Outcome
from tests.streams.dispatch.memory import NOON, Broker, Owner, action, cancel, replay

NAMES = st.sampled_from([f"{kind}-{n}" for kind in ("key", "blind") for n in range(3)])
# What a call does on the other side, and what it says of that.
CALLS: dict[str, tuple[bool, Kind]] = {
    "taken": (True, "accepted"),
    "refused": (False, "failed"),
    "busy": (False, "retry"),
    "taken in silence": (True, "unknown"),
    "lost on the way": (False, "unknown"),
}


class Dispatch(RuleBasedStateMachine):
    """A ledger whose owner commits now and then, and crashes now and then."""

    def __init__(self) -> None:
        super().__init__()
        self.broker = Broker()
        self.owner = Owner(self.broker)
        self.log = [action("key-0")]
        self.out: list[str] = []  # intents that are not committed
        self.calls: list[str] = []  # intents that are
        self.effects: Counter[str] = Counter()
        self.now = NOON

    def _read(self) -> None:
        self.owner.read(*self.log[self.owner.applied :])

    @rule(name=NAMES, not_before=st.sampled_from([0, 5]), not_after=st.sampled_from([3, 1e6]))
    def read_action(self, name: str, not_before: float, not_after: float) -> None:
        start = self.now + not_before
        self.log.append(action(name, not_before=start, not_after=start + not_after))
        self._read()

    @rule(name=NAMES)
    def read_cancel(self, name: str) -> None:
        self.log.append(cancel(name))
        self._read()

    @rule(name=NAMES)
    def read_replay(self, name: str) -> None:
        self.log.append(replay(name))
        self._read()

    @rule(seconds=st.sampled_from([1.0, 10.0]))
    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        self.owner.add(self.owner.ledger.expire(self.now))

    @precondition(lambda self: self.owner.ledger.due(self.now))
    @rule()
    def hold_back_one(self) -> None:
        self.owner.ledger.hold_back(self.owner.ledger.due(self.now)[0].id)

    @rule()
    def let_go(self) -> None:
        for stop in self.owner.ledger.stopped():
            self.owner.ledger.let_go(stop)

    @rule()
    def intend(self) -> None:
        for entry in self.owner.ledger.due(self.now):
            repeatable = entry.id.startswith("key")
            self.owner.add(self.owner.ledger.intend(entry.id, self.now, repeatable=repeatable))
            self.out.append(entry.id)

    @rule()
    def commit(self) -> None:
        self.owner.commit()
        self.calls += self.out
        self.out = []

    @precondition(lambda self: self.calls)
    @rule(call=st.sampled_from(sorted(CALLS)), last=st.booleans(), crash=st.booleans())
    def call(self, call: str, *, last: bool, crash: bool) -> None:
        name = self.calls.pop(0)
        taken, kind = CALLS[call]
        self.effects[name] += taken
        if crash:
            self.crash()
            return
        retry_at = None if last else self.now + 1
        self.owner.add(self.owner.ledger.settle(name, Outcome(kind, call), self.now, retry_at))

    @rule()
    def crash(self) -> None:
        self.owner = Owner(self.broker)
        self.out, self.calls = [], []
        self._read()

    @invariant()
    def no_action_is_lost_and_each_is_in_one_state(self) -> None:
        read = {
            entry.id
            for record in self.log[: self.owner.applied]
            if (entry := self.owner.ledger.get(_name(record.value))) is not None
        }
        assert sum(self.owner.ledger.counts().values()) == len(read)
        for record in self.log[: self.owner.applied]:
            if b'"precede.action"' in (record.value or b""):
                assert self.owner.ledger.get(_name(record.value)) is not None

    @invariant()
    def a_channel_without_a_key_never_acts_twice(self) -> None:
        assert all(n <= 1 for name, n in self.effects.items() if name.startswith("blind"))

    @invariant()
    def what_took_effect_is_never_said_to_have_ended_otherwise(self) -> None:
        for name, n in self.effects.items():
            entry = self.owner.ledger.get(name)
            assert entry is not None
            if n:
                assert entry.state not in {"cancelled", "expired", "refused"}


def _name(value: bytes | None) -> str:
    text = (value or b"").decode()
    return text.split('"action_id":"')[1].split('"')[0]


TestDispatch = Dispatch.TestCase
TestDispatch.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
