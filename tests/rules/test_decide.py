"""What the decider does with one moment; any interleaving is in test_decide_properties.py."""

import math
from typing import Any
from uuid import UUID

import msgpack
import orjson
import pytest

from detectors.customer import Customer
from detectors.event import encode_event
from rules.action import action_event, action_id
from rules.canary import bucket
from rules.decide import Decider
from rules.decision import Decision, decision_event
from rules.gates.memory import Memory
from rules.match import Evidence, Match, Value
from rules.playbook.models import Playbook
from tests.rules.gates.build import (
    DAY,
    HOUR,
    customer,
    ended,
    match,
    playbook,
    rule,
    started,
    utc,
)

AT = utc("2026-06-10 12:00")  # a Wednesday
ORDER = [
    "identified", "facts", "once", "usefulness", "already_asked", "consent", "contact_point",
    "open_complaint", "tone", "cooldown", "outcomes", "quiet_hours", "opening_hours", "arbitration",
    "cap", "capacity",
]  # fmt: skip


def decide(book: Playbook, who: Customer, *matches: Match) -> list[Decision]:
    return Decider(book, 0, 1, "log").decide(who, matches)


def reasons(decisions: list[Decision]) -> list[str]:
    return [decision.reason for decision in decisions]


def test_a_candidate_that_nothing_holds_back_is_sent_through_all_gates_in_order() -> None:
    book = playbook()
    (decision,) = decide(book, customer(at=AT), match(book.rules[0], AT))

    assert decision.reason == "sent"
    assert [verdict.gate for verdict in decision.verdicts] == ORDER
    assert all(verdict.passed for verdict in decision.verdicts)
    assert decision.action is not None


@pytest.mark.parametrize(
    ("book", "who", "one", "gate", "reason"),
    [
        (playbook(), Customer("call:1"), {"missing": ("x",)}, "identified", "suppressed_contact"),
        (playbook(), customer(), {"missing": ("x",)}, "facts", "missing_fact"),
        (playbook(rule(due="1m")), customer(at=AT + 60), {}, "usefulness", "stale"),
        (
            playbook(gates={"quiet_hours": [{"start": "12:00", "end": "13:00"}]}),
            customer(), {}, "quiet_hours", "quiet",
        ),
        (
            playbook(gates={"opening_hours": {"desk": {"wed": "13:00-14:00"}}}),
            customer(), {}, "opening_hours", "quiet",
        ),
        (
            playbook(gates={"capacity": [{"team": "desk", "max": 0}]}),
            customer(), {}, "capacity", "capacity",
        ),
    ],
)  # fmt: skip
def test_the_first_gate_that_holds_back_gives_the_reason_and_ends_the_list(
    book: Playbook, who: Customer, one: dict[str, Any], gate: str, reason: str
) -> None:
    (decision,) = decide(book, who, match(book.rules[0], AT, **one))

    assert decision.reason == reason
    assert [verdict.gate for verdict in decision.verdicts] == ORDER[: ORDER.index(gate) + 1]
    assert not decision.verdicts[-1].passed
    assert (decision.score is None) is (gate not in ORDER[ORDER.index("arbitration") :])
    assert decision.action is None
    assert Memory(who.gates).sends(shadow=True) == []


def test_an_occurrence_is_acted_on_once_even_by_a_changed_rule() -> None:
    who = customer()
    before = playbook(rule(cooldown="0s"), gates={"contact_window": "1h"})
    after = playbook(rule(cooldown="0s", description="New."), gates={"contact_window": "2h"})
    first = decide(before, who, match(before.rules[0], AT))
    again = decide(after, who, match(after.rules[0], AT + HOUR, event_id="another"))

    assert reasons(first + again) == ["sent", "duplicate"]
    assert first[0].action_id == again[0].action_id
    assert first[0].decision_id != again[0].decision_id


def test_the_better_one_goes_and_the_other_loses_to_it() -> None:
    book = playbook(rule("small", priority=10), rule("large", priority=20))
    small, large = decide(book, customer(), match(book.rules[0], AT), match(book.rules[1], AT))

    assert (small.reason, large.reason) == ("lost_arbitration", "sent")
    assert small.verdicts[-1].detail == "lost to large, 0 s ago; one on calls in 24 h"
    assert (small.score, [(r.rule, r.score) for r in small.rivals]) == (10.0, [("large", 20.0)])
    assert (large.score, [(r.rule, r.score) for r in large.rivals]) == (20.0, [("small", 10.0)])


