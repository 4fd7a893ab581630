"""Every decision about time, by its name. Times are seconds, 15 min = 900."""

import math
from typing import Any

import msgpack
import pytest

from tests.rules.build import DAY, HOUR, Play, event, program, rule

TWO_LOST = {
    "sequence": [{"event": "contact.abandoned", "times": 2}, {"event": "contact.ended"}],
    "within": "10m",
}
LOST = {
    "sequence": [{"event": "contact.abandoned"}, {"absent": "contact.started", "for": "15m"}],
}
SILENT = {"absence": {"of": "contact.ended", "for": "14d"}}


# 1. Selection


def test_skip_till_next_match_lets_anything_come_in_between() -> None:
    play = Play(program(rule("a", **TWO_LOST)))

    lost = [event("abandoned", 0.0), event("queued", 1.0), event("abandoned", 2.0)]
    assert play.see(*lost, event("queued", 3.0), event("ended", 4.0)) == [4.0]


@pytest.mark.parametrize(
    ("between", "fires"), [("queued", [4.0]), ("ended", [])]  # queued is not one of its types
)  # fmt: skip
def test_strict_wants_the_named_types_next_to_each_other(between: str, fires: list[float]) -> None:
    play = Play(program(rule("a", **TWO_LOST, strict="true")))

    lost = [event("abandoned", 0.0), event(between, 1.0), event("abandoned", 2.0)]
    assert play.see(*lost, event("ended", 4.0)) == fires


def test_strict_is_ended_by_an_event_whose_condition_does_not_hold() -> None:
    steps = [{"event": "contact.queued", "if": "event.topic == 'cards'", "times": 2}]
    play = Play(program(rule("a", sequence=steps, within="10m", strict="true")))

    topics = ("cards", "loans", "cards", "cards")
    calls = [event("queued", float(at), topic=topic) for at, topic in enumerate(topics)]
    assert play.see(*calls) == [3.0]


def test_strict_ends_only_the_runs_that_the_event_does_not_take_further() -> None:
    play = Play(program(rule("a", **TWO_LOST, strict="true")))

    # The third one is not the end that the first two want, but the second and third go on.
    lost = [event("abandoned", float(at)) for at in range(3)]
    assert play.see(*lost, event("ended", 4.0)) == [4.0]


def test_strict_names_what_must_stay_away_too() -> None:
    steps = [
        {"event": "contact.abandoned", "times": 2},
        {"absent": "contact.started", "for": "15m"},
    ]
    play = Play(program(rule("a", sequence=steps, within="1h", strict="true")))
    play.see(event("abandoned", 0.0), event("started", 1.0), event("abandoned", 2.0))

    assert play.over() == []


# 2. Within


@pytest.mark.parametrize(("last", "fires"), [(600.0, [600.0]), (600.5, [])])
def test_within_of_a_sequence_is_a_closed_interval(last: float, fires: list[float]) -> None:
    play = Play(program(rule("a", **TWO_LOST)))

    lost = [event("abandoned", 0.0), event("abandoned", 1.0)]
    assert play.see(*lost, event("ended", last)) == fires


def test_window_of_a_count_is_open_at_its_start_and_has_the_event_itself() -> None:
    facts = {"n": {"count": "contact.queued", "within": "10m"}}
    play = Play(program(rule("a", when="contact.queued", facts=facts, if_="n >= 2")))

    assert play.see(event("queued", 0.0), event("queued", 600.0)) == []
    assert play.see(event("queued", 1199.5)) == [1199.5]


# 3. Absence


@pytest.mark.parametrize(("at", "fires"), [(899.0, []), (900.0, []), (900.5, [900.0])])
def test_an_event_exactly_at_the_deadline_cancels(at: float, fires: list[float]) -> None:
    play = Play(program(rule("a", **LOST)))
    found = play.see(event("abandoned", 0.0), event("started", at))

    assert found + play.over() == fires


