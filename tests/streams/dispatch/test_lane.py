import math

from streams.dispatch.channels.client import Limits
from streams.dispatch.channels.topic import TopicChannel
from streams.dispatch.lane import Lane
from streams.dispatch.outcome import Outcome
from tests.streams.dispatch.memory import Meter


def lane(**limits: float) -> Lane:
    return Lane(TopicChannel("queue", "a.b", Limits(**limits)), Meter())  # type: ignore[arg-type]


def test_a_full_lane_waits_for_the_end_of_a_call_and_for_no_time() -> None:
    full = lane(concurrency=1)
    full.begin(now=0)

    assert full.room(now=0) == 0
    assert full.next_at(now=0) == math.inf

    full.end(Outcome("accepted"), now=0, seconds=0)
    assert full.room(now=0) == 1
    assert full.next_at(now=0) <= 0


def test_a_half_open_lane_waits_for_its_probe() -> None:
    failing = lane()
    for _ in range(5):
        failing.begin(now=0)
        failing.end(Outcome("retry"), now=0, seconds=0)
    assert failing.next_at(now=0) == 1

    failing.begin(now=1)
    assert failing.room(now=1) == 0
    assert failing.next_at(now=1) == math.inf


def test_a_lane_that_used_up_its_rate_names_the_time_of_the_next_call() -> None:
    slow = lane(rate_per_s=0.5, burst=1)
    slow.begin(now=10)

    assert slow.room(now=10) == 0
    assert slow.next_at(now=10) == 12


def test_a_pause_asked_for_is_at_most_a_day() -> None:
    asked = lane()
    asked.begin(now=0)
    asked.end(Outcome("retry", retry_after_s=1e12), now=0, seconds=0)

    assert asked.next_at(now=0) == 86_400
