from random import Random
from typing import Any

import msgpack
import pytest

from detectors.customer import Customer
from detectors.event import Event
from detectors.schema import EVENTS
from rules.brake import BRAKE, RELEASE, Brake, resented
from rules.decide import Decider
from rules.playbook.models import Limits
from rules.proof.intervals import Share
from rules.proof.sequential import Sample, difference_interval
from rules.reactions import SOURCE, TALLY, Counts
from tests.rules.gates.build import match, playbook, rule

AT = 1_000_000.0
LIMITS = Limits.model_validate({"opt_outs": 2, "echo_contacts": 5})


def tally(rule_id: str = "offer", **counts: int) -> Event:
    zeros = {"sent": 0, "opted_out": 0, "sent_contacts": 0, "ghosts": 0, "ghost_contacts": 0}
    return Event("t", SOURCE, TALLY, AT, data={"partition": 1, "rule": rule_id, **zeros, **counts})


def order(kind: str, **data: Any) -> Event:
    return Event("o", SOURCE, kind, AT, data={"rule": "offer", **data})


def test_its_records_are_in_the_vocabulary() -> None:
    assert {BRAKE, RELEASE, TALLY} <= EVENTS.keys()


def deciding() -> Brake:
    brake = Brake(decides=True)
    brake.adopt(LIMITS)
    return brake


@pytest.mark.parametrize(
    ("counts", "why"),
    [
        (Counts(), None),
        (Counts(sent=10, opted_out=2), None),  # 20 %, but of ten
        (Counts(sent=1000, opted_out=20), None),  # exactly the limit
        (Counts(sent=1000, opted_out=60), "opt-outs: 60 of 1000"),
        (Counts(sent=5000, sent_contacts=1500, ghosts=0), None),  # nobody to compare with
        (Counts(sent=5000, sent_contacts=1500, ghosts=1000, ghost_contacts=280), None),
        (Counts(sent=5000, sent_contacts=1500, ghosts=1000, ghost_contacts=100), "echo contacts"),
        (Counts(sent=3, opted_out=9), None),  # late ones of actions counted before a release
    ],
)
def test_a_rule_is_resented_when_it_is_above_a_limit_for_certain(
    counts: Counts, why: str | None
) -> None:
    found = resented(counts, LIMITS)

    assert (found is None) is (why is None)
    assert (found or "").startswith(why or "")


def test_exactly_at_the_limit_of_echo_contacts_is_not_above_it() -> None:
    counts = Counts(sent=5000, sent_contacts=1500, ghosts=1000, ghost_contacts=100)
    more = difference_interval(
        Sample.of_share(Share(1500, 5000)), Sample.of_share(Share(100, 1000))
    )
    assert more is not None
    least = 100.0 * more[0]

    at_limit = Limits.model_validate({"opt_outs": 2, "echo_contacts": least})
    assert resented(counts, at_limit) is None
    assert resented(counts, LIMITS) == (
        f"echo contacts: {least:.1f} percentage points at least above those who are held out, "
        "limit 5"
    )


def test_a_rule_at_its_limit_is_hardly_ever_braked_however_often_it_is_looked_at() -> None:
    lots, braked = Random(5), 0
    for _ in range(100):
        counts = Counts()
        for _ in range(100):
            counts.sent += 20
            counts.opted_out += sum(lots.random() < 0.02 for _ in range(20))
            if resented(counts, LIMITS) is not None:
                braked += 1
                break
    # At most one of a hundred is expected; five would come once in 270 times.
    assert braked <= 4


def test_one_partition_adds_up_all_tallies_and_asks_once() -> None:
    brake, follower = deciding(), Brake(decides=False)
    said: list[Event] = []
    while not said:
        said = brake.take(tally(sent=100, opted_out=5))
        assert follower.take(tally(sent=100, opted_out=5)) == []
    [asked] = said

    assert brake.snapshot() == {
        "braked": [], "sums": {"offer": [600, 30, 0, 0, 0]}, "asked": ["offer"], "brakings": 1,
    }  # fmt: skip
    assert (asked.type, asked.data["rule"]) == (BRAKE, "offer")
    assert asked.data["reason"].startswith("opt-outs: ")
    # It takes effect where its record stands, in all of them, and is not asked for again.
    assert brake.why("offer") is None
    assert brake.take(tally(sent=200, opted_out=14)) == []
    for each in (brake, follower):
        each.take(asked)
        assert each.why("offer") == asked.data["reason"]
        assert each.why("another") is None
    assert brake.take(tally(sent=200, opted_out=14)) == []


def test_a_release_forgets_what_was_held_against_the_rule() -> None:
    brake = deciding()
    [asked] = brake.take(tally(sent=1000, opted_out=100))
    brake.take(asked)
    brake.take(order(RELEASE, by="ann", reason="new wording"))

    assert brake.braked == {}
    assert brake.take(tally(sent=100, opted_out=2)) == []
    [again] = brake.take(tally(sent=1000, opted_out=100))
    assert again.id != asked.id


def test_what_nobody_braked_and_nothing_was_counted_of_can_be_released() -> None:
    brake = deciding()
    assert brake.take(order(RELEASE)) == []
    assert brake.snapshot() is None

    # Sums alone are worth remembering, too.
    brake.take(tally(sent=1))
    assert brake.snapshot() == {
        "braked": [], "sums": {"offer": [1, 0, 0, 0, 0]}, "asked": [], "brakings": 0,
    }  # fmt: skip


def test_a_restart_changes_nothing() -> None:
    events = [
        tally(sent=100, opted_out=9), tally("other", sent=100, opted_out=1),
        tally(sent=300, opted_out=30), tally(sent=300, opted_out=30),
        order(BRAKE, reason="opt-outs"), tally(sent=100), order(RELEASE),
        tally(sent=900, opted_out=90),
    ]  # fmt: skip

    def run(*, cut: bool) -> list[list[Event]]:
        brake, said = deciding(), []
        for event in events:
            said.append(brake.take(event))
            if cut and (state := brake.snapshot()) is not None:
                brake = deciding()
                brake.restore(msgpack.unpackb(msgpack.packb(state)))
        return said

    assert run(cut=True) == run(cut=False)
    assert sum(map(len, run(cut=True))) == 2


def test_an_empty_state_is_no_record() -> None:
    assert deciding().snapshot() is None


def test_a_braked_rule_runs_along_as_a_shadow_and_says_so() -> None:
    book = playbook(rule("offer", cooldown="1h"), rule("other", priority=10))
    reasons = {"offer": "opt-outs: 60 of 1000"}
    decider = Decider(book, 0, 1, "log", braked=reasons.get)
    who = Customer("c-1")

    braked, other = decider.decide(who, [match(each, AT) for each in book.rules])
    assert (braked.reason, braked.action, braked.holdout) == ("brake", None, None)
    assert braked.verdicts[-1] == ("brake", False, "opt-outs: 60 of 1000")
    assert other.reason == "sent"  # although it is of the same topic and ranks lower

    # As a shadow it keeps its own cool-down.
    [again] = decider.decide(who, [match(book.rules[0], AT + 60.0, occurrence="o-2")])
    assert again.reason == "cooldown"


def test_a_rule_that_was_a_shadow_stays_one() -> None:
    book = playbook(rule("offer", mode="shadow"))
    decider = Decider(book, 0, 1, "log", braked={"offer": "opt-outs"}.get)

    assert decider.decide(Customer("c-1"), [match(book.rules[0], AT)])[0].reason == "shadow"
