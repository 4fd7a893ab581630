import math
import random

import pytest

from detectors.contacts import DAY_S
from detectors.customer import Customer, pack, unpack
from detectors.effort import HALF_LIVES_S, ISSUE_S, KINDS, MAX_COUNT, MAX_ISSUES, VISIT_S, Effort
from detectors.effort_points import FIRST_POINTS, HIGH, MEDIUM
from detectors.event import Event
from tests.detectors.build import contact, felt, happened

ONE = dict.fromkeys(KINDS, 1.0)


@pytest.mark.parametrize("half_life_s", HALF_LIVES_S)
def test_friction_is_halved_after_every_half_life(half_life_s: float) -> None:
    effort = Effort()
    effort.add("rage_click", 0.0)
    effort.add("app_error", half_life_s)

    # Half of the first and all of the second, then all of it halved twice.
    assert effort.friction(half_life_s, half_life_s, FIRST_POINTS) == 4.0 / 2 + 5.0
    assert effort.friction(3 * half_life_s, half_life_s, FIRST_POINTS) == 7.0 / 4


def test_the_order_in_which_events_come_does_not_matter() -> None:
    chance = random.Random(3)
    hits = [(chance.choice(KINDS), chance.uniform(0.0, DAY_S)) for _ in range(40)]
    sums = []
    for _ in range(5):
        effort = Effort()
        for kind, at in hits:
            effort.add(kind, at)
        sums.append([effort.friction(DAY_S, each, ONE) for each in HALF_LIVES_S])
        chance.shuffle(hits)

    for one in sums[1:]:
        assert one == pytest.approx(sums[0])


def test_ten_thousand_clicks_are_not_worse_than_eight() -> None:
    effort = Effort()
    for number in range(10_000):
        effort.add("dead_click", number / 1000.0)

    assert effort.friction(10.0, 300.0, FIRST_POINTS) == 2.0 * MAX_COUNT


def test_a_visit_begins_anew_with_another_session_or_after_half_an_hour() -> None:
    effort = Effort()
    effort.add("rage_click", 0.0, visit=1)
    assert effort.visit_friction(0.0, FIRST_POINTS) == 4.0
    assert effort.visit_friction(VISIT_S, FIRST_POINTS) == 4.0 / 64  # six half-lives of 5 min
    assert effort.visit_friction(VISIT_S + 1.0, FIRST_POINTS) == 0.0

    effort.add("app_error", 300.0, visit=2)
    assert effort.visit_friction(300.0, FIRST_POINTS) == 5.0
    assert effort.friction(300.0, 300.0, FIRST_POINTS) == 7.0  # the customer's: both visits
    effort.add("app_error", 100.0, visit=1)  # late, of the visit before
    assert effort.visit_friction(300.0, FIRST_POINTS) == 5.0
    effort.add("transfer", 300.0)  # in a call
    assert effort.visit_friction(300.0, FIRST_POINTS) == 5.0

    effort.add("dead_click", 300.0 + VISIT_S + 1.0, visit=2)
    assert effort.visit_friction(300.0 + VISIT_S + 1.0, FIRST_POINTS) == 2.0


def test_effort_is_counted_per_issue() -> None:
    effort = Effort()
    effort.add("app_error", 0.0)  # before any issue is known
    effort.add("repeat_contact", 60.0, topic="limits")
    effort.add("transfer", 60.0, topic="fees")
    effort.add("zero_out", 60.0)  # nobody said of what: the issue touched last, by name of two

    assert effort.effort(60.0, "fees", FIRST_POINTS) == 4.0
    assert effort.effort(60.0, "limits", FIRST_POINTS) == 4.0 + 2.0
    assert effort.effort(60.0, "cards", FIRST_POINTS) == 6.0  # the worst of those open
    assert effort.effort(60.0 + ISSUE_S, "fees", FIRST_POINTS) == 2.0  # one half-life
    assert effort.effort(61.0 + ISSUE_S, "fees", FIRST_POINTS) == 0.0  # settled

    effort.settle("limits")
    assert effort.effort(60.0, "limits", FIRST_POINTS) == 4.0


def test_the_issue_that_rested_longest_goes_first() -> None:
    effort = Effort()
    for number in range(MAX_ISSUES):
        effort.add("transfer", float(number), topic=f"{number}")
    effort.add("transfer", 5.0, topic="0")
    effort.add("hold", 6.0, topic="new")

    assert effort.issue_counts(6.0, "0")["transfer"] > 1.0
    assert effort.issue_counts(6.0, "1") == {"hold": 1.0}  # gone: the one touched last stands in


