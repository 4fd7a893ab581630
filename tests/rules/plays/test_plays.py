import msgpack
import pytest

from rules.action import action_id
from rules.match import Match
from rules.plays.state import MAX_PLAYS, PLAYS
from rules.reason import Reason
from tests.rules.plays.build import BOOKED, HOUR, MINUTE, TASK, End, Play, event, playbook, rule

LATER = TASK | {"template": "u"}
WAIT = {"wait": "10m"}


def test_a_rule_of_one_step_is_no_play() -> None:
    play = Play(playbook(rule(TASK)))
    play.see(event("case.opened", 0.0, "e1"))
    play.time()

    assert play.done() == [(1, 0.0)]
    assert play.ends[0].match.play is None
    assert PLAYS not in play.customer.rules
    assert play.tally.take() == {}


def test_steps_follow_each_other_as_what_is_awaited_comes() -> None:
    attempted = {"wait_for": "callback.attempted", "within": "1h", "else": TASK}
    play = Play(playbook(rule(TASK, BOOKED, LATER, attempted)))
    play.see(
        event("case.opened", 0.0, "e1"),
        event("callback.attempted", MINUTE),  # nobody waits for it yet
        event("callback.booked", 30 * MINUTE),  # at the last moment
        event("callback.booked", 31 * MINUTE),  # nobody waits for it any more
        event("callback.attempted", 90 * MINUTE),
    )
    play.time()

    assert play.done() == [(1, 0.0), (3, 30 * MINUTE)]
    assert play.tally.take() == {
        ("started", "look-after", ""): 1,
        ("finished", "look-after", ""): 1,
    }
    assert play.customer.rules == {}


def test_what_does_not_come_in_time_is_late_and_the_play_ends_with_what_is_done_then() -> None:
    play = Play(playbook(rule(TASK, BOOKED | {"else": LATER}, LATER)))
    play.see(event("case.opened", 0.0, "e1"), event("callback.booked", 30 * MINUTE + 1))
    play.time()

    assert play.done() == [(1, 0.0), (2, 30 * MINUTE)]
    first, second = (end.match for end in play.ends)
    assert second.conditions == [("no callback.booked within 30 min", True)]
    assert second.play is not None
    assert first.play is not None
    assert second.play.as_json() == {"id": first.play.id, "step": 2, "of": 3}
    assert play.tally.take() == {
        ("started", "look-after", ""): 1,
        ("late", "look-after", "2"): 1,
        ("stopped", "look-after", "in_vain"): 1,
    }


def test_time_passes_between_two_actions_and_none_between_others() -> None:
    play = Play(playbook(rule(TASK, LATER, WAIT, LATER)))
    play.see(event("case.opened", 0.0, "e1"))
    play.time()

    assert play.done() == [(1, 0.0), (2, 0.0), (4, 10 * MINUTE)]
    told = [end.match.conditions for end in play.ends]
    assert told[1:] == [[("step 1 was decided", True)], [("10 min have passed", True)]]


def test_only_the_events_that_the_condition_names_count() -> None:
    done = {"wait_for": "task.done", "if": "event.topic == 'cards'", "within": "1h", "else": LATER}
    play = Play(playbook(rule(TASK, done)))
    play.see(
        event("case.opened", 0.0, "e1"),
        event("task.done", MINUTE, topic="loans"),
        event("task.done", 2 * MINUTE),
    )
    assert play.tally.take() == {("started", "look-after", ""): 1}

    play.see(event("task.done", 3 * MINUTE, topic="cards"))
    assert play.tally.take() == {("finished", "look-after", ""): 1}


def test_the_result_of_another_play_s_action_does_not_count() -> None:
    done = {"wait_for": "task.done", "within": "1h", "else": LATER}
    play = Play(playbook(rule(TASK, done)))
    play.see(event("case.opened", 0.0, "e1"), event("case.opened", 1.0, "e2"))
    own = str(action_id("look-after", "c-1", "e1"))
    play.see(event("task.done", MINUTE, action_id=own))
    play.time()

    assert [(end.match.occurrence, end.match.number) for end in play.ends] == [
        ("e1", 1),
        ("e2", 1),
        ("e2", 2),
    ]


def test_each_action_has_an_id_of_its_own_and_the_first_keeps_its_old_one() -> None:
    ids = [action_id("r", "c", "o", step) for step in (1, 2, 3)]

    assert ids[0] == action_id("r", "c", "o")
    assert len(set(ids)) == 3


