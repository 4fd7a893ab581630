"""The topic of comments in the engine: a text that rules read, learnt, withdrawn and restored."""

import random

import pytest

from detectors.event import Event
from detectors.learning.gate import MIN_LABELS
from detectors.models.words import without_text
from streams.engine.processor import Processor
from tests.detectors.models.comments import TOPICS, comments
from tests.streams.engine.build import compacted, log_of, of, processor, progress
from tests.streams.engine.test_models import NOON, decisions, labels, playbook_with, worker_with

WHEN = "feedback.received"
PARCEL = "where is the parcel that the courier lost?"


def feedback(number: int, text: str, **data: object) -> Event:
    """Return a comment as it stands in interactions: without its text."""
    at, customer = NOON + 60.0 * number, f"c-{number % 20}"
    data = {"feedback": f"f{number}", "source": "survey", "text": text, **data}
    return without_text(Event(f"e{number}", "crm", WHEN, at, customer, data))


def sorted_comments(count: int, *, shuffled: bool = False) -> list[Event]:
    given = comments(count)
    topics = [topic for _, topic in given]
    if shuffled:
        random.Random(1).shuffle(topics)
    return [feedback(i, text, topic=topics[i]) for i, (text, _) in enumerate(given)]


def about_deliveries(**keys: object) -> Processor:
    return worker_with(playbook_with(WHEN, "score.topic == 'delivery'", **keys))


def test_a_rule_reads_what_a_comment_is_about_that_nobody_sorted() -> None:
    worker = about_deliveries(explain="It is about {score.topic}, not {event.topic}")
    worker.process(log_of(sorted_comments(400)))
    fired = worker.process(log_of([feedback(500, PARCEL)]))

    (found,) = decisions(fired)
    assert found["facts"]["score.topic"] == "delivery"
    assert found["conditions"] == [["score.topic == 'delivery'", True]]
    assert found["explanation"].startswith("It is about delivery, not ")
    (model,) = found["models"]
    assert (model["model"], model["snapshot"]) == ("topic", 400)
    assert model["baseline"] == pytest.approx(0.4, abs=0.1)
    assert 0.5 < model["score"] < 1.0
    parts = dict(model["top"])
    assert set(parts) == {"words of the text", "how often it is told of"}
    assert parts["words of the text"] > 0 > parts["how often it is told of"]
    assert labels(fired) == []
    assert decisions(worker.process(log_of([feedback(501, "the operator was rude")]))) == []


def test_a_label_tells_figures_and_neither_words_nor_topics() -> None:
    worker = about_deliveries()
    output = worker.process(log_of(sorted_comments(60)))
    told = [label for label in labels(output) if label["model"] == "topic"]

    assert len(told) == 60
    assert set(told[-1]["choice"]) == {"chance", "share", "usual_y"}
    assert told[-1]["label_id"].startswith("topic:")
    written = b"".join(record.value or b"" for record in output if record.topic == "labels")
    assert not any(topic.encode() in written for topic in TOPICS if topic != "app")
    state = b"".join(record.value or b"" for record in worker.checkpoint())
    assert b"courier" not in state
    assert worker.process(log_of(sorted_comments(60))) == []  # told again: learnt once
    assert worker.mind.models.labels_learnt("topic") == 60


def test_shuffled_topics_withdraw_the_model_and_its_rules_say_why() -> None:
    worker = about_deliveries()
    worker.process(log_of(sorted_comments(3 * MIN_LABELS, shuffled=True)))

    assert worker.mind.models.watched()["topic"].gate.withdrawn
    # One that still has an opinion: what it says is not for rules either.
    silent = about_deliveries()
    silent.process(log_of(sorted_comments(400)))
    silent.mind.models.watched()["topic"].gate.withdrawn = True
    (found,) = decisions(silent.process(log_of([feedback(500, PARCEL)])))
    assert found["reason"] == "missing_fact"
    assert found["missing"] == ["score.topic"]
    assert "score.topic is withdrawn: gain over the usual" in found["gates"][-1][2]
    assert decisions(silent.process(log_of([feedback(501, "the operator was rude")]))) == []


@pytest.mark.parametrize("cut", [150, 333])
def test_learning_goes_on_alike_wherever_a_worker_was_killed(cut: int) -> None:
    log = log_of([*sorted_comments(500), progress(NOON + 86_400.0)])
    undisturbed, killed, second = processor(0), processor(0), processor(0)
    expected, state = dict[bytes, bytes](), dict[bytes, bytes]()
    told = list(of(undisturbed.process(log), "labels"))
    killed.process(log[:cut])
    compacted(state, killed)
    killed.process(log[cut : cut + 40])  # lost with the worker
    for key, value in state.items():
        second.restore(key, value)
    second.restored(0)
    again = list(of(second.process(log[cut:]), "labels"))
    compacted(state, second)
    compacted(expected, undisturbed)

    assert again == told[len(told) - len(again) :]
    assert state[b"model:topic"] == expected[b"model:topic"]
    assert undisturbed.mind.models.labels_learnt("topic") == 500


def test_hostile_topics_and_texts_stop_nothing_and_stay_bounded() -> None:
    worker = about_deliveries()
    chance = random.Random(3)
    texts = ["", "a " * 3_000, "\x00", "日本語の文章です", "?!", PARCEL]
    topics: list[object] = [None, 5, [], {}, "", "x" * 5_000, "\x00", 1e308, True]
    given = [*topics, *(f"topic {i}" for i in range(2_000))]
    hostile = [feedback(i, chance.choice(texts), topic=topic) for i, topic in enumerate(given)]
    output = worker.process(log_of(hostile))

    assert not [record for record in output if record.topic == "dead_letters"]
    written = {record.key: len(record.value or b"") for record in worker.checkpoint()}
    assert written[b"model:topic"] < 64 * 1024