def test_a_better_one_that_capacity_holds_back_takes_no_place() -> None:
    book = playbook(
        rule("small", priority=10, to="shop"), rule("large", priority=20),
        gates={"capacity": [{"team": "desk", "max": 0}]},
    )  # fmt: skip
    decisions = decide(book, customer(), match(book.rules[0], AT), match(book.rules[1], AT))

    assert reasons(decisions) == ["sent", "capacity"]


def test_who_a_gate_holds_back_is_no_rival() -> None:
    book = playbook(rule("small", priority=10), rule("large", priority=20))
    small, _ = decide(
        book, customer(), match(book.rules[0], AT), match(book.rules[1], AT, missing=("x",))
    )

    assert (small.reason, small.rivals) == ("sent", ())


def test_caps_are_reserved_in_rank_order_within_a_moment() -> None:
    book = playbook(
        rule("small", priority=10, topic="one"), rule("large", priority=20, topic="two"),
        gates={"caps": [{"id": "day", "max": 1, "window": "1d"}]},
    )  # fmt: skip
    decisions = decide(book, customer(), match(book.rules[0], AT), match(book.rules[1], AT))

    assert reasons(decisions) == ["cap", "sent"]


def test_a_teams_day_is_the_playbooks() -> None:
    gates = {"capacity": [{"team": "desk", "max": 1}]}
    book = playbook(gates=gates, time_zone="Asia/Jerusalem")
    # 21:00 in UTC is midnight in Jerusalem in summer.
    (decision,) = decide(book, customer(), match(book.rules[0], utc("2026-06-10 21:00")))

    assert decision.verdicts[-1].detail == "desk: 0 of 1 on 2026-06-11, this partition's share of 1"


def test_moments_are_decided_in_order_of_time() -> None:
    book = playbook(rule("small", priority=10), rule("large", priority=20))
    later, earlier = decide(
        book, customer(), match(book.rules[1], AT + 1.0), match(book.rules[0], AT)
    )

    assert (later.reason, earlier.reason) == ("lost_arbitration", "sent")
    assert (later.at, earlier.at) == (AT + 1.0, AT)
    assert later.rivals == earlier.rivals == ()


def test_a_customers_time_never_runs_backwards() -> None:
    book = playbook(
        rule(cooldown="0s"), rule("trial", mode="shadow", topic="other"),
        gates={"contact_window": "1m"},
    )  # fmt: skip
    live, trial = book.rules
    who = Customer("c-1")
    decider = Decider(book, 0, 1, "log")
    (first,) = decider.decide(who, [match(live, AT)])
    (late,) = decider.decide(who, [match(live, AT - 30.0, occurrence="o-2")])
    (ahead,) = decider.decide(who, [match(trial, AT + DAY)])
    (unmoved,) = decider.decide(who, [match(live, AT + HOUR, occurrence="o-3")])
    (moved,) = decider.decide(who, [match(trial, AT + HOUR, occurrence="o-4")])

    assert (first.at, late.at) == (AT, AT)
    assert (ahead.at, unmoved.at, moved.at) == (AT + DAY, AT + HOUR, AT + DAY)


def test_a_decision_is_no_earlier_than_the_customers_newest_event() -> None:
    book = playbook()
    (decision,) = decide(book, customer(at=AT + 5.0), match(book.rules[0], AT))

    assert decision.at == AT + 5.0


@pytest.mark.parametrize("mode", ["shadow", "canary", "draft", "retired"])
def test_a_rule_that_is_not_live_sends_nothing_and_takes_nothing(mode: str) -> None:
    book = playbook(
        rule("trial", mode=mode, priority=90), rule("real", priority=10),
        gates={
            "caps": [{"id": "day", "max": 1, "window": "1d"}],
            "capacity": [{"team": "desk", "max": 1}],
        },
    )  # fmt: skip
    trial, real = decide(book, customer(), match(book.rules[0], AT), match(book.rules[1], AT))

    assert (trial.reason, trial.action) == ("shadow", None)
    assert (real.reason, real.rivals) == ("sent", ())


