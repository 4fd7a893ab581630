"""The topic of comments: said of those that nobody sorted, learnt from those that somebody did."""

import math

import pytest

from detectors.centre import Centre
from detectors.customer import Customer
from detectors.event import Event
from detectors.learning.labels import Label
from detectors.models.registry import Models
from detectors.models.scored import Scored
from detectors.models.topic import TopicModel
from detectors.models.topics import MAX_NAME
from detectors.models.words import without_text
from tests.detectors.models.comments import TOPICS, comments

CUSTOMER = Customer("c-1")


def said(model: TopicModel, text: object, **data: object) -> Scored | None:
    event = Event("1", "crm", "feedback.received", 0.0, "c-1", {"text": text, **data})
    return model.score(without_text(event), CUSTOMER, Centre())


def learnt(models: Models, given: list[tuple[str, str]]) -> list[Label]:
    """Let models meet sorted comments as the engine does; return what became of each choice."""
    labels = []
    for i, (text, topic) in enumerate(given):
        data = {"text": text, "topic": topic}
        event = without_text(Event(f"{i}", "crm", "feedback.received", float(i), "c-1", data))
        scored = models.score(event, CUSTOMER, Centre()).get("topic")
        if scored is not None and (label := models.told(scored, event)) is not None:
            models.learn(label)
            labels.append(label)
    return labels


def test_figures_of_two_languages_at_once() -> None:
    models = Models()
    labels = learnt(models, comments(600))[300:]
    gate = models.watched()["topic"].gate

    told = [label.told for label in labels if label.told is not None]
    right = sum(label.y for label in labels) / len(labels)
    loss = sum(one.cost for one in told) / len(told)
    usual = sum(one.usual_y for one in told) / len(told)
    entropy = sum(one.usual_cost for one in told) / len(told)
    assert (len(told), not gate.withdrawn) == (300, True)
    # Golden: one pass, each choice made before its topic was learnt.
    assert (round(right, 3), round(usual, 3)) == (0.993, 0.463)
    assert (round(loss, 3), round(entropy, 3)) == (0.048, 1.27)


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("where is the parcel that the courier lost?", "delivery"),
        ("посылка потерялась, курьер молчит", "delivery"),
        ("two commissions were charged", "fees"),
        ("снова комиссия, верните деньги", "fees"),
        ("the app freezes after the update", "app"),
        ("приложение не работает после обновления", "app"),
    ],
)
def test_comments_that_nobody_wrote_before_are_known_by_their_words(text: str, topic: str) -> None:
    models = Models()
    learnt(models, comments(400))
    found = said(models.watched()["topic"].model, text)  # type: ignore[arg-type]

    assert found is not None
    assert (found.value, found.y, found.told) == (topic, None, None)
    assert found.score > 0.5


def test_nothing_is_said_before_a_topic_was_told_or_of_what_is_unlike_all_of_them() -> None:
    model = TopicModel()
    assert said(model, "the parcel is late") is None

    for text, topic in comments(300):
        model.head.learn(said(model, text, topic=topic).x, topic)  # type: ignore[union-attr]
    unlike = said(model, "zzz qqq")
    assert unlike is not None
    assert (unlike.says, unlike.value) == ("", None)  # no topic is told in half of all comments
    assert 0.0 < unlike.score <= 0.5
    assert said(model, "?!" * 0) is None


def test_the_first_of_all_comments_opens_the_list_and_is_wrong() -> None:
    found = said(TopicModel(), "the parcel is late", topic="delivery")

    assert found is not None
    assert (found.score, found.y, found.value) == (0.0, 0, None)
    assert found.told is not None
    assert (found.told.outcome, found.told.usual_y) == ("delivery", 0)


@pytest.mark.parametrize(
    "topic", [None, 5, math.nan, ["fees"], {}, "", "x" * (MAX_NAME + 1), True, 1e308]
)
def test_what_is_no_name_of_a_topic_teaches_nothing(topic: object) -> None:
    model = TopicModel()
    for name in TOPICS:
        for _ in range(3):
            model.head.learn({"word 1": 1.0}, name)
    found = said(model, "the parcel is late", topic=topic)

    assert found is not None
    assert (found.y, found.told) == (None, None)


def test_what_words_mean_may_change_and_a_second_head_takes_over() -> None:
    models = Models()
    swapped = dict(zip(TOPICS, ("fees", "delivery", "staff", "app"), strict=True))
    given = comments(2_000) + [(text, swapped[topic]) for text, topic in comments(1_500, seed=2)]
    labels = learnt(models, given)
    topic = models.watched()["topic"]

    after = labels[-300:]
    assert sum(label.y for label in after) / len(after) > 0.95
    assert not topic.gate.withdrawn


def test_starting_weights_of_elsewhere_are_not_for_topics() -> None:
    models = Models()
    learnt(models, comments(100))
    before = models.snapshot()["topic"]

    models.begin_with("topic", {"word 1": 5.0, "fees": 3.0}, 2.0)

    assert models.snapshot()["topic"] == before
