"""What one partition makes of its log: time, timers, repeats, late events, who leaves."""

import math
from typing import Literal

import orjson
import pytest

from detectors.event import Event
from rules.playbook.loader import load
from rules.playbook.models import Playbook
from streams.engine.contract import Outgoing, PlaybookMissingError
from streams.engine.customers import TTL_S
from streams.engine.processor import Processor
from tests.streams.engine.build import (
    DEFAULT,
    NOW,
    PARTITIONS,
    Read,
    contact,
    default_playbook,
    log_of,
    lost_call,
    of,
    playbook_switch,
    processor,
    progress,
    restored,
    state_of,
)

NOON = 915_321_600.0 + 10 * 3600  # Sunday 3 January 1999, noon in Israel
SWITCH = playbook_switch(default_playbook().hash)


def decided(output: list[Outgoing]) -> list[tuple[object, object, object]]:
    """Return (customer, rule, reason) of each decision."""
    return [
        (data["customer"], data["rule"], data["reason"])
        for event in of(output, "decisions")
        if isinstance(data := event["data"], dict)
    ]


def quiet_playbook() -> Playbook:
    """Return the default playbook without the rule that waits."""
    files = {path.name: path.read_text() for path in DEFAULT.glob("*.yaml")}
    files["contact.yaml"] = files["contact.yaml"].replace("for: 15m", "for: 20m")
    return load(files)


def test_a_timer_fires_when_the_watermark_has_passed_it() -> None:
    worker = processor()
    worker.process(log_of([SWITCH, *lost_call(NOON, "7", "a")]))

    # Strictly after the deadline: an event exactly at it would still come first.
    assert worker.process(log_of([progress(NOON + 900)])) == []
    output = worker.process(log_of([progress(math.nextafter(NOON + 900, math.inf))]))

    assert decided(output) == [("7", "callback-after-abandonment", "sent")]
    assert [action["time"] for action in of(output, "actions")] == ["1999-01-03T10:15:00.000000Z"]


@pytest.mark.parametrize("clock", ["live", "log"])
def test_actions_carry_the_clock_by_which_dispatch_judges_their_times(
    clock: Literal["live", "log"],
) -> None:
    worker = Processor(0, PARTITIONS, clock, {default_playbook().hash: default_playbook()}.get)
    output = worker.process(log_of([SWITCH, *lost_call(NOON, "7", "a"), progress(NOON + 901)]))

    [action] = [event["data"] for event in of(output, "actions")]
    assert isinstance(action, dict)
    assert action["clock"] == clock


def test_an_event_exactly_at_the_deadline_comes_first() -> None:
    worker = processor()
    worker.process(log_of([SWITCH, *lost_call(NOON, "7", "a")]))

    output = worker.process(
        log_of([contact("started", NOON + 900, "7", "b"), progress(NOON + 2000)])
    )

    assert decided(output) == []


def test_a_customers_own_event_fires_timers_due_before_it() -> None:
    worker = processor()
    worker.process(log_of([SWITCH, *lost_call(NOON, "7", "a")]))

    output = worker.process(log_of([contact("started", NOON + 901, "7", "b")]))

    assert decided(output) == [("7", "callback-after-abandonment", "sent")]


def test_a_lateness_gives_other_events_time_to_cancel() -> None:
    worker = processor()
    worker.process(log_of([SWITCH, progress(NOON - 61, lateness_s=30.0)]))
    worker.process(log_of(lost_call(NOON, "7", "a")))

    # At 901 s an event of before 900 s may still be on its way, here: another call at 890 s.
    output = worker.process(
        log_of(
            [
                contact("ended", NOON + 901, "7", "z", outcome="hung_up"),
                contact("started", NOON + 890, "7", "b"),
                progress(NOON + 2000, lateness_s=30.0),
            ]
        )
    )

    assert decided(output) == []
    assert worker.late == 1


def test_an_event_within_the_lateness_is_not_late_for_the_rules() -> None:
    worker = processor()
    worker.process(log_of([SWITCH, progress(NOON - 61, lateness_s=30.0)]))
    started, queued, abandoned, ended = lost_call(NOON, "7", "a")
    ahead = contact("ended", NOON + 10, "7", "z", outcome="hung_up")

    # It was given up 10 s before the newest event, which is 20 s less than is waited for.
    output = worker.process(
        log_of([started, queued, ahead, abandoned, ended, progress(NOON + 2000, lateness_s=30.0)])
    )

    assert decided(output) == [("7", "callback-after-abandonment", "sent")]


def test_timers_fire_in_the_order_of_deadline_and_customer() -> None:
    worker = processor()
    events = [
        *lost_call(NOON + 2, "30", "x"),
        *lost_call(NOON + 1, "9", "y"),
        *lost_call(NOON + 1, "10", "z"),
        *lost_call(NOON + 3, "1", "w"),
    ]
    worker.process(log_of([SWITCH, *events]))

    output = worker.process(log_of([progress(NOON + 5000)]))

    assert [customer for customer, *_ in decided(output)] == ["10", "9", "30", "1"]