def test_a_shadow_rule_loses_to_a_better_live_one_and_is_capped_by_its_own() -> None:
    book = playbook(
        rule("trial", mode="shadow", priority=10, cooldown="0s"), rule("real", priority=90),
        gates={"caps": [{"id": "two", "max": 2, "window": "7d"}], "contact_window": "1h"},
    )  # fmt: skip
    trial, real = book.rules
    who, decider = customer(), Decider(book, 0, 1, "log")
    ends = reasons(decider.decide(who, [match(trial, AT), match(real, AT)]))
    for n in (1, 2):
        again = match(trial, AT + n * HOUR, occurrence=f"o-{n + 1}")
        ends += reasons(decider.decide(who, [again]))

    assert ends == ["lost_arbitration", "sent", "shadow", "cap"]


def test_the_same_match_twice_gives_two_decisions_with_their_own_ids() -> None:
    book = playbook()
    twice = [match(book.rules[0], AT), match(book.rules[0], AT)]
    first, second = decide(book, customer(), *twice)

    assert (first.reason, second.reason) == ("sent", "lost_arbitration")
    assert first.action_id == second.action_id
    assert first.decision_id != second.decision_id


def test_however_often_the_same_match_comes_each_decision_has_its_own_id() -> None:
    book = playbook()
    decisions = decide(book, customer(), *[match(book.rules[0], AT) for _ in range(4)])

    assert len({decision.decision_id for decision in decisions}) == 4


def test_ids_do_not_depend_on_where_a_text_ends() -> None:
    assert action_id("a", "c|o", "x") != action_id("a", "c", "o|x")
    assert action_id("a", 'c","o', "x") != action_id("a", "c", 'o","x')
    assert action_id("a", "c", "o") == action_id("a", "c", "o")


@pytest.mark.parametrize(
    ("due", "gates", "until"),
    [
        (None, {}, AT + DAY),  # the contact window
        (None, {"contact_window": "3h"}, AT + 3 * HOUR),
        ("30m", {}, AT + 1800.0),
        ("2d", {}, AT + DAY),
        ("30m", {"opening_hours": {"centre": {"wed": "07:00-12:15"}}}, AT + 900.0),
        ("30m", {"opening_hours": {"centre": {"wed": "07:00-13:00"}}}, AT + 1800.0),
        ("30m", {"quiet_hours": [{"start": "12:10", "end": "13:00"}]}, AT + 600.0),
        ("30m", {"quiet_hours": [{"start": "12:10", "end": "13:00", "classes": ["critical"]}]},
         AT + 1800.0),
    ],
)  # fmt: skip
def test_an_action_is_useful_until_the_first_thing_ends(
    due: str | None, gates: dict[str, Any], until: float
) -> None:
    book = playbook(rule(due=due), gates=gates)
    who = customer()
    (decision,) = decide(book, who, match(book.rules[0], AT))

    assert decision.action is not None
    assert (decision.action.not_before, decision.action.not_after) == (AT, until)
    assert [sent.not_after for sent in Memory(who.gates).sends(shadow=False)] == [until]
    assert decision.action.due_at == {"30m": AT + 1800.0, "2d": AT + 2 * DAY, None: None}[due]


def test_the_time_limit_runs_from_the_match() -> None:
    book = playbook(rule(due="30m"))
    (decision,) = decide(book, customer(at=AT + 600.0), match(book.rules[0], AT))

    assert decision.action is not None
    assert (decision.action.not_before, decision.action.not_after) == (AT + 600.0, AT + 1800.0)


@pytest.mark.parametrize(
    ("level", "direction", "over", "shown"),
    [
        (4, "inbound", False, 3), (5, "inbound", False, 3), (2, "inbound", False, 2),
        (4, "inbound", True, 4), (4, "outbound", False, 4),
    ],
)  # fmt: skip
def test_the_level_falls_to_three_while_the_trigger_is_an_open_ask(
    level: int, direction: str, over: bool, shown: int
) -> None:
    book = playbook(rule(pyramid_level=level))
    who = Customer("c-1")
    who.update(started("call-1", AT - 60.0, direction))
    if over:
        who.update(ended("call-1", AT))
    (decision,) = decide(book, who, match(book.rules[0], AT, call="call-1"))

    assert decision.action is not None
    assert (decision.pyramid_level, decision.action.pyramid_level) == (shown, shown)