def test_each_new_occurrence_arms_anew_and_fires_once() -> None:
    play = Play(program(rule("a", **LOST)))
    play.see(event("abandoned", 0.0, call="k1"), event("abandoned", 60.0, call="k2"))

    assert play.over() == [900.0, 960.0]
    assert play.over() == []


def test_an_absence_fires_after_the_last_one() -> None:
    play = Play(program(rule("a", **SILENT)))
    for day in (0, 2, 4, 6):
        assert play.see(event("ended", day * DAY)) == []

    assert play.over() == [20 * DAY]
    assert play.over() == []


def test_an_absence_is_armed_anew_by_an_event_exactly_at_the_deadline() -> None:
    play = Play(program(rule("a", **SILENT)))

    assert play.see(event("ended", 0.0), event("ended", 14 * DAY)) == []
    assert play.over() == [28 * DAY]


def test_an_absence_that_fired_waits_for_the_next_event() -> None:
    play = Play(program(rule("a", **SILENT)))

    assert play.see(event("ended", 0.0), event("ended", 15 * DAY)) == [14 * DAY]
    assert play.over() == [29 * DAY]


def test_arm_if_says_for_whom_to_wait() -> None:
    absence = SILENT["absence"] | {"arm_if": "event.outcome == 'answered'"}
    play = Play(program(rule("a", absence=absence)))
    play.see(event("ended", 0.0, outcome="answered"))
    # It came, so nothing stays away, and this one does not begin a new waiting.
    play.see(event("ended", DAY, outcome="abandoned"))
    assert play.over() == []

    play.see(event("ended", 2 * DAY, outcome="answered"))
    [match] = play.due()
    assert match.at == 16 * DAY
    assert match.conditions == [
        ("no contact.ended for 14 days", True),
        ("waits if event.outcome == 'answered'", True),
    ]


def test_if_of_an_absence_says_which_events_are_looked_at() -> None:
    absence = SILENT["absence"] | {"if": "event.outcome == 'answered'"}
    play = Play(program(rule("a", absence=absence)))
    play.see(event("ended", 0.0, outcome="answered"), event("ended", DAY, outcome="abandoned"))

    assert play.over() == [14 * DAY]


# 4. Consuming


def test_a_match_uses_up_what_was_begun() -> None:
    play = Play(program(rule("a", **TWO_LOST)))
    lost = [event("abandoned", float(at)) for at in range(3)]

    assert play.see(*lost, event("ended", 4.0), event("ended", 5.0)) == [4.0]


def test_consume_none_lets_it_go_on() -> None:
    play = Play(program(rule("a", **TWO_LOST, consume="none")))
    lost = [event("abandoned", float(at)) for at in range(3)]

    assert play.see(*lost, event("ended", 4.0), event("ended", 5.0)) == [4.0, 5.0]
    assert play.see(event("ended", 601.0), event("ended", 601.5)) == [601.0]  # 1 s + 10 min


def test_counts_are_not_consumed() -> None:
    facts = {"n": {"count": "contact.queued", "within": "10m"}}
    play = Play(program(rule("a", when="contact.queued", facts=facts, if_="n >= 2")))

    assert play.see(*(event("queued", float(at)) for at in range(4))) == [1.0, 2.0, 3.0]


# 5. Order and lateness


def test_a_sequence_waits_until_nothing_older_can_come() -> None:
    play = Play(program(rule("a", **TWO_LOST)), lateness_s=30.0)
    play.see(event("abandoned", 0.0), event("ended", 20.0), event("abandoned", 10.0))

    assert play.program.next_deadline(play.customer) == 0.0
    assert play.over(20.0) == []
    assert play.program.next_deadline(play.customer) == 20.0
    assert play.over(20.5) == [20.0]
    assert play.customer.rules == {}


def test_equal_times_are_taken_in_the_order_of_their_ids() -> None:
    play = Play(program(rule("a", **TWO_LOST)), lateness_s=30.0)
    play.see(event("ended", 5.0, "3"), event("abandoned", 5.0, "2"), event("abandoned", 5.0, "1"))

    assert play.over() == [5.0]


