"""The multinomial head: River's numbers, bounded, the same after a restart."""

import math
import random
from typing import Any

import msgpack
import pytest
from river.linear_model import SoftmaxRegression
from river.optim import SGD

from detectors.models.choice import SHARE, WORDS_APART, ChoiceHead
from detectors.models.topics import MAX_TOPICS, OTHER
from detectors.models.words import row

TOPICS = ("fees", "delivery", "app")
Row = tuple[dict[str, float], str]


def rows(count: int, seed: int = 1) -> list[Row]:
    """Return texts of four words, two of them about their topic."""
    chance = random.Random(seed)
    found = []
    for _ in range(count):
        place = chance.randrange(len(TOPICS))
        about = [100 * place + chance.randrange(20) for _ in range(2)]
        found.append((row(sorted({*about, 500 + chance.randrange(200)})), TOPICS[place]))
    return found


def taught(given: list[Row]) -> ChoiceHead:
    head = ChoiceHead()
    for x, name in given:
        head.learn(x, name)
    return head


def packed(head: ChoiceHead) -> bytes:
    value: bytes = msgpack.packb(head.snapshot())
    return value


def test_before_words_weigh_anything_it_says_how_often_topics_are_told() -> None:
    head = ChoiceHead()
    for name in ("fees",) * 6 + ("app",) * 3:
        head.learn({}, name)
    unknown = row([900])

    # Nine tellings and one for what nobody told so far.
    assert head.chances(unknown) == pytest.approx([0.1, 0.6, 0.3])
    best = head.choose(unknown)
    assert (best.name, round(best.chance, 9), best.share) == ("fees", 0.6, 0.6)
    assert (head.told(unknown, "fees").usual_y, head.told(unknown, "app").usual_y) == (1, 0)
    for name, share in (("app", 0.3), ("rare", 0.1)):
        told = head.told(unknown, name)
        assert (told.outcome, round(told.chance, 9), told.share) == (name, share, share)
    assert head.told(unknown, "rare").usual_y == 0


def test_its_gradient_is_that_of_rivers_softmax_regression() -> None:
    # With a caution that dwarfs every gradient AdaGrad is plain descent at rate / sqrt(caution);
    # and with topics told alike the fixed part of the score moves no chance.
    caution = 1e16
    head = ChoiceHead(math.sqrt(caution), caution)
    for _ in range(1_000):
        for name in TOPICS:
            head.topics.tell(name)
    head._forget()
    river: Any = SoftmaxRegression(SGD(1.0))
    for name in TOPICS:
        river.weights[name]
    for x, name in rows(300):
        head.learn(x, name)
        river.learn_one(x, name)
    highest = []
    for x, _ in rows(10, seed=2):
        ours, theirs = head.chances(x), river.predict_proba_one(x)
        for name in TOPICS:
            of_known = ours[head.topics.place(name)] / (1 - ours[OTHER])
            assert of_known == pytest.approx(theirs[name], rel=0.05)
        highest.append(max(theirs.values()))
    assert max(highest) > 0.6  # from a third


def test_words_tell_topics_apart() -> None:
    head = taught(rows(400))
    new = rows(300, seed=9)

    assert sum(head.choose(x).name == name for x, name in new) / len(new) > 0.95
    costs = [head.cost(x, name) for x, name in new]
    assert sum(costs) / len(costs) < 0.3 < math.log(3)


def test_a_new_topic_in_an_old_place_begins_without_words() -> None:
    head = ChoiceHead()
    x = row([1, 2])
    for i in range(MAX_TOPICS):
        for _ in range(4):
            head.learn(x, f"topic {i}")
    place = head.topics.place("topic 0")
    for _ in range(8):
        head.learn(row([3]), "new")

    assert head.topics.place("new") == place
    assert not head._weights[:, place].any()


def test_state_is_bounded_whatever_is_told_and_written() -> None:
    head, chance = ChoiceHead(), random.Random(4)
    for i in range(10_000):
        words = row(sorted({chance.randrange(WORDS_APART) for _ in range(20)}))
        head.learn(words, f"topic {i}" if i % 2 else f"topic {int(chance.expovariate(0.03))}")

    assert len(head.topics) == MAX_TOPICS
    assert len(packed(head)) < 300 * 1024
    assert all(0.0 <= each <= 1.0 for each in head.chances(row([5])))


def test_nothing_learnt_is_next_to_nothing_to_keep() -> None:
    assert len(packed(ChoiceHead())) < 32


def test_a_restored_head_continues_bit_by_bit() -> None:
    given = rows(600)
    one = taught(given[:300])
    again = ChoiceHead()
    again.restore(msgpack.unpackb(packed(one)))
    for x, name in given[300:]:
        assert one.chances(x) == again.chances(x)
        one.learn(x, name)
        again.learn(x, name)

    assert packed(one) == packed(again)


def test_a_fresh_head_knows_the_topics_and_no_words() -> None:
    head = taught(rows(200))
    fresh = head.fresh(0.5)
    x = rows(1, seed=7)[0][0]

    assert fresh.topics.to_list() == head.topics.to_list()
    assert fresh.chances(x) == pytest.approx(head.topics.shares())
    fresh.learn(x, "fees")
    assert fresh.topics.to_list() != head.topics.to_list()


def test_an_explanation_is_the_words_and_the_share() -> None:
    head = taught(rows(400))
    x, _ = rows(1, seed=5)[0]
    found = head.contributions(x)
    best = head.choose(x)

    assert list(found) == ["words", SHARE]
    assert sum(found.values()) == pytest.approx(math.log(best.chance / (1 - best.chance)))
    assert found[SHARE] == pytest.approx(math.log(best.share / (1 - best.share)))
    assert ChoiceHead().contributions(x) == {}
