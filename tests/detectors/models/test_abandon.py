import math

import pytest

from detectors.centre import Centre
from detectors.customer import Customer
from detectors.models.abandon import AbandonModel, features
from tests.detectors.build import contact, queue_state


def test_inputs_as_derived_by_hand() -> None:
    customer, centre = Customer("c-1"), Centre()
    for stage, at in (("started", 0.0), ("queued", 1.0), ("abandoned", 60.0)):
        customer.update(contact(stage, at, "a"))
    customer.update(contact("ended", 60.0, "a", outcome="abandoned"))
    customer.update(contact("started", 100.0, "b"))
    queued = contact("queued", 110.0, "b", priority="high", topic="internet")
    customer.update(queued)
    centre.update(
        queue_state(
            110.0,
            length=6,
            length_high=2,
            length_by_topic={"internet": 3, "regular": 3},
            longest_wait_s=80.0,
            mean_wait_10m_s=20.0,
            last_wait_s=30.0,
            in_service=8,
            answered_10m=12,
            abandoned_10m=1,
            served_10m=29,
        )
    )

    assert features(queued, customer, centre) == pytest.approx(
        {
            "length": math.log(7) / 2,
            "length_topic": math.log(4) / 2,
            "length_high": math.log(3) / 2,
            "longest_wait": math.log(81) / 5,
            "mean_wait": math.log(21) / 5,
            "last_answer_wait": math.log(31) / 5,
            "in_service": math.log(9) / 2,
            "answered": math.log(13) / 3,
            "abandoned": math.log(2) / 2,
            "served": math.log(30) / 3,
            "turns": 3 / 30,
            "earlier": math.log(2) / 2,
            "abandon_share": (1 + 0.4) / (1 + 2) - 0.2,
            "abandoned_7d": math.log1p(0.5 ** (50 / (7 * 86400))),
            "last_abandoned": 1.0,
            "hour<8": 1.0,
            "high_priority": 1.0,
            "topic=internet": 1.0,
        },
        rel=1e-6,
    )


def test_of_an_unidentified_caller_only_the_queue_is_known() -> None:
    customer = Customer("call:a")
    queued = contact("queued", 0.0, customer="call:a")
    customer.update(queued)

    x = features(queued, customer, Centre())
    assert x == {"unidentified": 1.0, "hour<8": 1.0, "topic=regular": 1.0}


def test_a_longer_queue_raises_the_score_from_the_start() -> None:
    customer, centre, model = Customer("c-1"), Centre(), AbandonModel()
    queued = contact("queued", 0.0)
    customer.update(queued)
    scores = []
    for length in (0, 2, 8, 30):
        centre.update(queue_state(0.0, length=length, longest_wait_s=10.0 * length))
        scored = model.score(queued, customer, centre)
        assert scored is not None
        scores.append(scored.score)

    assert scores == sorted(scores)
    assert scores[0] < 0.2 < scores[-1]


def test_the_baseline_is_the_rate_of_the_hour() -> None:
    customer, centre = Customer("c-1"), Centre()
    for i in range(50):
        centre.update(contact("abandoned", float(i), str(i), wait_s=9.0))
    queued = contact("queued", 100.0, "x")
    customer.update(queued)
    scored = AbandonModel().score(queued, customer, centre)

    assert scored is not None
    assert scored.baseline == centre.abandon_rate(100.0) > 0.7
