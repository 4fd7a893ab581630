from collections import Counter
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.event import Event
from rules.playbook.models import Playbook
from rules.proof.decided import Decided
from rules.proof.ghosts import judge
from rules.proof.history import History
from rules.proof.intervals import Share
from rules.proof.result import NO_CAUSAL_CLAIM, RuleResult
from rules.reason import REASONS
from tests.rules.gates.build import playbook, rule
from tests.rules.proof.build import (
    DAY,
    HOUR,
    MINUTE,
    abandoned,
    answered,
    decided,
    history_of,
    stage,
)

DELAY_S = 15 * MINUTE
LATER = answered("end", 20 * DAY, "call:end")


def judge_one(
    history: History, decisions: list[Decided], book: Playbook | None = None
) -> RuleResult:
    return judge(history, decisions, book or playbook())["call-back"]


def test_a_small_log_by_hand() -> None:
    # Three hang up. Ann calls again 2 h after the firing, bob 4 h after it, cy never.
    hung_up = [abandoned(who, 0.0, who) for who in ("ann", "bob", "cy")]
    again = [answered("a2", 16 * MINUTE + 2 * HOUR), answered("b2", 16 * MINUTE + 4 * HOUR, "bob")]
    # Of four answered callers at the same time one calls again within the day.
    through = [answered(who, 0.0, who) for who in ("dan", "eve", "flo", "gus")]
    once_more = answered("d2", 20 * HOUR, "dan")
    history = history_of(*hung_up, *again, *through, once_more, LATER)
    firings = [decided(events[2], delay_s=DELAY_S) for events in hung_up]
    held_back = decided(hung_up[0][2], delay_s=DELAY_S, reason="cap")

    result = judge_one(history, [*firings, held_back])

    assert result.candidates == {"cap": 1, "sent": 3}
    total = result.total
    assert (total.fired, total.called, result.censored) == (3, Share(2, 3), 0)
    # Answered: dan, eve, flo, gus, and then a2, b2 and d2, each of whom stayed away afterwards.
    assert total.comparable == Share(1, 7)
    assert total.rate == pytest.approx(1 / 7)
    assert total.ratio == pytest.approx((2 / 3) / (1 / 7))
    assert result.lead_time_s == median([2 * HOUR, 4 * HOUR])
    assert (result.late, result.most_per_customer, result.delay_s) == (0, 1, DELAY_S)
    assert result.bands["0-2"] == total
    assert result.bands["3-9"].fired == 0


def test_the_comparable_rate_is_weighted_as_the_firings_are() -> None:
    # Three firings, one of a caller new to us, two of callers with three contacts before.
    old = [
        answered(f"{who}{number}", number * 3 * DAY, who)
        for who in ("ann", "bob", "cy", "dan")
        for number in range(3)
    ]
    hung_up = [abandoned(f"{who}-a", 9 * DAY, who) for who in ("ann", "bob", "new")]
    # Comparable: those earlier calls (nobody called within a day) and two calls of those with
    # three before, one of whom calls again. The latter has four before then, and stays away.
    through = [
        answered("c3", 9 * DAY, "cy"),
        answered("d3", 9 * DAY, "dan"),
        answered("d4", 9 * DAY + 5 * HOUR, "dan"),
    ]
    history = history_of(*old, *hung_up, *through, LATER)

    result = judge_one(history, [decided(events[2], delay_s=DELAY_S) for events in hung_up])

    assert [result.bands[band].fired for band in ("0-2", "3-9", "10+")] == [1, 2, 0]
    assert result.bands["0-2"].comparable == Share(0, 12)
    assert result.bands["3-9"].comparable == Share(1, 3)
    assert result.total.rate == pytest.approx(1 / 3 * 0 + 2 / 3 * (1 / 3))
    assert result.total.comparable == Share(1, 15)  # unweighted


def test_the_ratio_leaves_out_whom_nobody_is_comparable_with() -> None:
    # Ann had three contacts before, and nobody with as many was ever answered.
    old = [abandoned(f"a{number}", number * 3 * DAY) for number in range(3)]
    hung_up = [abandoned("a3", 9 * DAY), abandoned("b", 9 * DAY, "bob")]
    again = abandoned("b2", 9 * DAY + 5 * HOUR, "bob")
    # Three answered calls of newcomers, one of them followed by another.
    through = answered("c", 0.0, "cy"), answered("d", 0.0, "dan"), answered("d2", HOUR, "dan")
    history = history_of(*old, *hung_up, again, *through, LATER)

    result = judge_one(history, [decided(events[2], delay_s=DELAY_S) for events in hung_up])

    assert result.bands["3-9"].called == Share(0, 1)
    assert (result.bands["3-9"].rate, result.bands["3-9"].ratio) == (None, None)
    assert result.bands["0-2"].comparable == Share(1, 3)
    assert result.total.called == Share(1, 2)
    assert result.total.rate == pytest.approx(1 / 3)
    assert result.total.ratio == pytest.approx(1 / (1 / 3))  # bob alone