@pytest.mark.parametrize(
    ("data", "stops"),
    [
        ({"direction": "inbound", "call": "k2"}, True),
        ({"direction": "inbound", "call": "k2", "topic": "calls"}, True),
        ({"direction": "inbound", "call": "k2", "topic": "cards"}, True),  # as the case is about
        ({"direction": "inbound", "call": "k2", "topic": "regular"}, True),  # may be about anything
        ({"direction": "inbound", "call": "k2", "topic": "loans"}, False),  # another rule's
        ({"direction": "outbound", "call": "k2"}, False),
        ({"call": "k2"}, False),
    ],
)
def test_a_play_stops_when_the_customer_asks_about_it(data: dict[str, str], stops: bool) -> None:
    play = Play(playbook(rule(TASK, WAIT, LATER)))
    play.see(event("case.opened", 0.0, "e1", topic="cards"), event("contact.started", 5.0, **data))
    play.time()

    assert play.done() == [(1, 0.0)] + ([] if stops else [(3, 10 * MINUTE)])
    assert (("stopped", "look-after", "asked") in play.tally.take()) is stops


def test_the_contact_that_set_the_rule_off_is_no_new_ask() -> None:
    play = Play(playbook(rule(TASK, WAIT, LATER, when="contact.queued", explain="said")))
    for stage, at in (("queued", 0.0), ("answered", 60.0)):
        play.see(event(f"contact.{stage}", at, call="k1", direction="inbound"))
    assert play.tally.take() == {("started", "look-after", ""): 1}

    play.see(event("contact.queued", 61.0, call="k2", direction="inbound"))
    assert ("stopped", "look-after", "asked") in play.tally.take()


def test_a_play_stops_when_its_outcome_comes_and_not_for_what_came_before() -> None:
    play = Play(playbook(rule(TASK, WAIT, LATER, until=["promise.kept"])))
    play.see(event("case.opened", 100.0, "e1"), event("promise.kept", 99.0))
    assert play.tally.take() == {("started", "look-after", ""): 1}

    play.see(event("promise.kept", 101.0))
    play.time()
    assert play.tally.take() == {("stopped", "look-after", "outcome"): 1}
    assert play.done() == [(1, 100.0)]


def test_an_outcome_that_the_last_step_waits_for_finishes_the_play() -> None:
    kept = {"wait_for": "promise.kept", "within": "1h", "else": "stop"}
    play = Play(playbook(rule(TASK, kept, until=["promise.kept"])))
    play.see(event("case.opened", 0.0, "e1"), event("promise.kept", 5.0))

    assert ("finished", "look-after", "") in play.tally.take()


@pytest.mark.parametrize("reason", ["cap", "ghost", "shadow", "quiet", "no_consent"])
def test_a_play_begins_only_when_its_first_action_goes_out(reason: Reason) -> None:
    play = Play(playbook(rule(TASK, LATER)), lambda match, at: End(match, at, reason))
    play.see(event("case.opened", 0.0, "e1"))
    play.time()

    assert play.done() == [(1, 0.0)]
    assert play.tally.take() == {}


def test_what_a_gate_holds_back_is_skipped_but_not_against_the_customers_will() -> None:
    def gates(match: Match, at: float) -> End:
        reasons: dict[int, Reason] = {1: "sent", 2: "cap", 4: "no_consent"}
        return End(match, at, reasons[match.number])

    play = Play(playbook(rule(TASK, LATER, WAIT, LATER, LATER)), gates)
    play.see(event("case.opened", 0.0, "e1"))
    play.time()

    assert play.done() == [(1, 0.0), (2, 0.0), (4, 10 * MINUTE)]
    assert play.tally.take() == {
        ("started", "look-after", ""): 1,
        ("skipped", "look-after", "2"): 1,
        ("skipped", "look-after", "4"): 1,
        ("stopped", "look-after", "no_consent"): 1,
    }


def test_what_the_hours_hold_back_waits_for_their_end() -> None:
    def gates(match: Match, at: float) -> End:
        is_held = match.number == 2 and at < 8 * HOUR
        return End(match, at, "quiet", 8 * HOUR) if is_held else End(match, at)

    book = playbook(rule(TASK, BOOKED | {"else": LATER}))
    play = Play(book, gates)
    play.see(event("case.opened", 0.0, "e1"))
    play.time()
    assert play.done() == [(1, 0.0), (2, 30 * MINUTE), (2, 8 * HOUR)]
    assert play.tally.take()["late", "look-after", "2"] == 1

    came = Play(book, gates)
    came.see(event("case.opened", 0.0, "e1"), event("callback.booked", 7 * HOUR))
    came.time()
    assert came.done() == [(1, 0.0), (2, 30 * MINUTE)]
    assert ("finished", "look-after", "") in came.tally.take()


