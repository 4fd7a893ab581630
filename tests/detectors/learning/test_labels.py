import math

import msgpack
import pytest

from detectors.centre import Centre
from detectors.contacts import DAY_S
from detectors.customer import Customer
from detectors.event import Event
from detectors.learning.labels import (
    ABANDON_HORIZON_S,
    MAX_OPEN_LABELS,
    Label,
    PendingLabel,
    mature,
    next_due,
    pack_label,
    settle,
    unpack_label,
)
from detectors.models.registry import Models
from tests.detectors.build import contact


def _apply(customer: Customer, *events: Event) -> list[Label]:
    """Apply events as the engine does, without timers, and return what they decide."""
    models, decided = Models(), []
    for event in events:
        decided += settle(customer, event)
        customer.update(event)
        for scored in models.score(event, customer, Centre()).values():
            models.open(scored, event, customer)
    return decided


@pytest.fixture
def ended() -> Customer:
    """A customer whose first contact ended at 100, waiting for what follows."""
    customer = Customer("c-1")
    _apply(customer, contact("started", 0.0), contact("answered", 10.0), contact("ended", 100.0))
    return customer


def test_no_contact_within_a_day_is_learnt_when_the_day_is_over(ended: Customer) -> None:
    assert next_due(ended) == 100.0 + DAY_S
    assert mature(ended, 100.0 + DAY_S) == []  # an event exactly then would still count

    (label,) = mature(ended, 100.0 + DAY_S + 0.001)
    assert (label.model, label.id, label.t0, label.y) == ("repeat", "repeat:a", 100.0, 0)
    assert next_due(ended) == math.inf
    assert mature(ended, math.inf) == []


@pytest.mark.parametrize(
    ("delay_s", "y"),
    [(0.0, 0), (0.001, 1), (3600.0, 1), (DAY_S, 1), (DAY_S + 0.001, 0)],
    ids=["at the end itself", "just after", "soon", "exactly a day later", "after a day"],
)
def test_a_contact_counts_in_the_day_after_the_end(ended: Customer, delay_s: float, y: int) -> None:
    assert _apply(ended, contact("started", 100.0 + delay_s, "b")) == []

    label = next(label for label in mature(ended, math.inf) if label.id == "repeat:a")
    assert label.y == y


def test_a_positive_too_is_learnt_only_at_the_end_of_the_horizon(ended: Customer) -> None:
    _apply(ended, contact("started", 200.0, "b"))

    assert mature(ended, 100.0 + DAY_S) == []
    assert [label.y for label in mature(ended, 101.0 + DAY_S)] == [1]


@pytest.mark.parametrize("delay_s", [1.0, DAY_S])
def test_a_call_by_the_company_censors(ended: Customer, delay_s: float) -> None:
    _apply(
        ended,
        contact("started", 100.5, "b"),
        contact("started", 100.0 + delay_s, "back", direction="outbound"),
    )

    assert mature(ended, math.inf) == []


def test_a_call_by_the_company_after_the_horizon_censors_nothing(ended: Customer) -> None:
    _apply(ended, contact("started", 100.5 + DAY_S, "back", direction="outbound"))

    assert [label.y for label in mature(ended, math.inf)] == [0]


def test_a_returned_call_opens_no_label() -> None:
    customer = Customer("c-1")
    stages = [("started", 0.0), ("queued", 1.0), ("answered", 9.0), ("ended", 60.0)]
    _apply(customer, *(contact(stage, at, direction="outbound") for stage, at in stages))

    assert customer.labels == []


def test_an_unidentified_contact_opens_no_repeat_label() -> None:
    customer = Customer("call:a")
    _apply(
        customer,
        contact("started", 0.0, customer="call:a"),
        contact("ended", 9.0, customer="call:a"),
    )

    assert customer.labels == []


@pytest.mark.parametrize("customer_id", ["c-1", "call:a"])
@pytest.mark.parametrize(("stage", "y"), [("answered", 0), ("abandoned", 1)])
def test_leaving_the_queue_decides_at_once(customer_id: str, stage: str, y: int) -> None:
    customer = Customer(customer_id)
    decided = _apply(
        customer,
        contact("started", 0.0, customer=customer_id),
        contact("queued", 5.0, customer=customer_id),
        contact("abandoned", 6.0, "other", customer=customer_id),
        contact(stage, 50.0, customer=customer_id),
    )

    assert [(label.id, label.t0, label.y) for label in decided] == [("abandon:a", 5.0, y)]
    assert decided[0].identified == (customer_id == "c-1")
    assert customer.labels == []


@pytest.mark.parametrize(
    ("outcome", "expected"), [("abandoned", [1]), ("answered", [0]), ("hung_up", [])]
)
def test_the_end_decides_when_the_way_out_was_never_seen(outcome: str, expected: list[int]) -> None:
    customer = Customer("call:a")
    decided = _apply(
        customer,
        contact("queued", 5.0, customer="call:a"),
        contact("ended", 50.0, customer="call:a", outcome=outcome),
    )

    assert [label.y for label in decided] == expected
    assert customer.labels == []


def test_a_contact_that_is_never_heard_of_again_leaves_no_label() -> None:
    customer = Customer("c-1")
    _apply(customer, contact("queued", 5.0))
    assert next_due(customer) == 5.0 + ABANDON_HORIZON_S

    assert mature(customer, 6.0 + ABANDON_HORIZON_S) == []
    assert customer.labels == []


def test_a_contact_has_one_label_however_often_it_is_scored(ended: Customer) -> None:
    event = contact("ended", 100.0)
    models = Models()
    scored = models.score(event, ended, Centre())["repeat"]

    assert not models.open(scored, event, ended)
    assert len(ended.labels) == 1


def test_open_labels_are_bounded() -> None:
    customer = Customer("c-1")
    for i in range(2 * MAX_OPEN_LABELS):
        _apply(customer, contact("started", float(i), f"{i}"), contact("ended", float(i), f"{i}"))

    assert len(customer.labels) == MAX_OPEN_LABELS


def test_labels_mature_in_the_order_of_their_ends() -> None:
    customer = Customer("c-1")
    for at, call in ((0.0, "x"), (10.0, "w"), (20.0, "v")):
        _apply(customer, contact("started", at, call), contact("ended", at + 5.0, call))

    assert [label.id for label in mature(customer, DAY_S + 16.0)] == ["repeat:x", "repeat:w"]
    assert [label.id for label in mature(customer, math.inf)] == ["repeat:v"]


def test_what_is_learnt_is_what_was_scored(ended: Customer) -> None:
    pending = ended.labels[0]
    _apply(ended, contact("started", 200.0, "b"), contact("ended", 300.0, "b"))

    label = mature(ended, 200.0 + DAY_S)[0]
    assert label.x == pending.x
    assert (label.score, label.baseline, label.earlier) == (pending.score, pending.baseline, 0)


@pytest.mark.parametrize("treated", [False, True])
@pytest.mark.parametrize("weight", [1, 5.0])
def test_a_packed_label_comes_back_whole(*, treated: bool, weight: float) -> None:
    # Held out by one rule and reached by another, or neither: what is told of it must not
    # depend on whether the worker was restarted meanwhile.
    x = {"length": 0.5}
    label = PendingLabel("abandon", "a", 0.0, 60.0, 0.25, 0.1, 3, True, x, 1, treated, weight)

    assert unpack_label(msgpack.unpackb(msgpack.packb(pack_label(label)))) == label
