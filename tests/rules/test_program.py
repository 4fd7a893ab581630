import math
from typing import Any

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.customer import Customer
from detectors.event import Event
from rules.match import Match
from rules.playbook.errors import PlaybookError
from rules.program import Program
from tests.rules.build import HOUR, event, program, rule


class Play:
    """A customer, a program, and the matches so far."""

    def __init__(self, running: Program, **scores: float) -> None:
        self.program = running
        self.customer = Customer("c-1")
        self.scores = scores

    def see(self, seen: Event) -> list[str]:
        return [match.rule.id for match in self.matches(seen)]

    def matches(self, seen: Event) -> list[Match]:
        self.customer.update(seen)
        return self.program.observe(seen, self.customer, self.scores, {})

    def due(self, until: float = math.inf) -> list[Match]:
        return self.program.due(self.customer, until, self.scores, {})


ABANDONED = {
    "sequence": [
        {"event": "contact.abandoned", "if": "event.wait_s > 10s"},
        {"absent": "contact.started", "for": "15m"},
    ],
    "occurrence": "event.call",
}


def test_every_event_is_an_occurrence_of_its_own() -> None:
    play = Play(program(rule("a", when="contact.queued")))

    assert play.see(event("queued", 0.0)) == ["a"]
    assert play.see(event("queued", 1.0)) == ["a"]
    assert play.customer.rules == {}


def test_a_named_occurrence_matches_once_while_its_condition_holds() -> None:
    running = program(
        rule("a", when="contact.queued", occurrence="event.call", **{"if": "score.abandon > 0.5"})
    )
    play = Play(running, abandon=0.6)

    assert play.see(event("queued", 0.0)) == ["a"]
    assert play.see(event("queued", 1.0)) == []
    assert play.see(event("queued", 2.0, call="k2")) == ["a"]
    play.scores["abandon"] = 0.4
    assert play.see(event("queued", 3.0)) == []
    play.scores["abandon"] = 0.6
    assert play.see(event("queued", 4.0)) == ["a"]  # it turned true anew
    assert play.see(event("queued", 5.0, call="k2")) == []


def test_matches_come_in_the_order_of_the_playbook() -> None:
    play = Play(program(rule("b", when="contact.queued"), rule("a", when="contact.queued")))

    assert play.see(event("queued", 0.0)) == ["b", "a"]


@pytest.mark.parametrize(("mode", "runs"), [("draft", False), ("retired", False), ("shadow", True)])
def test_modes(mode: str, *, runs: bool) -> None:
    play = Play(program(rule("a", when="contact.queued", mode=mode)))

    assert bool(play.see(event("queued", 0.0))) is runs


def test_an_unidentified_contact_matches_nothing_and_keeps_nothing() -> None:
    running = program(rule("a", when="contact.abandoned"), rule("b", **ABANDONED))
    customer = Customer("call:k1")
    seen = Event("1", "bank", "contact.abandoned", 0.0, "call:k1", {"wait_s": 60.0})
    customer.update(seen)

    assert running.observe(seen, customer, {}, {}) == []
    assert customer.rules == {}


def test_absence_matches_as_of_its_deadline_with_the_event_that_armed_it() -> None:
    play = Play(program(rule("a", **ABANDONED)))
    armed = event("abandoned", 100.0, wait_s=60.0)
    assert play.see(armed) == []

    assert play.program.next_deadline(play.customer) == 1000.0
    assert play.due(1000.0) == []  # an event exactly at the deadline may still come
    [match] = play.due(1000.1)
    assert (match.at, match.event.id, match.event.at) == (1000.0, armed.id, 100.0)
    # Of its fields those that the rule reads, and those that gates ask for.
    assert match.event.data == {"call": "k1", "direction": "inbound"}
    assert match.occurrence == "k1"
    assert match.conditions == [
        ("contact.abandoned if event.wait_s > 10s", True),
        ("no contact.started for 15 min", True),
    ]
    assert play.customer.rules == {}
    assert play.program.next_deadline(play.customer) == math.inf


def test_a_late_event_ends_an_absence_but_never_begins_one() -> None:
    play = Play(program(rule("a", **ABANDONED)))
    play.see(event("abandoned", 100.0, wait_s=60.0))
    play.see(event("ended", 200.0))
    play.see(event("started", 150.0, call="k2"))
    play.see(event("abandoned", 160.0, call="k2", wait_s=60.0))

    assert play.due() == []


