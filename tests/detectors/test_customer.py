import math
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.centre import Centre
from detectors.contacts import DAY_S
from detectors.customer import (
    MAX_SEEN,
    SEEN_WINDOW_S,
    Customer,
    PackedCustomerError,
    pack,
    packed_deadline,
    unpack,
)
from detectors.event import Event
from detectors.features import CUSTOMER
from detectors.learning.labels import PendingLabel, settle
from detectors.models.inputs import INPUTS
from detectors.models.registry import Models
from tests.detectors.build import contact, queue_state


def _float32(value: float) -> float:
    number: float = struct.unpack("f", struct.pack("f", value))[0]
    return number


def _called(times: int, customer_id: str = "c-1") -> tuple[Customer, Models]:
    customer, models, centre = Customer(customer_id), Models(), Centre()
    centre.update(queue_state(0.0, length=4, longest_wait_s=30.0, served_10m=9, in_service=3))
    for i in range(times):
        at, call = i * 3600.0, f"990101-AA0101-{33116 + i}"
        for stage, delay_s in (
            ("started", 0.0),
            ("queued", 5.0),
            ("answered", 40.0),
            ("ended", 99.0),
        ):
            event = contact(stage, at + delay_s, call, customer_id)
            settle(customer, event)
            customer.update(event)
            for scored in models.score(event, customer, centre).values():
                models.open(scored, event, customer)
    return customer, models


def _values(customer: Customer) -> list[object]:
    at = customer.at + 1.0
    return [feature.get(customer, at) for feature in CUSTOMER.values()]


def test_the_same_id_of_another_source_is_no_duplicate() -> None:
    customer = Customer("c-1")
    customer.update(Event("1", "shop", "order.placed", 0.0, "c-1"))

    assert customer.is_duplicate(Event("1", "shop", "order.placed", 0.0, "c-1"))
    assert not customer.is_duplicate(Event("1", "bank", "order.placed", 0.0, "c-1"))


def test_a_repeated_id_is_a_duplicate_and_asking_changes_nothing() -> None:
    customer = Customer("c-1")
    event = contact("started", 0.0)

    assert not customer.is_duplicate(event)
    assert not customer.is_duplicate(event)

    customer.update(event)
    assert customer.is_duplicate(event)
    assert not customer.is_duplicate(contact("queued", 0.0))


def test_an_id_is_known_for_at_least_a_day_and_forgotten_after_two() -> None:
    customer = Customer("c-1")
    first = contact("started", 0.0, "first")
    customer.update(first)
    customer.update(contact("started", SEEN_WINDOW_S - 1, "b"))
    customer.update(contact("started", SEEN_WINDOW_S, "c"))
    assert customer.is_duplicate(first)

    customer.update(contact("started", 2 * SEEN_WINDOW_S, "d"))
    assert not customer.is_duplicate(first)


def test_the_last_ids_are_known_however_many_come() -> None:
    customer = Customer("c-1")
    events = [contact("started", float(i), f"{i}") for i in range(5 * MAX_SEEN)]
    for event in events:
        customer.update(event)

    assert all(customer.is_duplicate(event) for event in events[-MAX_SEEN:])
    assert not customer.is_duplicate(events[0])


def test_time_is_that_of_the_newest_and_the_first_event_whatever_the_order() -> None:
    customer = Customer("c-1")
    for at in (50.0, 20.0, 70.0, 60.0):
        customer.update(contact("started", at, f"{at}"))

    assert (customer.first_at, customer.at) == (20.0, 70.0)


def test_an_event_of_another_kind_moves_time_and_nothing_else() -> None:
    customer = Customer("c-1")
    customer.update(Event("1", "survey", "feedback.csat", 5.0, "c-1", {"score": 1}))

    assert customer.at == 5.0
    assert customer.contacts.total == 0


def test_an_unidentified_contact_is_finished_when_contact_and_labels_are_closed() -> None:
    customer, models = Customer("call:a"), Models()
    started, queued = (
        contact("started", 0.0, customer="call:a"),
        contact("queued", 1.0, customer="call:a"),
    )
    customer.update(started)
    customer.update(queued)
    models.open(models.score(queued, customer, Centre())["abandon"], queued, customer)
    assert not customer.is_finished()

    abandoned = contact("abandoned", 9.0, customer="call:a")
    assert [label.y for label in settle(customer, abandoned)] == [1]
    customer.update(abandoned)
    assert not customer.is_finished()

    customer.update(contact("ended", 9.0, customer="call:a"))
    assert customer.is_finished()


def test_a_known_customer_is_never_finished() -> None:
    assert not Customer("c-1").is_finished()


