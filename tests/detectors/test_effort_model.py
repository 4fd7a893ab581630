import math
from collections.abc import Iterable

import msgpack
import pytest

from detectors.contacts import DAY_S
from detectors.customer import Customer, pack, unpack
from detectors.effort_model import HORIZON_S, EffortModel, Weights
from detectors.effort_points import FIRST, FIRST_POINTS
from detectors.event import Event
from detectors.learning.labels import Label, treat
from detectors.signals.registry import detect
from tests.detectors.build import contact, happened


def drive(model: EffortModel, customer: Customer, events: Iterable[Event]) -> list[Label]:
    """Take events as the engine does, and return what became known."""
    labels: list[Label] = []
    for event in events:
        labels += model.mature(customer, event.at)
        customer.update(event)
        labels += model.take(event, customer)
    return labels


def errors(*times: float) -> list[Event]:
    return [happened("app.error", at, session="s") for at in times]


def test_nothing_is_asked_below_medium_friction() -> None:
    model, customer = EffortModel(), Customer("c-1")
    assert drive(model, customer, errors(0.0)) == []  # 5 points
    assert customer.effort is not None
    assert customer.effort.due == math.inf

    drive(model, customer, errors(60.0))
    assert customer.effort.due == 60.0 + HORIZON_S
    drive(model, customer, errors(90.0))
    assert customer.effort.due == 60.0 + HORIZON_S  # one question at a time


@pytest.mark.parametrize(
    ("at", "y"), [(60.0, 0), (61.0, 1), (60.0 + HORIZON_S, 1), (60.1 + HORIZON_S, 0)]
)
def test_both_answers_are_known_when_the_day_is_over(at: float, y: int) -> None:
    model, customer = EffortModel(), Customer("c-1")
    asked = [*errors(0.0, 60.0), contact("started", at)]
    early = drive(model, customer, asked if at <= 60.0 + HORIZON_S else asked[:-1])
    assert early == []  # a positive answer waits too, or every forecast would be inflated

    [found] = model.mature(customer, math.nextafter(60.0 + HORIZON_S, math.inf))
    assert (found.model, found.t0, found.y, found.treated) == ("friction", 60.0, y, False)
    # Two errors of 5 points each at log-odds of 1/8 per point, from one in five.
    counts = 1.0 + 0.5 ** (60.0 / DAY_S)
    log_odds = math.log(0.2 / 0.8) + counts * 5.0 / 8.0
    assert found.score == pytest.approx(1.0 / (1.0 + math.exp(-log_odds)))
    assert found.baseline == 0.2
    assert found.x == {"app_error": pytest.approx(counts)}
    assert "c-1" not in found.id
    assert not model.mature(customer, math.inf)  # handed out once


def test_when_we_call_meanwhile_the_answer_is_not_theirs() -> None:
    model, customer = EffortModel(), Customer("c-1")
    ours = contact("started", 70.0, direction="outbound")

    assert drive(model, customer, [*errors(0.0, 60.0), ours]) == []
    assert not model.mature(customer, math.inf)


def test_what_follows_an_action_of_ours_is_not_learnt_from() -> None:
    model, customer = EffortModel(), Customer("c-1")
    drive(model, customer, errors(0.0, 60.0))
    treat(customer)
    [found] = model.mature(customer, math.inf)
    assert found.treated

    model.learn(found)
    assert model.outcomes == 0
    assert model.points == FIRST


def test_nobody_is_asked_whom_we_do_not_know() -> None:
    model, customer = EffortModel(), Customer("call:1")
    drive(model, customer, errors(0.0, 60.0))

    assert customer.effort is not None
    assert customer.effort.asked is None