def test_condition_of_an_absence_is_judged_at_the_deadline() -> None:
    running = program(rule("a", **ABANDONED, unless="customer.open_contacts > 0"))
    play = Play(running)
    play.see(event("started", 0.0))
    play.see(event("abandoned", 100.0, wait_s=60.0))
    assert play.due(1001.0) == []  # the call never ended

    play.see(event("abandoned", 2000.0, wait_s=60.0))
    play.see(event("ended", 2000.0))
    assert [match.at for match in play.due()] == [2900.0]


def test_counts_include_the_event_itself_and_late_ones() -> None:
    facts = {"n": {"count": "contact.queued", "within": "1h", "if": "event.topic == 'regular'"}}
    running = program(rule("a", when="contact.queued", facts=facts, **{"if": "n >= 3"}))
    play = Play(running)

    assert play.see(event("queued", 0.0)) == []
    assert play.see(event("queued", 1.0, topic="other")) == []
    assert play.see(event("queued", HOUR - 1)) == []
    [match] = play.matches(event("queued", 30.0))
    # The third within the hour came late; it is true as of the newest event.
    assert match.at == HOUR - 1
    assert match.facts["n"] == 3.0
    assert play.see(event("queued", HOUR)) == ["a"]  # the one at 0 left the window, a new one came


def test_since_of_what_never_happened_is_long_ago() -> None:
    facts = {"quiet": {"since": "contact.answered"}}
    running = program(
        rule("a", when="contact.queued", facts=facts, explain="{quiet}", **{"if": "quiet > 7d"})
    )
    play = Play(running)

    assert [match.explanation for match in play.matches(event("queued", 0.0))] == ["never"]
    play.see(event("answered", 1.0))
    assert play.see(event("queued", 2.0)) == []


def test_sequence_without_absence_matches_at_its_last_event() -> None:
    running = program(
        rule(
            "a",
            sequence=[
                {"event": "contact.abandoned", "times": 2, "within": "10m"},
                {"event": "contact.ended", "if": "event.outcome == 'answered'"},
            ],
            within="1h",
            explain="{event.outcome}",
        )
    )
    play = Play(running)
    play.see(event("abandoned", 0.0))
    play.see(event("abandoned", 700.0))
    play.see(event("ended", 800.0, outcome="abandoned"))
    assert play.see(event("ended", 900.0, outcome="answered")) == []  # 700 s between the two
    play.see(event("abandoned", 1000.0))
    [match] = play.matches(event("ended", 1100.0, outcome="answered"))
    assert (match.at, match.explanation) == (1100.0, "answered")
    assert play.see(event("ended", 1200.0, outcome="answered")) == []  # used up


@pytest.mark.parametrize(
    ("unless", "missing"),
    [
        ("score.repeat > 0.5", ("score.repeat",)),
        ("has(score.repeat) and score.repeat > 0.5", ()),
        ("customer.last_wait > 1m or score.repeat > 0.5", ("customer.last_wait", "score.repeat")),
        ("event.topic == 'other'", ()),
    ],
)
def test_what_is_missing_under_unless_is_named(unless: str, missing: tuple[str, ...]) -> None:
    play = Play(program(rule("a", when="contact.queued", unless=unless)))

    [match] = play.matches(event("queued", 0.0))
    assert match.missing == missing


def test_unless_that_holds_is_no_match_whatever_else_is_missing() -> None:
    unless = "event.topic == 'regular' or score.repeat > 0.5"
    play = Play(program(rule("a", when="contact.queued", unless=unless)))

    assert play.see(event("queued", 0.0)) == []


def test_facts_conditions_and_explanation_of_a_match() -> None:
    running = program(
        rule(
            "a",
            when="contact.abandoned",
            **{"if": "event.wait_s > 10s and (score.repeat > 0.5 or not customer.identified)"},
            unless="customer.contacts_7d > 5",
            explain="{score.repeat:.1%} after {event.wait_s}, {customer.last_outcome}",
        ),
        template="about {event.topic}",
    )
    play = Play(running, repeat=0.625)
    [match] = play.matches(event("abandoned", 0.0, wait_s=90.0))

    assert match.facts == {
        "event.wait_s": 90.0,
        "score.repeat": 0.625,
        "customer.identified": True,
        "customer.contacts_7d": 0.0,
        "customer.last_outcome": None,
        "event.topic": "regular",
    }
    assert match.conditions == [
        ("event.wait_s > 10s", True),
        ("score.repeat > 0.5", True),
        ("customer.identified", True),
        ("unless customer.contacts_7d > 5", False),
    ]
    assert match.explanation == "62.5% after 1.5 min, unknown"
    assert running.scores_read("a") == ("repeat",)