def test_a_rule_on_another_kind_of_event_is_compared_with_that_kind() -> None:
    waiting = [
        [stage("started", who, 0.0, who), stage("queued", who, 0.0, who)] for who in ("ann", "bob")
    ]
    through = answered("c", 0.0, "cy")
    history = history_of(*waiting, through, answered("b2", HOUR, "bob"), LATER)

    result = judge_one(history, [decided(waiting[0][1])])

    # Only bob queued without an offer, and he called again.
    assert result.total.comparable == Share(1, 1)
    assert result.total.called == Share(0, 1)
    assert result.total.ratio == 0.0


def test_a_trigger_that_is_no_contact_has_nobody_to_compare_with() -> None:
    order = stage("started", "o", 0.0)
    order.type = "order.delayed"

    result = judge_one(history_of(answered("b", HOUR), LATER), [decided(order)])

    assert result.total.called == Share(1, 1)
    assert result.total.comparable == Share(0, 0)
    assert (result.total.rate, result.total.ratio) == (None, None)


def test_firings_at_the_end_of_the_log_are_censored() -> None:
    early, late = abandoned("a", 0.0), abandoned("b", 5 * DAY, "bob")
    soon = answered("b2", 5 * DAY + HOUR, "bob")
    history = history_of(early, late, soon)

    result = judge_one(history, [decided(each[2], delay_s=DELAY_S) for each in (early, late)])

    # Bob called an hour later, but half a day is no 24 h: he would only be counted if he called.
    assert (result.total.fired, result.censored, result.total.called) == (2, 1, Share(0, 1))
    assert result.lead_time_s is None


def test_late_fires_and_firings_per_customer() -> None:
    own, other = abandoned("a", 0.0), answered("b", 30.0, ends=HOUR)
    history = history_of(own, other, abandoned("c", 2 * DAY), abandoned("d", 0.0, "bob"), LATER)
    triggers = [own[2], abandoned("c", 2 * DAY)[2], abandoned("d", 0.0, "bob")[2]]

    result = judge_one(history, [decided(trigger) for trigger in triggers])

    assert (result.late, result.late_share) == (1, 1 / 3)
    assert result.most_per_customer == 2


def test_firings_outside_the_hours_of_the_acting_team_are_counted() -> None:
    # 1 January 1970 was a Thursday.
    hours = {"centre": {"thu": "00:00-24:00"}, "desk": {"thu": "10:00-12:00"}}
    book = playbook(rule(to="desk"), gates={"opening_hours": hours})
    calls = [abandoned(f"c{hour}", hour * HOUR - MINUTE) for hour in (9, 10, 11, 12)]
    history = history_of(*calls, LATER)
    firings = [decided(events[2]) for events in calls]

    assert judge_one(history, firings, book).outside_hours == 2
    assert judge_one(history, firings, book).outside_share == 0.5
    # A rule that the playbook has no more keeps the centre's.
    elsewhere = playbook(rule("other", to="desk"), gates={"opening_hours": hours})
    assert judge_one(history, firings, elsewhere).outside_hours == 0


def test_every_running_rule_has_a_result_in_the_order_of_the_playbook() -> None:
    book = playbook(rule("z"), rule("draft", mode="draft"), rule("a", mode="shadow"))
    gone = decided(stage("queued", "c", 0.0), rule="gone", reason="cap")

    results = judge(History(), [gone], book)

    assert list(results) == ["z", "a", "gone"]
    assert results["z"].as_json()["ratio"] is None
    assert results["gone"].candidates == {"cap": 1}


def test_every_output_says_that_it_claims_no_cause() -> None:
    figures = judge_one(history_of(LATER), []).as_json()

    assert figures["note"] == NO_CAUSAL_CLAIM == "replayed history: no causal claim"
    assert figures["bands"].keys() == {"0-2", "3-9", "10+"}


# Brute force: the same figures straight from the list of events.

SLOT_S = 450.0  # a third of them are needed for the silence, so ties and exact ends occur
ENDS = {"answered": "contact.answered", "abandoned": "contact.abandoned", "hung_up": None}


@st.composite
def logs(draw: st.DrawFn) -> tuple[list[Event], list[Decided]]:
    events: list[Event] = []
    candidates: list[Decided] = []
    kind = draw(st.sampled_from(["contact.abandoned", "contact.queued", "contact.ended"]))
    delay_s = draw(st.sampled_from([0.0, 2 * SLOT_S]))
    for number in range(draw(st.integers(1, 25))):
        at = draw(st.integers(0, 400)) * SLOT_S
        wait = draw(st.integers(0, 3)) * SLOT_S
        end = at + wait + draw(st.integers(0, 3)) * SLOT_S
        outcome = draw(st.sampled_from(sorted(ENDS)))
        direction = draw(st.sampled_from(["inbound", "inbound", "inbound", "outbound"]))
        customer = draw(st.sampled_from(["ann", "ann", "bob", f"call:{number}"]))
        call = f"c{number}"
        stages: list[tuple[str, float, dict[str, str]]]
        stages = [("started", at, {}), ("queued", at, {})]
        if leaves := ENDS[outcome]:
            stages.append((leaves[8:], at + wait, {}))
        stages.append(("ended", end, {"outcome": outcome}))
        for name, when, data in stages:
            event = stage(name, call, when, customer, direction, **data)
            events.append(event)
            if event.type == kind and event.identified and draw(st.booleans()):
                reason = draw(st.sampled_from(["sent", "sent", *REASONS[:4]]))
                candidates.append(decided(event, delay_s=delay_s, reason=reason))
    events.sort(key=lambda event: event.at)
    return events, candidates


