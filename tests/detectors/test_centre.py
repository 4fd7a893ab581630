import math

import msgpack
import pytest

from detectors.centre import MAX_QUEUES, MAX_TOPICS, MAX_WAITING, Centre
from detectors.contacts import STALE_S
from detectors.event import Event
from tests.detectors.build import contact, queue_state


def test_the_newest_state_of_a_queue_counts() -> None:
    centre = Centre()
    centre.update(queue_state(0.0, length=9))
    centre.update(queue_state(10.0, length=2, length_by_topic={"regular": 2}, mean_wait_10m_s=None))

    state = centre.queue("calls")
    assert (state.at, state.length, state.length_by_topic) == (10.0, 2.0, {"regular": 2.0})
    assert state.mean_wait_10m_s == 0.0


def test_an_unknown_queue_is_the_only_one_or_none() -> None:
    centre = Centre()
    assert centre.queue("any").length == 0.0

    centre.update(queue_state(0.0, length=9))
    assert centre.queue("any").length == 9.0

    centre.update(Event("2", "test", "queue.state", 0.0, "", {"queue": "other", "length": 1}))
    assert centre.queue("any").length == 0.0
    assert centre.queue("other").length == 1.0


@pytest.mark.parametrize("value", [math.nan, -math.inf, -1, None, "many", [], {}])
def test_what_is_no_number_counts_as_nothing(value: object) -> None:
    centre = Centre()
    centre.update(queue_state(0.0, length=value, longest_wait_s=value, length_by_topic=value))

    state = centre.queue("calls")
    assert (state.length, state.longest_wait_s, state.length_by_topic) == (0.0, 0.0, {})


def test_memory_is_bounded_whatever_comes() -> None:
    centre = Centre()
    topics = {f"topic-{i}": i for i in range(10_000)}
    for i in range(10_000):
        data = {"queue": f"queue-{i}", "length": 1e308, "length_by_topic": topics}
        centre.update(Event(str(i), "test", "queue.state", float(i), "", data))

    snapshot = centre.snapshot()
    assert len(snapshot["queues"]) == MAX_QUEUES
    assert all(len(values["length_by_topic"]) == MAX_TOPICS for _, values in snapshot["queues"])


def test_the_rate_of_an_hour_is_pulled_towards_the_rate_of_all() -> None:
    centre = Centre()
    for i in range(30):
        centre.update(contact("abandoned", 100.0 + i, str(i), wait_s=5.0))
    for i in range(10):
        centre.update(contact("answered", 3600.0 + i, str(i), wait_s=5.0))

    rate = (30 + 0.2 * 20) / (40 + 20)
    assert centre.abandon_rate(0.0) == pytest.approx((30 + rate * 20) / (30 + 20))
    assert centre.abandon_rate(3600.0) == pytest.approx((0 + rate * 20) / (10 + 20))
    assert centre.abandon_rate(7200.0) == pytest.approx(rate)


def test_returned_calls_and_calls_that_never_waited_do_not_move_the_rate() -> None:
    centre = Centre()
    centre.update(contact("abandoned", 0.0, direction="outbound", wait_s=5.0))
    centre.update(contact("answered", 0.0, wait_s=0.0))

    assert centre.abandon_rate(0.0) == pytest.approx(0.2)


def test_a_restored_centre_goes_on_as_if_nothing_had_happened() -> None:
    centre, again = Centre("Asia/Jerusalem"), Centre("Asia/Jerusalem")
    centre.update(queue_state(0.0, length=3, length_by_topic={"b": 1, "a": 2}, last_wait_s=7.5))
    centre.update(contact("abandoned", 10.0, wait_s=3.0))

    again.restore(msgpack.unpackb(msgpack.packb(centre.snapshot())))

    assert msgpack.packb(again.snapshot()) == msgpack.packb(centre.snapshot())
    assert again.queue("calls") == centre.queue("calls")
    for one in (centre, again):
        one.update(contact("answered", 20.0, wait_s=3.0))
    assert again.abandon_rate(20.0) == centre.abandon_rate(20.0)
    assert again.observed_s(50.0) == centre.observed_s(50.0) == 50.0


def test_an_empty_centre_can_be_restored() -> None:
    again = Centre()
    again.restore(msgpack.unpackb(msgpack.packb(Centre().snapshot())))

    assert again.observed_s(50.0) == 0.0


def test_who_waits_is_known_in_the_order_of_entry_until_they_leave() -> None:
    centre = Centre()
    centre.update(queue_state(0.0))
    for number in range(4):
        centre.update(contact("queued", float(number), f"{number}", f"c-{number}"))
    centre.update(contact("queued", 4.0, "4", "call:4"))  # nobody knows who it is
    for number, stage in enumerate(("answered", "abandoned", "ended")):
        centre.update(contact(stage, 5.0, f"{number}", f"c-{number}", wait_s=3.0))
    centre.update(contact("queued", 6.0, "5", "c-5"))

    assert centre.waiting("calls", 9.0) == [("c-3", "3"), ("c-5", "5")]
    assert centre.waiting("calls", 6.0) == [("c-3", "3")]
    assert centre.waiting("other", 9.0) == []
    centre.forget("c-3")
    assert centre.waiting("calls", 9.0) == [("c-5", "5")]

    again = Centre()
    again.restore(msgpack.unpackb(msgpack.packb(centre.snapshot())))
    assert again.waiting("calls", 9.0) == [("c-5", "5")]


def test_callers_whose_end_never_came_are_forgotten_and_never_too_many_kept() -> None:
    centre = Centre()
    centre.update(queue_state(0.0))
    for number in range(2 * MAX_WAITING):
        centre.update(contact("queued", 0.0, f"{number}", f"c-{number}"))
    assert len(centre.waiting("calls", 1.0)) == MAX_WAITING

    assert centre.waiting("calls", STALE_S + 1.0) == []
    assert centre.snapshot()["waiting"] == []