@pytest.mark.parametrize(("score", "y"), [(1, 1), (3, 1), (4, 0), (7, 0)])
def test_an_answer_about_effort_is_known_at_once(score: int, y: int) -> None:
    model, customer = EffortModel(), Customer("c-1")
    about = {"call": "a", "topic": "fees"}
    passed_on = Event("1", "test", "contact.transferred", 0.0, "c-1", about)
    answer = happened("feedback.received", 60.0, scale="ces", score=score, topic="fees")

    [found] = drive(model, customer, [passed_on, answer])
    assert (found.model, found.y, found.t0) == ("effort", y, 60.0)
    assert found.x == {"transfer": pytest.approx(0.5 ** (60.0 / (7 * DAY_S)))}


def test_an_answer_without_friction_teaches_the_rate_and_other_scales_teach_nothing() -> None:
    model, customer = EffortModel(), Customer("c-1")
    [found] = drive(model, customer, [happened("feedback.received", 0.0, scale="ces", score=7)])
    assert found.x == {}

    for data in ({"scale": "nps", "score": 1}, {"scale": "ces"}, {"scale": "ces", "score": "7"}):
        assert drive(model, customer, [happened("feedback.received", 1.0, **data)]) == []


def test_weights_move_towards_what_came_true_and_never_below_zero() -> None:
    weights = Weights(0.2)
    for _ in range(300):
        weights.learn(label(0, app_error=1.0))
        weights.learn(label(1, transfer=1.0))

    assert weights.points["app_error"] == 0.0
    assert weights.points["transfer"] > FIRST_POINTS["transfer"]
    assert weights.points["hold"] == FIRST_POINTS["hold"]
    assert weights.rate() == (300 + 0.2 * 20) / (600 + 20)
    # The forecasts of these labels were made at 0.25, and came true every second time.
    assert weights.tally.calibration() == [(600, 0.25, 0.5)]
    assert weights.tally.ece() == 0.25


def label(y: int, **x: float) -> Label:
    """Return an outcome of a forecast of 0.25."""
    return Label("friction", "x", 0.0, 0.25, 0.25, y, 0, True, x)


def learnt(count: int) -> EffortModel:
    model = EffortModel()
    for number in range(count):
        customer = Customer(f"c-{number}")
        name = customer.id
        events = [
            Event(f"{n}", "test", kind, float(n), name, {"call": "a", "topic": "fees"})
            for n, kind in enumerate(["app.error", "contact.transferred", "login.failed"])
        ]
        answer = {"scale": "ces", "score": 1 + number % 7}
        events.append(Event("9", "test", "feedback.received", 9.0, name, answer))
        if number % 3 == 0:
            events.append(contact("started", 20.0, customer=name))
        for found in [*drive(model, customer, events), *model.mature(customer, math.inf)]:
            model.learn(found)
    return model


def test_what_was_learnt_is_restored_to_the_last_bit() -> None:
    model, again = learnt(40), EffortModel()
    state = msgpack.packb(model.snapshot())
    again.restore(msgpack.unpackb(state, strict_map_key=False))

    assert model.outcomes == again.outcomes == 80
    assert again.points == model.points != FIRST
    assert msgpack.packb(again.snapshot()) == state
    for one in (model, again):
        one.learn(label(1, hold=1.5, transfer=0.25))
    assert msgpack.packb(again.snapshot()) == msgpack.packb(model.snapshot())


def test_rules_see_the_learnt_points() -> None:
    model, customer = learnt(40), Customer("c-1")
    [event] = errors(0.0)
    customer.update(event)

    felt = detect(event, customer, 0.0, model.points)
    assert felt["friction_1d"] == model.points["friction"]["app_error"] != 5.0
    assert detect(event, customer, 0.0)["friction_1d"] == 5.0


def test_an_open_question_survives_packing() -> None:
    model, customer = EffortModel(), Customer("c-1")
    drive(model, customer, [*errors(0.0, 60.0), contact("started", 70.0)])
    treat(customer)
    again = unpack("c-1", pack(customer, math.inf))

    assert model.mature(again, math.inf) == EffortModel().mature(customer, math.inf)