def test_packed_and_unpacked_is_the_same() -> None:
    customer, _ = _called(3)
    customer.rules = {"armed": {1: [2.5, math.inf]}, "seen": b"\x00"}
    customer.gates = {"sent": [1.0, 2.0]}

    packed = pack(customer, 86400.0)
    again = unpack("c-1", packed)

    assert pack(again, 86400.0) == packed
    assert again.labels == customer.labels
    assert [list(label.x) for label in again.labels] == [list(label.x) for label in customer.labels]
    assert again.rules == customer.rules
    assert again.gates == customer.gates
    assert _values(again) == _values(customer)
    assert again.is_duplicate(contact("started", 0.0, "990101-AA0101-33116"))
    assert packed_deadline(packed) == 86400.0


def test_a_new_customer_can_be_packed() -> None:
    packed = pack(Customer("c-1"), math.inf)

    assert packed_deadline(packed) == math.inf
    assert math.isnan(unpack("c-1", packed).first_at)


def test_another_layout_is_refused() -> None:
    packed = pack(Customer("c-1"), math.inf)
    with pytest.raises(PackedCustomerError, match="must have layout 4; got 9"):
        unpack("c-1", b"\x09" + packed[1:])
    with pytest.raises(PackedCustomerError, match="got no bytes"):
        packed_deadline(b"")


def test_twenty_events_three_contacts_and_two_open_labels_fit_the_budget() -> None:
    customer, _ = _called(5)
    del customer.labels[2:]
    assert len(customer.labels) == 2

    customer.contacts.starts = customer.contacts.starts[-3:]
    assert len(pack(customer, DAY_S)) <= 700


def test_memory_is_bounded_whatever_comes() -> None:
    customer, models, centre = Customer("c-1"), Models(), Centre()
    for i in range(10_000):
        for stage in ("started", "queued", "abandoned", "ended"):
            if stage == "ended" and i % 2:
                continue
            event = contact(stage, float(i), f"{i}" * 80, topic=f"topic-{i}", extra=i)
            settle(customer, event)
            customer.update(event)
            for scored in models.score(event, customer, centre).values():
                models.open(scored, event, customer)

    assert len(pack(customer, 0.0)) < 24 * 1024


_FINITE = st.floats(width=32, allow_nan=False)
_TIME = st.floats(min_value=0, max_value=4e9)
_LABELS = st.builds(
    PendingLabel,
    model=st.sampled_from(["abandon", "repeat"]),
    call=st.text(max_size=20),
    t0=_TIME,
    due=_TIME,
    score=st.floats(0, 1),
    baseline=st.floats(0, 1),
    earlier=st.integers(0, 10_000),
    identified=st.booleans(),
    x=st.dictionaries(st.sampled_from(sorted(INPUTS)), _FINITE, max_size=30),
    y=st.integers(0, 1),
)
_STAGES = st.sampled_from(["started", "queued", "answered", "abandoned", "ended"])
_NUMBERS = st.one_of(st.floats(), st.integers(-5, 10**6), st.none())
_EVENTS = st.builds(
    contact,
    _STAGES,
    _TIME,
    st.sampled_from("abcdefghijkl"),
    direction=st.sampled_from(["inbound", "outbound"]),
    wait_s=_NUMBERS,
    service_s=_NUMBERS,
    outcome=st.sampled_from(["answered", "abandoned", "hung_up", "?"]),
)
_STATE = st.recursive(
    st.one_of(
        st.floats(allow_nan=False), st.integers(0, 2**40), st.text(max_size=5), st.booleans()
    ),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(_EVENTS, max_size=30),
    st.lists(_LABELS, max_size=4),
    st.dictionaries(st.text(max_size=5), _STATE, max_size=3),
    st.floats(allow_nan=False),
)
def test_every_state_survives_packing_exactly(
    events: list[Event], labels: list[PendingLabel], rules: dict[str, object], deadline: float
) -> None:
    customer = Customer("c-1")
    for event in events:
        customer.update(event)
    customer.labels = labels
    customer.rules = rules

    packed = pack(customer, deadline)
    again = unpack("c-1", packed)

    assert pack(again, deadline) == packed
    assert again.labels == labels
    assert again.rules == rules
    assert packed_deadline(packed) == deadline
    following = contact("started", 4e9, "next")
    customer.update(following)
    again.update(following)
    assert pack(again, deadline) == pack(customer, deadline)


def test_features_are_stored_as_they_were_scored() -> None:
    customer, _ = _called(2)

    values = [value for label in customer.labels for value in label.x.values()]
    assert values
    assert all(_float32(value) == value for value in values)