def test_after_an_outage_nothing_is_made_good_that_is_long_over() -> None:
    for now, done in ((30 * MINUTE + 179, 2), (30 * MINUTE + 180, 1)):  # a tenth of the wait
        play = Play(playbook(rule(TASK, BOOKED | {"else": LATER})))
        play.see(event("case.opened", 0.0, "e1"))
        play.time(now=now)

        assert len(play.ends) == done
        assert (("stopped", "look-after", "overdue") in play.tally.take()) is (done == 1)


def test_a_customer_has_four_plays_at_most_and_the_oldest_gives_way() -> None:
    play = Play(playbook(rule(TASK, WAIT, LATER)))
    play.see(*(event("case.opened", float(n), f"e{n}") for n in range(MAX_PLAYS + 1)))
    assert len(play.customer.rules[PLAYS]) == MAX_PLAYS
    play.time()

    later = [end.match.occurrence for end in play.ends if end.match.number == 3]
    assert later == ["e1", "e2", "e3", "e4"]
    assert play.tally.take()["stopped", "look-after", "crowded"] == 1


def test_the_plays_of_a_customer_take_no_more_bytes_than_is_told() -> None:
    text = "x" * 35
    shown = "{event.topic} {event.case} {event.channel} {score.repeat} {signal.queue_wait}"
    play = Play(playbook(rule(TASK, WAIT, LATER, explain=shown)))
    fields = {"topic": text, "case": text, "channel": text, "direction": text, "call": text}
    fields |= {"cause_rule": text}
    numbers = {"cause_depth": 1.5}
    for n in range(MAX_PLAYS):
        play.see(event("case.opened", n / 3, f"{text}{n}", **fields, **numbers))

    packed = msgpack.packb({PLAYS: play.customer.rules[PLAYS]})
    bound = play.program.bytes_per_customer("look-after")
    assert len(packed) <= bound < 2 * len(packed)


def test_plays_that_are_due_together_act_in_the_order_of_rule_and_occurrence() -> None:
    first, second = rule(TASK, WAIT, LATER, id="b"), rule(TASK, WAIT, LATER, id="a", topic="x")
    play = Play(playbook(first, second))
    play.see(event("case.opened", 0.0, "e2"), event("case.opened", 0.0, "e1"))
    play.time()

    later = [(end.match.rule.id, end.match.occurrence) for end in play.ends[4:]]
    assert later == [("a", "e1"), ("a", "e2"), ("b", "e1"), ("b", "e2")]


def test_later_steps_show_what_set_the_rule_off_and_who_the_customer_is_now() -> None:
    keeps = "about {event.topic}, case {event.case}, {customer.contacts_7d} contacts"
    play = Play(playbook(rule(TASK, WAIT, LATER), template=keeps))
    play.see(
        event("case.opened", 0.0, "e1", topic="cards", case="k7", channel="web"),
        event("contact.started", 5.0, call="x", direction="inbound", topic="loans"),
    )
    play.time()

    match = play.ends[-1].match
    assert match.number == 3
    assert match.facts == {
        "event.topic": "cards",
        "event.case": "k7",
        "customer.contacts_7d": 1.0,
    }
    assert match.event.id == "e1"
    assert match.explanation == "case about cards"


@pytest.mark.parametrize(
    ("change", "ends"),
    [
        ({"description": "another", "cooldown": "7d", "priority": 3}, None),
        ({"mode": "shadow"}, None),
        ({"mode": "retired"}, "retired"),
        ({"id": "another-rule"}, "retired"),
        ({"then": [TASK, {"wait": "11m"}, LATER]}, "changed"),
        ({"then": [TASK]}, "changed"),
        ({"until": ["promise.kept"]}, "changed"),
        ({"explain": "for {event.case}"}, "changed"),  # the case was not kept
    ],
)
def test_a_playbook_switch_ends_plays_whose_rule_does_other_things(
    change: dict[str, object], ends: str | None
) -> None:
    play = Play(playbook(rule(TASK, WAIT, LATER)))
    play.see(event("case.opened", 0.0, "e1", topic="cards"))
    play.switch(playbook(rule(TASK, WAIT, LATER) | change))
    play.time()

    assert play.done()[1:] == ([(3, 10 * MINUTE)] if ends is None else [])
    stopped = [key[2] for key in play.tally.take() if key[0] == "stopped"]
    assert stopped == ([] if ends is None else [ends])