SCORED = {"if": "score.repeat > 0.5"}


@pytest.mark.parametrize(
    ("keys", "events", "kind"),
    [
        ({"when": "contact.queued"} | SCORED, [event("queued", 0.0)], "inbound"),
        ({"when": "contact.queued"}, [event("queued", 0.0, direction="outbound")], "observed"),
        (
            {"when": "contact.ended"} | SCORED,
            [event("started", 0.0), event("ended", 1.0)],
            "predicted",
        ),
        ({"when": "contact.ended"}, [event("started", 0.0), event("ended", 1.0)], "observed"),
        (
            {"when": "contact.ended"} | SCORED,
            [event("started", 0.0, call="k2"), event("ended", 1.0)],
            "inbound",
        ),
        (
            {"when": "contact.ended"},
            [event("started", 0.0, call="k2", direction="outbound"), event("ended", 1.0)],
            "observed",
        ),
    ],
)
def test_kind_of_trigger(keys: dict[str, Any], events: list[Event], kind: str) -> None:
    play = Play(program(rule("a", **keys)), repeat=0.9)
    matches = [match for seen in events for match in play.matches(seen)]

    assert [match.kind for match in matches] == [kind]


def test_absence_is_observed() -> None:
    play = Play(program(rule("a", **ABANDONED)))
    play.see(event("abandoned", 0.0, wait_s=60.0))
    play.see(event("ended", 0.0, outcome="abandoned"))

    assert [match.kind for match in play.due()] == ["observed"]


def test_other_wording_is_the_same_shape() -> None:
    before = program(rule("a", **ABANDONED))
    after = program(rule("a", **ABANDONED, priority=90, unless="customer.open_contacts > 0"))

    assert before.shape == after.shape


def test_values_of_other_types_are_missing() -> None:
    condition = {"if": "event.wait_s > 10s or event.wait_s <= 10s or event.topic == 'regular'"}
    play = Play(program(rule("a", when="contact.abandoned", **condition)))

    for wrong in ("60", None, True, [60], {"s": 60}, math.nan):
        assert play.see(event("abandoned", 0.0, wait_s=wrong, topic=7)) == []


def test_a_rule_with_errors_does_not_run() -> None:
    with pytest.raises(PlaybookError, match=r"rule a, if: unknown name 'event\.waits'"):
        program(rule("a", when="contact.queued", **{"if": "event.waits > 1"}))


MIX = program(
    rule("a", **ABANDONED),
    rule(
        "b",
        when="contact.queued",
        occurrence="event.call",
        facts={"n": {"count": "contact.abandoned", "within": "10m"}},
        **{"if": "n >= 2"},
    ),
    rule(
        "c",
        sequence=[{"event": "contact.queued"}, {"event": "contact.abandoned", "times": 2}],
        within="20m",
    ),
)
LOG = st.lists(
    st.tuples(
        st.integers(-60, 400),  # seconds since the one before: some are late
        st.sampled_from(["started", "queued", "abandoned", "ended"]),
        st.sampled_from(["k1", "k2"]),
    ),
    max_size=25,
)


def firings(log: list[tuple[int, str, str]], *, saves: bool) -> list[tuple[str, float, str]]:
    play = Play(MIX)
    found: list[Match] = []
    at = 1000.0
    for number, (gap, kind, call) in enumerate(log):
        at += gap
        seen = event(kind, at, str(number), call=call, wait_s=60.0)
        assert MIX.next_deadline(play.customer) >= 0.0
        found += play.due(at)
        found += play.matches(seen)
        if saves:
            play.customer.rules = msgpack.unpackb(msgpack.packb(play.customer.rules))
    deadline = MIX.next_deadline(play.customer)
    last = play.due()
    assert deadline == (min(m.at for m in last) if last else math.inf)
    return [(m.rule.id, m.at, m.occurrence) for m in found + last]


@settings(max_examples=200, deadline=None)
@given(log=LOG)
def test_saved_and_restored_state_changes_nothing(log: list[tuple[int, str, str]]) -> None:
    assert firings(log, saves=True) == firings(log, saves=False)


def test_state_of_a_waiting_call_back_is_small() -> None:
    play = Play(program(rule("a", **ABANDONED)))
    data = {"channel": "phone", "priority": "regular", "wait_s": 93.0}
    play.see(event("abandoned", 915141631.0, "990101-AA0101-33116-abandoned", **data))

    assert len(msgpack.packb(play.customer.rules)) < 140
