"""Packed customers and their timers."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.customer import Customer, pack
from streams.engine.customers import Customers
from tests.streams.engine.build import contact


def named(name: str, at: float = 0.0) -> Customer:
    customer = Customer(name)
    customer.update(contact("started", at, name))
    return customer


def due(customers: Customers, until: float) -> list[tuple[float, str]]:
    """Return every timer before `until`, each let go as it is found."""
    found = []
    while (timer := customers.next_due(until)) is not None:
        found.append(timer)
        customers.put(customers.get(timer[1]), math.inf)
    return found


def test_what_was_put_is_there_again_and_another_name_is_new() -> None:
    customers = Customers()
    customers.put(named("a", 5.0), math.inf)

    assert customers.get("a").at == 5.0
    assert math.isnan(customers.get("b").at)
    assert len(customers) == 1  # looking does not keep


def test_timers_come_by_deadline_then_name_and_only_before() -> None:
    customers = Customers()
    for name, deadline in (("b", 2.0), ("c", 1.0), ("a", 2.0), ("d", 3.0)):
        customers.put(named(name), deadline)

    assert due(customers, 3.0) == [(1.0, "c"), (2.0, "a"), (2.0, "b")]


def test_a_moved_timer_fires_once_at_its_new_time() -> None:
    customers = Customers()
    customers.put(named("a"), 1.0)
    customers.put(customers.get("a"), 5.0)

    assert due(customers, 4.0) == []
    assert due(customers, 6.0) == [(5.0, "a")]


def test_a_timer_moved_away_and_back_fires_once() -> None:
    customers = Customers()
    for deadline in (1.0, 5.0, 1.0):
        customers.put(named("a"), deadline)

    assert due(customers, 9.0) == [(1.0, "a")]


def test_a_customer_who_left_has_no_timer() -> None:
    customers = Customers()
    customers.put(named("a"), 1.0)

    customers.remove("a")

    assert customers.next_due(9.0) is None
    assert len(customers) == 0


def test_a_tombstone_follows_once_and_only_for_who_was_kept() -> None:
    customers = Customers()
    customers.put(named("a"), math.inf)
    assert [key for key, value in customers.changes() if value] == [b"c:a"]

    customers.remove("a")
    customers.remove("never there")

    assert list(customers.changes()) == [(b"c:a", None)]
    assert list(customers.changes()) == []


def test_who_comes_back_after_leaving_starts_anew() -> None:
    customers = Customers()
    customers.put(named("a", 5.0), 1.0)
    customers.remove("a")

    assert math.isnan(customers.get("a").at)

    customers.put(named("a", 9.0), 2.0)
    assert [key for key, value in customers.changes() if value] == [b"c:a"]
    assert due(customers, 9.0) == [(2.0, "a")]


def test_rolled_back_is_as_at_the_last_put() -> None:
    customers = Customers()
    customers.put(named("a", 5.0), 1.0)
    customers.get("a").update(contact("ended", 8.0, "a"))

    customers.roll_back("a")

    assert customers.get("a").at == 5.0
    assert pack(customers.get("a"), 1.0) == pack(named("a", 5.0), 1.0)


def test_cold_customers_are_the_same_as_hot_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    few, many = Customers(), Customers()
    names = [f"c{number}" for number in range(30)]
    for customers, limit in ((few, 3), (many, 100)):
        monkeypatch.setattr("streams.engine.customers.MAX_HOT", limit)
        for at in range(200):
            customer = customers.get(names[at * 7 % 30])
            customer.update(contact("started", float(at), customer.id, f"call-{at}"))
            customers.put(customer, at + 10.0)

    assert dict(few.changes()) == dict(many.changes())
    assert len(few._hot) <= 3


def test_restored_from_what_changed() -> None:
    customers = Customers()
    for name, deadline in (("a", 2.0), ("b", math.inf), ("c", 1.0), ("d", 7.0)):
        customers.put(named(name, 1.5), deadline)
    customers.remove("d")

    again = Customers()
    for key, value in customers.changes():
        if value is not None:
            assert again.restore(key, value)
    again.restored()

    assert not again.restore(b"models", b"")
    assert len(again) == 3
    assert again.get("b").at == 1.5
    assert due(again, 9.0) == [(1.0, "c"), (2.0, "a")]
    assert list(again.changes()) != []  # only what was put since: a and c
    assert list(Customers().changes()) == []


def test_restored_customers_need_not_be_written_again() -> None:
    customers = Customers()
    customers.restore(b"c:a", pack(named("a"), 1.0))
    customers.restored()

    assert list(customers.changes()) == []


def test_timers_that_moved_do_not_pile_up() -> None:
    customers = Customers()
    customer = named("a")
    # Each event moves the day on which a customer without events leaves.
    for at in range(50_000):
        customers.put(customer, at + 34_560_000.0)

    assert len(customers._heap) < 5_000
    assert due(customers, math.inf) == [(49_999 + 34_560_000.0, "a")]


NAMES = st.sampled_from([*"abcde", "aa"])
STEPS = st.one_of(
    st.tuples(st.just("put"), NAMES, st.integers(0, 20)),
    st.tuples(st.just("remove"), NAMES, st.just(0)),
    st.tuples(st.just("due"), st.just(""), st.integers(0, 25)),
    st.tuples(st.just("restart"), st.just(""), st.just(0)),
)


@given(st.lists(STEPS, max_size=60))
def test_timers_fire_as_in_a_plain_table(steps: list[tuple[str, str, int]]) -> None:
    customers, table = Customers(), dict[str, float]()
    kept: dict[bytes, bytes] = {}
    for what, name, number in steps:
        if what == "put":
            customers.put(named(name), float(number))
            table[name] = float(number)
        elif what == "remove":
            customers.remove(name)
            table.pop(name, None)
        elif what == "due":
            over = sorted((at, who) for who, at in table.items() if at < number)
            assert due(customers, float(number)) == over
            table.update((who, math.inf) for _, who in over)
        else:
            for key, value in customers.changes():
                if value is None:
                    kept.pop(key, None)
                else:
                    kept[key] = value
            customers = Customers()
            for key, value in kept.items():
                customers.restore(key, value)
            customers.restored()
    assert len(customers) == len(table)