def test_a_count_does_not_wait() -> None:
    facts = {"n": {"count": "contact.queued", "within": "10m"}}
    play = Play(
        program(rule("a", when="contact.queued", facts=facts, if_="n >= 2")), lateness_s=30.0
    )

    assert play.see(event("queued", 0.0), event("queued", 1.0)) == [1.0]
    assert "~" not in play.customer.rules


def test_late_event_never_advances_a_sequence() -> None:
    play = Play(program(rule("a", **TWO_LOST)), lateness_s=30.0)
    play.see(event("abandoned", 0.0), event("queued", 100.0))
    play.see(event("abandoned", 69.5))  # 30.5 s late
    play.see(event("abandoned", 70.0, "in time"), event("ended", 101.0))

    assert play.over() == [101.0]
    assert Play(program(rule("a", **TWO_LOST)), 30.0).see(event("ended", 0.0)) == []


def test_late_event_ends_an_absence_but_begins_none() -> None:
    play = Play(program(rule("a", **LOST)))
    play.see(event("abandoned", 100.0), event("ended", 200.0), event("started", 150.0))
    play.see(event("abandoned", 160.0))

    assert play.over() == []


def test_late_event_moves_the_deadline_of_an_absence() -> None:
    play = Play(program(rule("a", **SILENT)))
    play.see(event("ended", 0.0), event("queued", 3 * DAY), event("ended", 2 * DAY))
    assert play.over() == [16 * DAY]

    play.see(event("queued", 50 * DAY), event("ended", 49 * DAY))
    assert play.over() == []  # nothing waited


def test_late_event_fires_as_of_its_own_time() -> None:
    play = Play(program(rule("a", when="contact.queued")))

    assert play.see(event("started", 100.0), event("queued", 40.0)) == [40.0]


def test_late_event_counts_where_it_belongs() -> None:
    facts = {"n": {"count": "contact.queued", "within": "10m"}}
    play = Play(program(rule("a", when="contact.queued", facts=facts, if_="n >= 2")))

    # Long out of the window of the newest one, but a second one in its own.
    assert play.see(event("queued", 0.0), event("queued", 3000.0), event("queued", 60.0)) == [60.0]


def test_late_event_is_checked_again_for_the_span_that_it_completes() -> None:
    facts = {"n": {"count": "contact.queued", "within": "10m"}}
    running = program(rule("a", when="contact.queued", facts=facts, if_="n >= 3", explain="{n}"))
    play = Play(running)
    play.see(event("queued", 100.0), event("queued", 650.0), event("queued", 3000.0))

    [match] = play.matches(event("queued", 90.0))  # 90, 100, 650 are within 10 min
    assert (match.at, match.facts["n"], match.event.at) == (650.0, 3.0, 90.0)
    # 80 and 650 are not within it; with 90 and 100 it is the third, as of 100.
    [match] = play.matches(event("queued", 80.0))
    assert (match.at, match.facts["n"]) == (100.0, 3.0)


def test_late_event_that_completes_two_spans_fires_as_of_the_first() -> None:
    facts = {"n": {"count": "contact.queued", "within": "10m"}}
    play = Play(program(rule("a", when="contact.queued", facts=facts, if_="n >= 3")))
    play.see(event("queued", 10.0), event("queued", 100.0), event("queued", 650.0))

    assert play.see(event("queued", 90.0)) == [100.0]  # 10, 90, 100; also 90, 100, 650


def test_late_event_makes_nothing_true_that_was_true_already() -> None:
    facts = {"n": {"count": "contact.queued", "within": "10m"}}
    play = Play(program(rule("a", when="contact.queued", facts=facts, if_="n >= 3")))
    at_once = [event("queued", 100.0, str(number)) for number in range(3)]

    assert play.see(*at_once, event("queued", 3000.0), event("queued", 90.0)) == [100.0]