def test_what_is_packed_comes_back_exactly() -> None:
    customer = Customer("c-1")
    for number, kind in enumerate(("app.error", "login.failed", "page.view")):
        customer.update(happened(kind, number * 7.3, session="s", path="/a", topic="limits"))
    customer.update(contact("abandoned", 60.1, wait_s=90.0))
    assert customer.effort is not None
    again = unpack("c-1", pack(customer, math.inf))

    assert again.effort is not None
    assert again.effort.to_list() == customer.effort.to_list()
    for half_life_s in HALF_LIVES_S:
        ours = customer.effort.friction(1e4, half_life_s, FIRST_POINTS)
        assert again.effort.friction(1e4, half_life_s, FIRST_POINTS) == ours > 0.0
    later = happened("app.error", 70.0, session="s")
    customer.update(later)
    again.update(later)
    assert pack(again, math.inf) == pack(customer, math.inf)


def test_a_customer_without_friction_carries_nothing() -> None:
    customer = Customer("c-1")
    for event in (contact("started", 0.0), contact("answered", 5.0, wait_s=5.0)):
        customer.update(event)

    assert customer.effort is None


def test_first_points_reach_medium_and_high_as_published() -> None:
    # Errors 5, rage 4, error clicks 4, dead clicks 2; medium from 6 and high from 15.
    event = happened("ui.click", 0.0, session="s", rage=True, error=True, dead=True)
    assert felt("friction_5m", 0.0, event) == 4.0 + 4.0 + 2.0 >= MEDIUM
    error = happened("app.error", 0.0, session="s")
    assert felt("friction_visit", 0.0, event, error) == 15.0 == HIGH


@pytest.mark.parametrize(
    ("kind", "data", "points"),
    [
        ("login.failed", {"reason": "password"}, 2.0),
        ("login.failed", {"reason": "locked"}, 6.0),
        ("payment.failed", {"hard": True}, 8.0),
        ("shipment.eta_changed", {"order": "o", "delay_s": 60.0}, 4.0),
        ("shipment.eta_changed", {"order": "o", "delay_s": -60.0}, 0.0),
        ("promise.broken", {"promise": "p"}, 5.0),
        ("feedback.received", {"source": "complaint"}, 4.0),
        ("feedback.received", {"source": "survey", "scale": "nps", "score": 6}, 4.0),
        ("feedback.received", {"source": "survey", "scale": "nps", "score": 7}, 0.0),
        ("contact.answered", {"call": "a", "wait_s": 59.0}, 0.0),
        ("contact.answered", {"call": "a", "wait_s": 60.0}, 2.0),
        ("contact.abandoned", {"call": "a", "wait_s": 60.0}, 2.0 + 4.0),
        ("contact.abandoned", {"call": "a", "wait_s": 10.0}, 0.0),
        ("contact.abandoned", {"call": "a", "wait_s": 60.0, "direction": "outbound"}, 0.0),
    ],
)
def test_points_of_one_event(kind: str, data: dict[str, object], points: float) -> None:
    assert felt("friction_1d", 0.0, Event("1", "test", kind, 0.0, "c-1", data)) == points


def test_each_event_counts_once_however_long_its_signal_stands() -> None:
    angry = happened("ui.click", 0.0, session="s", rage=True)
    calm = [happened("ui.click", float(n), session="s") for n in (1, 2, 3)]

    assert felt("friction_7d", 0.0, angry) == 4.0
    assert felt("rage_click", 3.0, angry, *calm) == 0.5
    assert felt("friction_7d", 3.0, angry, *calm) < 4.0


def test_contacting_again_and_a_closed_case() -> None:
    first, second = contact("started", 0.0, "a"), contact("started", 3600.0, "b")
    assert felt("effort", 3600.0, first, second) == 4.0

    closed = happened("case.closed", 3600.0, case="k", topic="regular")
    assert felt("effort", 3600.0, first, second, closed) == 0.0


def test_a_bad_answer_is_friction_but_not_effort() -> None:
    held = Event("1", "test", "contact.transferred", 0.0, "c-1", {"call": "a", "topic": "fees"})
    answer = happened(
        "feedback.received", 0.0, source="survey", scale="csat", score=1, topic="fees"
    )

    assert felt("effort", 0.0, held, answer) == 4.0
    assert felt("friction_7d", 0.0, held, answer) == 8.0