def test_timers_stand_again_after_a_restore() -> None:
    worker = processor()
    worker.process(log_of([SWITCH, *lost_call(NOON, "7", "a"), *lost_call(NOON + 5, "8", "b")]))
    state = {key: value for key, value in state_of(worker).items() if value is not None}

    output = restored(state).process(log_of([progress(NOON + 5000)]))

    # Nothing but progress came after the restart: silence is noticed all the same.
    assert [customer for customer, *_ in decided(output)] == ["7", "8"]
    assert output == worker.process(log_of([progress(NOON + 5000)]))


def test_a_repeated_event_changes_nothing() -> None:
    once, twice = processor(), processor()
    events = [SWITCH, *lost_call(NOON, "7", "a"), progress(NOON + 5000)]
    repeated = [SWITCH, *(event for event in events[1:-1] for _ in range(2)), events[-1]]

    assert decided(twice.process(log_of(repeated))) == decided(once.process(log_of(events)))

    assert (once.duplicates, twice.duplicates) == (0, 4)
    differ = {b"counts"}
    expected, found = state_of(once), state_of(twice)
    assert {key for key in expected | found if expected.get(key) != found.get(key)} <= differ


def test_a_late_event_is_counted_and_still_applied() -> None:
    worker = processor()
    worker.process(log_of([SWITCH, contact("started", NOON, "7", "b")]))

    worker.process(log_of([contact("started", NOON - 3600, "7", "a")]))

    assert worker.late == 1
    assert worker.customers.get("7").contacts.total == 2
    assert worker.customers.get("7").at == NOON


def test_results_of_our_own_actions_are_not_late() -> None:
    worker = processor()
    worker.process(log_of([SWITCH, contact("started", NOON, "7", "b")]))

    result = Event("x-delivered", "precede/dispatch", "action.delivered", NOON - 60, "7")
    worker.process(log_of([result]))

    assert worker.late == 0


def test_who_was_not_identified_leaves_with_a_tombstone() -> None:
    worker = processor()
    name = "call:a"
    worker.process(log_of([SWITCH, *lost_call(NOON, name, "a")]))
    assert state_of(worker)[b"c:call:a"] is not None

    worker.process(log_of([progress(NOON)]))
    assert len(worker.customers) == 1  # a repeat of the last event must still be recognised
    worker.process(log_of([progress(NOON + 1)]))

    assert len(worker.customers) == 0
    assert state_of(worker)[b"c:call:a"] is None
    assert b"c:call:a" not in state_of(worker)  # once


def test_a_contact_that_is_not_over_stays() -> None:
    worker = processor()
    worker.process(log_of([SWITCH, *lost_call(NOON, "call:a", "a")[:2], progress(NOON + 600)]))

    assert len(worker.customers) == 1


def test_a_customer_leaves_after_400_days_without_an_event() -> None:
    worker = processor()
    worker.process(log_of([SWITCH, *lost_call(NOON, "7", "a"), progress(NOON + TTL_S)]))
    assert len(worker.customers) == 1

    worker.process(log_of([progress(NOON + TTL_S + 1)]))

    assert len(worker.customers) == 0
    assert state_of(worker)[b"c:7"] is None


def test_an_event_keeps_a_customer_for_another_400_days() -> None:
    worker = processor()
    worker.process(log_of([SWITCH, *lost_call(NOON, "7", "a")]))
    worker.process(log_of([contact("started", NOON + TTL_S - 10, "7", "b")]))

    worker.process(log_of([progress(NOON + TTL_S + 1)]))

    assert len(worker.customers) == 1


def test_the_400_days_count_from_the_last_of_many_events() -> None:
    worker, day = processor(), 86400.0
    visits = [contact("ended", NOON + i * day, "7", f"c{i}") for i in range(60)]
    worker.process(log_of([SWITCH, *visits]))
    last = NOON + 59 * day

    worker.process(log_of([progress(last + TTL_S)]))
    assert len(worker.customers) == 1

    worker.process(log_of([progress(last + TTL_S + 1)]))
    assert len(worker.customers) == 0


def test_a_playbook_is_switched_where_its_record_stands() -> None:
    first, second = default_playbook(), quiet_playbook()
    known = {playbook.hash: playbook for playbook in (first, second)}
    worker = Processor(0, PARTITIONS, "log", known.get)
    worker.process(log_of([SWITCH, *lost_call(NOON, "7", "a"), progress(NOON + 1000)]))

    output = worker.process(
        log_of([playbook_switch(second.hash), *lost_call(NOON + 2000, "8", "b"),
                progress(NOON + 3100)])
    )  # fmt: skip
    assert decided(output) == []  # 15 minutes are over, 20 are not
    output = worker.process(log_of([progress(NOON + 3300)]))

    assert decided(output) == [("8", "callback-after-abandonment", "sent")]
    assert [event["data"]["playbook"] for event in of(output, "decisions")] == [second.hash]  # type: ignore[index]


def test_the_playbook_in_force_survives_a_restart() -> None:
    worker = processor()
    worker.process(log_of([SWITCH]))
    state = {key: value for key, value in state_of(worker).items() if value is not None}

    again = restored(state)
    output = again.process(log_of([*lost_call(NOON, "7", "a"), progress(NOON + 1000)]))

    assert decided(output) == [("7", "callback-after-abandonment", "sent")]


