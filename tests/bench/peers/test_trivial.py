from collections import defaultdict

import orjson
import pytest

from bench.peers import trivial


def test_events_are_alike_in_size_and_the_same_each_time() -> None:
    first = list(trivial.events(1_000))

    assert first == list(trivial.events(1_000))
    assert {len(value) for _, value in first} == {trivial.EVENT_BYTES}
    assert all(orjson.loads(value)["subject"].encode() == key for key, value in first)


def test_a_longer_input_begins_with_the_shorter_one() -> None:
    assert list(trivial.events(300))[:200] == list(trivial.events(200))


def test_results_are_count_and_average_at_each_hundredth_event() -> None:
    count = 60_000  # enough for customers to come back
    values: defaultdict[str, list[float]] = defaultdict(list)
    due = []
    for number, (_, value) in enumerate(trivial.events(count)):
        event = orjson.loads(value)
        history = values[event["subject"]]
        history.append(event["data"]["value"])
        if number % 100 == 0:
            # The average in closed form: the first value fades by 0.9 with each later one.
            later = len(history) - 1
            average = history[0] * 0.9**later + sum(
                0.1 * each * 0.9 ** (later - place)
                for place, each in enumerate(history)
                if place > 0
            )
            due.append((event["subject"], len(history), pytest.approx(average)))

    found = [orjson.loads(value) for value in trivial.expected(count)]

    assert [(each["customer"], each["count"], each["average"]) for each in found] == due
    assert max(each["count"] for each in found) > 2