def asks(events: list[Event], customer: str) -> list[Event]:
    return [
        event
        for event in events
        if event.type == "contact.started"
        and event.customer == customer
        and event.data["direction"] == "inbound"
    ]


def called(events: list[Event], customer: str, call: str, clock: float) -> list[float]:
    return sorted(
        ask.at - clock
        for ask in asks(events, customer)
        if clock < ask.at <= clock + DAY and ask.data["call"] != call
    )


def band(events: list[Event], event: Event) -> str:
    began = next(
        each.at
        for each in events
        if each.type == "contact.started" and each.data["call"] == event.data["call"]
    )
    earlier = sum(ask.at < began for ask in asks(events, event.customer))
    return "0-2" if earlier <= 2 else "3-9" if earlier <= 9 else "10+"


def kind_of(event: Event) -> tuple[str, str, str]:
    if event.type == "contact.abandoned":
        return ("contact.ended", "inbound", "answered")
    return event.type, event.data["direction"], event.data.get("outcome", "")


@given(logs())
def test_the_fast_way_agrees_with_brute_force(log: tuple[list[Event], list[Decided]]) -> None:
    events, decisions = log
    end = max(event.at for event in events)
    by_id = {event.id: event for event in events}
    firings = [each for each in decisions if each.reason == "sent"]
    matched_calls = {by_id[each.trigger_id].data["call"] for each in decisions}
    delay_s = firings[0].delay_s if firings else 0.0

    result = judge_one(history_of(events), decisions)

    expected = hits_on = 0.0
    leads, late, judged_all = [], 0, 0
    cells: Counter[tuple[tuple[str, str, str], str]] = Counter()
    hits: Counter[tuple[tuple[str, str, str], str]] = Counter()
    kinds = {kind_of(by_id[each.trigger_id]) for each in firings}
    for event in events:
        clock = event.at + delay_s
        if not event.identified or event.data["call"] in matched_calls or clock + DAY > end:
            continue
        if event.type == "contact.abandoned" or kind_of(event) not in kinds:
            continue
        silent = not any(
            each.type == "contact.started"
            and each.customer == event.customer
            and event.at < each.at <= clock
            for each in events
        )
        if silent or not delay_s:
            cell = kind_of(event), band(events, event)
            cells[cell] += 1
            hits[cell] += bool(called(events, event.customer, event.data["call"], clock))
    for firing in firings:
        trigger = by_id[firing.trigger_id]
        own = trigger.data["call"]
        late += any(
            ask.data["call"] != own
            and ask.at <= firing.at
            and firing.at < next(e.at for e in events if e.id == f"{ask.data['call']}-ended")
            for ask in asks(events, firing.customer)
        )
        if firing.at + DAY > end:
            continue
        judged_all += 1
        after = called(events, firing.customer, own, firing.at)
        leads += after[:1]
        cell = kind_of(trigger), band(events, trigger)
        if cells[cell]:
            expected += hits[cell] / cells[cell]
            hits_on += bool(after)
    assert result.total.called == Share(len(leads), judged_all)
    assert result.lead_time_s == (median(leads) if leads else None)
    assert result.late == late
    assert result.total.comparable == Share(hits.total(), cells.total())
    if expected:
        assert result.total.ratio == pytest.approx(hits_on / expected)
    else:
        assert result.total.ratio is None
    for name, comparison in result.bands.items():
        assert comparison.comparable == Share(
            sum(n for (_, each), n in hits.items() if each == name),
            sum(n for (_, each), n in cells.items() if each == name),
        )


@given(logs())
def test_nothing_is_lost(log: tuple[list[Event], list[Decided]]) -> None:
    events, decisions = log
    result = judge_one(history_of(events), decisions)

    assert sum(result.candidates.values()) == len(decisions)
    assert result.total.fired == result.candidates.get("sent", 0)
    assert result.total.fired == result.total.called.n + result.censored
    assert sum(each.fired for each in result.bands.values()) == result.total.fired
    assert sum(each.called.n for each in result.bands.values()) == result.total.called.n


@given(logs())
def test_the_order_of_decisions_does_not_matter(log: tuple[list[Event], list[Decided]]) -> None:
    events, decisions = log

    assert judge_one(history_of(events), decisions[::-1]) == judge_one(
        history_of(events), decisions
    )
