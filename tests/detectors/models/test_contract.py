"""What holds for every model."""

import inspect
import math
import pickle
import pkgutil
import struct
from typing import Any

import msgpack
import pytest

import detectors.models
from detectors.centre import Centre
from detectors.customer import Customer
from detectors.event import Event
from detectors.learning.labels import Label, mature, pack_label, settle, unpack_label
from detectors.models.abandon import AbandonModel
from detectors.models.choice import SHARE, ChoiceHead
from detectors.models.inputs import CODES, IDLE, INPUTS, LOST_USE, TENURE, USE, WORDS
from detectors.models.linear import LinearHead
from detectors.models.registry import MODELS, Models
from detectors.models.repeat import RepeatModel
from detectors.models.shapes import rounded
from detectors.models.words import NAMES
from tests.detectors.build import contact, queue_state
from tests.detectors.models.histories import HISTORIES

SUPPORT = {
    "choice", "inputs", "linear", "registry", "scored", "shapes", "supervised", "topics", "weights",
    "words",
}  # fmt: skip
STAGES = ("started", "queued", "answered", "abandoned", "ended")


def _make(model: type[Any], kind: str) -> Any:
    one = model() if kind == "default" else model(learning_rate=2.0, caution=0.0)
    _tell_topics(one)
    return one


def _tell_topics(model: Any) -> None:
    """Let a model that chooses know two topics: it has none of its own."""
    if isinstance(model.head, ChoiceHead):
        for i in range(4):
            model.head.learn({"word 7": 1.0 + i}, "fees")
            model.head.learn({"word 8": 1.0}, "delivery")


def _outcome(model: Any, x: dict[str, float], y: int) -> Any:
    """Return what came true if the model was right, or if it was wrong."""
    if not isinstance(model.head, ChoiceHead):
        return y
    return next(n for n in ("fees", "delivery") if (n == model.head.choose(x).name) == bool(y))


def _chance(model: Any, x: dict[str, float], right: Any) -> float:
    """Return the probability that this comes true."""
    head = model.head
    return float(head.told(x, right).chance if isinstance(head, ChoiceHead) else head.score(x))


