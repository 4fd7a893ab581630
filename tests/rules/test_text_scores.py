"""What a model says in words is read like what it says in numbers, at once and later."""

import msgpack
import pytest

from rules.playbook.testing import run_tests
from rules.temporal.happened import Happened, keeps
from tests.rules.build import DAY, HOUR, Play, event, playbook, program, rule

DELIVERY = "score.topic == 'delivery'"


def playing(topic: str | float, **keys: object) -> Play:
    return Play(program(rule("r", **keys)), topic=topic)


@pytest.mark.parametrize(
    ("if_", "topic", "fires"),
    [
        (DELIVERY, "delivery", True),
        (DELIVERY, "fees", False),
        (DELIVERY, 0.9, False),  # a number is no topic
        ("score.topic in ['fees', 'delivery']", "fees", True),
        ("score.topic != 'fees'", "delivery", True),
        ("has(score.topic)", "fees", True),
        ("has(score.topic)", 0.9, False),
    ],
)
def test_conditions_read_it(if_: str, topic: str | float, fires: bool) -> None:
    line = playing(topic, when="contact.queued", if_=if_)

    assert bool(line.see(event("queued", 0.0))) == fires


def test_a_missing_topic_is_missing_like_any_score() -> None:
    running = program(rule("r", when="contact.queued", if_="score.topic != 'fees'"))

    assert Play(running).see(event("queued", 0.0)) == []


def test_a_silenced_topic_is_named_where_the_rule_would_have_fired() -> None:
    line = playing("delivery", when="contact.queued", if_=DELIVERY)
    queued = event("queued", 0.0)
    line.customer.update(queued)
    (found,) = line.program.silenced(queued, line.customer, line.scores, {}, {})

    assert found.missing == ("score.topic",)
    fees = {"topic": "fees"}
    assert line.program.silenced(queued, line.customer, fees, {}, {}) == []


def test_an_absence_knows_it_when_its_time_is_over() -> None:
    absence = {"of": "contact.queued", "for": "1h"}
    line = playing("delivery", absence=absence, if_=DELIVERY, explain="About {score.topic}")
    line.see(event("queued", 0.0))
    line.customer.rules = msgpack.unpackb(msgpack.packb(line.customer.rules), use_list=True)
    (found,) = line.due()

    assert found.at == HOUR
    assert found.explanation == "About delivery"
    assert found.facts["score.topic"] == "delivery"


def test_it_is_kept_as_far_as_it_is_read() -> None:
    kept = keeps(["score.topic", "score.repeat"])
    one = kept.of(event("queued", 0.0), {"topic": "t" * 300, "repeat": 1, "churn": 0.5}, {})

    assert one.scores == {"repeat": 1.0, "topic": "t" * 256}
    assert Happened.unpack(msgpack.unpackb(msgpack.packb(one.pack()))) == one


def test_its_length_counts_in_the_bytes_of_a_customer() -> None:
    absence = {"of": "contact.queued", "for": "1d"}
    number = program(rule("r", absence=absence, if_="score.repeat > 0.5"))
    text = program(rule("r", absence=absence, if_=DELIVERY))

    assert text.bytes_per_customer("r", 200) > number.bytes_per_customer("r", 200) + 100
    assert Play(text, topic="delivery").see(event("queued", DAY)) == []


def test_a_test_of_a_playbook_gives_it() -> None:
    tests = [
        {"name": name, "given": {"score.topic": topic}, "events": [{"at": "0h", "event": when}],
         "expect": [{"at": "0h", "fires": "parcel"}] * fires}
        for when in ("feedback.received",)
        for name, topic, fires in (("about it", "delivery", 1), ("about fees", "fees", 0))
    ]  # fmt: skip
    parcel = rule("parcel", when="feedback.received", if_=DELIVERY, tests=tests)
    results = run_tests(playbook(parcel))

    assert [result.passed for result in results] == [True, True]
