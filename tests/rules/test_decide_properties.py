"""Any interleaving of candidates of several customers, against a reference that never forgets."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.customer import Customer, pack, unpack
from detectors.event import Event, encode_event
from rules.action import action_event
from rules.decide import Decider
from rules.decision import Decision, decision_event
from rules.reason import REASONS, Reason
from tests.rules.gates.build import DAY, HOUR, match, playbook, rule, utc
from tests.rules.reference import (
    BOOK,
    CONTACT_WINDOW_S,
    HOLIDAY,
    OF_N,
    PARTITION,
    SHARES,
    ZONE,
    Reference,
    Turn,
    Wish,
    events_of,
)

WISHES = st.builds(
    Wish,
    st.integers(0, len(BOOK.rules) - 1),
    st.integers(0, 3),
    st.sampled_from([0, 0, 0, 0, 1, 2, 3]),
)
TURNS = st.lists(
    st.builds(
        Turn,
        st.integers(0, 2),
        st.sampled_from([-3, -1, 0, 0, 0, 1, 2, 3, 5, 8, 12, 16, 24, 48, 144]),
        st.sampled_from(["seen", "seen", "seen", "start", "end"]),
        st.lists(WISHES, max_size=4).map(tuple),
        st.booleans(),
    ),
    max_size=40,
)


def people() -> list[Customer]:
    """Return customers who agreed to everything."""
    made = [Customer(f"c-{n}") for n in range(3)]
    for one in made:
        agreed = {"class": "*", "channel": "*"}
        one.update(Event("agreed", "test", "consent.granted", 0.0, one.id, agreed))
    return made


def run(turns: Sequence[Turn], *, cut: bool = False, shadow: bool = True) -> list[list[Decision]]:
    """Return the decisions per turn; `cut` restores everything from its packed form where said."""
    decider = Decider(BOOK, PARTITION, OF_N, "log")
    customers = people()
    decisions = []
    for turn, event, matches in events_of(turns):
        customers[turn.customer].update(event)
        live = [m for m in matches if shadow or m.rule.mode == "live"]
        decisions.append(decider.decide(customers[turn.customer], live))
        if cut and turn.cut:
            customers = [unpack(c.id, pack(c, 0.0)) for c in customers]
            packed = msgpack.packb(decider.snapshot())
            decider = Decider(BOOK, PARTITION, OF_N, "log")
            decider.restore(msgpack.unpackb(packed))
    return decisions


def written(decisions: Sequence[Sequence[Decision]]) -> list[bytes]:
    """Return decisions and actions as they would be in the log."""
    origin: Any = {"playbook_hash": BOOK.hash, "partition": PARTITION, "offset": 7}
    records = []
    for decision in (decision for turn in decisions for decision in turn):
        records.append(encode_event(decision_event(decision, **origin)))
        if decision.action is not None:
            records.append(encode_event(action_event(decision.action, **origin)))
    return records


@settings(max_examples=300, deadline=None)
@given(TURNS)
def test_every_candidate_ends_as_the_reference_says(turns: list[Turn]) -> None:
    reference = Reference(BOOK)
    expected = [reference.turn(*happened) for happened in events_of(turns)]

    assert [[decision.reason for decision in turn] for turn in run(turns)] == expected


@settings(max_examples=150, deadline=None)
@given(TURNS)
def test_no_cap_or_quiet_hour_is_ever_violated_under_any_interleaving(
    turns: list[Turn],
) -> None:
    sent = [d for turn in run(turns) for d in turn if d.reason == "sent"]

    per_customer: dict[str, list[Decision]] = defaultdict(list)
    for decision in sent:
        per_customer[decision.customer].append(decision)
        step = decision.match.rule.first
        local = datetime.fromtimestamp(decision.at, ZONE)
        assert local.date() != HOLIDAY
        assert step.channel != "mail" or 8 <= local.hour < 22
        assert step.to != "desk" or (local.hour >= 8 and local.isoweekday() != 6)
    for own in per_customer.values():
        ats = [decision.at for decision in own]
        assert ats == sorted(ats)
        assert all(sum(at - DAY < other <= at for other in ats) <= 2 for at in ats)
        for mine in own:
            after = [d for d in own if d is not mine and d.at >= mine.at]
            window_s = max(mine.match.rule.cooldown_s, CONTACT_WINDOW_S)
            same = [d for d in after if d.match.rule.id == mine.match.rule.id]
            assert all(d.at >= mine.at + window_s for d in same)
            same = [d for d in after if d.match.rule.topic == mine.match.rule.topic]
            assert all(d.at >= mine.at + CONTACT_WINDOW_S for d in same)
    handed = Counter(
        (d.match.rule.first.to, datetime.fromtimestamp(d.at, ZONE).date()) for d in sent
    )
    assert all(n <= SHARES[team] for (team, _), n in handed.items() if team is not None)


@settings(max_examples=100, deadline=None)
@given(TURNS)
def test_candidates_are_the_sum_over_terminal_reasons(turns: list[Turn]) -> None:
    decisions = [decision for turn in run(turns) for decision in turn]

    assert len(decisions) == sum(len(turn.wishes) for turn in turns)
    assert sum(Counter(d.reason for d in decisions).values()) == len(decisions)
    assert {d.reason for d in decisions} <= set(REASONS)
    assert len({d.decision_id for d in decisions}) == len(decisions)
    for decision in decisions:
        through = decision.reason in {"sent", "shadow"}
        assert all(verdict.passed for verdict in decision.verdicts[:-1])
        assert decision.verdicts[-1].passed is through
        assert (decision.action is not None) is (decision.reason == "sent")
        if decision.action is not None:
            assert decision.action.not_before < decision.action.not_after


@settings(max_examples=100, deadline=None)
@given(TURNS)
def test_a_restart_at_any_point_changes_nothing(turns: list[Turn]) -> None:
    assert written(run(turns, cut=True)) == written(run(turns))


@settings(max_examples=100, deadline=None)
@given(TURNS)
def test_live_rules_never_notice_shadow_rules(turns: list[Turn]) -> None:
    def live(decisions: Sequence[Sequence[Decision]]) -> list[tuple[Any, ...]]:
        return [
            (d.decision_id, d.at, d.reason, d.action, d.verdicts, d.rivals)
            for turn in decisions
            for d in turn
            if d.match.rule.mode == "live"
        ]

    assert live(run(turns)) == live(run(turns, shadow=False))


@settings(max_examples=100, deadline=None)
@given(TURNS)
def test_the_order_of_the_matches_does_not_matter(turns: list[Turn]) -> None:
    def reasons(*, backwards: bool) -> list[dict[str, Reason]]:
        decider = Decider(BOOK, PARTITION, OF_N, "log")
        customers = people()
        found = []
        for turn, event, matches in events_of(turns):
            customers[turn.customer].update(event)
            in_order = matches[::-1] if backwards else matches
            decided = decider.decide(customers[turn.customer], in_order)
            found.append({d.match.event.id: d.reason for d in decided})
        return found

    assert reasons(backwards=True) == reasons(backwards=False)


@pytest.mark.parametrize("of_n", [1, 3, 4])
def test_all_partitions_together_never_hand_over_more_than_stated(of_n: int) -> None:
    book = playbook(rule(cooldown="0s"), gates={"capacity": [{"team": "desk", "max": 10}]})
    deciders = [Decider(book, partition, of_n, "log") for partition in range(of_n)]
    at = utc("2026-06-10 00:00")
    sent: Counter[date] = Counter()
    for n in range(120):
        when = at + n * HOUR
        decided = deciders[n % of_n].decide(Customer(f"c-{n}"), [match(book.rules[0], when)])
        sent[date(2026, 6, 10) + timedelta(hours=n) // timedelta(days=1) * timedelta(days=1)] += (
            decided[0].reason == "sent"
        )

    # 24 candidates a day, spread evenly, fill every partition's share.
    assert set(sent.values()) == {10}