@pytest.fixture(params=["default", "odd"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


every_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)


def _history(model: type[Any], **data: Any) -> tuple[Event, Customer]:
    """Return an event that the model scores, and the customer after it."""
    return HISTORIES[model.name](**data)


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
    assert len(MODELS) == 7


@every_model
def test_it_scores_before_any_label_and_stores_what_it_scored(model: type[Any], kind: str) -> None:
    event, customer = _history(model)
    one = _make(model, kind)
    scored = one.score(event, customer, Centre())

    assert scored is not None
    assert scored.name == model.name
    assert 0.0 < scored.score < 1.0
    assert 0.0 <= scored.baseline <= 1.0
    assert scored.earlier >= 0
    assert scored.identified
    assert scored.score == one.head.score(scored.x)
    assert 0.0 not in scored.x.values()
    for value in scored.x.values():
        assert struct.unpack("f", struct.pack("f", value))[0] == value


@every_model
def test_scoring_learns_nothing_and_changes_nobody(model: type[Any], kind: str) -> None:
    event, customer = _history(model)
    one, centre = _make(model, kind), Centre()
    before = msgpack.packb([one.head.snapshot(), customer.contacts.to_list(), centre.snapshot()])
    first = one.score(event, customer, centre)

    assert one.score(event, customer, centre) == first
    after = msgpack.packb([one.head.snapshot(), customer.contacts.to_list(), centre.snapshot()])
    assert after == before


@every_model
def test_it_learns_both_outcomes(model: type[Any], kind: str) -> None:
    event, customer = _history(model)
    for y, better in ((1, 1), (0, -1)):
        one = _make(model, kind)
        scored = one.score(event, customer, Centre())
        assert scored is not None
        right = _outcome(one, scored.x, 1)
        one.head.learn(scored.x, _outcome(one, scored.x, y))
        assert (_chance(one, scored.x, right) - scored.score) * better > 0


@every_model
@pytest.mark.parametrize(
    "value", [None, math.nan, math.inf, -math.inf, 1e308, -1e308, "?", [1], {}]
)
def test_it_survives_values_nobody_expects(model: type[Any], kind: str, value: object) -> None:
    names = ("wait_s", "service_s", "topic", "priority", "outcome", "channel", "unknown")
    more = ("amount", "reason", "hard", "scale", "score", "segment", "duration_s", "words")
    event, customer = _history(model, **dict.fromkeys((*names, *more), value))
    centre = Centre()
    fields = ("length", "length_high", "longest_wait_s", "mean_wait_10m_s", "length_by_topic")
    centre.update(queue_state(0.0, **dict.fromkeys((*fields, "in_service", "served_10m"), value)))
    one = _make(model, kind)
    scored = one.score(event, customer, centre)

    assert scored is not None
    assert all(math.isfinite(number) for number in scored.x.values())
    one.head.learn(scored.x, _outcome(one, scored.x, 1))
    assert 0.0 <= one.head.score(scored.x) <= 1.0
    assert isinstance(one.head.score(scored.x), float)


@every_model
def test_it_survives_an_event_without_fields(model: type[Any], kind: str) -> None:
    for event_type in model.event_types:
        event = Event("1", "test", event_type, 0.0, "c-1", {})
        customer = Customer("c-1")
        customer.update(event)
        scored = _make(model, kind).score(event, customer, Centre())
        # Nothing is known of this customer beyond the event itself.
        assert (scored is not None) == (model.name in {"abandon", "repeat"})


@every_model
def test_its_inputs_are_a_closed_list(model: type[Any], kind: str) -> None:
    one, centre = _make(model, kind), Centre("Asia/Jerusalem")
    customer = Customer("c-1")
    for i in range(500):
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
            if event.type in model.event_types:
                scored = one.score(event, customer, centre)
                if scored is not None:
                    one.head.learn(scored.x, _outcome(one, scored.x, i % 2))
        text = {"text": f"word{i} of {i}"}
        for event in (
            Event(f"{i}", "test", "feedback.received", at, "c-1", text),
            Event(f"r-{i}", "test", "review.due", at, "c-1"),
        ):
            if event.type in model.event_types:
                scored = one.score(event, customer, centre)
                if scored is not None:
                    one.head.learn(scored.x, _outcome(one, scored.x, i % 2))

    if model.name != "topic":  # which keeps its weights by bucket
        known = set(NAMES) if model.name == "sentiment" else set(INPUTS)
        assert {name for name, _ in one.head.snapshot()["weights"]} <= known
    largest = {"sentiment": 150, "topic": 21}.get(model.name, 8)
    assert len(msgpack.packb(one.head.snapshot())) < largest * 1024


@pytest.mark.parametrize("model", [AbandonModel, RepeatModel], ids=["abandon", "repeat"])
def test_returned_calls_are_not_scored(model: type[Any], kind: str) -> None:
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
def test_an_explanation_is_in_words_and_exact(model: type[Any]) -> None:
    models, centre = Models(), Centre()
    centre.update(queue_state(0.0, length=20, longest_wait_s=200.0, length_high=5))
    _tell_topics(models.watched()[model.name].model)
    event, customer = _history(model)
    scored = models.score(event, customer, centre)[model.name]
    everything = models.explain(model.name, scored.x, top=100)

    _, intercept = models.watched()[model.name].model.head.named_weights()
    log_odds = math.log(scored.score / (1 - scored.score))
    assert sum(amount for _, amount in everything) + intercept == pytest.approx(log_odds)
    assert models.explain(model.name, scored.x) == everything[:3]
    sizes = [abs(amount) for _, amount in everything]
    assert sizes == sorted(sizes, reverse=True)
    assert {human for human, _ in everything} <= {*INPUTS.values(), WORDS, SHARE}


def test_codes_of_inputs_fit_a_byte() -> None:
    assert list(CODES.values()) == list(range(len(INPUTS)))
    assert len(INPUTS) <= 256


@every_model
def test_first_weights_are_of_known_inputs(model: type[Any]) -> None:
    weights = inspect.getmodule(model).FIRST_WEIGHTS  # type: ignore[union-attr]

    assert set(weights) <= (set(NAMES) if model.name == "sentiment" else set(INPUTS))


@every_model
def test_watched_inputs_are_inputs(model: type[Any]) -> None:
    assert set(model.watched) <= set(INPUTS)


@every_model
def test_a_stored_label_is_learnt_as_it_was_scored(model: type[Any]) -> None:
    event, customer = _history(model)
    models, centre = Models(), Centre()
    scored = models.score(event, customer, centre)[model.name]
    if not models.open(scored, event, customer):
        told = models.told(scored, event)
        assert told is not None
        assert told.x == scored.x
        return
    pending = customer.labels[-1]
    again = unpack_label(msgpack.unpackb(msgpack.packb(pack_label(pending))))
    assert again == pending
    assert list(again.x.items()) == list(scored.x.items())
    assert models.watched()[model.name].model.head.score(again.x) == pending.score


@every_model
def test_what_it_keeps_can_be_pickled(model: type[Any], kind: str) -> None:
    event, customer = _history(model)
    one = _make(model, kind)
    scored = one.score(event, customer, Centre())
    again = type(one)()
    again.head.restore(pickle.loads(pickle.dumps(one.head.snapshot())))

    assert pickle.loads(pickle.dumps(scored)) == scored
    assert again.head.score(scored.x) == scored.score


def test_a_thousand_hostile_rows_leave_memory_bounded_and_scores_probabilities() -> None:
    head = LinearHead(0.5)
    hostile = [math.nan, math.inf, -math.inf, 1e308, -1e308, 0.0, 1e-320]
    for i in range(1_000):
        x: dict[str, float] = {}
        for shape in (TENURE, USE, LOST_USE, IDLE):
            shape.put(hostile[i % len(hostile)], x)
        row = rounded(x)
        assert all(math.isfinite(value) for value in row.values())
        head.learn(row, i % 2)
        assert 0.0 <= head.score(row) <= 1.0
    assert len(head.snapshot()["weights"]) <= len(INPUTS)