def test_what_teams_have_taken_survives_a_switch() -> None:
    first, second = default_playbook(), quiet_playbook()
    known = {playbook.hash: playbook for playbook in (first, second)}
    worker = Processor(0, PARTITIONS, "log", known.get)
    calls = [lost_call(NOON + number, str(number), f"a{number}") for number in range(60)]
    events = [event for call in calls for event in call]
    worker.process(log_of([SWITCH, *events, progress(NOON + 1000)]))

    later = NOON + 3600
    calls = [lost_call(later + number, str(100 + number), f"b{number}") for number in range(60)]
    events = [event for call in calls for event in call]
    output = worker.process(log_of([playbook_switch(second.hash), *events, progress(later + 2000)]))

    # The desk's share of the day, 60 over 4 partitions, was used up before the switch.
    assert {reason for *_, reason in decided(output)} == {"capacity"}


def test_a_missing_playbook_leaves_everything_before_it_applied_and_nothing_after() -> None:
    events = [SWITCH, *lost_call(NOON, "7", "a"), progress(NOON + 1000)]
    unknown = quiet_playbook()
    log = log_of([*events, playbook_switch(unknown.hash), *lost_call(NOON + 2000, "8", "b")])
    known = {default_playbook().hash: default_playbook()}
    worker = Processor(0, PARTITIONS, "log", known.get)
    expected = Processor(0, PARTITIONS, "log", known.get)

    with pytest.raises(PlaybookMissingError) as missing:
        worker.process(log)

    assert (missing.value.hash, missing.value.done) == (unknown.hash, len(events))
    assert missing.value.offset == log[len(events)].offset
    assert missing.value.output == expected.process(log[: len(events)])
    assert state_of(worker) == state_of(expected)

    known[unknown.hash] = unknown  # it was read meanwhile: go on where it stopped
    assert worker.process(log[missing.value.done :]) == expected.process(log[missing.value.done :])
    assert state_of(worker) == state_of(expected)


def test_state_that_names_an_unknown_playbook_is_refused() -> None:
    worker = Processor(0, PARTITIONS, "log", lambda _: None)

    with pytest.raises(LookupError, match="must be in the playbooks topic"):
        worker.restore(b"playbook", b"0123")


def test_without_a_playbook_models_learn_and_nothing_is_decided() -> None:
    worker = processor()

    output = worker.process(log_of([*lost_call(NOON, "7", "a"), progress(NOON + 90_000)]))

    assert {record.topic for record in output} == {"labels"}


def test_a_label_says_what_was_scored_and_what_came_true() -> None:
    worker = processor()

    output = worker.process(log_of(lost_call(NOON, "7", "a")))

    [label] = of(output, "labels")
    assert (label["model"], label["label_id"], label["y"]) == ("abandon", "abandon:a", 1)
    assert label["t0"] == NOON - 60
    assert label["identified"] is True


@pytest.mark.parametrize(
    "value", [None, b"", b"{", b"\xff\xfe", b"[1]", b'{"specversion":"1.0","id":"x"}']
)
def test_what_is_no_event_is_one_dead_letter(value: bytes | None) -> None:
    worker = processor()
    worker.process(log_of([SWITCH]))
    before = state_of(worker)

    [letter] = worker.process([Read(value, offset=5)])

    data = orjson.loads(letter.value or b"")["data"]
    assert letter.topic == "dead_letters"
    assert (data["stage"], data["code"], data["offset"]) == ("engine", "unreadable", 5)
    assert before  # the state had been written, and nothing of it changes
    assert state_of(worker).keys() <= {b"watermark", b"counts"}


def test_wall_time_of_a_publication_is_no_event_time() -> None:
    published_now, published_then = processor(), processor()
    events = [*lost_call(NOON, "7", "a"), progress(NOON + 90_000)]
    early = Event(SWITCH.id, SWITCH.source, SWITCH.type, NOON - 86_400, "", SWITCH.data)
    assert SWITCH.at == NOW

    outputs = [
        worker.process(log_of([switch, *events]))
        for worker, switch in ((published_now, SWITCH), (published_then, early))
    ]

    assert outputs[0] == outputs[1]
    assert state_of(published_now) == state_of(published_then)


def test_after_an_outage_nothing_that_is_long_overdue_fires() -> None:
    def lost_at(*times: float) -> Processor:
        worker = Processor(0, PARTITIONS, "live", {default_playbook().hash: default_playbook()}.get)
        worker.process(log_of([SWITCH, *lost_call(NOON, "7", "a"), *map(progress, times)]))
        return worker

    # The call-back is due after 15 minutes; time stood still for more than a tenth of that.
    assert lost_at(NOON + 900, NOON + 901).overdue == 0
    assert lost_at(NOON + 900, NOON + 900 + 89).overdue == 0
    overdue = lost_at(NOON + 900, NOON + 900 + 91)
    assert overdue.overdue == 1
    again = restored({key: value for key, value in state_of(overdue).items() if value is not None})
    assert again.overdue == 1