def test_facts_of_other_types_are_as_of_a_late_event() -> None:
    facts = {"n": {"count": "contact.ended", "within": "10m"}}
    play = Play(program(rule("a", when="contact.queued", facts=facts, if_="n >= 1")))
    play.see(event("ended", 100.0), event("ended", 200.0))

    assert play.see(event("queued", 99.0)) == []
    assert play.see(event("queued", 150.0)) == [150.0]


# 7. Restart and outage


@pytest.mark.parametrize(
    ("for_", "late_s", "fires"),
    [("15m", 89.0, True), ("15m", 90.0, False), ("14d", 21_599.0, True), ("14d", 21_600.0, False)],
)
def test_an_absence_overdue_after_an_outage_does_not_fire(
    for_: str, late_s: float, *, fires: bool
) -> None:
    play = Play(program(rule("a", absence={"of": "contact.ended", "for": for_})))
    play.see(event("ended", 0.0))
    deadline = play.program.next_deadline(play.customer)
    expired: list[str] = []
    matches = play.due(math.inf, now=deadline + late_s, expired=expired)

    assert [match.at for match in matches] == ([deadline] if fires else [])
    assert expired == ([] if fires else ["a"])
    assert play.customer.rules == {}


# 8. Values at firing time


def test_an_absence_reads_the_customer_as_of_its_deadline() -> None:
    play = Play(program(rule("a", **LOST, unless="customer.open_contacts > 0")))
    play.see(event("started", 0.0), event("abandoned", 100.0))
    assert play.over(1001.0) == []  # the call never ended

    play.see(event("abandoned", 2000.0), event("ended", 2000.0))
    assert play.over() == [2900.0]


def test_an_absence_reads_facts_as_of_its_deadline() -> None:
    facts = {"n": {"count": "contact.ended", "within": "10m"}}
    play = Play(program(rule("a", **LOST, facts=facts, if_="n == 1", explain="{n}")))
    # 290 is 10 min 10 s before the deadline at 900, 350 is not.
    play.see(event("abandoned", 0.0), event("ended", 290.0), event("ended", 350.0))

    assert [match.facts for match in play.due()] == [{"n": 1.0}]


@pytest.mark.parametrize(("score", "fires"), [(0.7, [14 * DAY]), (0.5, [])])
def test_an_absence_reads_the_scores_that_its_event_had(score: float, fires: list[float]) -> None:
    keys: dict[str, Any] = {**SILENT, "if_": "score.repeat > 0.6", "explain": "{score.repeat}"}
    play = Play(program(rule("a", **keys)), repeat=score, abandon=0.9)
    play.see(event("ended", 0.0))
    play.customer.rules = msgpack.unpackb(msgpack.packb(play.customer.rules))
    play.scores = {"repeat": 0.0}
    matches = play.due()

    assert [match.at for match in matches] == fires
    assert [match.facts for match in matches] == [{"score.repeat": score}] * len(fires)


def test_the_last_event_before_the_silence_decides_about_the_score() -> None:
    play = Play(program(rule("a", **SILENT, if_="score.repeat > 0.6")), repeat=0.9)
    play.see(event("ended", 0.0))
    play.scores = {}
    play.see(event("ended", DAY))

    assert play.over() == []


def test_a_sequence_that_waits_reads_the_scores_of_its_last_event() -> None:
    play = Play(program(rule("a", **TWO_LOST, if_="score.repeat > 0.6")), 30.0, repeat=0.9)
    play.see(event("abandoned", 0.0), event("abandoned", 1.0), event("ended", 2.0))
    play.scores = {}

    assert play.over() == [2.0]


def test_an_absence_reads_the_signals_that_its_event_had() -> None:
    running = program(rule("a", **SILENT, if_="signal.queue_wait > 0.4"))
    play = Play(running)
    seen = event("ended", 0.0)
    play.customer.update(seen)
    running.observe(seen, play.customer, {}, {"queue_wait": 0.5})

    assert play.over() == [14 * DAY]


