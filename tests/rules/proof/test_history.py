from itertools import permutations

import pytest

from detectors.contacts import STALE_S
from detectors.event import Event
from rules.proof.history import History, Kind
from tests.rules.proof.build import abandoned, answered, history_of, stage


def test_a_contact_has_its_stages() -> None:
    past = history_of(abandoned("c", 100.0)).past("ann")

    contact = past.contacts["c"]
    assert (contact.inbound, contact.started_at, contact.ended_at) == (True, 100.0, 160.0)
    assert contact.outcome == "abandoned"
    assert [moment.kind for moment in past.moments.values()] == [
        Kind("contact.started", "inbound", ""),
        Kind("contact.queued", "inbound", ""),
        Kind("contact.abandoned", "inbound", ""),
        Kind("contact.ended", "inbound", "abandoned"),
    ]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_order_of_arrival_does_not_matter(order: tuple[int, ...]) -> None:
    starts = [stage("started", call, at) for call, at in (("a", 10.0), ("b", 20.0), ("c", 30.0))]
    history = History()

    for place in order:
        history.add(starts[place])

    past = history.past("ann")
    assert [past.next_ask(after, None) for after in (0.0, 10.0, 29.0, 30.0)] == [
        10.0, 20.0, 30.0, float("inf"),
    ]  # fmt: skip


def test_a_stage_that_arrives_before_the_start_does_not_hide_it() -> None:
    history = History()
    for event in (stage("queued", "c", 15.0), stage("started", "c", 10.0)):
        history.add(event)

    assert history.past("ann").contacts["c"].started_at == 10.0
    assert history.past("ann").next_ask(0.0, None) == 10.0


def test_a_repeated_event_counts_once() -> None:
    history = history_of(answered("a", 10.0), answered("a", 10.0))

    assert history.past("ann").asks_before(11.0) == 1
    assert len(history.moments(Kind("contact.ended", "inbound", "answered"))) == 1


def test_only_what_the_customer_began_is_an_ask() -> None:
    past = history_of(answered("a", 10.0, direction="outbound")).past("ann")

    assert past.next_ask(0.0, None) == float("inf")
    assert past.asks_before(100.0) == 0
    assert past.has_contact(0.0, 100.0)
    assert not past.is_asking(10.0, None)


def test_the_own_contact_is_no_further_ask() -> None:
    past = history_of(answered("a", 10.0), answered("b", 20.0)).past("ann")

    assert past.next_ask(0.0, past.contacts["a"]) == 20.0
    assert past.next_ask(10.0, None) == 20.0


def test_asks_before_leaves_out_the_moment_itself() -> None:
    past = history_of(answered("a", 10.0), answered("b", 20.0)).past("ann")

    assert [past.asks_before(at) for at in (10.0, 10.5, 20.0, 21.0)] == [0, 1, 1, 2]


@pytest.mark.parametrize(
    ("after", "until", "expected"),
    [(9.0, 10.0, True), (10.0, 11.0, False), (8.0, 9.0, False), (9.0, 11.0, True)],
)
def test_a_contact_at_the_end_of_a_stretch_is_in_it(
    after: float, until: float, expected: bool
) -> None:
    past = history_of(answered("a", 10.0)).past("ann")

    assert past.has_contact(after, until) is expected


@pytest.mark.parametrize(
    ("at", "expected"), [(9.0, False), (10.0, True), (39.0, True), (40.0, False)]
)
def test_a_contact_is_open_from_its_start_until_its_end(at: float, expected: bool) -> None:
    past = history_of(answered("a", 10.0, ends=40.0)).past("ann")

    assert past.is_asking(at, None) is expected
    assert not past.is_asking(at, past.contacts["a"])


def test_a_contact_whose_end_was_lost_is_open_for_six_hours() -> None:
    past = history_of([stage("started", "a", 10.0)]).past("ann")

    assert past.is_asking(10.0 + STALE_S - 1, None)
    assert not past.is_asking(10.0 + STALE_S, None)


def test_whom_nobody_identified_only_moves_the_end() -> None:
    history = history_of(answered("a", 10.0, "call:a"))

    assert history.end == 70.0
    assert not history.moments(Kind("contact.ended", "inbound", "answered"))
    assert not history.past("call:a").contacts


def test_other_events_change_nothing() -> None:
    history = History()
    history.add(Event("q", "bank", "queue.state", 50.0))
    history.add(Event("m", "campaigns", "contact.outbound", 60.0, "ann", {"channel": "mail"}))

    assert history.end == float("-inf")
    assert not history.past("ann").moments
