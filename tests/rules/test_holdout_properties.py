"""Both arms pass identical filters: who is held out changes nothing but that nothing goes out."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import msgpack
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.customer import Customer, pack, unpack
from rules.decide import Decider
from rules.decision import Decision
from rules.holdout import bucket
from rules.playbook.models import Playbook
from tests.rules.reference import BOOK, OF_N, PARTITION, Turn, events_of
from tests.rules.test_decide_properties import TURNS

CUSTOMERS = ("c-1", "c-2", "c-3")


def holding_out(percent: int, of_all: int) -> Playbook:
    """Return the reference's playbook with holdouts in its rules and above them."""
    rules = [rule.model_copy(update={"holdout": percent}) for rule in BOOK.rules]
    written = BOOK.model_copy(update={"rules": tuple(rules)}).model_dump(by_alias=True)
    return Playbook.model_validate(written | {"holdout": {"percent": of_all, "salt": "all"}})


NONE, HALF = holding_out(0, 0), holding_out(50, 20)


def run(book: Playbook, turns: Sequence[Turn], *, cut: bool = False) -> list[list[Decision]]:
    """Return the decisions per turn; `cut` restores everything from its packed form where said."""
    decider = Decider(book, PARTITION, OF_N, "log")
    customers = [Customer(name) for name in CUSTOMERS]
    decisions = []
    for turn, event, matches in events_of(turns):
        customers[turn.customer].update(event)
        decisions.append(decider.decide(customers[turn.customer], matches))
        if cut and turn.cut:
            customers = [unpack(c.id, pack(c, 0.0)) for c in customers]
            packed = msgpack.packb(decider.snapshot())
            decider = Decider(book, PARTITION, OF_N, "log")
            decider.restore(msgpack.unpackb(packed))
    return decisions


def filtered(decision: Decision) -> tuple[Any, ...]:
    """Return everything about a candidate up to the drawing of lots."""
    reason = "sent" if decision.reason == "ghost" else decision.reason
    return (
        decision.decision_id, decision.action_id, decision.at, decision.verdicts, decision.score,
        decision.rivals, decision.pyramid_level, reason,
    )  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(TURNS)
def test_holding_out_half_changes_no_candidate_and_no_verdict(turns: list[Turn]) -> None:
    all_treated, half = run(NONE, turns), run(HALF, turns)

    assert [[*map(filtered, turn)] for turn in half] == [
        [*map(filtered, turn)] for turn in all_treated
    ]
    assert not any(d.reason == "ghost" for turn in all_treated for d in turn)


@settings(max_examples=150, deadline=None)
@given(TURNS, st.booleans())
def test_a_customer_stays_in_one_arm_and_it_is_the_one_of_the_lots(
    turns: list[Turn],
    cut: bool,
) -> None:
    arms: dict[tuple[str, str], set[str]] = defaultdict(set)
    for decision in (d for turn in run(HALF, turns, cut=cut) for d in turn):
        assigned, rule = decision.holdout, decision.match.rule
        if decision.reason not in {"sent", "ghost"}:
            assert assigned is None
            continue
        if rule.first.class_ == "critical":
            assert (assigned, decision.reason) == (None, "sent")
            continue
        assert assigned is not None
        drawn = bucket("test", "all", decision.customer) < 2000
        drawn |= bucket("test", rule.id, decision.customer) < 5000
        assert (decision.reason == "ghost") is drawn is (assigned.arm == "holdout")
        assert (decision.action is None) is drawn
        arms[decision.customer, rule.id].add(assigned.arm)
    assert all(len(found) == 1 for found in arms.values())


@settings(max_examples=100, deadline=None)
@given(TURNS)
def test_a_restart_changes_neither_arms_nor_verdicts(turns: list[Turn]) -> None:
    def told(decisions: list[list[Decision]]) -> list[tuple[Any, ...]]:
        return [(*filtered(d), d.reason, d.holdout) for turn in decisions for d in turn]

    assert told(run(HALF, turns, cut=True)) == told(run(HALF, turns))
