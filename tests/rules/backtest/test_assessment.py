import pytest

from detectors.event import Event
from rules.backtest.assessment import Assessment, assess
from rules.backtest.reasons import Counts, Pair, Reasons
from tests.rules.proof.build import DAY, HOUR, stage

MINUTE = 60.0


def answered(call: str, at: float, customer: str, topic: str, service_s: float) -> list[Event]:
    ended = stage("ended", call, at + 5 * MINUTE, customer, topic=topic, outcome="answered",
                  service_s=service_s)  # fmt: skip
    return [stage("started", call, at, customer, topic=topic), ended]


def failed(name: str, at: float, customer: str) -> Event:
    return Event(name, "app", "payment.failed", at, customer, {})


def counted(*events: Event, signal: str = "") -> Counts:
    reasons = Reasons()
    for event in sorted(events, key=lambda event: event.at):
        reasons.add(event, {signal: 0.5, "weak": 0.4} if signal else {})
    return reasons.counts()


def payments() -> list[Event]:
    """Return ten customers whose payment failed at hour n, six of whom called about it an hour on.

    And ten others who logged in and did not call.
    """
    events = []
    for n in range(10):
        events.append(failed(f"f{n}", n * HOUR, f"c{n}"))
        events.append(Event(f"l{n}", "app", "login.succeeded", n * HOUR, f"quiet{n}", {}))
        if n < 6:
            events += answered(f"k{n}", (n + 1) * HOUR, f"c{n}", "cards", 120.0)
    return [*events, Event("last", "app", "login.succeeded", 9 * DAY, "late", {})]


def test_reasons_are_told_with_time_and_cost_the_costliest_first() -> None:
    events = [
        *answered("a", 0.0, "ann", "cards", 1800.0),
        *answered("b", HOUR, "bob", "loans", 3600.0),
        stage("started", "c", 2 * HOUR, "call:c", topic="loans"),
        stage("abandoned", "c", 2 * HOUR, "call:c", topic="loans"),
    ]

    loans, cards = assess([counted(*events)], cost_per_hour=40.0).reasons

    assert (loans.topic, loans.contacts, loans.identified, loans.abandoned) == ("loans", 2, 1, 1)
    assert (loans.hours, loans.cost, loans.mean_service_s) == (1.0, 40.0, 3600.0)
    assert (cards.topic, cards.hours, cards.cost) == ("cards", 0.5, 20.0)


def test_a_repeat_is_a_contact_within_seven_days_of_another_about_anything() -> None:
    events = [
        *answered("a", 0.0, "ann", "loans", 60.0),
        *answered("b", 7 * DAY, "ann", "cards", 60.0),  # exactly seven days
        *answered("c", 14 * DAY + 1.0, "ann", "cards", 60.0),  # a second later than that
    ]

    shares = {each.topic: each.repeat_share for each in assess([counted(*events)]).reasons}

    assert shares == {"loans": 0.0, "cards": 0.5}


def test_what_came_before_has_coverage_lift_and_lead() -> None:
    [reason] = assess([counted(*payments())]).reasons

    [before] = [each for each in reason.before if each.name == "payment.failed"]
    # Six of six calls after a failed payment; six of ten failures were followed by a call.
    assert (before.coverage, before.moments, before.followed) == (1.0, 10, 6)
    # Moments whose day the log holds: 10 failures, 10 log-ins, 6 ends of calls. Six of the 26
    # were followed by a call, so the share of all is 6/26, and that of failures 6/10.
    assert before.lift == pytest.approx((6 / 10) / (6 / 26))
    assert before.median_lead_s == HOUR


def test_a_moment_counts_up_to_a_day_before_the_contact() -> None:
    at_the_edge = counted(failed("f", 0.0, "ann"), *answered("a", DAY, "ann", "cards", 1.0))
    too_early = counted(failed("f", 0.0, "ann"), *answered("a", DAY + 1.0, "ann", "cards", 1.0))

    assert at_the_edge.covered[Pair("payment.failed", "cards")] == 1
    assert too_early.covered[Pair("payment.failed", "cards")] == 0


def test_a_moment_whose_day_the_log_does_not_hold_is_left_out() -> None:
    counts = counted(failed("f", 0.0, "ann"), failed("g", HOUR, "ann"), failed("h", DAY, "ann"))

    assert counts.moments["payment.failed"] == 1


def test_a_notable_signal_is_a_moment_of_its_own() -> None:
    counts = counted(*payments(), signal="friction")

    assert counts.moments["signal.friction"] == counts.moments[""] == 26
    assert "signal.weak" not in counts.moments


def test_partitions_are_put_together() -> None:
    one = assess([counted(*payments())])

    two = assess([counted(*payments()), counted(*payments())])

    assert two.reasons[0].contacts == 2 * one.reasons[0].contacts
    assert two.reasons[0].before == tuple(
        type(each)(each.name, each.coverage, 2 * each.moments, 2 * each.followed, each.lift,
                   each.median_lead_s)
        for each in one.reasons[0].before
    )  # fmt: skip


def test_missing_data_is_named_by_family() -> None:
    found = assess(
        [counted(*payments())],
        known=("payment.failed", "payment.succeeded", "card.declined", "queue.state",
               "action.delivered", "contact.started"),
    )  # fmt: skip

    # States of the queue concern nobody, results of actions come by themselves.
    assert found.no_data == {"card": ("card.declined",), "payment": ("payment.succeeded",)}
    assert found.as_json()["no_data"]["card"] == ["card.declined"]


def test_a_log_without_contacts_has_no_reasons() -> None:
    assert assess([counted(failed("f", 0.0, "ann"))], known=()) == Assessment((), {})