def test_the_wording_shows_the_facts() -> None:
    book = playbook(template="Waited {event.wait_s} in {event.topic}.")
    facts: dict[str, Value] = {"event.wait_s": 95.0, "event.topic": "internet"}
    (decision,) = decide(book, customer(), match(book.rules[0], AT, facts=facts))

    assert decision.action is not None
    assert decision.action.text == "Waited 1.6 min in internet."


def test_the_records_hold_everything_in_a_fixed_order() -> None:
    book = playbook(rule("small", priority=10), rule("large", priority=20, due="30m"))
    one = match(book.rules[1], AT, facts={"signal.x": 0.5, "score.y": None}, call="call-1")
    one.evidence = [Evidence("abandon", 12, 0.4, 0.2, [("long queue", 1.5)])]
    large, small = decide(book, customer(at=AT), one, match(book.rules[0], AT))
    origin: Any = {"playbook_hash": book.hash, "partition": 3, "offset": 41}
    assert large.action is not None

    decision = orjson.loads(encode_event(decision_event(large, **origin)))
    action = orjson.loads(encode_event(action_event(large.action, **origin)))
    id_ = str(action_id("large", "c-1", "o-1"))

    assert (decision["id"], decision["type"]) == (large.decision_id, "precede.decision")
    assert (action["id"], action["type"]) == (id_, "precede.action")
    assert decision["source"] == action["source"] == "precede"
    assert decision["time"] == action["time"] == "2026-06-10T12:00:00.000000Z"
    assert decision["subject"] == action["subject"] == "c-1"
    assert list(decision["data"].items()) == [
        ("decision_id", large.decision_id),
        ("customer", "c-1"),
        ("rule", "large"),
        ("rule_version", book.rules[1].version),
        ("mode", "live"),
        ("pyramid_level", 2),
        ("goal", "fewer-calls"),
        ("topic", "calls"),
        (
            "trigger",
            {"event_id": "e-o-1", "type": "contact.abandoned", "at": AT, "kind": "observed"},
        ),
        ("matched_at", AT),
        ("occurrence", "o-1"),
        ("facts", {"signal.x": 0.5, "score.y": None}),
        ("conditions", [["signal.x > 0", True]]),
        ("missing", []),
        ("explanation", "Because."),
        (
            "models",
            [
                {
                    "model": "abandon", "snapshot": 12, "score": 0.4, "baseline": 0.2,
                    "top": [["long queue", 1.5]],
                }
            ],
        ),
        ("gates", [
            ["identified", "pass", "known customer"],
            ["facts", "pass", "all known"],
            ["once", "pass", "first time"],
            ["usefulness", "pass", "0 s of 30 min gone"],
            ["already_asked", "pass", "no other contact under way"],
            ["consent", "pass", "nothing said; legal basis of service: contract"],
            ["contact_point", "pass", "by the customer's id"],
            ["open_complaint", "pass", "no promotion"],
            ["tone", "pass", "neutral"],
            ["cooldown", "pass", "not acted lately"],
            ["outcomes", "pass", "outcomes hold nothing back"],
            ["quiet_hours", "pass", "12:00 in UTC"],
            ["opening_hours", "pass", "desk is always open"],
            ["arbitration", "pass", "first on calls"],
            ["cap", "pass", "no cap counts this"],
            ["capacity", "pass", "no limit for desk"],
        ]),
        ("arbitration", {"score": 20.0, "rivals": [["small", 10.0]]}),
        ("holdout", None),
        ("reason", "sent"),
        ("action_id", id_),
        ("origin", {"partition": 3, "offset": 41}),
        ("playbook", book.hash),
        ("approval", None),
    ]  # fmt: skip
    assert list(action["data"].items()) == [
        ("action_id", id_),
        ("decision_id", large.decision_id),
        ("rule", "large"),
        ("rule_version", book.rules[1].version),
        ("customer", "c-1"),
        ("contact_point", "c-1"),
        ("do", "task"),
        ("class", "service"),
        ("channel", "crm"),
        ("to", "desk"),
        ("template", "plain"),
        ("text", "Call them."),
        ("subject", ""),
        ("language", ""),
        ("topic", "calls"),
        ("occurrence", "o-1"),
        ("pyramid_level", 2),
        ("explanation", "Because."),
        ("not_before", AT),
        ("not_after", AT + 1800.0),
        ("due_at", AT + 1800.0),
        ("clock", "log"),
        ("point_caps", []),
        ("cause_depth", 1),
        ("cause_rule", "large"),
        ("origin", {"partition": 3, "offset": 41}),
        ("playbook", book.hash),
    ]
    lost = decision_event(small, **origin).data
    assert (lost["reason"], lost["gates"][-1][:2]) == ("lost_arbitration", ["arbitration", "fail"])
    assert lost["action_id"] == str(action_id("small", "c-1", "o-1"))


