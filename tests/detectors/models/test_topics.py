"""Which topics are known: bounded, whatever is told, and the same after a restart."""

import random

import msgpack
import pytest

from detectors.models.topics import HALVED_AT, MAX_NEWCOMERS, MAX_TOPICS, MIN_TOLD, OTHER, Topics


def told(*names: str) -> Topics:
    topics = Topics()
    for name in names:
        topics.tell(name)
    return topics


def packed(topics: Topics) -> bytes:
    value: bytes = msgpack.packb(topics.to_list())
    return value


def test_a_topic_is_one_from_its_third_telling() -> None:
    topics = Topics()

    assert [topics.tell("fees") for _ in range(MIN_TOLD + 1)] == [False, False, True, False]
    assert topics.place("fees") != OTHER
    assert topics.place("delivery") == OTHER
    # Four of four tellings, and one for what nobody told so far.
    assert topics.shares() == pytest.approx([1 / 5, 4 / 5])


def test_a_name_told_once_is_not_kept() -> None:
    topics = told("Mrs Smith, 12 High Street", *["fees"] * 5)

    assert b"Smith" not in packed(topics)
    assert b"fees" in packed(topics)


def test_ten_thousand_different_topics_leave_the_known_ones_and_memory_as_they_were() -> None:
    topics = told(*["fees", "delivery", "app"] * 10)
    chance = random.Random(1)
    largest = 0
    for i in range(10_000):
        topics.tell(f"topic {i}")
        topics.tell(chance.choice(["fees", "delivery", "app"]))
        largest = max(largest, len(packed(topics)))

    assert {name for name in topics.names if name} == {"fees", "delivery", "app"}
    assert largest < 16 * 1024
    assert topics.shares()[OTHER] == pytest.approx(0.5, abs=0.05)


def test_topics_told_often_are_found_among_ten_thousand_told_once() -> None:
    topics = Topics()
    chance = random.Random(2)
    for i in range(10_000):
        topics.tell(f"topic {i}" if chance.random() < 0.8 else chance.choice(["fees", "app"]))

    assert {"fees", "app"} == {name for name in topics.names if name}


def test_a_hundred_topics_told_alike_keep_the_first_and_count_the_rest_as_none() -> None:
    topics = told(*[f"topic {i % 100}" for i in range(3_000)])

    assert len(topics) == MAX_TOPICS
    assert len(topics.names) == MAX_TOPICS + 1
    assert {name for name in topics.names if name} == {f"topic {i}" for i in range(MAX_TOPICS)}
    assert sum(topics.shares()) == pytest.approx(1.0)
    assert topics.shares()[OTHER] == pytest.approx(1 - MAX_TOPICS / 100, abs=0.01)


def test_what_is_told_clearly_more_often_replaces_the_rarest() -> None:
    topics = told(*[f"topic {i}" for i in range(MAX_TOPICS) for _ in range(i + 4)])
    rarest = topics.place("topic 0")  # told four times
    new = [topics.tell("new") for _ in range(8)]

    assert new == [False] * 7 + [True]
    assert topics.place("new") == rarest
    assert topics.place("topic 0") == OTHER


def test_what_nobody_tells_any_more_is_let_go() -> None:
    topics = told(*["old"] * 3, *["fees"] * (3 * HALVED_AT))

    assert {name for name in topics.names if name} == {"fees"}
    assert sum(topics.shares()) == pytest.approx(1.0)


def test_what_comes_after_a_restart_is_the_same() -> None:
    chance = random.Random(3)
    names = [f"topic {int(chance.expovariate(0.02))}" for _ in range(9_000)]
    one = told(*names[:5_000])
    again = Topics.from_list(msgpack.unpackb(packed(one)))
    for name in names[5_000:]:
        assert one.tell(name) == again.tell(name)

    assert packed(one) == packed(again)
    assert len(msgpack.unpackb(packed(one))[2]) <= MAX_NEWCOMERS
