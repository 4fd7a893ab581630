import math
from typing import Any

import pytest

from detectors.centre import Centre
from detectors.contacts import DAY_S
from detectors.customer import Customer
from detectors.models.repeat import HALF_COUNT, RepeatModel, features
from tests.detectors.build import contact


def _call(customer: Customer, at: float, call: str, **data: Any) -> dict[str, float]:
    customer.update(contact("started", at, call))
    event = contact("ended", at, call, **data)
    customer.update(event)
    centre = Centre()
    centre.update(contact("started", 0.0))
    return features(event, customer, centre)


def test_inputs_of_a_second_contact_as_derived_by_hand() -> None:
    customer = Customer("c-1")
    customer.update(contact("started", 0.0, "a"))
    x = _call(customer, 3 * DAY_S, "b", service_s=5.0, priority="high", topic="stock-exchange")

    def rate(half_life_days: float) -> float:
        count = 0.5 ** (3 / half_life_days)
        days = half_life_days / math.log(2) * (1 - 0.5 ** (3.5 / half_life_days))
        return math.log((count + 0.3) / (days + 3)) + 2

    assert x == pytest.approx(
        {
            "rate_30d": rate(30),
            "rate_7d": rate(7),
            "rate_3d": rate(3),
            "contacts_1d": math.log1p(0.5**3),
            "day=sun": 1.0,  # 4 January 1970
            "rate_7d*sun": rate(7),
            "service_s<8": 1.0,
            "cut_off*rate_7d": rate(7),
            "high_priority": 1.0,
            "topic=stock-exchange": 1.0,
        },
        rel=1e-6,
    )


def test_an_unanswered_first_contact() -> None:
    x = _call(Customer("c-1"), 0.0, "a", outcome="abandoned", service_s=0.0)

    assert x["first"] == x["unserved"] == 1.0
    assert "contacts_1d" not in x
    assert not any(name.startswith("service_s") for name in x)


def test_a_recent_call_by_the_company_is_an_input() -> None:
    customer = Customer("c-1")
    customer.update(contact("started", 0.0, "back", direction="outbound"))

    assert "company_called" in _call(customer, DAY_S - 1, "a")
    assert "company_called" not in _call(customer, DAY_S, "b")


def test_the_baseline_grows_with_the_count_of_earlier_contacts() -> None:
    customer, model = Customer("c-1"), RepeatModel()
    baselines = []
    for i in range(5):
        _call(customer, float(i), str(i))
        scored = model.score(contact("ended", float(i), str(i)), customer, Centre())
        assert scored is not None
        assert scored.earlier == i
        baselines.append(scored.baseline)

    assert baselines == [i / (i + HALF_COUNT) for i in range(5)]


def test_more_contacts_raise_the_score_from_the_start() -> None:
    customer, model = Customer("c-1"), RepeatModel()
    scores = []
    for i in range(6):
        _call(customer, i * 600.0, str(i))
        scored = model.score(contact("ended", i * 600.0, str(i)), customer, Centre())
        assert scored is not None
        scores.append(scored.score)

    assert scores[1:] == sorted(scores[1:])
    assert scores[-1] > scores[0]
