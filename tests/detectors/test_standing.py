import math
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.contacts import DAY_S
from detectors.customer import Customer, pack, unpack
from detectors.event import Event
from detectors.schema import EVENTS
from detectors.standing import BAD, FAMILIES, MAX_PAGES, UPDATES, Standing
from detectors.under_way import CLOSES, MAX_OPEN, OPENS, STALE_S, number
from tests.detectors.build import contact, happened

HOUR_S = 3600.0
OPENINGS = [
    ("case", "case.opened", "case.closed", {"case": "a"}),
    ("incident", "incident.opened", "incident.resolved", {"incident": "a"}),
    ("hold", "fraud.hold_placed", "fraud.hold_lifted", {"hold": "a"}),
    ("hold", "transfer.held", "transfer.released", {"transfer": "a"}),
    ("hold", "transfer.held", "transfer.returned", {"transfer": "a"}),
    ("order", "order.placed", "delivery.completed", {"order": "a"}),
    ("order", "order.placed", "order.cancelled", {"order": "a"}),
    ("promise", "promise.made", "promise.kept", {"promise": "a"}),
    ("appointment", "appointment.booked", "appointment.kept", {"appointment": "a"}),
    ("appointment", "appointment.booked", "appointment.missed", {"appointment": "a"}),
    ("callback", "callback.booked", "callback.done", {"callback": "a"}),
    ("callback", "callback.booked", "callback.reached", {"callback": "a"}),
    ("callback", "callback.booked", "callback.missed", {"callback": "a"}),
    ("case", "case.reopened", "case.closed", {"case": "a"}),
]


def standing(*events: Event) -> Standing:
    one = Standing()
    for event in events:
        one.update(event)
    return one


def test_it_follows_events_of_the_schema_by_fields_that_they_have() -> None:
    assert set(EVENTS) >= UPDATES
    # The stages of a contact are followed elsewhere: most customers have nothing but these.
    stages = {f"contact.{name}" for name in ("started", "queued", "answered", "abandoned", "ended")}
    assert not stages & UPDATES
    for kind, (_, *fields) in [*OPENS.items(), *CLOSES.items()]:
        assert {field for field in fields if field} <= set(EVENTS[kind])
    assert {(opens, closes) for _, opens, closes, _ in OPENINGS} >= {
        (opens, closes)
        for opens, (family, key, *_) in OPENS.items()
        for closes, (other, other_key) in CLOSES.items()
        if (family, key) == (other, other_key) and opens != "case.reopened"
    }


@pytest.mark.parametrize(("family", "opens", "closes", "data"), OPENINGS)
def test_what_opens_is_open_until_it_closes(
    family: str, opens: str, closes: str, data: dict[str, Any]
) -> None:
    one = standing(happened(opens, 10.0, **data))
    assert [len(one.open_items(family, at)) for at in (9.0, 10.0, 60.0)] == [0, 1, 1]

    one.update(happened(closes, 60.0, **data))
    assert one.open_items(family, 60.0) == []


@pytest.mark.parametrize(("family", "opens", "closes", "data"), OPENINGS)
def test_an_end_that_comes_before_its_beginning_ends_it_too(
    family: str, opens: str, closes: str, data: dict[str, Any]
) -> None:
    one = standing(happened(closes, 60.0, **data), happened(opens, 10.0, **data))
    assert one.open_items(family, 60.0) == []

    one.update(happened(opens, 61.0, **data))  # begun anew after the end
    assert len(one.open_items(family, 61.0)) == 1


@pytest.mark.parametrize("family", STALE_S)
def test_what_nobody_closes_is_given_up(family: str) -> None:
    opens, data = next((o, data) for f, o, _, data in OPENINGS if f == family)
    one = standing(happened(opens, 0.0, **data))

    assert len(one.open_items(family, STALE_S[family] - 1.0)) == 1
    assert one.open_items(family, STALE_S[family]) == []


def test_the_oldest_of_many_is_forgotten_first() -> None:
    names = [f"k{number}" for number in range(MAX_OPEN + 1)]
    one = standing(
        *(happened("case.opened", float(at), case=name) for at, name in enumerate(names))
    )

    assert [case.since for case in one.open_items("case", 100.0)] == [1, 2, 3, 4, 5, 6, 7, 8]


def test_a_family_is_known_by_its_events_or_by_the_customer_record() -> None:
    one = standing(happened("incident.resolved", 0.0, incident="i1"))
    assert [family for family in FAMILIES if one.knows(family)] == ["incident"]

    one.update(happened("profile.updated", 1.0))
    assert all(one.knows(family) for family in FAMILIES)


def test_days_of_use_are_counted_once_a_day_over_twice_28() -> None:
    days = [0, 0.1, 5, 27, 28, 40, 55]
    one = standing(*(happened("usage.session", day * DAY_S) for day in days))

    # As of day 55 the last 28 days are 28 to 55, and the 28 before 0 to 27.
    assert one.active_days(55 * DAY_S) == (3, 3)
    assert one.active_days(56 * DAY_S) == (2, 3)  # 29 to 56: day 28 is one of those before
    assert one.active_days(27 * DAY_S) == (3, 0)  # as it was then
    assert one.active_days(200 * DAY_S) == (0, 0)


def test_days_of_use_do_not_depend_on_the_order() -> None:
    days = [3, 30, 1, 55, 54]
    one, other = (
        standing(*(happened("usage.session", day * DAY_S) for day in order))
        for order in (days, sorted(days))
    )

    assert one.active_days(55 * DAY_S) == other.active_days(55 * DAY_S) == (3, 2)
    assert standing(
        happened("usage.session", 300 * DAY_S), happened("usage.session", 0.0)
    ).active_days(300 * DAY_S) == (1, 0)