def test_a_fact_that_is_not_a_number_is_written_as_none() -> None:
    book = playbook()
    (decision,) = decide(book, customer(), match(book.rules[0], AT, facts={"x": math.nan}))
    event = decision_event(decision, playbook_hash="", partition=0, offset=0)

    assert orjson.loads(encode_event(event))["data"]["facts"] == {"x": None}


def test_ids_are_version_five() -> None:
    book = playbook()
    (decision,) = decide(book, customer(), match(book.rules[0], AT))

    assert UUID(decision.decision_id).version == UUID(decision.action_id).version == 5


def test_a_later_playbook_goes_on_with_what_teams_have_taken() -> None:
    gates = {"capacity": [{"team": "desk", "max": 1}]}
    before, after = playbook(gates=gates), playbook(rule(description="New."), gates=gates)
    first, second = Decider(before, 0, 1, "log"), Decider(after, 0, 1, "log")
    ends = reasons(first.decide(Customer("c-1"), [match(before.rules[0], AT)]))
    second.restore(msgpack.unpackb(msgpack.packb(first.snapshot())))
    ends += reasons(second.decide(Customer("c-2"), [match(after.rules[0], AT)]))

    assert ends == ["sent", "capacity"]


def test_nothing_to_decide_changes_nothing() -> None:
    who = customer()

    assert Decider(playbook(), 0, 1, "live").decide(who, []) == []
    assert Memory(who.gates).sends(shadow=True) == []


def test_a_rule_that_fires_for_everybody_at_once_is_braked() -> None:
    book = playbook(rule(), limits={"firings_per_minute": 2})
    decider = Decider(book, 0, 1, "log")
    decisions = [
        decision
        for number, at in enumerate((AT, AT + 1, AT + 2, AT + 60))
        for decision in decider.decide(Customer(f"c-{number}"), [match(book.rules[0], at)])
    ]

    assert reasons(decisions) == ["sent", "sent", "brake", "sent"]
    assert decisions[2].action is None
    assert [tuple(verdict) for verdict in decisions[2].verdicts] == [
        ("breaker", False, "more than 2 firings of this rule in a minute")
    ]
    again = Decider(book, 0, 1, "log")
    again.restore(msgpack.unpackb(msgpack.packb(decider.snapshot())))
    more = [again.decide(Customer(f"d-{n}"), [match(book.rules[0], AT + 61)])[0] for n in range(2)]
    assert reasons(more) == ["sent", "brake"]


def test_a_canary_acts_for_its_share_of_the_customers_and_is_a_shadow_for_the_rest() -> None:
    book = playbook(rule(mode="canary", percent=10))
    decider = Decider(book, 0, 1, "log")
    ends = {
        f"c-{n}": decider.decide(Customer(f"c-{n}"), [match(book.rules[0], AT + n * 60)])[0].reason
        for n in range(300)
    }

    assert set(ends.values()) == {"sent", "shadow"}
    sent = {customer for customer, reason in ends.items() if reason == "sent"}
    assert sent == {customer for customer in ends if bucket("call-back", customer) < 1_000}
    assert 15 <= len(sent) <= 45
