import itertools
import math
import random

import pytest

from detectors.activity import AGAIN_S, FADED, HALF_LIVES_S, LATEST_S, SOONEST_S, Activity
from detectors.contacts import DAY_S
from tests.detectors.build import happened


def after(*days: float, kind: str = "usage.session") -> Activity:
    activity = Activity()
    for day in days:
        activity.update(happened(kind, day * DAY_S))
    return activity


def test_counts_fade_by_their_half_lives() -> None:
    counts = after(0.0).counts(HALF_LIVES_S[0])

    expected = [0.5, 0.5 ** (HALF_LIVES_S[0] / HALF_LIVES_S[1])]
    assert counts[:2] == pytest.approx(expected)


def test_many_events_of_a_day_are_one_day() -> None:
    assert after(*(i / 100 for i in range(50))).days == 1


def test_the_order_of_late_days_does_not_matter() -> None:
    days = [0.0, 10.0, 30.0]
    expected = after(*days).counts(40 * DAY_S)
    for order in itertools.permutations(days):
        assert after(*order).counts(40 * DAY_S) == pytest.approx(expected)


@pytest.mark.parametrize("days", [1, 5, 40])
def test_a_review_is_due_when_the_count_has_faded(days: int) -> None:
    activity = after(*(float(day) for day in range(days)))
    last_s = (days - 1) * DAY_S
    count = activity.counts(activity.review_at)[0]
    wait_s = activity.review_at - last_s

    assert count == pytest.approx(FADED) or wait_s in {SOONEST_S, LATEST_S}
    assert SOONEST_S <= wait_s <= LATEST_S


def test_a_customer_of_the_record_is_reviewed_without_any_use() -> None:
    activity = after(0.0, kind="profile.updated")

    assert (activity.days, activity.review_at) == (0, AGAIN_S)
    activity.reviewed(AGAIN_S)
    assert activity.review_at == 2 * AGAIN_S


@pytest.mark.parametrize("amount", [None, "9", math.nan, math.inf, -1.0, 1e300, True])
def test_an_amount_that_is_no_price_is_left_out(amount: object) -> None:
    activity = Activity()
    activity.update(happened("order.placed", 0.0, amount=amount))

    assert (activity.days, activity.orders, activity.spent) == (1, 0, 0.0)


def test_it_packs_to_the_same_again() -> None:
    chance = random.Random(1)
    activity = Activity()
    for day in range(20):
        kind = chance.choice(("order.placed", "subscription.downgraded", "usage.session"))
        activity.update(happened(kind, day * DAY_S * chance.random(), amount=5.0))

    assert Activity.unpack(activity.pack()).pack() == activity.pack()
    assert Activity.unpack(Activity().pack()).pack() == Activity().pack()