@pytest.mark.parametrize(("scale", "worst_bad"), [("csat", 2), ("ces", 3), ("nps", 6)])
def test_bad_answers_by_the_scale(scale: str, worst_bad: int) -> None:
    def answer(score: float) -> Event:
        return happened("feedback.received", 5.0, source="survey", scale=scale, score=score)

    assert BAD[scale] == worst_bad
    assert standing(answer(worst_bad)).bad_at == 5.0
    assert math.isnan(standing(answer(worst_bad + 1)).bad_at)


def test_a_complaint_is_bad_without_a_score_and_no_answer() -> None:
    one = standing(happened("feedback.received", 5.0, source="complaint"))

    assert one.bad_at == 5.0
    assert math.isnan(one.answered_at)


def test_the_newest_answer_and_the_newest_record_hold() -> None:
    def answer(at: float, score: float) -> Event:
        return happened("feedback.received", at, source="survey", scale="csat", score=score)

    one = standing(
        answer(20.0, 4.0),
        answer(10.0, 1.0),
        happened("profile.updated", 20.0, plan="new", alerts=True),
        happened("profile.updated", 10.0, plan="old", autopay=True),
    )

    assert (one.answered_at, one.score, one.bad_at) == (20.0, 4.0, 10.0)
    assert one.facts == {"plan": "new", "alerts": True}


def test_what_a_success_made_good_does_not_count() -> None:
    one = standing(
        happened("login.failed", 0.0, reason="password"),
        happened("login.failed", 20.0, reason="locked"),
        happened("login.succeeded", 10.0),
        happened("login.failed", 5.0, reason="password"),  # late: the success came after it
    )

    assert one.marks.count("login", -1.0, 100.0) == 1
    assert one.marks.count("locked", -1.0, 100.0) == 1
    one.update(happened("login.succeeded", 20.0))
    assert one.marks.count("login", -1.0, 100.0) == one.marks.count("locked", -1.0, 100.0) == 0


def test_an_order_that_is_late_is_open_and_knows_how_late() -> None:
    one = standing(happened("shipment.eta_changed", 5.0, order="o1", delay_s=7200.0))
    assert [order.late_s for order in one.open_items("order", 5.0)] == [7200.0]

    one.update(happened("shipment.eta_changed", 6.0, order="o1", delay_s=-1.0))
    assert [order.late_s for order in one.open_items("order", 6.0)] == [0.0]
    one.update(happened("delivery.completed", 7.0, order="o1"))
    one.update(happened("shipment.eta_changed", 6.5, order="o1", delay_s=7200.0))
    assert one.open_items("order", 8.0) == []


def test_a_customer_of_calls_alone_has_none_and_packs_none() -> None:
    customer = Customer("c-1")
    customer.update(contact("started", 0.0))
    customer.update(Event("1", "test", "something.else", 0.0, "c-1"))

    assert customer.standing is None
    before = len(pack(customer, math.inf))
    customer.standing = Standing()
    assert len(pack(customer, math.inf)) > before
    assert unpack("c-1", pack(Customer("c-1"), math.inf)).standing is None


HOSTILE = [None, "", "a" * 5000, 1e308, math.nan, math.inf, -1, True, [1], {"a": 1}]


@pytest.mark.parametrize("kind", sorted(UPDATES))
@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: repr(value)[:12])
def test_it_survives_bad_values(kind: str, value: object) -> None:
    one = standing(
        happened(kind, 5.0, **dict.fromkeys(EVENTS[kind], value)),
        happened(kind, 6.0),
    )

    packed = msgpack.packb(one.to_list())
    assert len(packed) < 2000


KINDS = st.sampled_from(sorted(UPDATES))
NAMES = st.sampled_from(["a", "b", "c"])
TIMES = st.integers(0, 400).map(lambda hours: hours * HOUR_S)


@given(happenings=st.lists(st.tuples(KINDS, TIMES, NAMES), max_size=40))
def test_packing_gives_it_back_and_keeps_it_bounded(
    happenings: list[tuple[str, float, str]],
) -> None:
    customer = Customer("c-1")
    for index, (kind, at, name) in enumerate(happenings):
        data: dict[str, object] = dict.fromkeys(EVENTS[kind], name)
        data |= {"rage": True, "score": index % 11, "scale": "nps", "delay_s": float(index)}
        customer.update(Event(f"{index}", "test", kind, at, "c-1", data))
    packed = pack(customer, math.inf)
    again = unpack("c-1", packed)

    assert pack(again, math.inf) == packed
    if customer.standing is not None:
        assert again.standing is not None
        assert len(again.standing.pages) <= MAX_PAGES
        assert repr(again.standing.to_list()) == repr(customer.standing.to_list())


def test_no_crowd_of_events_makes_it_grow() -> None:
    one = Standing()
    for index in range(2000):
        for kind in sorted(UPDATES):
            one.update(happened(kind, float(index), **dict.fromkeys(EVENTS[kind], f"n{index}")))

    assert len(msgpack.packb(one.to_list())) < 6000


@pytest.mark.parametrize("value", [None, "3", True, math.nan, math.inf, -math.inf, 1e308, [3]])
def test_what_is_no_finite_number_is_none(value: object) -> None:
    assert math.isnan(number(value))
