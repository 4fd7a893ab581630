"""What holds for every model."""

import inspect
import math
import pkgutil
import struct
from typing import Any

import msgpack
import pytest

import detectors.models
from detectors.centre import Centre
from detectors.customer import Customer
from detectors.event import Event
from detectors.learning.labels import Label, mature, settle
from detectors.models.abandon import AbandonModel
from detectors.models.inputs import CODES, INPUTS
from detectors.models.registry import MODELS, Models
from detectors.models.repeat import RepeatModel
from tests.detectors.build import contact, queue_state

SUPPORT = {"inputs", "linear", "registry", "scored"}
STAGES = ("started", "queued", "answered", "abandoned", "ended")

Model = AbandonModel | RepeatModel


def _make(model: type[Model], kind: str) -> Model:
    return model() if kind == "default" else model(learning_rate=2.0, caution=0.0)


@pytest.fixture(params=["default", "odd"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


every_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)


def _history(model: type[Model], **data: Any) -> tuple[Event, Customer]:
    """Return an event that the model scores, and the customer after it."""
    customer = Customer("c-1")
    for stage, at in (("started", 0.0), ("queued", 5.0), ("answered", 40.0), ("ended", 90.0)):
        event = contact(stage, at, **data)
        customer.update(event)
        if event.type == model.event_type:
            break
    return event, customer


def _play(models: Models, calls: range) -> tuple[list[float], list[Label]]:
    """Play calls of ten customers through the models as the engine does."""
    customers: dict[str, Customer] = {}
    centre = Centre("Asia/Jerusalem")
    scores: list[float] = []
    learnt: list[Label] = []
    for i in calls:
        at, call, name = i * 1700.0, f"{i}", f"c-{i * i % 10}"
        customer = customers.setdefault(name, Customer(name))
        state: dict[str, Any] = {"length": i % 7, "longest_wait_s": i % 90, "served_10m": i % 11}
        centre.update(queue_state(at, **state, length_by_topic={"regular": i % 5}))
        out = "abandoned" if i % 4 == 0 else "answered"
        for stage, delay_s in (("started", 0.0), ("queued", 3.0), (out, 50.0), ("ended", 99.0)):
            data: dict[str, Any] = {"wait_s": 47.0} if delay_s >= 50.0 else {}
            data |= {"outcome": out, "service_s": float(i % 300)} if stage == "ended" else {}
            event = contact(stage, at + delay_s, call, name, **data)
            learnt_now = mature(customer, event.at) + settle(customer, event)
            for label in learnt_now:
                models.learn(label)
            learnt += learnt_now
            centre.update(event)
            customer.update(event)
            for scored in models.score(event, customer, centre).values():
                scores.append(scored.score)
                models.open(scored, event, customer)
    return scores, learnt


def test_every_model_is_registered_under_its_file() -> None:
    modules = {module.name for module in pkgutil.iter_modules(detectors.models.__path__)}

    assert modules - SUPPORT == {model.name for model in MODELS}
    assert len(MODELS) == 2


@every_model
def test_it_scores_before_any_label_and_stores_what_it_scored(
    model: type[Model], kind: str
) -> None:
    event, customer = _history(model)
    one = _make(model, kind)
    scored = one.score(event, customer, Centre())

    assert scored is not None
    assert scored.name == model.name
    assert 0.0 < scored.score < 1.0
    assert 0.0 <= scored.baseline <= 1.0
    assert (scored.earlier, scored.identified) == (0, True)
    assert scored.score == one.head.score(scored.x)
    assert 0.0 not in scored.x.values()
    for value in scored.x.values():
        assert struct.unpack("f", struct.pack("f", value))[0] == value


@every_model
def test_scoring_learns_nothing_and_changes_nobody(model: type[Model], kind: str) -> None:
    event, customer = _history(model)
    one, centre = _make(model, kind), Centre()
    before = msgpack.packb([one.head.snapshot(), customer.contacts.to_list(), centre.snapshot()])
    first = one.score(event, customer, centre)

    assert one.score(event, customer, centre) == first
    after = msgpack.packb([one.head.snapshot(), customer.contacts.to_list(), centre.snapshot()])
    assert after == before


@every_model
def test_it_learns_both_outcomes(model: type[Model], kind: str) -> None:
    event, customer = _history(model)
    for y, better in ((1, 1), (0, -1)):
        one = _make(model, kind)
        scored = one.score(event, customer, Centre())
        assert scored is not None
        one.head.learn(scored.x, y)
        assert (one.head.score(scored.x) - scored.score) * better > 0


@every_model
@pytest.mark.parametrize(
    "value", [None, math.nan, math.inf, -math.inf, 1e308, -1e308, "?", [1], {}]
)
def test_it_survives_values_nobody_expects(model: type[Model], kind: str, value: object) -> None:
    bad: dict[str, Any] = dict.fromkeys(
        ("wait_s", "service_s", "topic", "priority", "outcome", "channel", "unknown"), value
    )
    event, customer = _history(model, **bad)
    centre = Centre()
    fields = ("length", "length_high", "longest_wait_s", "mean_wait_10m_s", "length_by_topic")
    centre.update(queue_state(0.0, **dict.fromkeys((*fields, "in_service", "served_10m"), value)))
    one = _make(model, kind)
    scored = one.score(event, customer, centre)

    assert scored is not None
    assert all(math.isfinite(number) for number in scored.x.values())
    one.head.learn(scored.x, 1)
    assert 0.0 <= one.head.score(scored.x) <= 1.0
    assert isinstance(one.head.score(scored.x), float)


@every_model
def test_it_survives_an_event_without_fields(model: type[Model], kind: str) -> None:
    event = Event("1", "test", model.event_type, 0.0, "c-1", {})
    customer = Customer("c-1")
    customer.update(event)

    assert _make(model, kind).score(event, customer, Centre()) is not None


@every_model
def test_its_inputs_are_a_closed_list(model: type[Model], kind: str) -> None:
    one, centre = _make(model, kind), Centre("Asia/Jerusalem")
    customer = Customer("c-1")
    for i in range(2_000):
        at = i * 5_000.0
        data: dict[str, Any] = {
            "topic": f"topic-{i}",
            "outcome": f"outcome-{i}",
            "service_s": float(i),
        }
        centre.update(queue_state(at, length=i, length_by_topic={f"topic-{i}": i}))
        for stage in ("started", "queued", "abandoned", "ended"):
            event = contact(stage, at, f"{i}", **data)
            customer.update(event)
            if event.type == model.event_type:
                scored = one.score(event, customer, centre)
                assert scored is not None
                one.head.learn(scored.x, i % 2)

    assert {name for name, _ in one.head.snapshot()["weights"]} <= set(INPUTS)
    assert len(msgpack.packb(one.head.snapshot())) < 8 * 1024


@every_model
def test_returned_calls_are_not_scored(model: type[Model], kind: str) -> None:
    event, customer = _history(model, direction="outbound")

    assert _make(model, kind).score(event, customer, Centre()) is None


def test_restored_models_continue_bit_by_bit() -> None:
    models, again = Models(), Models()
    _play(models, range(300))
    _play(again, range(20))

    again.restore(msgpack.unpackb(msgpack.packb(models.snapshot())))

    assert msgpack.packb(again.snapshot()) == msgpack.packb(models.snapshot())
    scores, learnt = _play(models, range(300, 500))
    assert _play(again, range(300, 500)) == (scores, learnt)
    assert {label.model for label in learnt} == {"abandon", "repeat"}
    assert msgpack.packb(again.snapshot()) == msgpack.packb(models.snapshot())


def test_the_same_log_gives_the_same_models() -> None:
    one, other = Models(), Models()

    assert _play(one, range(200)) == _play(other, range(200))
    assert msgpack.packb(one.snapshot()) == msgpack.packb(other.snapshot())


def test_labels_learnt_are_counted_per_model() -> None:
    models = Models()
    _, learnt = _play(models, range(100))

    for name in ("abandon", "repeat"):
        assert models.labels_learnt(name) == sum(label.model == name for label in learnt)
        assert models.labels_learnt(name) > 0


@every_model
def test_an_explanation_is_in_words_and_exact(model: type[Model]) -> None:
    models, centre = Models(), Centre()
    centre.update(queue_state(0.0, length=20, longest_wait_s=200.0, length_high=5))
    event, customer = _history(model)
    scored = models.score(event, customer, centre)[model.name]
    everything = models.explain(model.name, scored.x, top=100)

    intercept = models.snapshot()[model.name]["head"]["intercept"]
    log_odds = math.log(scored.score / (1 - scored.score))
    assert sum(amount for _, amount in everything) + intercept == pytest.approx(log_odds)
    assert models.explain(model.name, scored.x) == everything[:3]
    sizes = [abs(amount) for _, amount in everything]
    assert sizes == sorted(sizes, reverse=True)
    assert {human for human, _ in everything} <= set(INPUTS.values())


def test_codes_of_inputs_fit_a_byte() -> None:
    assert list(CODES.values()) == list(range(len(INPUTS)))
    assert len(INPUTS) <= 256


@every_model
def test_first_weights_are_of_known_inputs(model: type[Model]) -> None:
    weights = inspect.getmodule(model).FIRST_WEIGHTS  # type: ignore[union-attr]

    assert set(weights) <= set(INPUTS)