# 9. State


def test_state_dies_when_nothing_can_use_it() -> None:
    facts = {
        "n": {"count": "contact.queued", "within": "1h"},
        "waited": {"sum": "contact.ended", "of": "wait_s", "within": "1h"},
        "topic": {"last": "contact.queued", "of": "topic", "within": "1h"},
    }
    keys: dict[str, Any] = {"facts": facts, "if_": "n > 1 or waited > 1s or topic == 'x'"}
    running = program(
        rule("a", when="contact.queued", **keys), rule("b", **TWO_LOST), rule("c", **LOST)
    )
    play = Play(running)
    play.see(event("queued", 0.0), event("abandoned", 1.0), event("ended", 2.0, wait_s=9.0))
    assert len(play.customer.rules) == 6  # three facts, a sequence, what is armed, the day

    play.over()
    play.see(event("started", 3 * DAY))
    assert play.customer.rules == {}


def test_since_outlives_every_window() -> None:
    facts = {"ago": {"since": "contact.answered"}}
    play = Play(program(rule("a", when="contact.queued", facts=facts, if_="ago > 7d")))
    play.see(event("answered", 0.0))

    assert play.see(event("queued", 3 * DAY), event("queued", 300 * DAY)) == [300 * DAY]


# 10. Feedback


@pytest.mark.parametrize(
    ("cause", "fires"),
    [
        ({}, True),
        ({"cause_depth": 2, "cause_rule": "b c"}, True),
        ({"cause_depth": 3, "cause_rule": "b c d"}, False),
        ({"cause_depth": 1, "cause_rule": "a"}, False),
    ],
)
@pytest.mark.parametrize("keys", [{"when": "contact.ended"}, SILENT])
def test_a_rule_does_not_follow_its_own_action(
    keys: dict[str, Any], cause: dict[str, Any], *, fires: bool
) -> None:
    play = Play(program(rule("a", **keys)))
    found = play.see(event("ended", 0.0, **cause)) + play.over()

    assert bool(found) is fires


# Values


def test_last_is_the_value_of_the_newest_event() -> None:
    facts = {"topic": {"last": "contact.queued", "of": "topic"}}
    running = program(
        rule("a", when="contact.ended", facts=facts, if_="topic == 'cards'", explain="{topic}")
    )
    play = Play(running)
    assert play.see(event("ended", 0.0)) == []  # missing: a comparison with it is false
    play.see(event("queued", 1.0, topic="loans"), event("queued", 2.0, topic="cards"))

    [match] = play.matches(event("ended", HOUR))
    assert (match.facts, match.explanation) == ({"topic": "cards"}, "cards")
    play.see(event("queued", HOUR, topic=None))
    assert play.see(event("ended", HOUR)) == []  # the newest one has none


@pytest.mark.parametrize(("at", "fires"), [(600.0, []), (599.5, [599.5])])
def test_last_within_a_time(at: float, fires: list[float]) -> None:
    facts = {"wait": {"last": "contact.queued", "of": "topic", "within": "10m"}}
    play = Play(program(rule("a", when="contact.ended", facts=facts, if_="has(wait)")))
    play.see(event("queued", 0.0))

    assert play.see(event("ended", at)) == fires


def test_sum_adds_up_a_field_and_takes_a_missing_one_as_nothing() -> None:
    facts = {"waited": {"sum": "contact.ended", "of": "wait_s", "within": "1h", "if": "true"}}
    running = program(
        rule("a", when="contact.ended", facts=facts, if_="waited >= 5m", explain="{waited}")
    )
    play = Play(running)
    assert play.see(event("ended", 0.0, wait_s=120.0), event("ended", 1.0)) == []

    [match] = play.matches(event("ended", HOUR - 1, wait_s=180.0))
    assert (match.facts["waited"], match.explanation) == (300.0, "5 min")
    assert play.see(event("ended", HOUR, wait_s=60.0)) == []  # 120 left the window
